import { Resolver as NodeResolver, lookup } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'
import { checkOptions, type RulesOf, SipError, systemClock } from '@netsip/runtime'
import { isLoopback } from '../ip.ts'
import type { Resolver } from '../resolver/resolver.ts'
import type { AddressRecord, DnsClient } from '../resolver/dns-client.ts'
import { resolverRules, rfc3263Resolver, type Rfc3263Options } from '../resolver/rfc3263-resolver.ts'
import { hostsFile, systemHostsFile } from './hosts-file.ts'

/** Options of {@link dnsResolver}. */
export interface DnsResolverOptions extends Rfc3263Options {
  /** Name servers to ask, `192.0.2.53` or `192.0.2.53:53`; default those of the system. */
  servers?: readonly string[] | undefined
  /** How long a name server may take for one query, in ms; default 2,000. It is asked twice. */
  queryTimeout?: number | undefined
  /** Names that the DNS is not asked for; default the hosts file of the system. `null`: none. */
  hostsFile?: string | null | undefined
}

const rules: RulesOf<DnsResolverOptions> = {
  ...resolverRules,
  servers: 'array',
  queryTimeout: 1,
  hostsFile: 'string',
}

/**
 * Locates servers by DNS as RFC 3263 says, with the resolver of Node. `localhost` and the names of the hosts file are
 * answered from there; a name that DNS does not know is asked of the system (mDNS, search domains), unless `servers` are given.
 * @throws SipError `ERR_SIP_ARGUMENT` for an option that cannot be
 */
export function dnsResolver(options: DnsResolverOptions = {}): Required<Resolver> {
  checkOptions('dnsResolver', options, rules)
  const { servers: _servers, queryTimeout: _timeout, hostsFile: _file, ...rest } = options
  return rfc3263Resolver(nodeDns(options), rest)
}

function nodeDns(options: DnsResolverOptions): DnsClient {
  const resolver = new NodeResolver({ timeout: options.queryTimeout ?? 2000, tries: 2 })
  if (options.servers) useServers(resolver, options.servers)
  const system = options.servers === undefined
  const path = options.hostsFile === undefined ? systemHostsFile() : options.hostsFile
  const hosts = path === null ? () => undefined : hostsFile(path, options.clock ?? systemClock)
  return {
    naptr: (name) => noneIfMissing(resolver.resolveNaptr(name)),
    srv: async (name) => {
      const records = await noneIfMissing(resolver.resolveSrv(name))
      return records.map(({ name: target, ...rest }) => ({ target, ...rest }))
    },
    ipv4: (name) => orOfSystem(resolver.resolve4(name, { ttl: true }), name, 4, system),
    ipv6: (name) => orOfSystem(resolver.resolve6(name, { ttl: true }), name, 6, system),
    local: (name) => hosts(name) ?? (isLoopback(name) ? ['127.0.0.1', '::1'] : undefined),
    prefersIpv6: hasGlobalIpv6,
  }
}

function useServers(resolver: NodeResolver, servers: readonly string[]): void {
  try {
    resolver.setServers(servers)
  } catch (cause) {
    const given = servers.join(', ')
    throw new SipError(
      'ERR_SIP_ARGUMENT',
      `dnsResolver: 'servers' are addresses, with or without a port, not ${given}`,
      {
        cause,
      },
    )
  }
}

/** No such name, or no such record of it, is an answer. */
const missing = new Set(['ENOTFOUND', 'ENODATA', 'ENONAME'])

async function noneIfMissing<Record>(query: Promise<Record[]>): Promise<Record[]> {
  try {
    return await query
  } catch (error) {
    if (missing.has((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
}

async function orOfSystem(
  query: Promise<AddressRecord[]>,
  name: string,
  family: 4 | 6,
  system: boolean,
): Promise<readonly AddressRecord[]> {
  const found = await noneIfMissing(query).catch((error: unknown) => {
    if (system) return []
    throw error
  })
  if (found.length > 0 || !system) return found
  return lookup(name, { all: true, family }).catch(() => [])
}

/** Without an address of its own in the IPv6 internet this machine reaches nobody there (RFC 6724 rule 1). */
function hasGlobalIpv6(): boolean {
  return Object.values(networkInterfaces()).some((list) =>
    list?.some((entry) => entry.family === 'IPv6' && !entry.internal && !/^(fe80|f[cd])/i.test(entry.address)),
  )
}
