import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SipMessage } from '../message/sip-message.ts'
import { parseMessage } from '../parse/parse-message.ts'
import { CSeq } from '../values/cseq.ts'
import { NameAddr } from '../values/name-addr.ts'
import { Via } from '../values/via.ts'

const received = [
  'INVITE sip:bob@example.com SIP/2.0',
  'Via: SIP/2.0/UDP a.example;branch=z9hG4bK1;rport, SIP/2.0/TCP b.example;branch=z9hG4bK2',
  'v: SIP/2.0/TLS c.example;branch=z9hG4bK3',
  'From: "A"\r\n <sip:alice@example.com>;tag=1',
  't: <sip:bob@example.com>',
  'Call-ID: 1@a.example',
  'CSeq: 1 INVITE',
  'Record-Route: <sip:p.example;lr>',
  'Timestamp: 5',
  'Contact: <sip:alice@a.example>',
  'X-Own: 0',
  'Content-Length: 0',
].join('\r\n')

type Row = readonly [name: string, value: string]
type Rows = readonly Row[]

/** A message, and the rows it should have. */
interface Pair {
  readonly message: SipMessage
  readonly rows: Rows
}

const compact: Record<string, string> = {
  v: 'via',
  t: 'to',
  f: 'from',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
}

function isNamed(name: string): (row: Row) => boolean {
  return ([other]) => (compact[other] ?? other.toLowerCase()) === name.toLowerCase()
}

/** The rows with other values in place of those of a name. */
function put(rows: Rows, name: string, values: readonly string[]): Rows {
  const first = rows.findIndex(isNamed(name))
  const written = first >= 0 && values.length === 1 ? rows[first]![0] : name
  const fresh = values.map((value): Row => [written, value])
  if (first < 0) return [...rows, ...fresh]
  return [...rows.slice(0, first), ...fresh, ...rows.slice(first).filter((row) => !isNamed(name)(row))]
}

function answered(rows: Rows, status: number): Rows {
  const once = new Set<string>()
  return rows.filter(([name]) => {
    const full = compact[name] ?? name.toLowerCase()
    if (full === 'via' || (full === 'record-route' && status > 100 && status < 300)) return true
    if (full === 'timestamp') return status === 100
    if (!['from', 'to', 'call-id', 'cseq'].includes(full) || once.has(full)) return false
    return once.add(full)
  })
}

const values: Record<string, (n: number) => string> = {
  'X-Own': String,
  Subject: (n) => `s${n}`,
  To: (n) => `<sip:bob@example.com>;tag=t${n}`,
  CSeq: (n) => `${n} INVITE`,
  Via: (n) => `SIP/2.0/UDP ${n}.example;branch=z9hG4bK${n}`,
  'Record-Route': (n) => `<sip:${n}.example;lr>`,
  Timestamp: String,
}
const names = fc.constantFrom(...Object.keys(values))

type Step = (pair: Pair) => Pair | readonly Pair[]

const changes: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(names, fc.nat(99)).map(([name, n]): Step => ({ message, rows }) => {
    const value = values[name]!(n)
    message.headers.set(name, value)
    return { message, rows: put(rows, name, [value]) }
  }),
  fc.tuple(names, fc.array(fc.nat(99), { maxLength: 3 })).map(([name, list]): Step => ({ message, rows }) => {
    const texts = list.map((n) => values[name]!(n))
    message.headers.set(name, texts)
    return { message, rows: put(rows, name, texts) }
  }),
  fc.tuple(names, fc.nat(99)).map(([name, n]): Step => ({ message, rows }) => {
    message.headers.append(name, values[name]!(n))
    return { message, rows: [...rows, [name, values[name]!(n)]] }
  }),
  fc.tuple(names, fc.nat(99)).map(([name, n]): Step => ({ message, rows }) => {
    message.headers.prepend(name, values[name]!(n))
    const at = Math.max(0, rows.findIndex(isNamed(name)))
    return { message, rows: [...rows.slice(0, at), [name, values[name]!(n)], ...rows.slice(at)] }
  }),
  names.map((name): Step => ({ message, rows }) => {
    message.headers.delete(name)
    return { message, rows: rows.filter((row) => !isNamed(name)(row)) }
  }),
  fc.nat(99).map((n): Step => ({ message, rows }) => {
    message.cseq = new CSeq(n, 'INVITE')
    return { message, rows: put(rows, 'CSeq', [`${n} INVITE`]) }
  }),
  fc.nat(99).map((n): Step => ({ message, rows }) => {
    const text = values['To']!(n)
    message.to = NameAddr.parse(text)
    return { message, rows: put(rows, 'To', [text]) }
  }),
  fc.nat(99).map((n): Step => ({ message, rows }) => {
    const text = values['Via']!(n)
    message.pushVia(Via.parse(text))
    const at = Math.max(0, rows.findIndex(isNamed('Via')))
    return { message, rows: [...rows.slice(0, at), ['Via', text], ...rows.slice(at)] }
  }),
)
const copies: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>((pair) => [pair, { message: pair.message.clone(), rows: pair.rows }]),
  fc.constantFrom(100, 180, 200, 486).map((status): Step => (pair) => {
    const { message, rows } = pair
    if (message.type !== 'request') return pair
    return [pair, { message: message.createResponse(status), rows: answered(rows, status) }]
  }),
)

/** What can be read of a message, or what is wrong with it. */
function read(message: SipMessage): unknown {
  const reads = [
    () => message.vias,
    () => message.via,
    () => message.from,
    () => message.to,
    () => message.callId,
    () => message.cseq,
    () => message.recordRoutes,
  ]
  return reads.map((get) => {
    try {
      return String(get())
    } catch {
      return 'nothing'
    }
  })
}

test('messages that were copied change each for itself, and read as what they would be sent as', () => {
  const step = fc.tuple(fc.oneof(changes, copies), fc.nat(), fc.boolean())
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const first = parseMessage(`${received}\r\n\r\n`)
      let pairs: Pair[] = [{ message: first, rows: [...first.headers] }]
      for (const [run, which, reads] of steps) {
        const at = which % pairs.length
        if (reads) read(pairs[at]!.message)
        pairs = pairs.toSpliced(at, 1, ...[run(pairs[at]!)].flat())
      }
      for (const { message, rows } of pairs) {
        expect([...message.headers]).toEqual(rows)
        expect(read(message)).toEqual(read(parseMessage(message.toBytes())))
      }
    }),
    { numRuns: 500 },
  )
})

test('a header that is set again and again takes no more room for it, whatever is made of the message in between', () => {
  const request = parseMessage(`${received}\r\n\r\n`)
  let last = request
  for (let n = 0; n < 60_000; n++) {
    last = last.clone()
    last.headers.set('X-Own', n)
  }
  expect(last.headers.get('X-Own')).toBe('59999')
})
