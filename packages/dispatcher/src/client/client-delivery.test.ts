import { parseMessage, type SipRequest } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import type { Target } from '@netsip/transport'
import { describe, expect, test } from 'vitest'
import { Rig, incoming, request } from '../testing/rig.ts'
import { TestLeg } from '../testing/test-leg.ts'
import { TestResolver, targetsOf, udpTarget as target } from '../testing/test-resolver.ts'

const branchesOf = (leg: TestLeg): (string | undefined)[] =>
  leg.sent.map(({ bytes }) => parseMessage(bytes).via?.branch)

function failing(addrs: string[]): { rig: Rig; resolver: TestResolver } {
  const resolver = new TestResolver(...addrs)
  return { rig: new Rig('udp', { resolver }), resolver }
}

describe('the Via of a request', () => {
  test('T008 T018 goes on top of those that are there', () => {
    const rig = new Rig()
    rig.dispatcher.deliver(incoming('OPTIONS', { sentBy: 'client.example.org' }))
    expect(rig.leg.lastRequest().vias.map(({ sentBy }) => sentBy)).toEqual(['192.0.2.1:5060', 'client.example.org'])
  })

  test('Max-Forwards is added where it is missing, and nothing else', () => {
    const rig = new Rig()
    const bare = request('OPTIONS')
    bare.maxForwards = undefined
    rig.dispatcher.deliver(bare)
    expect(rig.leg.lastRequest().maxForwards).toBe(70)
  })

  test('carries the suffix of the caller, who may also write what depends on the leg', () => {
    const rig = new Rig()
    rig.dispatcher.deliver(request('OPTIONS'), {
      branchSuffix: '.lab',
      prepare: (leaving, leg, to) => leaving.headers.set('X-Out', `${leg.key} ${to.addr}`),
    })
    expect(rig.leg.lastRequest().via?.branch).toMatch(/\.lab$/)
    expect(rig.leg.lastRequest().headers.get('X-Out')).toBe('udp:192.0.2.1:5060 192.0.2.9')
  })
})

describe('a message sent again', () => {
  test('keeps the Via it had when told so, byte for byte', () => {
    const rig = new Rig()
    const ack = request('ACK')
    rig.dispatcher.deliver(ack)
    rig.dispatcher.deliver(ack, { keepVia: true })
    const [first, second] = rig.leg.sent
    expect(second?.text).toBe(first?.text)
  })

  test('that never had a Via of ours gets one all the same', () => {
    const rig = new Rig()
    rig.dispatcher.deliver(incoming('OPTIONS', { sentBy: 'client.example.org' }), { keepVia: true })
    expect(rig.leg.lastRequest().vias).toHaveLength(2)
  })
})

describe('quietDelivery', () => {
  test('sends nothing again, yet tells of the answer', () => {
    const rig = new Rig()
    const delivery = rig.send('INVITE')
    expect(rig.dispatcher.quietDelivery(delivery)).toBe(true)
    rig.clock.advance(20_000)
    expect(rig.leg.sent).toHaveLength(1)
    rig.leg.answer(200)
    expect(rig.takeEvents()).toEqual([200])
  })

  test('leaves the timeout as it is, and has nothing to stop afterwards', () => {
    const rig = new Rig()
    const delivery = rig.send('INVITE')
    rig.dispatcher.quietDelivery(delivery)
    rig.clock.advance(32_000)
    expect(rig.takeEvents()).toEqual(['ERR_SIP_TIMEOUT', 'end'])
    expect(rig.dispatcher.quietDelivery(delivery)).toBe(false)
  })

  test('forgets a request that is still being resolved', () => {
    const rig = new Rig('udp', { resolver: { resolve: () => new Promise(() => undefined) } })
    expect(rig.dispatcher.quietDelivery(rig.send('OPTIONS').id)).toBe(true)
    expect(rig.leg.sent).toEqual([])
  })
})

