import type { IncomingRequestMessage } from 'sip.js/lib/core/messages/incoming-request-message.js'
import type { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js'
import type { NameAddrHeader, URI } from 'sip.js'
import { type Peer, weigh } from './peer.ts'

/** `sip.js`: all but the further Vias are objects once it has parsed. It writes only messages that it made. */
export async function sipJs(): Promise<Peer> {
  const { Parser } = await import('sip.js/lib/core/messages/parser.js')
  const logger = { warn: refuse, error: refuse } as unknown as Parameters<typeof Parser.parseMessage>[1]
  const parse = (data: Buffer): IncomingRequestMessage | IncomingResponseMessage =>
    Parser.parseMessage(data.toString('utf8'), logger)!
  return {
    parse,
    full(data) {
      const message = parse(data)
      const { from, to } = message
      const { method } = message.parseHeader('cseq') as { method: string }
      const contact = message.parseHeader('contact') as NameAddrHeader
      let sum = weigh(from.displayName, message.fromTag, to.displayName, message.toTag)
      sum += weigh(message.cseq, method, message.callId)
      for (const { uri } of [from, to, contact]) sum += weighUri(uri)
      if ('ruri' in message) sum += weighUri(message.ruri)
      for (let i = message.getHeaders('via').length - 1; i >= 0; i--) {
        const via = message.parseHeader('via', i) as { host: string; port?: number; branch: string }
        sum += weigh(via.host, via.port, via.branch)
      }
      return sum
    },
  }
}

function weighUri(uri: URI | undefined): number {
  return uri === undefined ? 0 : weigh(uri.user, uri.host)
}

function refuse(text: string): never {
  throw new Error(text)
}
