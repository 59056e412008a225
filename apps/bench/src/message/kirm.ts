import { createRequire } from 'node:module'
import { type Peer, receivedIn, weigh } from './peer.ts'

const require = createRequire(import.meta.url)

interface Address {
  name?: string
  uri: string
  params: Record<string, string | undefined>
}

interface Message {
  uri?: string
  headers: {
    from: Address
    to: Address
    contact: Address[]
    via: { host: string; port?: number; params: Record<string, string | undefined> }[]
    cseq: { seq: number; method: string }
    'call-id': string
  }
}

interface Sip {
  parse(data: Buffer): Message
  parseUri(text: string): { user?: string; host: string }
  stringify(message: Message): string
}

/** `sip`: most headers are objects once it has parsed, the URIs in them are text. */
export function kirm(): Peer {
  const sip = require('sip') as Sip
  return {
    parse: (data) => sip.parse(data),
    full(data) {
      const { headers, uri } = sip.parse(data)
      const { from, to, cseq } = headers
      let sum = weigh(from.name, from.params['tag'], to.name, to.params['tag'])
      sum += weigh(cseq.seq, cseq.method, headers['call-id'])
      for (const text of [from.uri, to.uri, headers.contact[0]!.uri, uri]) {
        if (text === undefined) continue
        const parsed = sip.parseUri(text)
        sum += weigh(parsed.user, parsed.host)
      }
      for (const via of headers.via) sum += weigh(via.host, via.port, via.params['branch'])
      return sum
    },
    edit(parsed, round) {
      const message = parsed as Message
      message.headers.via[0]!.params['received'] = receivedIn(round)
      return Buffer.from(sip.stringify(message), 'latin1').length
    },
  }
}