describe('failover', () => {
  test('T102 T103 goes on to the next target after a transport error, with a new branch and the same rest', () => {
    const { rig, resolver } = failing(['192.0.2.10', '192.0.2.11', '192.0.2.12'])
    const delivery = rig.send('INVITE')
    rig.leg.failLast()
    rig.leg.failLast()
    expect(targetsOf(rig)).toEqual(['192.0.2.10:5060', '192.0.2.11:5060', '192.0.2.12:5060'])
    expect(new Set(branchesOf(rig.leg)).size).toBe(3)
    const sent = rig.leg.sent.map(({ text }) => text.replace(/^Via:.*$/m, ''))
    expect(new Set(sent).size).toBe(1)
    expect(rig.leg.lastRequest().vias).toHaveLength(1)
    expect(resolver.asked).toHaveLength(1)
    expect(delivery.target?.addr).toBe('192.0.2.12')
    rig.leg.failLast()
    expect(rig.takeEvents()).toEqual(['ERR_SIP_REFUSED', 'end'])
    expect(resolver.avoided).toEqual(['192.0.2.10 undefined', '192.0.2.11 undefined', '192.0.2.12 undefined'])
    expect(rig.dispatcher.stats()).toMatchObject({ failovers: 2, transportErrors: 3, transactions: { total: 0 } })
  })

  test('a request that is too large says nothing about its server', () => {
    const { rig, resolver } = failing(['192.0.2.10'])
    rig.send('OPTIONS')
    rig.leg.failLast('ERR_SIP_TOO_LARGE')
    expect(rig.takeEvents()).toEqual(['ERR_SIP_TOO_LARGE', 'end'])
    expect(resolver.avoided).toEqual([])
  })

  test('T102 after a timeout without any response', () => {
    const { rig } = failing(['192.0.2.10', '192.0.2.11'])
    rig.send('OPTIONS')
    rig.clock.advance(32_000)
    expect(rig.takeEvents()).toEqual([])
    rig.leg.answer(200)
    expect(rig.takeEvents()).toEqual([200])
    expect(targetsOf(rig).at(-1)).toBe('192.0.2.11:5060')
  })

  test('T102 T105 X019 after a 503, which is acknowledged where it came from and reported with its Retry-After', () => {
    const { rig, resolver } = failing(['192.0.2.10', '192.0.2.11'])
    rig.send('INVITE')
    rig.leg.answer(503, { headers: { 'Retry-After': '120' } })
    expect(rig.leg.sent.map(({ text, target: { addr } }) => `${text.split(' ')[0]} ${addr}`)).toEqual([
      'INVITE 192.0.2.10',
      'ACK 192.0.2.10',
      'INVITE 192.0.2.11',
    ])
    expect(resolver.avoided).toEqual(['192.0.2.10 120000'])
    rig.leg.answer(486)
    expect(rig.leg.sent.at(-1)?.target.addr).toBe('192.0.2.11')
    expect(rig.takeEvents()).toEqual([486])
  })

  test('a 503 of the last target is a response like another', () => {
    const { rig } = failing(['192.0.2.10', '192.0.2.11'])
    rig.send('OPTIONS')
    rig.leg.answer(503)
    rig.leg.answer(503)
    expect(rig.takeEvents()).toEqual([503])
  })

  test.each([400, 500, 504, 600])('T104 not after a %i', (status) => {
    const { rig } = failing(['192.0.2.10', '192.0.2.11'])
    rig.send('OPTIONS')
    rig.leg.answer(status)
    expect(rig.takeEvents()).toEqual([status])
    expect(targetsOf(rig)).toEqual(['192.0.2.10:5060'])
  })

  test('T104 not after a timeout when a provisional response had come', () => {
    const { rig } = failing(['192.0.2.10', '192.0.2.11'])
    rig.send('OPTIONS')
    rig.leg.answer(100)
    rig.clock.runUntilIdle()
    expect(rig.takeEvents()).toEqual([100, 'ERR_SIP_TIMEOUT', 'end'])
    expect(new Set(targetsOf(rig))).toEqual(new Set(['192.0.2.10:5060']))
  })

  test('a server that answered and then fell silent is not avoided', () => {
    const { rig, resolver } = failing(['192.0.2.10'])
    rig.send('OPTIONS')
    rig.leg.answer(100)
    rig.clock.runUntilIdle()
    expect([rig.takeEvents(), resolver.avoided]).toEqual([[100, 'ERR_SIP_TIMEOUT', 'end'], []])
  })

  test('what the one before has answered does not count for the next', () => {
    const { rig, resolver } = failing(['192.0.2.10', '192.0.2.11', '192.0.2.12'])
    rig.send('OPTIONS')
    rig.leg.answer(503)
    rig.clock.advance(32_000)
    rig.leg.answer(200)
    expect([rig.takeEvents(), targetsOf(rig).at(-1)]).toEqual([[200], '192.0.2.12:5060'])
    expect(resolver.avoided).toEqual(['192.0.2.11 undefined'])
  })

  test('not to a second phone while the first one rings', () => {
    const { rig } = failing(['192.0.2.10', '192.0.2.11'])
    rig.send('INVITE')
    rig.leg.answer(180)
    rig.leg.answer(503)
    expect(rig.takeEvents()).toEqual([180, 503])
  })

  test('a late response to the attempt before is stray', () => {
    const { rig } = failing(['192.0.2.10', '192.0.2.11'])
    rig.send('OPTIONS')
    const first = rig.leg.lastRequest()
    rig.leg.failLast()
    rig.leg.answer(200, { to: first })
    expect(rig.takeEvents()).toEqual([])
    expect(rig.dispatcher.stats().drops).toEqual({ 'stray-response': 1 })
  })
})

