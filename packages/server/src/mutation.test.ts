import type { SipMessage, SipRequest } from '@netsip/message'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { established, pair } from './testing/test-pair.ts'
import type { Exchange, TestAgent, TestBed } from './testing/test-bed.ts'

const FIELDS = [
  'Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKother',
  'Via: ;;;',
  'Route: <sip:10.0.0.1;lr>',
  'Route: <sip:10.0.0.1;lr>, <sip:10.0.0.1;lr>, <sip:10.0.0.1;lr>',
  'Route: <sip:10.0.0.1>',
  'Route: <<>>',
  'Record-Route: <sip:10.0.0.1;lr>',
  'Max-Forwards: 0',
  'Max-Forwards: -1',
  'Max-Breadth: 0',
  'Proxy-Require: x',
  'Require: path, outbound, x',
  'Path: <sip:10.0.0.1;lr>',
  'Contact: *',
  'Contact: <sip:bob@example.com>',
  'Contact: <sip:x@10.0.0.9>;q=7;expires=0',
  'Contact: <sip:x@10.0.0.9>;reg-id=1;+sip.instance="<urn:uuid:0>"',
  'Expires: 99999999999',
  'Expires: 0',
  'To: <sip:bob@example.com>;tag=x',
  'To: <sip:nobody@elsewhere.example>',
  'From: x',
  'Call-ID:',
  'CSeq: 0 ACK',
  'CSeq: 4294967295 INVITE',
  'Content-Length: 99',
  'Authorization: Digest username="bob"',
  `X: ${'x'.repeat(3000)}`,
]

const METHODS = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'REGISTER', 'OPTIONS', 'SUBSCRIBE', 'FOO']

type Mutation = (text: string) => string

function onLine(at: number, change: (line: string) => string[]): Mutation {
  return (text) => {
    const lines = text.split('\r\n')
    return lines.flatMap((one, index) => (index === at % lines.length ? change(one) : [one])).join('\r\n')
  }
}

const at = fc.nat(12)
const field = fc.constantFrom(...FIELDS)
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.constant<Mutation>((text) => text),
  at.map((line) => onLine(line, () => [])),
  at.map((line) => onLine(line, (one) => [one, one])),
  fc.tuple(at, field).map(([line, given]) => onLine(line, (one) => [one, given])),
  field.map((given): Mutation => {
    return (text) => text.replace(new RegExp(`^${given.split(':', 1)[0]}:.*$`, 'm'), () => given)
  }),
  fc.constantFrom(...METHODS).map((method): Mutation => {
    return (text) => text.replace(/^[A-Z]+ (?=sip)/, `${method} `).replace(/^(CSeq: \d+) \w+/m, `$1 ${method}`)
  }),
  fc
    .constantFrom(
      'sip:example.com',
      'sip:bob@example.com',
      'sip:x@elsewhere.example',
      'sip:',
      'tel:+1',
      'sip:bob@10.0.0.1:5060',
    )
    .map(
      (uri): Mutation =>
        (text) =>
          text.replace(/^([A-Z]+) \S+/, `$1 ${uri}`),
    ),
  fc.integer({ min: 100, max: 699 }).map(
    (status): Mutation =>
      (text) =>
        text.replace(/^SIP\/2.0 \d+/, `SIP/2.0 ${status}`),
  ),
  fc.nat(500).map(
    (length): Mutation =>
      (text) =>
        text.slice(0, length),
  ),
  fc.tuple(fc.nat(500), fc.string({ maxLength: 30 })).map(([from, given]): Mutation => {
    return (text) => text.slice(0, from) + given + text.slice(from + given.length)
  }),
)

const shots = fc.array(
  fc.record({
    which: fc.nat(),
    changes: fc.array(mutation, { minLength: 1, maxLength: 3 }),
    pause: fc.constantFrom(0, 0, 5, 600, 9000),
  }),
  { minLength: 1, maxLength: 25 },
)

/** What Mallory could rightly send: her registration, calls, requests of her call with Bob, and answers to her callers. */
function rightly(mallory: TestAgent, call: Exchange, rings: readonly SipRequest[]): string[] {
  const inDialog = ['BYE', 'INVITE', 'INFO', 'ACK'].map((method, n) => mallory.inDialog(method, call, 2 + n))
  const fresh = ['INVITE', 'MESSAGE', 'OPTIONS', 'SUBSCRIBE'].map((method) =>
    mallory.make(method, 'sip:bob@example.com'),
  )
  const registers = ['<sip:mallory@10.0.0.9>', '*'].map((contact) =>
    mallory.make('REGISTER', 'sip:example.com', { to: mallory.aor, contact, headers: { Expires: 60 } }),
  )
  const requests: SipRequest[] = [...inDialog, ...fresh, ...registers]
  requests.forEach((request, n) => request.headers.append('Via', `SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKmallory${n}`))
  for (const request of requests) request.maxForwards = 70
  const invites = requests.filter(({ method }) => method === 'INVITE')
  const responses = rings.flatMap((request) =>
    [100, 180, 200, 302, 407, 486, 503, 603].map((status) => request.createResponse(status, { toTag: 'm' })),
  )
  const all: SipMessage[] = [...requests, ...invites.map((invite) => invite.createCancel()), ...responses]
  return all.map(String)
}

async function callFrom(bed: TestBed, alice: TestAgent, to: string): Promise<number> {
  const call = alice.request('INVITE', to)
  await bed.run(1000)
  const status = call.responses.at(-1)?.status ?? 0
  if (status !== 200) return status
  alice.ack(call)
  const bye = alice.send(alice.inDialog('BYE', call, 2), null)
  await bed.run(1000)
  return bye.final.status
}

test('whatever one user sends, others call each other as before, and nothing is left of it', async () => {
  await fc.assert(
    fc.asyncProperty(shots, async (list) => {
      const { bed, alice, bob } = await pair()
      const mallory = bed.agent('mallory', '10.0.0.9')
      await mallory.register()
      const call = await established({ bed, alice: mallory, bob })
      mallory.onRequest = () => undefined
      for (const method of ['INVITE', 'MESSAGE']) alice.request(method, mallory.aor)
      await bed.run(20)
      const right = rightly(mallory, call, mallory.requests)
      const texts = list.map(({ which, changes }) =>
        changes.reduce((text, change) => change(text), right[which % right.length] ?? ''),
      )
      for (const [n, { pause }] of list.entries()) {
        mallory.sendRaw(texts[n] ?? '')
        await bed.run(pause)
      }
      await bed.run(40_000)
      // What Mallory's registration says of Bob is only Mallory's; Bob is where he was.
      bob.onRequest = (request) => bob.answer(request, 200)
      await bob.register({ seq: 100, callId: 'again' })
      expect(await callFrom(bed, alice, bob.aor), texts.join('\n----\n')).toBe(200)
      expect(bed.dispatcher.stats().applicationErrors, texts.join('\n----\n')).toBe(0)
      // Mallory's own end of what she never answers is her affair.
      await bed.run(400_000)
      expect(bed.dispatcher.stats().transactions.total, texts.join('\n----\n')).toBe(0)
      expect(await bed.settle(), texts.join('\n----\n')).toMatchObject({ contexts: 0, timers: 0 })
    }),
    { numRuns: 60, seed: 5 },
  )
})
