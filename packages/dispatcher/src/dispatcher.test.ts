import { parseMessage, type SipRequest } from '@netsip/message'
import type { TraceEvent } from '@netsip/runtime'
import type { Resolver, Target } from '@netsip/transport'
import { describe, expect, test } from 'vitest'
import type { DeliverOptions } from './delivery.ts'
import { Dispatcher } from './dispatcher.ts'
import { Rig, incoming, request } from './testing/rig.ts'
import { TestLeg } from './testing/test-leg.ts'
import { udpTarget } from './testing/test-resolver.ts'

/** Finds nothing until it is told what. */
function slowResolver(): { resolver: Resolver; found: (targets: Target[]) => void } {
  const waiting: ((targets: Target[]) => void)[] = []
  return {
    resolver: { resolve: () => new Promise((resolve) => waiting.push(resolve)) },
    found: (targets) => waiting.forEach((resolve) => resolve(targets)),
  }
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((all, one) => all + one, 0)
}

describe('connections that end', () => {
  test('T043 end the requests that wait on them, at once', () => {
    const rig = new Rig('tcp')
    rig.send('INVITE')
    rig.send('OPTIONS')
    rig.leg.closeFlow('192.0.2.9', 5060)
    expect(rig.takeEvents()).toEqual(['ERR_SIP_REFUSED', 'end', 'ERR_SIP_REFUSED', 'end'])
    expect(rig.clock.pending).toBe(0)
  })

  test('leave those on other connections alone', () => {
    const rig = new Rig('tcp')
    rig.send('OPTIONS')
    rig.leg.closeFlow('192.0.2.9', 40_000)
    expect(rig.takeEvents()).toEqual([])
  })

  test('leave an answered INVITE to hear the 2xx again by another way', () => {
    const rig = new Rig('tcp')
    rig.send('INVITE')
    rig.leg.answer(200)
    rig.leg.closeFlow('192.0.2.9', 5060)
    rig.leg.answer(200)
    expect(rig.takeEvents()).toEqual([200, 200])
  })

  test('T030 end what they asked, whose response then goes by a new connection to the sent-by port', () => {
    const rig = new Rig('tcp')
    const from = rig.leg.peer('192.0.2.9', 40_000)
    rig.leg.receive(incoming('OPTIONS', { protocol: 'tcp', sentBy: '192.0.2.9:5070' }), from)
    rig.leg.closeFlow('192.0.2.9', 40_000)
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
    rig.reply(200)
    expect(rig.leg.sent.map(({ target: { addr, port, flow } }) => [addr, port, flow])).toEqual([
      ['192.0.2.9', 5070, undefined],
    ])
  })
})

describe('responses over a connection', () => {
  test.each([
    ['OPTIONS', 200],
    ['INVITE', 486],
  ])('T030 that breaks while %s is answered %i go by a new one', (method, status) => {
    const rig = new Rig('tcp')
    const from = rig.leg.peer('192.0.2.9', 40_000)
    rig.leg.receive(incoming(method, { protocol: 'tcp', sentBy: '192.0.2.9:5070' }), from)
    rig.reply(status)
    rig.leg.failLast()
    rig.leg.closeFlow('192.0.2.9', 40_000)
    const [first, second] = rig.leg.sent.map(({ text, target: { port } }) => [port, text] as const)
    expect([first?.[0], second?.[0]]).toEqual([40_000, 5070])
    expect(second?.[1]).toEqual(first?.[1])
    rig.leg.failLast()
    expect(rig.leg.sent).toHaveLength(2)
  })
})

describe('legs that close or are removed', () => {
  test.each([
    ['close', undefined],
    ['close', 180],
    ['are removed', undefined],
    ['are removed', 180],
  ])('T043 end the requests that wait on them, at once, when they %s after %s', async (how, status) => {
    const rig = new Rig()
    const other = new TestLeg(() => 0, 'udp', '10.0.0.1')
    rig.dispatcher.addLeg(other)
    rig.send('INVITE', { leg: rig.leg })
    rig.send('OPTIONS', { leg: rig.leg })
    rig.dispatcher.deliver(request('OPTIONS'), { leg: other })
    if (status)
      for (const { bytes } of rig.leg.sent.slice()) rig.leg.answer(status, { to: parseMessage(bytes) as SipRequest })
    rig.takeEvents()
    await (how === 'close' ? rig.leg.close() : rig.dispatcher.removeLeg(rig.leg))
    expect(rig.takeEvents()).toEqual(['ERR_SIP_CLOSED', 'end', 'ERR_SIP_CLOSED', 'end'])
    expect(rig.dispatcher.stats().transactions.total).toBe(1)
  })

  test('T102 have what another leg can carry go there', async () => {
    const places = ['192.0.2.7', '192.0.2.8'].map((addr) => udpTarget(addr, addr.endsWith('7') ? 'udp' : 'tcp'))
    const rig = new Rig('udp', { resolver: { resolve: () => places } })
    const tcp = new TestLeg(() => 0, 'tcp')
    rig.dispatcher.addLeg(tcp)
    rig.send('OPTIONS')
    await rig.leg.close()
    expect([rig.takeEvents(), tcp.sent.map(({ target }) => target.addr)]).toEqual([[], ['192.0.2.8']])
  })
})

