import { createRequire } from 'node:module'
import { type Peer, receivedIn, weigh } from './peer.ts'

const require = createRequire(import.meta.url)

interface Address {
  name?: string
  uri: string
  params: Record<string, string | undefined>
}

interface Values {
  from: Address
  to: Address
  contact: Address[]
  via: { host: string; port?: number; params: Record<string, string | undefined> }[]
  cseq: { seq: number; method: string }
}

interface Message {
  uri?: string
  headers: Record<string, string>
  get(name: string): string
  getParsedHeader<K extends keyof Values>(name: K): Values[K]
  toString(): string
}

interface SipMessage {
  new (text: string): Message
  parseUri(text: string): { user?: string; host: string }
}

/** The messages of `drachtio-srf`: headers are text until one is asked for as an object, the URIs in them are text then. */
export function drachtio(): Peer {
  const SipMessage = require('drachtio-srf/lib/sip-parser/message.js') as SipMessage
  const parse = (data: Buffer): Message => new SipMessage(data.toString('utf8'))
  return {
    parse,
    full(data) {
      const message = parse(data)
      const [from, to, cseq] = [
        message.getParsedHeader('from'),
        message.getParsedHeader('to'),
        message.getParsedHeader('cseq'),
      ]
      let sum = weigh(from.name, from.params['tag'], to.name, to.params['tag'])
      sum += weigh(cseq.seq, cseq.method, message.get('call-id'))
      for (const text of [from.uri, to.uri, message.getParsedHeader('contact')[0]!.uri, message.uri]) {
        if (text === undefined) continue
        const parsed = SipMessage.parseUri(text)
        sum += weigh(parsed.user, parsed.host)
      }
      for (const via of message.getParsedHeader('via')) sum += weigh(via.host, via.port, via.params['branch'])
      return sum
    },
    // it can write only the text of a header: the Vias are one, of which the first gets the parameter
    edit(parsed, round) {
      const { headers } = parsed as Message
      const vias = headers['via']!
      const next = vias.indexOf(',')
      const written = vias.indexOf(';received=')
      const end = written >= 0 && written < next ? written : next
      headers['via'] = `${vias.slice(0, end)};received=${receivedIn(round)}${vias.slice(next)}`
      return Buffer.from(String(parsed), 'utf8').length
    },
  }
}
