import { describe, expect, test } from 'vitest'
import type { Notifier } from './notifier.ts'
import type { SubscribeArgs } from './subscribe.ts'
import type { Subscription } from './subscription.ts'
import { rawRequest } from '../testing/messages.ts'
import { pair, Party, RawPeer, World } from '../testing/pair.ts'

interface Watched {
  readonly world: World
  readonly alice: Party
  readonly bob: Party
  readonly notifiers: Notifier[]
  readonly story: string[]
}

/** Bob serves presence and grants at most 600 s. */
function presence(): Watched {
  const { world, alice, bob } = pair()
  const notifiers: Notifier[] = []
  bob.serve((ctx, request) => {
    if (request.method !== 'SUBSCRIBE') return
    const notifier = bob.endpoint.acceptSubscription(ctx, request, { expires: 600 })
    notifier.on('terminated', (reason) => story.push(`bob terminated ${reason}`))
    notifiers.push(notifier)
    notifier.notify({ body: '<open/>', contentType: 'application/pidf+xml' })
  })
  const story: string[] = []
  return { world, alice, bob, notifiers, story }
}

function watch({ alice, bob, story }: Watched, args: Partial<SubscribeArgs> = {}): Subscription {
  const subscription = alice.endpoint.subscribe(alice.to(bob), { event: 'presence', ...args })
  subscription.on('notify', (request, { state }) => story.push(`notify ${state} ${request.text}`))
  subscription.on('terminated', (reason, retry) => story.push(`terminated ${reason} ${retry}`))
  subscription.on('failed', (error) => story.push(`failed ${error.code}`))
  return subscription
}

