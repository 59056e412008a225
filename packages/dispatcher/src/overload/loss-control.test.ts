import { parseMessage, SipRequest, type SipResponse } from '@netsip/message'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import type { Target } from '@netsip/transport'
import { MemoryNetwork } from '@netsip/transport/testing'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Dispatcher } from '../dispatcher.ts'
import { incoming, request, type RequestInit, Rig } from '../testing/rig.ts'
import { TestResolver } from '../testing/test-resolver.ts'
import { LossControl, type LossControlOptions } from './loss-control.ts'

/** A dispatcher that listens and tells; its load is what the test says. */
class BusyRig extends Rig {
  load: number
  #branches = 0

  constructor(options: LossControlOptions & { addrs?: string[] } = {}) {
    const { addrs = ['192.0.2.9'], ...more } = options
    const holder: { rig?: BusyRig } = {}
    const clock: NonNullable<LossControlOptions['clock']> = {
      monotonic: () => holder.rig!.clock.monotonic(),
      wall: () => holder.rig!.clock.wall(),
      setTimer: (ms, run) => holder.rig!.clock.setTimer(ms, run),
    }
    const overload = new LossControl({ clock, load: () => holder.rig!.load, ...more })
    super('udp', { overload, resolver: new TestResolver(...addrs) })
    holder.rig = this
    this.load = 0
  }

  /** The server answers the request sent last, and says so in our Via. */
  hear(oc: string, status = 200): void {
    const response = this.leg.lastRequest().createResponse(status, { toTag: 'peer' })
    const text = response.via!.toString().replace(';oc;oc-algo="loss"', `;${oc}`)
    response.headers.set('Via', [text, ...response.headers.getAll('Via').slice(1)])
    this.leg.receive(parseMessage(response.toBytes()))
  }

  /** How many of so many requests are sent. */
  sentOf(count: number, init: RequestInit = {}, method = 'OPTIONS'): number {
    this.leg.sent.length = 0
    for (let i = 0; i < count; i++) {
      this.dispatcher.deliver(request(method, { callId: `many-${i}`, ...init }), this.watching())
      this.clock.advance(0)
    }
    return this.leg.sent.length
  }

  /** How many of so many requests of a neighbour are let in; `oc`: what it adds to its Via. */
  takenOf(count: number, oc: string, init: RequestInit = {}): number {
    this.received.length = 0
    for (let i = 0; i < count; i++) {
      const one = incoming('OPTIONS', { branch: `z9hG4bKmany${this.#branches++}`, ...init })
      one.headers.set('Via', String(one.via) + oc)
      this.leg.receive(one)
    }
    return this.received.length
  }

  get lastResponse(): SipResponse {
    return parseMessage(this.leg.sent.at(-1)!.bytes) as SipResponse
  }
}

const offer = ';oc;oc-algo="loss"'

const asks = (percent: number): string => `oc=${percent};oc-algo="loss";oc-validity=${percent && 500};oc-seq`

const oneOfMany = (i: number): Target => ({
  protocol: 'udp',
  addr: `198.51.${i >> 8}.${i & 255}`,
  port: 5060,
  family: 'IPv4',
})

