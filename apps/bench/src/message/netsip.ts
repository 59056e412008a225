import { parseMessage, type SipMessage, type SipUri } from '@netsip/message'
import { type Peer, receivedIn, weigh } from './peer.ts'

function read(message: SipMessage): number {
  const { from, to, cseq, contact } = message
  let sum = weigh(from.displayName, from.tag, to.displayName, to.tag, cseq.seq, cseq.method, message.callId)
  for (const { uri } of [from, to, contact!]) sum += weigh((uri as SipUri).user, (uri as SipUri).host)
  for (const via of message.vias) sum += weigh(via.host, via.port, via.branch)
  if (message.type === 'request') sum += weigh((message.uri as SipUri).user, (message.uri as SipUri).host)
  return sum
}

export const netsip: Peer = {
  parse: (data) => parseMessage(data),
  full: (data) => read(parseMessage(data)),
  edit(parsed, round) {
    const message = parsed as SipMessage
    message.via = message.via!.with({ received: receivedIn(round) })
    return message.toBytes().length
  },
}

/** With everything validated. */
export const strict: Peer = { parse: (data) => parseMessage(data, { strict: true }) }
