import { SipUri, type Uri } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import { stripBrackets } from '../ip.ts'
import { parseProtocol, type Protocol } from '../protocol.ts'

/** What a URI asks for, before anything is looked up (RFC 3263 4). */
export interface Hop {
  /** A name or a numeric address, no brackets. */
  readonly host: string
  readonly port?: number
  /** The transport that was named, if one was. */
  readonly transport?: Protocol
  /** `sips`: TLS on this hop and no other transport instead (RFC 3261 26.2.2). */
  readonly secure: boolean
}

/**
 * The hop that a URI names: `maddr` before the host, its port, its transport. With `sips`, `tcp` means TLS over TCP and
 * `ws` means `wss` (RFC 5630 3.1.1).
 * @throws SipError `ERR_SIP_UNRESOLVED` when it names no host (`tel:`), or a transport that does not exist here
 */
export function hopOf(uri: Uri): Hop {
  if (!(uri instanceof SipUri)) {
    throw new SipError('ERR_SIP_UNRESOLVED', `${uri.toString()} names no host to send to: a proxy is needed`)
  }
  const secure = uri.scheme === 'sips'
  const host = stripBrackets(uri.maddr ?? uri.host)
  const transport = uri.transport === undefined ? undefined : transportOf(uri.transport, secure)
  const hop: { -readonly [Key in keyof Hop]: Hop[Key] } = { host, secure }
  if (uri.port !== undefined) hop.port = uri.port
  if (transport !== undefined) hop.transport = transport
  return hop
}

function transportOf(text: string, secure: boolean): Protocol {
  const transport = parseProtocol(text)
  if (!transport) throw new SipError('ERR_SIP_UNRESOLVED', `transport ${text} is not known here`)
  if (!secure) return transport
  return transport === 'ws' || transport === 'wss' ? 'wss' : 'tls'
}