describe('a client that listens', () => {
  test('T113 T114b offers it in the Via of each request, and only there', () => {
    const rig = new BusyRig()
    rig.send('INVITE')
    rig.leg.answer(180)
    const invite = rig.leg.sent.at(-1)!.text
    expect(invite).toMatch(/^Via: [^\r]*;branch=[^;\r]*;rport;oc;oc-algo="loss"\r$/m)
    expect(invite).not.toMatch(/oc-validity|oc-seq/)
    rig.leg.answer(486)
    // The ACK of a refusal has the Via of its INVITE (RFC 3261 17.1.1.3).
    expect(parseMessage(rig.leg.sent.at(-1)!.bytes).via!.toString()).toBe(parseMessage(invite).via!.toString())
    expect(rig.errors).toEqual([])
  })

  test('T113 does not where it would not hear the answer: what is sent without a transaction', () => {
    const rig = new BusyRig()
    rig.send('OPTIONS', { stateless: true })
    expect(rig.leg.sent[0]!.text).not.toContain(';oc')
  })

  test('T113 without it no Via says anything of the kind', () => {
    const rig = new Rig()
    rig.send('OPTIONS')
    expect(rig.leg.sent[0]!.text).not.toContain(';oc')
  })

  test.each([
    [20, 80],
    [50, 50],
    [100, 0],
    [0, 100],
  ])('T115 sends %i %% less to a server that asks for it: %i of 100 go', (percent, sent) => {
    const rig = new BusyRig()
    rig.send('OPTIONS')
    rig.hear(`oc=${percent};oc-algo="loss";oc-validity=1000;oc-seq=1.5`)
    expect(rig.sentOf(100)).toBe(sent)
    expect(rig.events.filter((event) => event === 'ERR_SIP_OVERLOAD')).toHaveLength(100 - sent)
    expect(rig.dispatcher.stats().drops['held-back'] ?? 0).toBe(100 - sent)
  })

  test('T115b for half a second where nothing is said, else for as long as is said, and no longer when it is taken back', () => {
    const rig = new BusyRig()
    for (const [oc, after, sent] of [
      ['oc=100;oc-algo="loss";oc-seq=1.0', 499, 0],
      ['oc=100;oc-algo="loss";oc-seq=2.0', 500, 5],
      ['oc=100;oc-algo="loss";oc-seq=3.0;oc-validity=4000', 3999, 0],
      ['oc=100;oc-algo="loss";oc-seq=4.0;oc-validity=4000', 4000, 5],
    ] as const) {
      rig.clock.advance(400_000)
      rig.sentOf(1)
      rig.hear(oc)
      rig.clock.advance(after)
      expect(rig.sentOf(5)).toBe(sent)
    }
    rig.clock.advance(5000)
    rig.sentOf(1)
    rig.hear('oc=50;oc-algo="loss";oc-seq=6.0;oc-validity=60000')
    expect(rig.sentOf(10)).toBe(5)
    rig.hear('oc=50;oc-algo="loss";oc-seq=7.0;oc-validity=0')
    expect(rig.sentOf(10)).toBe(10)
  })

  test('T115b one response does not silence it for days', () => {
    const rig = new BusyRig()
    rig.send('OPTIONS')
    rig.hear('oc=100;oc-algo="loss";oc-validity=4000000000;oc-seq=1.0')
    rig.clock.advance(299_999)
    expect(rig.sentOf(1)).toBe(0)
    rig.clock.advance(1)
    expect(rig.sentOf(1)).toBe(1)
  })

  test('T115c what comes late changes nothing, not even after what came first has ended', () => {
    const rig = new BusyRig()
    rig.sentOf(3)
    rig.hear('oc=50;oc-algo="loss";oc-validity=9000;oc-seq=100.20')
    rig.sentOf(1)
    rig.hear('oc=100;oc-algo="loss";oc-validity=9000;oc-seq=100.10')
    expect(rig.sentOf(10)).toBe(5)
    rig.hear('oc=0;oc-algo="loss";oc-validity=0;oc-seq=100.30')
    rig.sentOf(1)
    rig.hear('oc=100;oc-algo="loss";oc-validity=9000;oc-seq=100.25')
    expect(rig.sentOf(10)).toBe(10)
  })

  test('T115 listens to each server for itself', () => {
    const rig = new BusyRig()
    rig.send('OPTIONS', { target: { protocol: 'udp', addr: '192.0.2.8', port: 5060, family: 'IPv4' } })
    rig.hear('oc=100;oc-algo="loss";oc-validity=9000;oc-seq=1.0')
    expect(rig.sentOf(5)).toBe(5)
  })

  test.each([
    'oc=101;oc-algo="loss";oc-seq=1.0',
    'oc=-5;oc-algo="loss";oc-seq=1.0',
    'oc=many;oc-algo="loss"',
    'oc=100;oc-algo="rate";oc-seq=1.0',
    'oc=99999999999999999999;oc-algo="loss"',
  ])('T115 does not listen to what it does not understand: %s', (oc) => {
    const rig = new BusyRig()
    rig.send('OPTIONS')
    rig.hear(oc)
    expect(rig.sentOf(10)).toBe(10)
    expect(rig.takeEvents()[0]).toBe(200)
  })

  test('T115 listens only to who was asked', () => {
    const rig = new BusyRig()
    rig.send('OPTIONS')
    const forged = rig.leg.lastRequest().createResponse(200)
    forged.headers.set('Call-ID', 'of-another')
    forged.headers.set('Via', String(forged.via).replace(offer, ';oc=100;oc-algo="loss";oc-validity=9000;oc-seq=9.0'))
    rig.leg.receive(forged)
    expect(rig.sentOf(5)).toBe(5)
    expect(rig.dispatcher.stats().drops['forged-response']).toBe(1)
  })

  test('T116 spares what belongs to calls, and emergencies, while there are others', () => {
    const rig = new BusyRig()
    rig.send('OPTIONS')
    rig.hear('oc=50;oc-algo="loss";oc-validity=60000;oc-seq=1.0')
    let [spared, others] = [0, 0]
    for (let i = 0; i < 50; i++) {
      others += rig.sentOf(1)
      spared += rig.sentOf(
        1,
        [
          { toTag: 'up' },
          { uri: 'urn:service:sos.fire', headers: { Route: '<sip:192.0.2.9;lr>' } },
          { headers: { 'Resource-Priority': 'ets.0' } },
        ][i % 3],
      )
    }
    expect([spared, others]).toEqual([50, 1])
  })

  test('T116 holds them back too when nothing else is left to hold back', () => {
    const rig = new BusyRig()
    rig.send('OPTIONS')
    rig.hear('oc=50;oc-algo="loss";oc-validity=60000;oc-seq=1.0')
    expect(rig.sentOf(200, { toTag: 'up' })).toBe(200 - 91)
  })

  test('T116 forgets what it spared once the server has recovered', () => {
    const rig = new BusyRig()
    rig.send('OPTIONS')
    rig.hear('oc=50;oc-algo="loss";oc-validity=60000;oc-seq=1.0')
    expect(rig.sentOf(18, { toTag: 'up' })).toBe(18)
    rig.hear('oc=0;oc-algo="loss";oc-validity=0;oc-seq=2.0')
    expect(rig.sentOf(1)).toBe(1)
    rig.hear('oc=50;oc-algo="loss";oc-validity=60000;oc-seq=3.0')
    expect(rig.sentOf(10)).toBe(5)
  })

  test('T115c a sequence that is no number does not shut out what comes after it', () => {
    const rig = new BusyRig()
    rig.sentOf(2)
    rig.hear('oc=50;oc-algo="loss";oc-validity=60000;oc-seq=1e999')
    rig.sentOf(2)
    rig.hear('oc=100;oc-algo="loss";oc-validity=60000;oc-seq=2.0')
    expect(rig.sentOf(10)).toBe(0)
  })

  test('T116 cancels all the same', () => {
    const rig = new BusyRig()
    rig.send('INVITE')
    rig.hear('oc=100;oc-algo="loss";oc-validity=60000;oc-seq=1.0', 180)
    const cancel = rig.leg.lastRequest().createCancel()
    rig.dispatcher.deliver(cancel, rig.watching())
    expect(rig.leg.take().at(-1)).toMatch(/^CANCEL/)
  })

  test('T115 T116 goes to the next server instead, if there is one; else it fails, and says why', () => {
    const rig = new BusyRig({ addrs: ['192.0.2.9', '192.0.2.10'] })
    rig.send('OPTIONS')
    rig.hear('oc=100;oc-algo="loss";oc-validity=60000;oc-seq=1.0')
    expect(rig.sentOf(4)).toBe(4)
    expect(rig.leg.sent.map(({ target }) => target.addr)).toEqual(Array(4).fill('192.0.2.10'))
    rig.hear('oc=100;oc-algo="loss";oc-validity=60000;oc-seq=1.0')
    const errors: string[] = []
    rig.dispatcher.deliver(request('OPTIONS'), { onError: ({ code, message }) => void errors.push(code, message) })
    rig.clock.advance(0)
    expect(errors).toEqual(['ERR_SIP_OVERLOAD', expect.stringMatching(/192\.0\.2\.10.* asked for 100 % less/)])
  })

  test('T116b keeps to itself what it is told, and what is told in the Vias of others goes no further', () => {
    const rig = new BusyRig()
    const vias = [
      'SIP/2.0/UDP up.example.com;branch=z9hG4bKu',
      'SIP/2.0/UDP far.example.com;branch=z9hG4bKf;oc=3;ttl=1',
    ]
    const seen: string[][] = []
    rig.send('OPTIONS', { onResponse: (response) => void seen.push(response.headers.getAll('Via')) })
    const response = rig.leg.lastRequest().createResponse(200, { toTag: 'peer' })
    response.headers.set('Via', [String(response.via), ...vias])
    rig.leg.receive(response)
    expect(seen[0]!.slice(1)).toEqual([vias[0], `SIP/2.0/UDP far.example.com;branch=z9hG4bKf;ttl=1${offer}`])
  })

  test('T115 remembers no more than a thousand servers', () => {
    const rig = new BusyRig()
    for (let i = 0; i < 1001; i++) {
      rig.send('OPTIONS', { target: oneOfMany(i) })
      rig.hear('oc=100;oc-algo="loss";oc-validity=200000;oc-seq=1.0')
    }
    rig.leg.sent.length = 0
    for (const i of [0, 1, 1000]) rig.send('OPTIONS', { target: oneOfMany(i) })
    expect(rig.leg.sent.map(({ target: { addr } }) => addr)).toEqual(['198.51.0.0'])
  })
})

