import { createRequire } from 'node:module'
import { type Peer, weigh } from './peer.ts'

const require = createRequire(import.meta.url)

interface Uri {
  user?: string
  host: string
}

interface Address {
  display_name?: string
  uri: Uri
}

interface Message {
  ruri?: Uri
  from: Address
  from_tag?: string
  to: Address
  to_tag?: string
  call_id: string
  cseq: number
  getHeaders(name: string): string[]
  parseHeader(name: 'via', index: number): { host: string; port?: number; branch: string }
  parseHeader(name: 'contact', index: number): Address
  parseHeader(name: 'cseq', index: number): { method: string }
}

/** `jssip`: all but the further Vias are objects once it has parsed. It writes only messages that it made. */
export function jssip(): Peer {
  const parser = require('jssip/lib/Parser.js') as { parseMessage(text: string): Message }
  const parse = (data: Buffer): Message => parser.parseMessage(data.toString('utf8'))
  return {
    parse,
    full(data) {
      const message = parse(data)
      const { from, to, ruri } = message
      let sum = weigh(from.display_name, message.from_tag, to.display_name, message.to_tag)
      sum += weigh(message.cseq, message.parseHeader('cseq', 0).method, message.call_id)
      for (const { uri } of [from, to, message.parseHeader('contact', 0)]) sum += weigh(uri.user, uri.host)
      if (ruri) sum += weigh(ruri.user, ruri.host)
      for (let i = message.getHeaders('via').length - 1; i >= 0; i--) {
        const via = message.parseHeader('via', i)
        sum += weigh(via.host, via.port, via.branch)
      }
      return sum
    },
  }
}
