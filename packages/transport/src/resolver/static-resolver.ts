import { checkOptions, SipError, systemClock, type Clock } from '@netsip/runtime'
import { AvoidList } from './avoid-list.ts'
import type { Hop } from './hop.ts'
import { ipFamily } from '../ip.ts'
import type { Target } from '../leg/leg.ts'
import type { Protocol } from '../protocol.ts'
import { chooseProtocol, literalTarget, type Resolver } from './resolver.ts'
import { targetAt } from '../target.ts'
import { plainName, withServerName } from './server-name.ts'

/** One server of a name: what is left out is taken from the hop. */
export interface StaticServer {
  /** A literal address. */
  addr: string
  port?: number | undefined
  protocol?: Protocol | undefined
}

/** Names and their servers, best first. A plain string is an address. Names compare without regard to case, or to a dot at their end. */
export type StaticTable = Readonly<Record<string, string | StaticServer | readonly (string | StaticServer)[]>>

/** Options of {@link staticResolver}. */
export interface StaticResolverOptions {
  /** Tells how long a server that failed is tried last; default that of the system. */
  clock?: Clock | undefined
}

/**
 * Resolves from a table, as a test or a fixed installation wants it, at once and without a promise. Literal addresses need no
 * entry. A port or a transport in the URI wins over the table, and then servers of another transport are left out (RFC 3263
 * 4.1, 4.2). Targets reported to `avoid` are put last for a while, 30 s unless told.
 * @throws SipError `ERR_SIP_ARGUMENT` for a server that is no literal address, or a port that cannot be
 */
export function staticResolver(table: StaticTable, options: StaticResolverOptions = {}): Required<Resolver> {
  checkOptions('staticResolver', options, { clock: 'object' })
  const entries = new Map(Object.entries(table).map(([name, servers]) => [plainName(name), listOf(name, servers)]))
  const avoided = new AvoidList(options.clock ?? systemClock)
  return {
    avoid: (target, ms) => avoided.add(target, ms),
    resolve(hop, protocols) {
      const literal = literalTarget(hop, protocols)
      if (literal) return [literal]
      const servers = entries.get(plainName(hop.host))
      if (!servers) throw new SipError('ERR_SIP_UNRESOLVED', `${hop.host} is not in the table of names`)
      const targets = servers.flatMap((server) => targetsOf(server, hop, protocols))
      if (targets.length > 0) return avoided.sort(targets)
      throw new SipError(
        'ERR_SIP_UNRESOLVED',
        `${hop.host} has no server for ${protocols.join(', ') || 'no leg at all'}`,
      )
    },
  }
}

function listOf(name: string, servers: StaticTable[string]): StaticServer[] {
  const list = Array.isArray(servers) ? (servers as readonly (string | StaticServer)[]) : [servers as string]
  return list.map((server) => checked(name, typeof server === 'string' ? { addr: server } : server))
}

function checked(name: string, server: StaticServer): StaticServer {
  checkOptions(`a table of names: ${name}`, server, { addr: 'string', port: 0, protocol: 'string' })
  const { addr, port = 0 } = server
  if (ipFamily(addr ?? '') && port <= 65_535) return server
  throw new SipError(
    'ERR_SIP_ARGUMENT',
    `a table of names: ${name} cannot be at ${addr}${port > 65_535 ? ` port ${port}` : ''}: write '192.0.2.1', or { addr: '192.0.2.1', port: 5070 }`,
  )
}

function targetsOf(server: StaticServer, hop: Hop, protocols: readonly Protocol[]): Target[] {
  const { protocol } = server
  if (protocol && (!protocols.includes(protocol) || (hop.transport && hop.transport !== protocol))) return []
  if (protocol && hop.secure && protocol !== 'tls' && protocol !== 'wss') return []
  const chosen = protocol ?? chooseProtocol(hop, protocols)
  return [withServerName(targetAt(chosen, server.addr, hop.port ?? server.port), hop)]
}