describe('a server that tells', () => {
  test('T114 says in each response to who listens how much less should come, from 0 at four fifths of its load', () => {
    const rig = new BusyRig()
    rig.onReceive = (packet) => void rig.dispatcher.deliver((packet as SipRequest).createResponse(200, { toTag: 'us' }))
    const said: string[] = []
    for (const load of [0, 0.8, 0.85, 0.9, 1, 7, Number.NaN]) {
      rig.load = load
      rig.takenOf(1, offer, { callId: `${load}`, branch: `z9hG4bK${load}` })
      said.push(
        rig.lastResponse
          .via!.params.toString()
          .replace(/.*;oc=/, 'oc=')
          .replace(/oc-seq=\d{1,12}\.\d{1,5}/, 'oc-seq'),
      )
    }
    expect(said).toEqual([0, 0, 25, 50, 100, 100, 0].map(asks))
  })

  test('T114 in a 100 Trying, a repeated response and a refusal as well', () => {
    const rig = new BusyRig()
    rig.load = 0.9
    rig.leg.receive(incoming('INVITE', { headers: { Via: `SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKi${offer}` } }))
    rig.clock.advance(200)
    expect(rig.lastResponse).toMatchObject({ status: 100 })
    expect(rig.lastResponse.via!.params.get('oc')).toBe('50')
    rig.leg.receive(
      incoming('OPTIONS', {
        cseq: 5,
        headers: { CSeq: '5 INFO', Via: `SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKbad${offer}` },
      }),
    )
    expect(rig.lastResponse).toMatchObject({ status: 400 })
    expect(rig.lastResponse.via!.params.get('oc')).toBe('50')
  })

  test('T114 X078 in a 2xx that is repeated as it did the first time', () => {
    const rig = new BusyRig()
    rig.leg.receive(incoming('INVITE', { headers: { Via: `SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKi${offer}` } }))
    const ok = (rig.received[0] as SipRequest).createResponse(200, { toTag: 'us' })
    rig.dispatcher.deliver(ok)
    rig.load = 0.9
    rig.clock.advance(500)
    rig.dispatcher.deliver(ok)
    const [first, second] = rig.leg.sent.slice(-2)
    expect(first!.text).toMatch(/;oc=0;/)
    expect(second!.text).toBe(first!.text)
  })

  test('T114 says nothing to who does not listen, or listens to something else', () => {
    const rig = new BusyRig()
    rig.load = 0.9
    for (const oc of ['', ';oc;oc-algo="rate"']) {
      rig.takenOf(2, oc)
      expect(rig.lastResponse.via!.toString()).not.toMatch(/oc=|oc-seq|oc-validity/)
    }
  })

  test('T114 takes how much of the room for transactions is used, unless told', () => {
    const clock = new VirtualClock()
    const rig = new Rig('udp', { limits: { transactions: 10, perSource: 10 }, overload: new LossControl({ clock }) })
    const said: (string | undefined)[] = []
    for (let i = 0; i < 10; i++) {
      rig.leg.receive(incoming('OPTIONS', { headers: { Via: `SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK${i}${offer}` } }))
      rig.reply(200)
      said.push((parseMessage(rig.leg.sent.at(-1)!.bytes) as SipResponse).via!.params.get('oc'))
    }
    expect(said).toEqual(['0', '0', '0', '0', '0', '0', '0', '0', '50', '100'])
  })

  test('T117 refuses the same share of who does not listen, with 503 and no Retry-After, and nobody of who does', () => {
    const rig = new BusyRig()
    rig.load = 0.85
    expect(rig.takenOf(100, offer)).toBe(100)
    expect(rig.takenOf(100, '')).toBe(75)
    expect(rig.lastResponse).toMatchObject({ status: 503 })
    expect(rig.lastResponse.headers.has('Retry-After')).toBe(false)
    expect(rig.dispatcher.stats().shed).toBe(25)
    rig.load = 0.5
    expect(rig.takenOf(100, '', { callId: 'after' })).toBe(100)
  })

  test('T117 the bound on transactions holds for those who listen too', () => {
    const rig = new Rig('udp', { limits: { transactions: 5, perSource: 5 }, overload: new LossControl() })
    for (let i = 0; i < 9; i++) {
      rig.leg.receive(incoming('OPTIONS', { headers: { Via: `SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK${i}${offer}` } }))
    }
    expect(rig.received).toHaveLength(5)
    expect((parseMessage(rig.leg.sent.at(-1)!.bytes) as SipResponse).via!.params.get('oc')).toBe('100')
  })
})

