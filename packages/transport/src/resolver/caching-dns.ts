import type { Clock } from '@netsip/runtime'
import type { DnsClient } from './dns-client.ts'
import { DnsCache } from './dns-cache.ts'

/** How long and how much is remembered. Times are ms. */
export interface CacheLimits {
  /**
   * Answers without a TTL; default 30,000. Node tells the TTL of addresses, and not that of SRV and NAPTR records: half a minute
   * spares each burst of calls its queries, and a server that a domain takes out of service is not asked for much longer.
   */
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
  const lifetimeOf = (records: readonly { ttl?: number }[]): number => {
    if (records.length === 0) return negativeLifetime
    return Math.min(longestLifetime, ...records.map(({ ttl }) => (ttl === undefined ? recordLifetime : ttl * 1000)))
  }
  const cached = <Record extends { ttl?: number }>(
    ask: (name: string) => Promise<readonly Record[]>,
  ): ((name: string) => Promise<readonly Record[]>) => {
    const cache = new DnsCache<readonly Record[]>(clock, cacheSize)
    return (name) => cache.get(name.toLowerCase(), () => ask(name), lifetimeOf, negativeLifetime)
  }
  return {
    naptr: cached((name) => dns.naptr(name)),
    srv: cached((name) => dns.srv(name)),
    ipv4: cached((name) => dns.ipv4(name)),
    ipv6: cached((name) => dns.ipv6(name)),
    local: (name) => dns.local?.(name),
    prefersIpv6: () => dns.prefersIpv6?.() ?? false,
  }
}
