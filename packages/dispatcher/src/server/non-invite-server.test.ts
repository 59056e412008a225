import type { Resolver } from '@netsip/transport'
import { describe, expect, test } from 'vitest'
import { Rig, incoming } from '../testing/rig.ts'
import { udpTarget } from '../testing/test-resolver.ts'

const receive = (rig: Rig): void => rig.leg.receive(incoming('OPTIONS', { protocol: rig.leg.protocol }))

const reach: Record<string, (rig: Rig) => void> = {
  Trying: receive,
  Proceeding(rig) {
    receive(rig)
    rig.clock.advance(3500)
  },
  Late(rig) {
    receive(rig)
    rig.clock.advance(32_000)
  },
  Completed(rig) {
    receive(rig)
    rig.reply(200, rig.watching())
  },
  // That nobody watches: only the answer is kept.
  Answered(rig) {
    receive(rig)
    rig.reply(200)
  },
}

const gauges: Record<string, string> = { Late: 'Proceeding', Answered: 'Completed' }

const inputs: Record<string, (rig: Rig) => void> = {
  'request again': receive,
  'user sends 100': (rig) => void rig.reply(100),
  'user sends 180': (rig) => void rig.reply(180),
  'user sends 200': (rig) => void rig.reply(200),
  'user sends 404': (rig) => void rig.reply(404),
  'user sends 408': (rig) => void rig.reply(408),
  '3.4 s pass': (rig) => rig.clock.advance(3400),
  '3.5 s pass': (rig) => rig.clock.advance(3500),
  '64*T1 pass': (rig) => rig.clock.advance(32_000),
  '128*T1 pass': (rig) => rig.clock.advance(64_000),
  'transport error': (rig) => rig.leg.failLast(),
}

const trying = 'SIP/2.0 100 Trying'
const ok = 'SIP/2.0 200 OK'
const notFound = 'SIP/2.0 404 Not Found'

type Row = [state: string, input: string, next: string, sent: string[], told: (number | string)[]]

const always: Row[] = [
  ['Trying', 'user sends 180', 'Trying', [], []],
  ['Trying', 'user sends 408', 'Trying', [], []],
  ['Trying', '3.4 s pass', 'Trying', [], []],
  ['Trying', '3.5 s pass', 'Proceeding', [trying], []],
  ['Trying', '128*T1 pass', 'Terminated', [trying], []],
  ['Proceeding', 'user sends 100', 'Proceeding', [trying], []],
  ['Proceeding', 'user sends 180', 'Proceeding', [], []],
  ['Proceeding', 'user sends 408', 'Proceeding', [], []],
  ['Late', 'user sends 200', 'Proceeding', [], []],
  ['Late', 'user sends 100', 'Proceeding', [], []],
  ['Late', '64*T1 pass', 'Terminated', [], []],
]

const onUdp: Row[] = [
  ...always,
  ['Trying', 'request again', 'Trying', [], []],
  ['Trying', 'user sends 100', 'Trying', [], []],
  ['Trying', 'user sends 200', 'Completed', [ok], []],
  ['Trying', 'user sends 404', 'Completed', [notFound], []],
  ['Proceeding', 'request again', 'Proceeding', [trying], []],
  ['Proceeding', 'user sends 200', 'Completed', [ok], []],
  ['Proceeding', 'transport error', 'Proceeding', [trying], []],
  ['Completed', 'request again', 'Completed', [ok], []],
  ['Completed', 'user sends 404', 'Completed', [], []],
  ['Completed', 'transport error', 'Completed', [ok], []],
  ['Completed', '64*T1 pass', 'Terminated', [], ['end']],
  ['Answered', 'request again', 'Completed', [ok], []],
  ['Answered', 'user sends 404', 'Completed', [], []],
  ['Answered', 'transport error', 'Completed', [ok], []],
  ['Answered', '64*T1 pass', 'Terminated', [], []],
]

const onTcp: Row[] = [
  ...always,
  ['Trying', 'user sends 100', 'Proceeding', [trying], []],
  ['Trying', 'user sends 200', 'Terminated', [ok], []],
  ['Proceeding', 'user sends 404', 'Terminated', [notFound], []],
]