test('T115 T117 between two dispatchers the one that calls keeps away what the other has no room for', () => {
  const clock = new VirtualClock()
  const network = new MemoryNetwork({ clock, random: new SeededRandom(3), delay: 5 })
  const legs = ['10.0.0.1', '10.0.0.2'].map((host) => network.listen({ protocol: 'udp', host }))
  const options = { clock, random: new SeededRandom(4) }
  const server = new Dispatcher({
    ...options,
    legs: [legs[1]!],
    limits: { transactions: 250, perSource: 250 },
    overload: new LossControl({ clock }),
  })
  server.setReceiver({
    receive: (packet) => void server.deliver((packet as SipRequest).createResponse(200, { toTag: 's' })),
  })
  const client = new Dispatcher({ ...options, legs: [legs[0]!], overload: new LossControl({ clock }) })
  const outcome = { answered: 0, refused: 0, kept: 0 }
  const ask = (): void =>
    void client.deliver(request('OPTIONS', { uri: 'sip:10.0.0.2' }), {
      onResponse: ({ status }) => void (status === 200 ? outcome.answered++ : outcome.refused++),
      onError: () => void outcome.kept++,
    })
  // Room for 250 answers of 32 s: 7.8 a second; it is asked 15 times a second, for five minutes.
  for (let i = 0; i < 4500; i++) {
    ask()
    clock.advance(1000 / 15)
  }
  clock.advance(40_000)
  expect(outcome.answered + outcome.refused + outcome.kept).toBe(4500)
  // When it is full, what was said ends after half a second, and one asks again; without control it would be every second one.
  expect(outcome.refused).toBeLessThan(50)
  expect(outcome.answered / 300).toBeGreaterThan(6)
  expect(outcome.answered / 300).toBeLessThan(8)
  for (const dispatcher of [client, server]) void dispatcher.close()
})