describe('CANCEL and ACK', () => {
  test('X061 X061b X061c X061d X061e X062 T106 a CANCEL repeats its INVITE and follows it without asking again', () => {
    const { rig, resolver } = failing(['192.0.2.10', '192.0.2.11'])
    const delivery = rig.send('INVITE')
    rig.leg.failLast()
    rig.leg.answer(180)
    const cancel = rig.dispatcher.deliver((delivery.message as SipRequest).createCancel())
    expect(rig.leg.lastRequest().vias.map(String)).toEqual((delivery.message as SipRequest).vias.map(String))
    const invite = delivery.message
    const sent = rig.leg.lastRequest()
    expect([sent.callId, sent.from.toString(), sent.to.toString()]).toEqual([
      invite.callId,
      invite.from.toString(),
      invite.to.toString(),
    ])
    expect([sent.cseq.toString(), sent.maxForwards, sent.body.length]).toEqual(['1 CANCEL', 70, 0])
    expect([sent.headers.has('Require'), sent.headers.has('Contact')]).toEqual([false, false])
    expect(cancel.target?.addr).toBe('192.0.2.11')
    expect(resolver.asked).toHaveLength(1)
  })

  test('X048 the response to a CANCEL does not reach its INVITE', () => {
    const rig = new Rig()
    const delivery = rig.send('INVITE')
    const invite = rig.leg.lastRequest()
    rig.leg.answer(180)
    const heard: number[] = []
    rig.dispatcher.deliver((delivery.message as SipRequest).createCancel(), {
      onResponse: ({ status }) => void heard.push(status),
    })
    rig.leg.answer(200)
    rig.leg.answer(487, { to: invite })
    expect(heard).toEqual([200])
    expect(rig.takeEvents()).toEqual([180, 487])
  })

  test('X020 T107 the ACK of a 2xx is resolved anew, sent once and makes no transaction', () => {
    const { rig, resolver } = failing(['192.0.2.10', '192.0.2.11'])
    const delivery = rig.dispatcher.deliver(request('ACK', { toTag: 'b1', uri: 'sip:bob@example.org' }), rig.watching())
    expect(resolver.asked).toHaveLength(1)
    expect(delivery.state).toBe('Sent')
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
    expect(rig.clock.pending).toBe(0)
    rig.leg.failLast()
    expect(targetsOf(rig)).toEqual(['192.0.2.10:5060', '192.0.2.11:5060'])
    rig.leg.failLast()
    expect(rig.takeEvents()).toEqual(['ERR_SIP_REFUSED', 'end'])
  })

  test('an ACK made by hand for a refusal goes where its INVITE went', () => {
    const { rig } = failing(['192.0.2.10'])
    const delivery = rig.send('INVITE')
    const response = rig.leg.answer(486)
    rig.leg.take()
    rig.dispatcher.deliver((delivery.message as SipRequest).createAck(response))
    expect(branchesOf(rig.leg)).toEqual([delivery.branch])
    expect(targetsOf(rig)).toEqual(['192.0.2.10:5060'])
  })
})

