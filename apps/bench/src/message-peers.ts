// What is measured of each parser. `full` reads display name, user and host and tag of From and To; host, port and branch
// of every Via; user and host of Contact; number and method of CSeq; Call-ID; user and host of the Request-URI.
import { createRequire } from 'node:module'
import { parseMessage, type SipMessage, type SipUri } from '@netsip/message'

/** One parser. Each function returns some number, so that nothing can be left out as unused. */
export interface Peer {
  parse(data: Buffer): unknown
  full(data: Buffer): number
  /** The message as it is sent, after a change of the top Via. */
  edit(parsed: unknown, round: number): number
}

type Part = string | number | undefined

const weigh = (...parts: readonly Part[]): number => {
  let sum = 0
  for (const part of parts) sum += typeof part === 'string' ? part.length : (part ?? 0)
  return sum
}

function readOurs(message: SipMessage): number {
  const { from, to, cseq, contact } = message
  let sum = weigh(from.displayName, from.tag, to.displayName, to.tag, cseq.seq, cseq.method, message.callId)
  for (const { uri } of [from, to, contact!]) sum += weigh((uri as SipUri).user, (uri as SipUri).host)
  for (const via of message.vias) sum += weigh(via.host, via.port, via.branch)
  if (message.type === 'request') sum += weigh((message.uri as SipUri).user, (message.uri as SipUri).host)
  return sum
}

const netsip: Peer = {
  parse: (data) => parseMessage(data),
  full: (data) => readOurs(parseMessage(data)),
  edit(parsed, round) {
    const message = parsed as SipMessage
    message.via = message.via!.with({ received: `192.0.2.${round & 127}` })
    return message.toBytes().length
  },
}

const strict: Peer = { ...netsip, parse: (data) => parseMessage(data, { strict: true }) }

interface KirmAddress {
  name?: string
  uri: string
  params: Record<string, string | undefined>
}

interface KirmMessage {
  uri?: string
  headers: {
    from: KirmAddress
    to: KirmAddress
    contact: KirmAddress[]
    via: { host: string; port?: number; params: Record<string, string | undefined> }[]
    cseq: { seq: number; method: string }
    'call-id': string
  }
}

interface Kirm {
  parse(data: Buffer): KirmMessage
  parseUri(text: string): { user?: string; host: string }
  stringify(message: KirmMessage): string
}

const require = createRequire(import.meta.url)

function kirm(): Peer {
  const sip = require('sip') as Kirm
  return {
    parse: (data) => sip.parse(data),
    full(data) {
      const { headers, uri } = sip.parse(data)
      const { from, to, cseq } = headers
      let sum = weigh(from.name, from.params.tag, to.name, to.params.tag, cseq.seq, cseq.method, headers['call-id'])
      for (const text of [from.uri, to.uri, headers.contact[0]!.uri, uri]) {
        if (text === undefined) continue
        const parsed = sip.parseUri(text)
        sum += weigh(parsed.user, parsed.host)
      }
      for (const via of headers.via) sum += weigh(via.host, via.port, via.params.branch)
      return sum
    },
    edit(parsed, round) {
      const message = parsed as KirmMessage
      message.headers.via[0]!.params.received = `192.0.2.${round & 127}`
      return Buffer.from(sip.stringify(message), 'latin1').length
    },
  }
}

// The least that any parser does: the octets as lines, cut at the colon.
const lines: Peer = {
  parse(data) {
    const text = data.toString('latin1')
    const found: string[] = []
    for (let at = 0; ;) {
      const end = text.indexOf('\r\n', at)
      if (end <= at) return found
      const colon = text.indexOf(':', at)
      found.push(text.slice(at, colon), text.slice(colon + 1, end))
      at = end + 2
    }
  },
  full: () => 0,
  edit: () => 0,
}

export const peers: Record<string, () => Peer> = {
  netsip: () => netsip,
  strict: () => strict,
  sip: kirm,
  lines: () => lines,
}