describe('a subscription', () => {
  test('D089b D205 D207 D208 D212 D212b SUBSCRIBE, 200, NOTIFY, 200, with what RFC 6665 wants in each', async () => {
    const setUp = presence()
    const { world, story } = setUp
    const subscription = watch(setUp)
    await world.pass(100)
    expect(world.flow()).toEqual([
      'alice > bob SUBSCRIBE',
      'bob > alice 200 SUBSCRIBE',
      'bob > alice NOTIFY',
      'alice > bob 200 NOTIFY',
    ])
    const [subscribe] = world.requests('SUBSCRIBE')
    const [notify] = world.requests('NOTIFY')
    expect(subscribe?.headers.get('Event')).toBe('presence')
    expect(subscribe?.expires).toBe(3600)
    expect(subscribe?.contact).toBeDefined()
    expect(world.responses(200, 'SUBSCRIBE')[0]?.expires).toBe(600)
    expect(notify?.headers.get('Subscription-State')).toBe('active;expires=600')
    expect(notify?.contentType).toBe('application/pidf+xml')
    expect(notify?.contact).toBeDefined()
    expect(story).toEqual(['notify active <open/>'])
    expect(subscription.phase).toBe('active')
  })

  test('D213 D214 is refreshed before it expires, in its dialog, and each refresh brings a NOTIFY', async () => {
    const setUp = presence()
    const { world } = setUp
    watch(setUp)
    await world.pass(500_000)
    expect(world.requests('SUBSCRIBE')).toHaveLength(1)
    await world.pass(20_000)
    const [first, second] = world.requests('SUBSCRIBE')
    expect(second?.to.tag).toBe(world.responses(200, 'SUBSCRIBE')[0]?.to.tag)
    expect([first?.cseq.seq, second?.cseq.seq]).toEqual([1, 2])
    expect(world.requests('NOTIFY')).toHaveLength(2)
    await world.pass(3_000_000)
    expect(world.requests('SUBSCRIBE').length).toBeGreaterThan(5)
  })

  test('D207 D214 a refresh does not turn one that waits for a decision into one that is granted', async () => {
    const setUp = presence()
    const { world, notifiers, story } = setUp
    watch(setUp)
    await world.pass(100)
    notifiers[0]?.notify({}, 'pending')
    await world.pass(600_000)
    notifiers[0]?.notify({ body: '<open/>' })
    await world.pass(600_000)
    const states = story.map((line) => line.split(' ')[1])
    expect(states).toEqual(['active', 'pending', 'pending', 'active', 'active'])
  })

  test('D215 unsubscribe: Expires 0, a last NOTIFY, and nothing is left', async () => {
    const setUp = presence()
    const { world, alice, bob, story } = setUp
    const subscription = watch(setUp)
    await world.pass(100)
    subscription.unsubscribe()
    await world.pass(100)
    expect(world.requests('SUBSCRIBE')[1]?.expires).toBe(0)
    expect(world.requests('NOTIFY')[1]?.headers.get('Subscription-State')).toBe('terminated;reason=timeout')
    expect(story).toEqual([
      'notify active <open/>',
      'bob terminated timeout',
      'notify terminated <open/>',
      'terminated timeout 0',
    ])
    await world.pass(64_000)
    for (const { endpoint } of [alice, bob])
      expect(endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, errors: 0 })
    expect(world.clock.pending).toBe(0)
  })

  test('D215 a fetch asks once and is over with its NOTIFY', async () => {
    const setUp = presence()
    const { world, bob } = setUp
    bob.serve((ctx, request) => {
      const notifier = bob.endpoint.acceptSubscription(ctx, request)
      notifier.terminate('timeout', { body: 'state', contentType: 'text/plain' })
    })
    const subscription = watch(setUp, { expires: 0 })
    await world.pass(100)
    expect(subscription.phase).toBe('terminated')
    expect(world.requests('SUBSCRIBE')).toHaveLength(1)
  })

  test('D207 D215 a fetch that is notified later, and not terminated, gets one NOTIFY as well, which is the last', async () => {
    const setUp = presence()
    const { world, alice, bob } = setUp
    bob.serve((ctx, request) => {
      const notifier = bob.endpoint.acceptSubscription(ctx, request)
      world.clock.setTimer(300, () => notifier.notify({ body: 'state', contentType: 'text/plain' }))
    })
    const subscription = watch(setUp, { expires: 0 })
    await world.pass(1000)
    expect(subscription.phase).toBe('terminated')
    expect(world.requests('NOTIFY').map((one) => one.headers.get('Subscription-State'))).toEqual([
      'terminated;reason=timeout',
    ])
    expect(world.requests('SUBSCRIBE')).toHaveLength(1)
    for (const { endpoint } of [alice, bob]) expect(endpoint.stats()).toMatchObject({ contexts: 0, errors: 0 })
  })

  test('D215 one that was unsubscribed ends, whatever the notifier says or does not say after that', async () => {
    const setUp = presence()
    const { world, alice, bob, notifiers, story } = setUp
    const subscription = watch(setUp)
    await world.pass(100)
    notifiers[0]?.notify({ body: 'crossing' })
    subscription.unsubscribe()
    await world.pass(5)
    world.network.partition('10.0.0.1', '10.0.0.2')
    await world.pass(70_000)
    expect(subscription.phase).toBe('terminated')
    expect(story.at(-1)).toMatch(/^terminated/)
    for (const { endpoint } of [alice, bob]) expect(endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('D213 a notifier that grants no time at all is not asked again and again', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const raw = new RawPeer(world, 'bob', (message) => {
      if (message.type !== 'request') return
      raw.send(message.createResponse(200, { toTag: 'b', headers: { Expires: 60 } }), 'alice')
      const notify = rawRequest(raw, 'NOTIFY', alice.uri, {
        callId: message.callId,
        fromTag: 'b',
        toTag: message.from.tag ?? '',
        seq: message.cseq.seq,
        headers: { Event: 'presence', 'Subscription-State': 'active;expires=0' },
      })
      raw.send(notify, 'alice')
    })
    alice.endpoint.subscribe({ from: alice.uri, to: raw.uri }, { event: 'presence', expires: 60 })
    await world.pass(10_000)
    expect(raw.requests('SUBSCRIBE').length).toBeLessThan(14)
  })

  test('D216 D216c D217 the notifier ends it, with a reason that says whether to try again', async () => {
    const setUp = presence()
    const { world, notifiers, story } = setUp
    watch(setUp)
    await world.pass(100)
    notifiers[0]?.terminate('noresource', { body: '<closed/>', contentType: 'application/pidf+xml' })
    await world.pass(100)
    expect(story.slice(1)).toEqual([
      'bob terminated noresource',
      'notify terminated <closed/>',
      'terminated noresource undefined',
    ])
  })

  test('D217 an expired one is ended by the notifier with reason timeout', async () => {
    const setUp = presence()
    const { world, notifiers, story } = setUp
    watch(setUp)
    await world.pass(100)
    world.network.partition('10.0.0.1', '10.0.0.2')
    await world.pass(700_000)
    expect(notifiers[0]?.phase).toBe('terminated')
    expect(story).toContain('bob terminated timeout')
  })

  test('D209 without a NOTIFY within 64*T1 it has failed', async () => {
    const setUp = presence()
    const { world, bob, alice, story } = setUp
    bob.serve((ctx, request) => bob.respond(ctx, request, 200))
    watch(setUp)
    await world.pass(33_000)
    expect(story).toEqual(['failed ERR_SIP_TIMEOUT', 'terminated timeout undefined'])
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('D206 D205 packages we do not serve are refused with 489, and those we do are announced', async () => {
    const { world, alice, bob } = pair({ bob: { events: ['presence', 'dialog'] } })
    bob.serve((ctx, request) => request.method === 'OPTIONS' && bob.respond(ctx, request, 200))
    const failures: string[] = []
    for (const event of ['winfo', 'presence.winfo']) {
      const subscription = alice.endpoint.subscribe(alice.to(bob), { event })
      subscription.on('failed', (error) => failures.push(error.message))
    }
    alice.endpoint.newRequest('PUBLISH', alice.to(bob), undefined, 'x', { Event: 'winfo' })
    alice.endpoint.newRequest('OPTIONS', alice.to(bob))
    await world.pass(50)
    const refusals = world.responses(489)
    expect(refusals.map((one) => one.headers.get('Allow-Events'))).toEqual(Array(3).fill('presence, dialog'))
    expect(failures).toHaveLength(2)
    expect(bob.seen.map(({ request }) => request.method)).toEqual(['OPTIONS'])
    expect(world.responses(200, 'OPTIONS')[0]?.headers.get('Allow-Events')).toBe('presence, dialog')
  })

  test('D206c one that is too brief is refused with 423, and asks for longer', async () => {
    const { world, alice, bob } = pair({ bob: { minSubscription: 120 } })
    bob.serve((ctx, request) => bob.endpoint.acceptSubscription(ctx, request).notify())
    const subscription = alice.endpoint.subscribe(alice.to(bob), { event: 'presence', expires: 60 })
    await world.pass(50)
    expect(world.responses(423)[0]?.headers.get('Min-Expires')).toBe('120')
    const asked = (): unknown[] => world.requests('SUBSCRIBE').map((one) => [one.cseq.seq, one.expires])
    expect(asked()).toEqual([
      [1, 60],
      [2, 120],
    ])
    expect(subscription.phase).toBe('active')
    await world.pass(103_000)
    expect(asked().slice(2)).toEqual([[3, 120]])
    subscription.unsubscribe()
    await world.pass(50)
    expect(subscription.phase).toBe('terminated')
    expect(world.responses(423)).toHaveLength(1)
  })

  test('D206 D206d a refused SUBSCRIBE is told', async () => {
    const setUp = presence()
    const { world, bob, story, alice } = setUp
    bob.serve((ctx, request) => bob.respond(ctx, request, 403))
    watch(setUp)
    await world.pass(100)
    expect(story).toEqual(['failed ERR_SIP_STATUS', 'terminated refused undefined'])
    expect(world.responses(403)).toHaveLength(1)
    expect(alice.endpoint.stats().contexts).toBe(0)
  })

  test('D206b D240 a SUBSCRIBE or PUBLISH without Event is refused with 489', async () => {
    const world = new World()
    const bob = new Party(world, 'bob').serve()
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'SUBSCRIBE', bob.uri, { callId: 'a' }), 'bob')
    raw.send(rawRequest(raw, 'PUBLISH', bob.uri, { callId: 'b' }), 'bob')
    await world.pass(50)
    expect(raw.responses().map((one) => one.status)).toEqual([489, 489])
    expect(bob.seen).toEqual([])
  })

  test('D213b a refresh that meets 481 ends it, another refusal does not', async () => {
    const setUp = presence()
    const { world, bob, story, notifiers } = setUp
    const subscription = watch(setUp)
    await world.pass(100)
    bob.endpoint.closeContext(bob.last('SUBSCRIBE').ctx)
    expect(notifiers[0]?.phase).toBe('terminated')
    await world.pass(520_000)
    expect(story.slice(-2)).toEqual(['failed ERR_SIP_STATUS', 'terminated gone 0'])
    expect(subscription.phase).toBe('terminated')
  })

  test('D206c D213 a refresh that was too brief asks for longer, and so do those after it', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const asked: (number | undefined)[] = []
    const raw = new RawPeer(world, 'bob', (message, peer) => {
      if (message.type !== 'request') return
      const brief = asked.push(message.expires) > 1 && (message.expires ?? 0) < 700
      const headers = brief ? { 'Min-Expires': 700 } : { Expires: message.expires ?? 0, Contact: `<${peer.uri}>` }
      peer.send(message.createResponse(brief ? 423 : 200, { toTag: 'raw', headers }), 'alice')
      if (brief) return
      const { callId, from } = message
      const state = { Event: 'presence', 'Subscription-State': `active;expires=${message.expires}` }
      const notify = { callId, toTag: from.tag ?? '', seq: asked.length, headers: state }
      peer.send(rawRequest(peer, 'NOTIFY', alice.uri, notify), 'alice')
    })
    alice.endpoint.subscribe({ from: alice.uri, to: raw.uri }, { event: 'presence', expires: 100 })
    await world.pass(1_300_000)
    expect(asked).toEqual([100, 100, 700, 700, 700])
  })

  test('D213c a refresh that is refused otherwise leaves it as it is until it expires', async () => {
    const setUp = presence()
    const { world, bob, story } = setUp
    const subscription = watch(setUp)
    await world.pass(100)
    bob.endpoint.setApplication(undefined)
    const { dispatcher } = bob
    dispatcher.setReceiver({
      receive: (packet) => {
        if (packet.type === 'request') dispatcher.deliver(packet.createResponse(403))
        return true
      },
    })
    await world.pass(515_000)
    expect(story.at(-1)).toBe('failed ERR_SIP_STATUS')
    await world.pass(80_000)
    expect(subscription.phase).toBe('active')
    await world.pass(10_000)
    expect(story.at(-1)).toBe('terminated timeout undefined')
  })

  test('D208 D211 a NOTIFY that overtakes the 200 makes the dialog; one for another event is answered 481', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const raw = new RawPeer(world, 'bob', (message, peer) => {
      if (message.type !== 'request' || message.method !== 'SUBSCRIBE') return
      const notify = (event: string, seq: number): void => {
        const headers = { Event: event, 'Subscription-State': 'active;expires=60' }
        const to = { callId: message.callId, fromTag: 'fork', toTag: message.from.tag ?? '', seq, headers }
        peer.send(rawRequest(peer, 'NOTIFY', alice.uri, to), 'alice')
      }
      notify('dialog', 1)
      notify('presence', 2)
      peer.send(
        message.createResponse(200, { toTag: 'other', headers: { Expires: 60, Contact: '<sip:bob@10.0.0.2>' } }),
        'alice',
      )
    })
    const subscription = alice.endpoint.subscribe({ from: alice.uri, to: raw.uri }, { event: 'presence' })
    await world.pass(100)
    expect(raw.responses().map((one) => one.status)).toEqual([481, 200])
    expect(subscription.phase).toBe('active')
    expect(subscription.dialog?.remoteTag).toBe('fork')
  })

  test.each([
    ['D216 deactivated', { reason: 'deactivated' }, 0],
    ['D216b probation', { reason: 'probation', 'retry-after': 90 }, 90_000],
    ['D216b giveup', { reason: 'giveup', 'retry-after': 5 }, 5000],
    ['D216b giveup without a time', { reason: 'giveup' }, 0],
    ['D216c rejected', { reason: 'rejected', 'retry-after': 90 }, undefined],
    ['D216c noresource', { reason: 'noresource' }, undefined],
    ['D216c invariant', { reason: 'invariant' }, undefined],
    ['D216d timeout', { reason: 'timeout' }, 0],
    ['D216b a reason nobody knows', { reason: 'later', 'retry-after': 7 }, 7000],
  ])('%s: it ends, and says when another one makes sense', async (_title, params, retry) => {
    const setUp = presence()
    const { world, bob, story } = setUp
    bob.serve((ctx, request) => {
      if (request.method !== 'SUBSCRIBE') return
      const { dialog } = bob.endpoint.acceptSubscription(ctx, request)
      const state = ['terminated', ...Object.entries(params).map(([name, value]) => `${name}=${value}`)].join(';')
      const last = dialog.createRequest('NOTIFY', { Event: 'presence', 'Subscription-State': state })
      bob.endpoint.newRequest(last, { from: bob.uri, to: setUp.alice.uri })
    })
    const subscription = watch(setUp)
    await world.pass(100)
    expect(story.at(-1)).toBe(`terminated ${params.reason} ${retry}`)
    expect(subscription.phase).toBe('terminated')
    await world.pass(200_000)
    expect(world.requests('SUBSCRIBE')).toHaveLength(1)
  })

  test('D212d a NOTIFY without Subscription-State is refused with 400', async () => {
    const setUp = presence()
    const { world, alice, notifiers } = setUp
    watch(setUp)
    await world.pass(100)
    const bare = notifiers[0]?.dialog.createRequest('NOTIFY', { Event: 'presence' })
    if (bare === undefined) throw new Error('no dialog')
    setUp.bob.endpoint.newRequest(bare, { from: setUp.bob.uri, to: alice.uri })
    await world.pass(100)
    expect(world.responses(400, 'NOTIFY')).toHaveLength(1)
  })

  test('D212d so is one whose Subscription-State is garbage, and nothing of it keeps the context open', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const raw = new RawPeer(world, 'bob')
    const to = { from: alice.uri, to: raw.uri }
    const subscription = alice.endpoint.subscribe(to, { event: 'presence' })
    await world.pass(20)
    const [subscribe] = raw.requests('SUBSCRIBE')
    if (subscribe === undefined) throw new Error('no SUBSCRIBE came')
    raw.send(subscribe.createResponse(200, { toTag: 'raw', headers: { Contact: `<${raw.uri}>` } }), 'alice')
    const [callId, toTag] = [subscribe.callId, subscribe.from.tag ?? '']
    for (const [seq, state] of ['"', 'active', ';;', 'terminated'].entries()) {
      const headers = { Event: 'presence', 'Subscription-State': state }
      raw.send(rawRequest(raw, 'NOTIFY', alice.uri, { callId, toTag, seq: seq + 1, headers }), 'alice')
      await world.pass(20)
    }
    expect(raw.responses().map(({ status }) => status)).toEqual([400, 200, 400, 200])
    expect([subscription.phase, alice.endpoint.stats().contexts]).toEqual(['terminated', 0])
  })
})

describe('CANCEL', () => {
  test('D219 of a SUBSCRIBE or NOTIFY is answered 200 and changes nothing', async () => {
    const setUp = presence()
    const { world, alice, bob, notifiers } = setUp
    watch(setUp)
    await world.pass(100)
    const [subscribe] = world.requests('SUBSCRIBE')
    const [notify] = world.requests('NOTIFY')
    if (subscribe === undefined || notify === undefined) throw new Error('no subscription')
    const seen = bob.seen.length
    alice.dispatcher.deliver(subscribe.createCancel())
    bob.dispatcher.deliver(notify.createCancel())
    await world.pass(100)
    expect(world.responses(200, 'CANCEL')).toHaveLength(2)
    expect(notifiers.map(({ phase }) => phase)).toEqual(['active'])
    expect(bob.seen).toHaveLength(seen)
  })
})