describe('a dispatcher that closes', () => {
  test('tells it once, before: what is sent then still leaves', async () => {
    const rig = new Rig()
    let told = 0
    rig.dispatcher.on('close', () => {
      told++
      rig.send('OPTIONS')
    })
    await rig.dispatcher.close()
    await rig.dispatcher.close()
    expect([told, rig.leg.sent.length]).toEqual([1, 1])
    expect(() => rig.send('OPTIONS')).toThrow(expect.objectContaining({ code: 'ERR_SIP_CLOSED' }))
  })
})

describe('responses without a transaction', () => {
  test('go by their top Via', () => {
    const rig = new Rig()
    const asked = incoming('OPTIONS')
    asked.via = asked.via?.with({ received: '192.0.2.9', rport: 6001 }) ?? asked.via!
    rig.dispatcher.deliver(asked.createResponse(200, { toTag: 'us' }))
    expect(rig.leg.sent.map(({ target: { addr, port } }) => `${addr}:${port}`)).toEqual(['192.0.2.9:6001'])
  })

  test('T034 T109 X038 T030b go to what the sent-by resolves to when the address fails', () => {
    const rig = new Rig('udp', {
      resolver: {
        resolve: (hop) => [
          {
            protocol: 'udp',
            addr: hop.host === 'client.example.org' ? '192.0.2.50' : '0.0.0.0',
            port: 5060,
            family: 'IPv4',
          },
        ],
      },
    })
    rig.leg.receive(incoming('INVITE', { sentBy: 'client.example.org' }))
    rig.reply(486, rig.watching())
    rig.leg.failLast()
    rig.leg.failLast()
    expect(rig.leg.sent.map(({ target: { addr } }) => addr)).toEqual(['192.0.2.9', '192.0.2.9', '192.0.2.50'])
  })

  test('that have no address to go to are counted', async () => {
    const rig = new Rig('udp', { resolver: { resolve: () => Promise.reject(new Error('no such name')) } })
    rig.dispatcher.deliver(incoming('OPTIONS', { sentBy: 'client.example.org' }).createResponse(200))
    await rig.clock.advanceAsync(0)
    expect([rig.leg.sent, rig.dispatcher.stats().drops]).toEqual([[], { 'no-way-back': 1 }])
  })

  test('that have no leg to leave by are counted', () => {
    const rig = new Rig()
    rig.dispatcher.deliver(incoming('OPTIONS', { protocol: 'tls' }).createResponse(200))
    expect(rig.dispatcher.stats().drops).toEqual({ 'no-way-back': 1 })
  })
})