describe('cancelDelivery', () => {
  test('stops retransmission, and no callback comes', () => {
    const rig = new Rig()
    const delivery = rig.send('OPTIONS')
    expect(rig.dispatcher.cancelDelivery(delivery)).toBe(true)
    expect(rig.clock.pending).toBe(0)
    rig.leg.answer(200)
    expect([rig.leg.sent.length, rig.takeEvents(), delivery.state]).toEqual([1, [], 'Terminated'])
    expect(rig.dispatcher.cancelDelivery(delivery)).toBe(false)
  })

  test('takes the id as well', () => {
    const rig = new Rig()
    rig.send('OPTIONS', { id: 'mine' })
    expect(rig.dispatcher.cancelDelivery('other')).toBe(false)
    expect(rig.dispatcher.cancelDelivery('mine')).toBe(true)
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
  })

  test('takes the id that was made for one of several, in any order', () => {
    const rig = new Rig()
    const deliveries = [1, 2, 3, 4].map(() => rig.send('OPTIONS'))
    const left = (): string[] => deliveries.map(({ state }) => state)
    const [first, second, third, fourth] = deliveries.map(({ id }) => id)
    expect(rig.dispatcher.cancelDelivery(first ?? '')).toBe(true)
    expect(rig.dispatcher.cancelDelivery(fourth ?? '')).toBe(true)
    expect(left()).toEqual(['Terminated', 'Trying', 'Trying', 'Terminated'])
    expect([first, fourth].map((id) => rig.dispatcher.cancelDelivery(id ?? ''))).toEqual([false, false])
    expect([third, second].map((id) => rig.dispatcher.cancelDelivery(id ?? ''))).toEqual([true, true])
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
  })

  test('an id names one delivery at a time', () => {
    const rig = new Rig()
    rig.send('OPTIONS', { id: 'mine' })
    expect(() => rig.send('OPTIONS', { id: 'mine' })).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
    rig.leg.answer(200)
    rig.clock.runUntilIdle()
    rig.send('OPTIONS', { id: 'mine' })
    expect(rig.dispatcher.cancelDelivery('mine')).toBe(true)
  })

  test('stops resolving', async () => {
    let found: ((targets: Target[]) => void) | undefined
    const rig = new Rig('udp', { resolver: { resolve: () => new Promise((resolve) => (found = resolve)) } })
    const delivery = rig.send('OPTIONS')
    expect(delivery.state).toBe('Resolving')
    rig.dispatcher.cancelDelivery(delivery)
    found?.([target('192.0.2.9')])
    await rig.clock.advanceAsync(0)
    expect([rig.leg.sent, rig.takeEvents()]).toEqual([[], []])
  })

  test('stops what is being prepared, be it the first attempt or the next', async () => {
    const { rig } = failing(['192.0.2.9', '192.0.2.10'])
    const cancels: boolean[] = []
    const prepare = (): void => void (rig.leg.sent.length > 0 && cancels.push(rig.dispatcher.cancelDelivery('mine')))
    const delivery = rig.send('OPTIONS', { id: 'mine', prepare })
    rig.leg.failLast()
    expect([cancels, delivery.state, rig.leg.sent.length]).toEqual([[true], 'Terminated', 1])

    const slow = new Rig('udp', { resolver: { resolve: async () => [target('192.0.2.9')] } })
    slow.send('OPTIONS', { id: 'mine', prepare: () => void slow.dispatcher.cancelDelivery('mine') })
    await slow.clock.advanceAsync(0)
    slow.clock.runUntilIdle()
    rig.clock.runUntilIdle()
    expect([slow.leg.sent, slow.takeEvents(), rig.takeEvents()]).toEqual([[], [], []])
  })

  test('closing the dispatcher stops it, too', () => {
    const rig = new Rig()
    const delivery = rig.send('OPTIONS', { prepare: () => void rig.dispatcher.close() })
    expect([delivery.state, rig.leg.sent, rig.clock.pending]).toEqual(['Terminated', [], 0])
  })

  test('silences an error that is on its way', () => {
    const rig = new Rig()
    const delivery = rig.dispatcher.deliver(request('OPTIONS', { uri: 'sip:nowhere.example' }), rig.watching())
    rig.dispatcher.cancelDelivery(delivery)
    rig.clock.runUntilIdle()
    expect(rig.takeEvents()).toEqual([])
  })

  test('leaves an answered INVITE to acknowledge repeated refusals', () => {
    const rig = new Rig()
    const delivery = rig.send('INVITE')
    rig.leg.answer(486)
    rig.dispatcher.cancelDelivery(delivery)
    rig.leg.take()
    rig.leg.answer(486)
    expect(rig.leg.take()).toEqual(['ACK sip:bob@192.0.2.9 SIP/2.0'])
    rig.clock.runUntilIdle()
    expect(rig.takeEvents()).toEqual([486])
  })
})

