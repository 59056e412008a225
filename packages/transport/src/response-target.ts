import type { SipResponse, Via } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import type { Hop } from './hop.ts'
import { canonicalHost, ipFamily, stripBrackets, stripZone } from './ip.ts'
import type { Source, Target } from './leg.ts'
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
  return isReliable(protocol) ? onLinkOf(source, connectBack(via, protocol)) : datagramBack(via, source)
}

/** A link-local address over the link that the request came by: no Via says which, as the zone is of this host only. */
function onLinkOf(source: Source | undefined, way: Target | Hop): Target | Hop {
  const isSame = source !== undefined && 'addr' in way && way.addr === stripZone(source.addr)
  return isSame ? { ...way, addr: source.addr } : way
}

/** A WebSocket client listens nowhere (RFC 7118 5.3): its connection is the only way, open or not. */
function cannotBeDialled(protocol: Protocol): boolean {
  return protocol === 'ws' || protocol === 'wss'
}

function connectBack(via: Via, protocol: Protocol): Target | Hop {
  const port = via.port ?? defaultPort(protocol)
  const received = numeric(via.received)
  if (received) return targetAt(protocol, received, port)
  return sentBy(via, protocol)
}

function datagramBack(via: Via, source: Source | undefined): Target | Hop {
  // Nearly every response over UDP: back to where the request was seen to come from.
  if (source?.proto === 'udp') {
    const { addr, family } = source
    if (wasMarkedWith(via, source) || (via.received === addr && via.rport === source.port)) return targetOf(source)
    // Or from where it says that it is, without being asked for the port.
    if (via.received === undefined && via.host === addr)
      return { protocol: 'udp', addr, port: via.port ?? defaultPort('udp'), family }
  }
  const received = numeric(via.received)
  if (!received) return onLinkOf(source, sentBy(via, 'udp'))
  const rport = typeof via.rport === 'number' ? via.rport : undefined
  return onLinkOf(source, targetAt('udp', received, rport ?? via.port ?? defaultPort('udp')))
}

function sentBy(via: Via, protocol: Protocol): Target | Hop {
  if (numeric(via.host)) return targetAt(protocol, via.host, via.port ?? defaultPort(protocol))
  return {
    host: stripBrackets(via.host),
    ...(via.port === undefined ? {} : { port: via.port }),
    transport: protocol,
    secure: isSecure(protocol),
  }
}

function numeric(host: string | undefined): string | undefined {
  return host !== undefined && ipFamily(host) ? canonicalHost(host) : undefined
}