describe('the rest of the face', () => {
  test('isOwn knows the legs by address and port, and the aliases', () => {
    const rig = new Rig('udp', { aliases: ['Example.com'] })
    const own = (uri: string): boolean => rig.dispatcher.isOwn(request('OPTIONS', { uri }).uri)
    expect([own('sip:192.0.2.1'), own('sip:x@192.0.2.1:5060'), own('sip:example.COM:5080')]).toEqual([true, true, true])
    expect([own('sip:192.0.2.1:5070'), own('sip:192.0.2.2'), own('tel:+1')]).toEqual([false, false, false])
  })

  test('legs come and go', async () => {
    const rig = new Rig()
    const other = new TestLeg(() => 0, 'tcp')
    rig.dispatcher.addLeg(other)
    rig.dispatcher.addLeg(other)
    expect(rig.dispatcher.legs).toEqual([rig.leg, other])
    rig.dispatcher.removeLeg(rig.leg)
    rig.leg.receive(incoming('OPTIONS'))
    expect(rig.takeReceived()).toEqual([])
    await other.close()
    expect(rig.dispatcher.legs).toEqual([])
    expect([rig.leg, other].flatMap((leg) => leg.eventNames())).toEqual([])
  })

  test('the tracer sees every message in and out, retransmissions too', () => {
    const seen: TraceEvent[] = []
    const rig = new Rig('udp', { tracer: (event) => void seen.push(event) })
    rig.send('OPTIONS')
    rig.clock.advance(500)
    rig.leg.answer(200)
    const start = Date.UTC(2026, 0, 1)
    expect(
      seen.map(({ time, direction, protocol, local, remote }) => [time - start, direction, protocol, local, remote]),
    ).toEqual([
      [0, 'out', 'udp', '192.0.2.1:5060', '192.0.2.9:5060'],
      [500, 'out', 'udp', '192.0.2.1:5060', '192.0.2.9:5060'],
      [500, 'in', 'udp', '192.0.2.1:5060', '192.0.2.9:5060'],
    ])
    expect(new TextDecoder().decode(seen[2]?.bytes)).toMatch(/^SIP\/2\.0 200 OK/)
  })

  test('the tracer names the connection that a message went over', () => {
    const seen: TraceEvent[] = []
    const rig = new Rig('tcp', { tracer: (event) => void seen.push(event) })
    rig.leg.receive(incoming('OPTIONS', { protocol: 'tcp' }))
    rig.dispatcher.deliver((rig.received[0] as SipRequest).createResponse(200))
    expect(seen.map(({ direction, flow }) => [direction, flow])).toEqual([
      ['in', rig.leg.flow().id],
      ['out', rig.leg.flow().id],
    ])
  })

  test('a tracer that throws costs no message', () => {
    const rig = new Rig('udp', {
      tracer: () => {
        throw new Error('the disk is full')
      },
    })
    rig.send('OPTIONS')
    rig.leg.answer(200)
    expect(rig.takeEvents()).toEqual([200])
    expect(rig.errors).toHaveLength(2)
  })

  test('counters tell methods, classes and retransmissions, and serialise', () => {
    const rig = new Rig()
    rig.send('INVITE')
    rig.clock.advance(500)
    rig.leg.answer(180)
    rig.leg.answer(486)
    rig.leg.receive(incoming('FROBNICATE'))
    rig.reply(405)
    expect(JSON.parse(JSON.stringify(rig.dispatcher.stats()))).toMatchObject({
      requests: { in: { OTHER: 1 }, out: { INVITE: 1, ACK: 1 } },
      responses: { in: { '1xx': 1, '4xx': 1 }, out: { '4xx': 1 } },
      retransmissions: { in: 0, out: 1 },
      transactions: { total: 2, client: { invite: { Completed: 1 } }, server: { nonInvite: { Completed: 1 } } },
    })
  })

  test('counters add up to what went over the wire', () => {
    const rig = new Rig('udp', { limits: { transactions: 9 } })
    let came = 0
    rig.dispatcher.on('message', () => came++)
    for (const method of ['INVITE', 'OPTIONS', 'MESSAGE']) rig.send(method)
    rig.leg.answer(100)
    for (const branch of ['z9hG4bKa', 'z9hG4bKb', 'z9hG4bKa']) {
      for (const method of ['INVITE', 'OPTIONS']) rig.leg.receive(incoming(method, { branch }))
      rig.clock.advance(4000)
      rig.leg.receive(incoming('OPTIONS', { branch }))
      rig.reply(branch === 'z9hG4bKa' ? 200 : 486)
      rig.leg.receive(incoming('ACK', { branch, toTag: 'us' }))
    }
    for (let i = 0; i < 9; i++) rig.leg.receive(incoming('BYE', { branch: `z9hG4bKbye${i}` }))
    rig.clock.advance(100_000)
    const { requests, responses, retransmissions, shed } = rig.dispatcher.stats()
    expect(shed).toBeGreaterThan(0)
    expect(sum(requests.out) + sum(responses.out) + retransmissions.out).toBe(rig.leg.sent.length)
    expect(sum(requests.in) + sum(responses.in) + retransmissions.in).toBe(came)
  })

  test('T006 X072 close ends everything without a word and leaves no timer', async () => {
    const rig = new Rig('udp', { resolver: { resolve: () => new Promise(() => {}) } })
    rig.send('INVITE')
    rig.dispatcher.deliver(
      request('OPTIONS'),
      rig.watching({ target: { protocol: 'udp', addr: '192.0.2.9', port: 5060, family: 'IPv4' } }),
    )
    rig.leg.receive(incoming('INVITE'))
    rig.reply(486, rig.watching())
    rig.leg.receive(incoming('OPTIONS'))
    let closed = false
    rig.leg.on('close', () => (closed = true))
    await rig.dispatcher.close()
    expect(rig.clock.pending).toBe(0)
    expect(rig.takeEvents()).toEqual([])
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
    expect(closed).toBe(false)
    expect(() => rig.dispatcher.deliver(request('OPTIONS'))).toThrow(
      expect.objectContaining({ code: 'ERR_SIP_CLOSED' }),
    )
    await rig.dispatcher.close({ closeLegs: true })
  })

  test('X072 close forgets what is still being resolved, whatever comes of it', async () => {
    const { resolver, found } = slowResolver()
    const rig = new Rig('udp', { resolver })
    rig.send('OPTIONS', { leg: rig.leg })
    await rig.dispatcher.close()
    found([udpTarget('192.0.2.9')])
    await rig.clock.advanceAsync(64_000)
    expect([rig.takeEvents(), rig.leg.sent, rig.clock.pending]).toEqual([[], [], 0])
  })

  test('X072 close sends no response whose way back is found too late', async () => {
    const { resolver, found } = slowResolver()
    const rig = new Rig('udp', { resolver })
    const asked = incoming('OPTIONS', { sentBy: 'client.example.org' })
    rig.dispatcher.deliver(asked.createResponse(200, { toTag: 'us' }), { leg: rig.leg })
    await rig.dispatcher.close()
    found([udpTarget('192.0.2.9')])
    await rig.clock.advanceAsync(0)
    expect([rig.leg.sent, rig.dispatcher.stats().drops]).toEqual([[], {}])
  })

  test('X072 close in the middle of anything leaves nobody to call and nothing to send', async () => {
    const rig = new Rig()
    rig.onReceive = () => void rig.dispatcher.close()
    rig.leg.receive(incoming('INVITE'))
    await rig.clock.advanceAsync(64_000)
    expect([rig.takeReceived(), rig.leg.sent, rig.clock.pending]).toEqual([['INVITE'], [], 0])
    const other = new Rig()
    other.send('INVITE', { onResponse: () => void other.dispatcher.close() })
    const invite = other.leg.lastRequest()
    other.leg.answer(180)
    other.leg.answer(200, { to: invite })
    await other.clock.advanceAsync(64_000)
    expect([other.takeEvents(), other.leg.take().length, other.clock.pending]).toEqual([[], 1, 0])
    expect(other.dispatcher.stats().transactions.total).toBe(0)
  })

  test.each<[string, DeliverOptions]>([
    ['that nobody watches', {}],
    ['that is watched', { onTerminated: () => {} }],
  ])('X072 close while an answer %s goes out leaves nothing of it', (_, options) => {
    const rig = new Rig()
    rig.leg.receive(incoming('OPTIONS'))
    rig.leg.once('sent', () => void rig.dispatcher.close())
    rig.reply(200, options)
    expect(rig.clock.pending).toBe(0)
    const { total, server } = rig.dispatcher.stats().transactions
    expect([total, server.nonInvite['Completed']]).toEqual([0, 0])
  })

  test('close can close the legs too', async () => {
    const rig = new Rig()
    let closed = false
    rig.leg.on('close', () => (closed = true))
    await rig.dispatcher.close({ closeLegs: true })
    expect(closed).toBe(true)
  })

  test('X076 stepping the wall clock moves no timer', () => {
    const rig = new Rig()
    rig.send('OPTIONS')
    Object.assign(rig.clock, { wall: () => 0 })
    rig.clock.advance(500)
    expect(rig.leg.sent).toHaveLength(2)
  })

  test('a timer that makes no sense is refused', () => {
    for (const misspelt of [
      { leg: [] },
      { outboundproxy: 'sip:a' },
      { timers: { T1: 100 } },
      { limits: { transaction: 5 } },
    ])
      expect(() => new Dispatcher(misspelt as object)).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
    for (const t1 of [0, -1, Number.NaN, '500'] as number[])
      expect(() => new Rig('udp', { timers: { t1 } })).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
  })

  test('what is no leg is refused, such as one that was not awaited', () => {
    const notAwaited = Promise.resolve(new TestLeg(() => 0)) as unknown as TestLeg
    expect(() => new Dispatcher({ legs: [notAwaited] })).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
  })

  test('all timers follow T1, T2 and T4', () => {
    const rig = new Rig('udp', { timers: { t1: 100, t2: 400, t4: 700 } })
    expect(rig.dispatcher.timers).toMatchObject({ timeout: 6400, timerD: 32_000, lateTryingAfter: 300, t4: 700 })
    rig.send('OPTIONS')
    rig.clock.runUntilIdle()
    expect(rig.leg.sent.map(({ at }) => at).slice(0, 6)).toEqual([0, 100, 300, 700, 1100, 1500])
    expect(rig.clock.monotonic()).toBe(6400)
  })
})