describe('what a delivery tells', () => {
  test('names that resolve later leave later', async () => {
    const rig = new Rig('udp', { resolver: { resolve: async () => [target('192.0.2.44')] } })
    rig.send('OPTIONS')
    expect(rig.leg.sent).toEqual([])
    await rig.clock.advanceAsync(0)
    expect(targetsOf(rig)).toEqual(['192.0.2.44:5060'])
  })

  test.each([
    ['rejects', async (): Promise<Target[]> => Promise.reject(new SipError('ERR_SIP_UNRESOLVED', 'no such name'))],
    ['rejects with something else', async (): Promise<Target[]> => Promise.reject(new TypeError('broken'))],
    ['finds nothing', async (): Promise<Target[]> => []],
    [
      'throws',
      (): Target[] => {
        throw new TypeError('broken')
      },
    ],
  ])('T110 a resolver that %s is ERR_SIP_UNRESOLVED, once', async (_, resolve) => {
    const rig = new Rig('udp', { resolver: { resolve } })
    rig.dispatcher.deliver(request('OPTIONS', { uri: 'sip:bob@example.org' }), rig.watching())
    await rig.clock.advanceAsync(1)
    expect(rig.takeEvents()).toEqual(['ERR_SIP_UNRESOLVED', 'end'])
    expect(rig.clock.pending).toBe(0)
  })

  test('responses go to the receiver when nobody else asked for them', () => {
    const rig = new Rig()
    rig.dispatcher.deliver(request('OPTIONS'))
    rig.leg.answer(200)
    expect(rig.takeReceived()).toEqual(['200'])
  })

  test('an error that nobody hears is counted', () => {
    const rig = new Rig()
    rig.dispatcher.deliver(request('OPTIONS'))
    rig.clock.runUntilIdle()
    expect(rig.dispatcher.stats().drops).toEqual({ undelivered: 1 })
  })

  test('a stateless request is sent once, and its response is stray', () => {
    const rig = new Rig('udp', { passStrayResponses: true })
    rig.send('OPTIONS', { stateless: true })
    rig.leg.answer(200)
    rig.clock.runUntilIdle()
    expect([rig.leg.sent.length, rig.takeEvents(), rig.takeReceived()]).toEqual([1, [], ['200']])
  })

  test('one that fails when the dispatcher is closed is told to nobody', async () => {
    const rig = new Rig()
    rig.send('OPTIONS', { stateless: true })
    await rig.dispatcher.close()
    rig.leg.failLast()
    rig.clock.runUntilIdle()
    expect([rig.takeEvents(), rig.dispatcher.stats().transportErrors]).toEqual([[], 0])
  })

  test('a request without a To is the caller’s mistake, and is told as such', () => {
    const rig = new Rig()
    const broken = request('OPTIONS')
    broken.headers.delete('To')
    rig.dispatcher.deliver(broken, rig.watching())
    rig.clock.advance(0)
    expect(rig.takeEvents()).toEqual(['ERR_SIP_ARGUMENT', 'end'])
  })
})