test('T115 T116b whatever stands there, nothing is thrown, and every response comes through', () => {
  const piece = fc.constantFrom(
    'oc',
    'oc=',
    'oc=7',
    'oc="7"',
    'oc-algo',
    'oc-algo="loss"',
    'oc-algo=","',
    'oc-seq=1e9',
    'oc-seq=.',
    'oc-validity=x',
    'oc-validity=-1',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.array(piece, { maxLength: 6 }), (own, behind) => {
      const rig = new BusyRig()
      rig.send('OPTIONS')
      const response = rig.leg.lastRequest().createResponse(200, { toTag: 'peer' })
      const via = String(response.via).replace(offer, '')
      const text = response
        .toString()
        .replace(
          /^Via:.*$/m,
          `Via: ${[via, ...own].join(';')}\r\nVia: ${['SIP/2.0/UDP a;branch=z9hG4bKb', ...behind].join(';')}`,
        )
      try {
        parseMessage(text).vias.toString()
      } catch {
        return
      }
      rig.leg.receive(text)
      expect(rig.takeEvents()[0]).toBe(200)
      expect(rig.errors).toEqual([])
    }),
  )
})

test.each([{ from: 1 }, { from: -0.1 }, { from: Number.NaN }, { validity: 0 }, { load: 3 }, { form: 0.5 }])(
  'an option that makes no sense is refused: %o',
  (options) => {
    expect(() => new LossControl(options as LossControlOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }),
    )
  },
)