describe.each([
  ['udp' as const, onUdp],
  ['tcp' as const, onTcp],
])('non-INVITE server over %s', (protocol, rows) => {
  test.each(rows)('X079 %s, %s: %s', (state, input, next, sent, told) => {
    const rig = new Rig(protocol)
    reach[state]?.(rig)
    expect(rig.state('server', 'nonInvite')).toBe(gauges[state] ?? state)
    rig.leg.take()
    rig.takeEvents()
    inputs[input]?.(rig)
    expect(rig.state('server', 'nonInvite')).toBe(next)
    expect(rig.leg.take()).toEqual(sent)
    expect(rig.takeReceived()).toEqual(['OPTIONS'])
    expect(rig.takeEvents()).toEqual(told)
  })
})

describe('a non-INVITE server', () => {
  test('X040 X041b X042 hands a request up once, and answers its copies from the stored bytes', () => {
    const rig = new Rig()
    receive(rig)
    receive(rig)
    expect(rig.leg.sent).toEqual([])
    rig.reply(200)
    rig.clock.advance(31_999)
    receive(rig)
    expect(rig.takeReceived()).toEqual(['OPTIONS'])
    const texts = rig.leg.sent.map(({ text }) => text)
    expect(texts).toEqual([texts[0], texts[0]])
  })

  test('X042 a copy whose answer cannot be sent is counted, and answered another way (RFC 3263 5)', () => {
    const rig = new Rig()
    receive(rig)
    rig.reply(200)
    receive(rig)
    rig.leg.take()
    rig.leg.failLast()
    expect(rig.leg.take()).toEqual([ok])
    rig.leg.failLast()
    expect(rig.dispatcher.stats()).toMatchObject({
      transportErrors: 2,
      retransmissions: { in: 1, out: 1 },
      transactions: { total: 1 },
    })
  })

  test.each<[string, (rig: Rig) => unknown]>([
    ['timer J', (rig) => rig.clock.advance(32_000)],
    ['close', (rig) => rig.dispatcher.close()],
  ])('an answer and its repetition that fail after %s are not sent another way, and nobody is told', (_, ends) => {
    for (const copies of [0, 1]) {
      const asked: string[] = []
      const resolver: Resolver = {
        resolve(hop) {
          asked.push(hop.host)
          return []
        },
      }
      const rig = new Rig('udp', { resolver })
      receive(rig)
      rig.reply(200, rig.watching({ onTerminated: undefined }))
      for (let copy = 0; copy < copies; copy++) receive(rig)
      rig.leg.take()
      void ends(rig)
      rig.leg.failLast()
      expect([asked, rig.leg.take(), rig.takeEvents()]).toEqual([[], [], []])
      expect(rig.dispatcher.stats().transportErrors).toBe(1)
    }
  })

  test('a delivery tells its own state, whatever was answered after it', () => {
    const rig = new Rig()
    receive(rig)
    const first = rig.reply(200)
    rig.clock.advance(20_000)
    rig.leg.receive(incoming('OPTIONS', { branch: 'z9hG4bKsecond' }))
    const second = rig.reply(200)
    rig.clock.advance(12_000)
    expect([first.state, second.state]).toEqual(['Terminated', 'Completed'])
    rig.clock.advance(20_000)
    rig.leg.receive(incoming('OPTIONS', { branch: 'z9hG4bKthird' }))
    const third = rig.reply(200)
    expect([first, second, third].map(({ state }) => state)).toEqual(['Terminated', 'Terminated', 'Completed'])
  })

  test('a delivery tells its state as long as a copy would be answered', () => {
    const rig = new Rig()
    receive(rig)
    const first = rig.reply(200)
    const second = rig.reply(404)
    for (const delivery of [first, second]) {
      expect([delivery.state, delivery.leg, delivery.target?.addr]).toEqual(['Completed', rig.leg, '192.0.2.9'])
    }
    expect(rig.dispatcher.stats().drops).toEqual({ 'response-refused': 1 })
    rig.clock.advance(32_000)
    for (const delivery of [first, second]) {
      expect(delivery.state).toBe('Terminated')
      expect(rig.dispatcher.cancelDelivery(delivery)).toBe(false)
    }
  })

  test('a response that cannot be written leaves the request to be answered otherwise', () => {
    const rig = new Rig()
    rig.onReceive = (packet, leg) => {
      if (packet.type !== 'request') return
      const response = packet.createResponse(200, { toTag: 'us' })
      response.toBytes = () => {
        throw new Error('no room')
      }
      rig.dispatcher.deliver(response, { leg })
    }
    receive(rig)
    expect(rig.leg.take()).toEqual(['SIP/2.0 500 Server Internal Error'])
  })

  test('X042 after timer J the same bytes are a new request', () => {
    const rig = new Rig()
    receive(rig)
    rig.reply(200)
    rig.clock.advance(32_000)
    receive(rig)
    expect(rig.takeReceived()).toEqual(['OPTIONS', 'OPTIONS'])
  })

  test('X041 X043 X044 sends 100 and no other provisional response, over UDP not before timer E has grown to T2', () => {
    const rig = new Rig()
    receive(rig)
    rig.reply(100)
    rig.reply(183)
    expect(rig.leg.take()).toEqual([])
    rig.clock.advance(3500)
    expect(rig.leg.take()).toEqual([trying])
  })

  test('X044 follows T1 and T2', () => {
    const rig = new Rig('udp', { timers: { t1: 100, t2: 400 } })
    receive(rig)
    rig.clock.advance(299)
    expect(rig.leg.take()).toEqual([])
    rig.clock.advance(1)
    expect(rig.leg.take()).toEqual([trying])
  })

  test('X041c X045 X046 sends nothing when it is too late, and never a 408', () => {
    const rig = new Rig()
    receive(rig)
    rig.reply(408)
    rig.clock.advance(32_000)
    rig.leg.take()
    rig.reply(200)
    expect(rig.leg.take()).toEqual([])
    expect(rig.dispatcher.stats().drops).toEqual({ 'response-refused': 1, 'late-response': 1 })
    rig.clock.runUntilIdle()
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
  })

  test('X027 X047 a CANCEL makes a transaction of its own beside its INVITE', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('INVITE'))
    rig.leg.receive(incoming('CANCEL'))
    expect(rig.takeReceived()).toEqual(['INVITE', 'CANCEL'])
    const { server } = rig.dispatcher.stats().transactions
    expect([server.invite['Proceeding'], server.nonInvite['Trying']]).toEqual([1, 1])
  })

  test('X055 a copy from another port is answered where the first one came from', () => {
    const rig = new Rig()
    receive(rig)
    rig.reply(200)
    rig.leg.receive(incoming('OPTIONS'), rig.leg.peer('192.0.2.9', 6000))
    expect(rig.leg.sent.map(({ target }) => target.port)).toEqual([5060, 5060])
    expect(rig.takeReceived()).toEqual(['OPTIONS'])
  })

  test('T032 the answers to one host go to the port each request came from, and so do their repetitions', () => {
    const rig = new Rig()
    const ports = [6000, 6001, 6000, 6002]
    const ask = (copy: number): void => {
      for (const [n, port] of ports.entries()) {
        rig.leg.receive(incoming('OPTIONS', { branch: `z9hG4bKport${n}` }), rig.leg.peer('192.0.2.9', port))
        if (copy === 0) rig.reply(200)
      }
    }
    ask(0)
    ask(1)
    expect(rig.leg.sent.map(({ target }) => target.port)).toEqual([...ports, ...ports])
  })

  test('X042 a copy is answered where the way back has to be looked up', () => {
    const rig = new Rig('udp', { resolver: { resolve: () => [udpTarget('192.0.2.33')] } })
    // Whoever answers behind a proxy has taken `received` off.
    rig.onReceive = (packet) => {
      if (packet.type !== 'request') return
      const response = packet.createResponse(200, { toTag: 'us' })
      response.headers.set('Via', 'SIP/2.0/UDP client.example.org;branch=z9hG4bKpeer1')
      rig.dispatcher.deliver(response)
    }
    const asked = { sentBy: 'client.example.org' }
    rig.leg.receive(incoming('OPTIONS', asked))
    rig.leg.receive(incoming('OPTIONS', asked))
    expect(rig.takeReceived()).toEqual(['OPTIONS'])
    expect(rig.leg.sent.map(({ target }) => target.addr)).toEqual(['192.0.2.33', '192.0.2.33'])
    rig.clock.runUntilIdle()
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
  })

  test('nobody is told that an answer failed whose delivery was cancelled', () => {
    const rig = new Rig('udp', { resolver: { resolve: () => [] } })
    const delivery = (receive(rig), rig.reply(200, { onError: (error) => void rig.events.push(error.code) }))
    expect(rig.dispatcher.cancelDelivery(delivery)).toBe(true)
    rig.leg.failLast()
    rig.leg.failLast()
    expect(rig.takeEvents()).toEqual([])
  })
})
