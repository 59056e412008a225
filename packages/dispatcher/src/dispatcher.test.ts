import { parseMessage, SipParseError, SipRequest, type SipResponse } from '@netsip/message'
import type { TraceEvent } from '@netsip/runtime'
import { describe, expect, test } from 'vitest'
import { Rig, incoming, request } from './testing/rig.ts'
import { TestLeg } from './testing/test-leg.ts'

const lastResponse = (rig: Rig): SipResponse => parseMessage(rig.leg.sent.at(-1)?.bytes ?? '') as SipResponse

describe('CANCEL at the server', () => {
  test('X058 findInvite gives the INVITE with the branch of the CANCEL', () => {
    const rig = new Rig()
    const invite = incoming('INVITE')
    rig.leg.receive(invite)
    expect(rig.dispatcher.findInvite(incoming('CANCEL'))).toBe(invite)
    expect(rig.dispatcher.findInvite(incoming('CANCEL', { branch: 'z9hG4bKother' }))).toBeUndefined()
    expect(rig.dispatcher.findInvite(incoming('CANCEL', { sentBy: '192.0.2.99:5060' }))).toBeUndefined()
  })

  test('X064 X064b X064d finds it after the final response too, and then nothing changes it', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('INVITE'))
    rig.reply(200)
    rig.leg.take()
    const found = rig.dispatcher.findInvite(incoming('CANCEL'))
    expect(found?.method).toBe('INVITE')
    expect([found?.callId, found?.cseq.toString(), found?.from.tag]).toEqual(['call-1', '1 INVITE', 'a1'])
    if (found) rig.dispatcher.deliver(found.createResponse(487))
    expect(rig.leg.take()).toEqual([])
    rig.clock.runUntilIdle()
    expect(rig.dispatcher.findInvite(incoming('CANCEL'))).toBeUndefined()
  })

  test('X064c its own response is 200, that of the INVITE 487', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('INVITE'))
    rig.leg.receive(incoming('CANCEL'))
    rig.reply(200)
    rig.dispatcher.deliver(incoming('INVITE').createResponse(487, { toTag: 'us' }))
    const sent = rig.leg.sent.map(({ bytes }) => parseMessage(bytes) as SipResponse)
    expect(sent.map(({ status, cseq }) => `${status} ${cseq.method}`)).toEqual(['200 CANCEL', '487 INVITE'])
  })

  test('X064e a CANCEL for another request finds nothing', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('OPTIONS'))
    expect(rig.dispatcher.findInvite(incoming('CANCEL'))).toBeUndefined()
  })
})

describe('a receiver that fails', () => {
  test.each([
    [
      'throws',
      (): void => {
        throw new Error('bug in the application')
      },
    ],
    ['rejects', async (): Promise<void> => Promise.reject(new Error('bug in the application'))],
  ])('that %s: the request is answered 500 and the error is told', async (_, onReceive) => {
    const rig = new Rig()
    rig.onReceive = onReceive
    rig.leg.receive(incoming('OPTIONS'))
    await rig.clock.advanceAsync(0)
    expect(lastResponse(rig).status).toBe(500)
    expect(lastResponse(rig).to.tag).toBeTruthy()
    expect(rig.errors.map(({ message }) => message)).toEqual(['bug in the application'])
    expect(rig.dispatcher.stats().applicationErrors).toBe(1)
  })

  test('after it has answered: the answer stands', () => {
    const rig = new Rig()
    rig.onReceive = () => {
      rig.reply(200)
      throw new Error('bug in the application')
    }
    rig.leg.receive(incoming('OPTIONS'))
    expect(rig.leg.take()).toEqual(['SIP/2.0 200 OK'])
  })

  test('with an ACK or a response: nothing is answered', () => {
    const rig = new Rig()
    rig.onReceive = () => {
      throw new Error('bug in the application')
    }
    rig.leg.receive(incoming('ACK'))
    rig.dispatcher.deliver(request('OPTIONS'))
    rig.leg.take()
    rig.leg.answer(200)
    expect(rig.leg.take()).toEqual([])
    expect(rig.errors).toHaveLength(2)
  })

  test('callbacks and listeners that throw never reach the stack', () => {
    const rig = new Rig()
    const fail = (): void => {
      throw new Error('bug in a callback')
    }
    rig.dispatcher.on('message', fail).on('drop', fail).on('error', fail)
    rig.send('OPTIONS', { onResponse: fail, onTerminated: fail })
    rig.leg.answer(200)
    rig.leg.answer(200, { to: incoming('OPTIONS', { sentBy: '192.0.2.1:5060' }) })
    rig.clock.runUntilIdle()
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
    expect(rig.dispatcher.stats().applicationErrors).toBeGreaterThan(3)
  })

  test('without a receiver a request is answered 503 and an ACK dropped', () => {
    const rig = new Rig()
    rig.dispatcher.setReceiver(undefined)
    rig.leg.receive(incoming('OPTIONS'))
    rig.leg.receive(incoming('ACK'))
    expect(rig.leg.take()).toEqual(['SIP/2.0 503 Service Unavailable'])
    expect(rig.dispatcher.stats()).toMatchObject({ shed: 1, drops: { 'no-receiver': 1 }, transactions: { total: 0 } })
  })
})

