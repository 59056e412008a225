import type { Clock } from '@netsip/runtime'
import type { AddressRecord, DnsClient } from './dns-client.ts'
import { DnsCache } from './dns-cache.ts'

/** How long and how much is remembered. Times are ms. */
export interface CacheLimits {
  /** Answers without a TTL, such as Node gives them for SRV and NAPTR; default 30,000. */
  recordLifetime?: number | undefined
  /** No answer however long its TTL is; default 3,600,000. */
  longestLifetime?: number | undefined
  /** That there is nothing, or that the DNS failed (RFC 2308 5); default 10,000. */
  negativeLifetime?: number | undefined
  /** Answers kept of each kind; default 1,000. */
  cacheSize?: number | undefined
}

/** A {@link DnsClient} that remembers. */
export function cachingDns(dns: DnsClient, clock: Clock, limits: CacheLimits): DnsClient {
  const { recordLifetime = 30_000, longestLifetime = 3_600_000, negativeLifetime = 10_000, cacheSize = 1000 } = limits
  const cached = <Record>(
    ask: (name: string) => Promise<readonly Record[]>,
    lifetime: (records: readonly Record[]) => number,
  ): ((name: string) => Promise<readonly Record[]>) => {
    const cache = new DnsCache<readonly Record[]>(clock, cacheSize)
    const lifetimeOf = (records: readonly Record[]): number =>
      records.length === 0 ? negativeLifetime : Math.min(lifetime(records), longestLifetime)
    return (name) => cache.get(name.toLowerCase(), () => ask(name), lifetimeOf, negativeLifetime)
  }
  const shortest = (records: readonly AddressRecord[]): number =>
    Math.min(...records.map(({ ttl }) => (ttl === undefined ? recordLifetime : ttl * 1000)))
  return {
    naptr: cached(
      (name) => dns.naptr(name),
      () => recordLifetime,
    ),
    srv: cached(
      (name) => dns.srv(name),
      () => recordLifetime,
    ),
    ipv4: cached((name) => dns.ipv4(name), shortest),
    ipv6: cached((name) => dns.ipv6(name), shortest),
    local: (name) => dns.local?.(name),
    prefersIpv6: () => dns.prefersIpv6?.() ?? false,
  }
}
