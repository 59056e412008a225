import { SipError } from '@netsip/runtime'
import type { Hop } from './hop.ts'
import type { Target } from './leg.ts'
import type { Protocol } from './protocol.ts'
import { chooseProtocol, literalTarget, type Resolver } from './resolver.ts'
import { targetAt } from './target.ts'
import { withServerName } from './server-name.ts'

/** One server of a name: what is left out is taken from the hop. */
export interface StaticServer {
  /** A literal address. */
  addr: string
  port?: number
  protocol?: Protocol
}

/** Names and their servers, best first. A plain string is an address. Names compare without regard to case. */
export type StaticTable = Readonly<Record<string, string | StaticServer | readonly (string | StaticServer)[]>>

/**
 * Resolves from a table, as a test or a fixed installation wants it. Literal addresses need no entry. A port or a
 * transport in the URI wins over the table, and then servers of another transport are left out (RFC 3263 4.1, 4.2).
 */
export function staticResolver(table: StaticTable): Resolver {
  const entries = new Map(Object.entries(table).map(([name, servers]) => [name.toLowerCase(), listOf(servers)]))
  return {
    resolve(hop, protocols) {
      const literal = literalTarget(hop, protocols)
      if (literal) return [literal]
      const servers = entries.get(hop.host.toLowerCase())
      if (!servers) throw new SipError('ERR_SIP_UNRESOLVED', `${hop.host} is not in the table of names`)
      const targets = servers.flatMap((server) => targetsOf(server, hop, protocols))
      if (targets.length > 0) return targets
      throw new SipError(
        'ERR_SIP_UNRESOLVED',
        `${hop.host} has no server for ${protocols.join(', ') || 'no leg at all'}`,
      )
    },
  }
}

function listOf(servers: StaticTable[string]): StaticServer[] {
  const list = Array.isArray(servers) ? (servers as readonly (string | StaticServer)[]) : [servers as string]
  return list.map((server) => (typeof server === 'string' ? { addr: server } : server))
}

function targetsOf(server: StaticServer, hop: Hop, protocols: readonly Protocol[]): Target[] {
  const { protocol } = server
  if (protocol && (!protocols.includes(protocol) || (hop.transport && hop.transport !== protocol))) return []
  if (protocol && hop.secure && protocol !== 'tls' && protocol !== 'wss') return []
  const chosen = protocol ?? chooseProtocol(hop, protocols)
  return [withServerName(targetAt(chosen, server.addr, hop.port ?? server.port), hop)]
}