describe('what cannot be read', () => {
  const headless = (header: string): SipRequest => {
    const broken = incoming('OPTIONS')
    broken.headers.delete(header)
    return broken
  }

  test.each(['From', 'To', 'Call-ID', 'CSeq'])('a request without %s is answered 400 statelessly', (header) => {
    const rig = new Rig()
    rig.leg.receive(headless(header))
    expect(rig.leg.take()[0]).toMatch(/^SIP\/2\.0 400 /)
    expect(rig.takeReceived()).toEqual([])
    expect(rig.dispatcher.stats()).toMatchObject({ malformed: 1, transactions: { total: 0 } })
  })

  test('an INVITE whose CSeq says OPTIONS is answered 400, and the ACK of that goes no further', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('INVITE', { headers: { CSeq: '1 OPTIONS' } }))
    const refusal = lastResponse(rig)
    expect(refusal.status).toBe(400)
    rig.leg.receive(incoming('ACK', { toTag: refusal.to.tag ?? '' }))
    expect(rig.takeReceived()).toEqual([])
  })

  test('a malformed ACK is never answered', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('ACK', { headers: { CSeq: 'x ACK' } }))
    expect(rig.leg.sent).toEqual([])
  })

  test('what a leg could not parse is answered with the status it names, always with the same To tag', () => {
    const rig = new Rig()
    const error = new SipParseError('SIP/3.0 is not spoken here', { status: 505, request: incoming('OPTIONS') })
    rig.leg.emit('malformed', error, rig.leg.peer())
    rig.leg.emit('malformed', error, rig.leg.peer())
    const [one, two] = rig.leg.sent.map(({ text }) => text)
    expect(one).toMatch(/^SIP\/2\.0 505 /)
    expect(one).toBe(two)
  })

  test('what cannot be answered is dropped and counted', () => {
    const rig = new Rig()
    rig.leg.emit('malformed', new SipParseError('garbage', { status: 0 }), rig.leg.peer())
    expect(rig.leg.sent).toEqual([])
    expect(rig.dispatcher.stats().drops).toEqual({ malformed: 1 })
  })

  test('X049 X050 X051 a response that is not ours, forged, broken or late goes nowhere', () => {
    const rig = new Rig()
    rig.send('OPTIONS')
    const sent = rig.leg.lastRequest()
    const altered = (change: (response: SipResponse) => void): void => {
      const response = sent.createResponse(200, { toTag: 'x' })
      change(response)
      rig.leg.receive(response)
    }
    altered((response) => (response.callId = 'guessed'))
    altered((response) => (response.from = response.from.with({ tag: 'guessed' })))
    altered((response) => response.headers.set('Via', response.via?.with({ host: '198.51.100.1' }).toString() ?? ''))
    altered((response) => response.headers.set('Via', 'SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKnobody'))
    altered((response) => response.headers.set('CSeq', 'one OPTIONS'))
    altered((response) => response.headers.set('CSeq', '1 INVITE'))
    expect(rig.takeEvents()).toEqual([])
    expect(rig.dispatcher.stats().drops).toEqual({
      'forged-response': 3,
      'foreign-response': 1,
      malformed: 1,
      'stray-response': 1,
    })
    altered(() => {})
    expect(rig.takeEvents()).toEqual([200])
  })

  test('T040 a response that comes in on another leg is still matched', () => {
    const rig = new Rig()
    const other = new TestLeg(() => 0, 'udp', '10.0.0.1')
    rig.dispatcher.addLeg(other)
    rig.send('OPTIONS')
    other.receive(rig.leg.lastRequest().createResponse(200, { toTag: 'x' }))
    expect(rig.takeEvents()).toEqual([200])
  })
})

