import type { SipResponse, Via } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import type { Hop } from './resolver/hop.ts'
import { canonicalHost, ipFamily, stripZone } from './ip.ts'
import type { Source, Target } from './leg/leg.ts'
import { wasMarkedWith } from './received.ts'
import { targetAt, targetOf } from './target.ts'
import { defaultPort, isReliable, isSecure, parseProtocol, type Protocol } from './protocol.ts'

/**
 * Where a response goes (RFC 3261 18.2.2, RFC 3581 4), by its top Via. `source` is where the request came from, if
 * still known: on a connection the response goes back on that very connection while it is open. A {@link Hop} comes
 * back when only a name is known, which has to be resolved first (RFC 3263 5).
 *
 * `maddr` in a Via is not followed: whoever writes it would choose whom the response hits.
 * @throws SipError `ERR_SIP_UNRESOLVED` without a usable Via, or with one of an unknown transport
 * @throws SipParseError when the top Via is malformed
 */
export function responseTarget(response: SipResponse, source?: Source): Target | Hop {
  const via = response.via
  if (!via) throw new SipError('ERR_SIP_UNRESOLVED', 'a response without Via has nowhere to go')
  const protocol = parseProtocol(via.protocol)
  if (!protocol) throw new SipError('ERR_SIP_UNRESOLVED', `transport ${via.protocol} is not known here`)
  if (source?.flow && (source.flow.open || cannotBeDialled(protocol))) return targetOf(source)
  return directly(via, protocol, source) ?? back(via, protocol, source)
}

/** A WebSocket client listens nowhere (RFC 7118 5.3): its connection is the only way, open or not. */
function cannotBeDialled(protocol: Protocol): boolean {
  return protocol === 'ws' || protocol === 'wss'
}

/** Nearly every response over UDP: back to where the request was seen to come from. */
function directly(via: Via, protocol: Protocol, source: Source | undefined): Target | undefined {
  if (source?.proto !== 'udp' || isReliable(protocol)) return undefined
  const { addr, family } = source
  if (wasMarkedWith(via, source) || (via.received === addr && via.rport === source.port)) return targetOf(source)
  // Or from where it says that it is, without being asked for the port.
  if (via.received !== undefined || via.host !== addr) return undefined
  return { protocol: 'udp', addr, port: via.port ?? defaultPort('udp'), family }
}

function back(via: Via, protocol: Protocol, source: Source | undefined): Target | Hop {
  const { host, port, rport } = via
  const received = numeric(via.received)
  const addr = received ?? numeric(host)
  if (addr === undefined) {
    const way = { host, transport: protocol, secure: isSecure(protocol) }
    return port === undefined ? way : { ...way, port }
  }
  const seen = received !== undefined && rport !== true && !isReliable(protocol) ? rport : undefined
  // A link-local address over the link that the request came by: no Via says which, as a zone is of this host only.
  const onLink = source && addr === stripZone(source.addr) ? source.addr : addr
  return targetAt(protocol, onLink, seen ?? port ?? defaultPort(protocol))
}

function numeric(host: string | undefined): string | undefined {
  return host !== undefined && ipFamily(host) ? canonicalHost(host) : undefined
}
