import type { SipRequest, Via } from '@netsip/message'
import { sameHost, stripZone } from './ip.ts'
import type { Source } from './leg/leg.ts'

let lastVia: Via | undefined
let lastSource: Source | undefined

/**
 * Notes in the top Via of a request where it really came from (RFC 3261 18.2.1, RFC 3581 4): `received` when sent-by
 * does not say so or `rport` was asked for, and the port in `rport`. What the sender wrote there itself is overwritten
 * or removed: responses follow these parameters, and a sender must not aim them at somebody else.
 * A request without a Via is left alone.
 * @throws SipParseError when the top Via is malformed
 */
export function applyReceived(request: SipRequest, source: Source): void {
  const via = request.via
  if (!via) return
  const address = stripZone(source.addr)
  const marked = via.withSource(address, source.port)
  if (!marked) return remark(request, via, address, source.port)
  request.via = lastVia = marked
  lastSource = source
}

function remark(request: SipRequest, via: Via, address: string, port: number): void {
  const claimed = via.rport
  const asked = claimed !== undefined
  const received = asked || !sameHost(via.host, address) ? address : undefined
  const rport = asked ? port : undefined
  if (via.received !== received || claimed !== rport) request.via = via.with({ received, rport })
}

/**
 * Whether a Via is the one that was last marked with this source at its wish. Nearly all are, as most requests are
 * answered while they are being received; to find that out from the parameters takes a fifth of a microsecond.
 */
export function wasMarkedWith(via: Via, source: Source): boolean {
  return via === lastVia && source === lastSource
}