describe('bounds', () => {
  const branches = (rig: Rig, count: number, init: { toTag?: string; addr?: string } = {}): void => {
    for (let i = 0; i < count; i++) {
      const branch = `z9hG4bK${init.addr ?? 'x'}${init.toTag ?? ''}${i}`
      rig.leg.receive(incoming('OPTIONS', { branch, ...(init.toTag ? { toTag: init.toTag } : {}) }), rig.leg.peer(init.addr))
    }
  }

  test('X073 beyond the bound requests are answered 503 with Retry-After and nothing is kept', () => {
    const rig = new Rig('udp', { limits: { transactions: 8, perSource: 8, retryAfter: 7 } })
    branches(rig, 20)
    expect(rig.takeReceived()).toHaveLength(8)
    expect(rig.dispatcher.stats()).toMatchObject({ shed: 12, transactions: { total: 8 } })
    expect(rig.leg.sent).toHaveLength(12)
    expect(lastResponse(rig).status).toBe(503)
    expect(lastResponse(rig).headers.get('Retry-After')).toBe('7')
  })

  test('X073 requests within a dialog are let in a little longer', () => {
    const rig = new Rig('udp', { limits: { transactions: 8, perSource: 8 } })
    branches(rig, 8)
    branches(rig, 3, { toTag: 'dialog' })
    expect(rig.takeReceived()).toHaveLength(9)
  })

  test('one source cannot take the place of all', () => {
    const rig = new Rig('udp', { limits: { transactions: 100, perSource: 5 } })
    branches(rig, 9, { addr: '198.51.100.1' })
    branches(rig, 3, { addr: '198.51.100.2' })
    expect(rig.takeReceived()).toHaveLength(8)
    rig.received.length = 0
    const six = (addr: string, branch: string): void =>
      rig.leg.receive(incoming('OPTIONS', { branch }), { proto: 'udp', addr, host: addr, port: 5060, family: 'IPv6' })
    for (let i = 0; i < 9; i++) six(`2001:db8:1:2::${i}`, `z9hG4bKsix${i}`)
    six('2001:db8:1:3::1', 'z9hG4bKsixelse')
    expect(rig.takeReceived()).toHaveLength(6)
  })

  test('full capacity is back as soon as transactions end', () => {
    const rig = new Rig('udp', { limits: { transactions: 4, perSource: 4 } })
    rig.onReceive = (packet) => void rig.dispatcher.deliver((packet as SipRequest).createResponse(200, { toTag: 'us' }))
    branches(rig, 10)
    rig.clock.advance(32_000)
    branches(rig, 10, { addr: '192.0.2.10' })
    expect(rig.takeReceived()).toHaveLength(8)
    rig.clock.runUntilIdle()
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
  })

  test('requests of our own fail with ERR_SIP_OVERLOAD', () => {
    const rig = new Rig('udp', { limits: { transactions: 1 } })
    rig.send('OPTIONS')
    rig.send('OPTIONS')
    rig.clock.advance(0)
    expect(rig.takeEvents()).toEqual(['ERR_SIP_OVERLOAD', 'end'])
  })
})

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
    expect(rig.leg.sent.map(({ target: { addr, port, flow } }) => [addr, port, flow])).toEqual([['192.0.2.9', 5070, undefined]])
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

  test('X038 T030b go to what the sent-by resolves to when the address fails', () => {
    const rig = new Rig('udp', { resolver: { resolve: (hop) => [{ protocol: 'udp', addr: hop.host === 'client.example.org' ? '192.0.2.50' : '0.0.0.0', port: 5060, family: 'IPv4' }] } })
    rig.leg.receive(incoming('INVITE', { sentBy: 'client.example.org' }))
    rig.reply(486, rig.watching())
    rig.leg.failLast()
    rig.leg.failLast()
    expect(rig.leg.sent.map(({ target: { addr } }) => addr)).toEqual(['192.0.2.9', '192.0.2.9', '192.0.2.50'])
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
    expect(seen.map(({ time, direction, protocol, local, remote }) => [time - start, direction, protocol, local, remote])).toEqual([
      [0, 'out', 'udp', '192.0.2.1:5060', '192.0.2.9:5060'],
      [500, 'out', 'udp', '192.0.2.1:5060', '192.0.2.9:5060'],
      [500, 'in', 'udp', '192.0.2.1:5060', '192.0.2.9:5060'],
    ])
    expect(new TextDecoder().decode(seen[2]?.bytes)).toMatch(/^SIP\/2\.0 200 OK/)
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

  test('T006 X072 close ends everything without a word and leaves no timer', async () => {
    const rig = new Rig('udp', { resolver: { resolve: () => new Promise(() => {}) } })
    rig.send('INVITE')
    rig.dispatcher.deliver(request('OPTIONS'), rig.watching({ target: { protocol: 'udp', addr: '192.0.2.9', port: 5060, family: 'IPv4' } }))
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
    expect(() => rig.dispatcher.deliver(request('OPTIONS'))).toThrow(expect.objectContaining({ code: 'ERR_SIP_CLOSED' }))
    await rig.dispatcher.close({ closeLegs: true })
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
    expect(() => new Rig('udp', { timers: { t1: 0 } })).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
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
