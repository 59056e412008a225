import { describe, expect, test } from 'vitest'
import type { SubscribeArgs } from './subscribe.ts'
import type { Subscription } from './subscription.ts'
import { rawRequest } from '../testing/messages.ts'
import { Party, RawPeer, World } from '../testing/pair.ts'

/** Bob, who sends what a test says for each SUBSCRIBE of Alice's. */
function notifying(
  events: readonly (readonly [tag: string, seq: number, state: string])[],
  args: Partial<SubscribeArgs> = {},
): { world: World; alice: Party; raw: RawPeer; subscription: Subscription; story: string[] } {
  const world = new World()
  const alice = new Party(world, 'alice').serve()
  const raw = new RawPeer(world, 'bob', (message, peer) => {
    if (message.type !== 'request' || message.method !== 'SUBSCRIBE') return
    const headers = { Expires: message.expires ?? 0, Contact: '<sip:bob@10.0.0.2>' }
    peer.send(message.createResponse(200, { toTag: 'one', headers }), 'alice')
    if (message.to.tag !== undefined) return
    for (const [fromTag, seq, state] of events) {
      const told = { Event: 'presence', 'Subscription-State': state, Contact: `<sip:${fromTag}@10.0.0.2>` }
      const init = { callId: message.callId, fromTag, toTag: message.from.tag ?? '', seq, headers: told }
      peer.send(rawRequest(peer, 'NOTIFY', alice.uri, init), 'alice')
    }
  })
  const story: string[] = []
  const follow = (subscription: Subscription): void => {
    const name = (): string => subscription.dialog?.remoteTag ?? '?'
    subscription.on('fork', follow)
    subscription.on('notify', (_request, { state }) => story.push(`${name()} ${state}`))
    subscription.on('terminated', (reason) => story.push(`${name()} ended ${reason}`))
  }
  const to = { from: alice.uri, to: raw.uri }
  const subscription = alice.endpoint.subscribe(to, { event: 'presence', expires: 600, ...args })
  follow(subscription)
  return { world, alice, raw, subscription, story }
}

describe('a SUBSCRIBE that forks', () => {
  const forked = [
    ['one', 1, 'active;expires=600'],
    ['two', 7, 'active;expires=600'],
  ] as const

  test('D210 is one subscription by default: the other notifier gets 481', async () => {
    const { world, raw, story } = notifying(forked)
    await world.pass(50)
    expect(raw.responses().map((one) => [one.from.tag, one.status])).toEqual([
      ['one', 200],
      ['two', 481],
    ])
    expect(story).toEqual(['one active'])
  })

  test('D210 D208 with forks: all each notifier has one of its own, refreshed and ended by itself', async () => {
    const { world, alice, raw, story, subscription } = notifying(forked, { forks: 'all' })
    await world.pass(50)
    expect(raw.responses().map((one) => one.status)).toEqual([200, 200])
    expect(story).toEqual(['one active', 'two active'])
    expect(alice.endpoint.stats().dialogs).toBe(2)
    await world.pass(515_000)
    const refreshes = raw.requests('SUBSCRIBE').filter((one) => one.to.tag !== undefined)
    expect(refreshes.map((one) => [one.to.tag, one.uri.toString(), one.cseq.seq])).toEqual([
      ['one', 'sip:one@10.0.0.2', 2],
      ['two', 'sip:two@10.0.0.2', 2],
    ])
    subscription.unsubscribe()
    await world.pass(33_000)
    expect(story.slice(2).toSorted()).toEqual(['one ended timeout', 'two ended timeout'])
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, errors: 0 })
  })

  test('D210 a peer that invents forks gets no more than a proxy might make, and 481 for the rest', async () => {
    const invented = Array.from({ length: 300 }, (_, n) => [`fork${n}`, 1, 'active;expires=600'] as const)
    const { world, alice, raw, subscription } = notifying(invented, { forks: 'all' })
    await world.pass(50)
    expect(raw.responses().filter((one) => one.status === 481)).toHaveLength(200)
    expect(alice.endpoint.stats().dialogs).toBe(101)
    subscription.unsubscribe()
    await alice.endpoint.close({ graceful: false })
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('D210 a notifier that shows up after 64*T1 is no fork of it any more', async () => {
    const { world, alice, raw } = notifying([['one', 1, 'active;expires=600']], { forks: 'all' })
    await world.pass(33_000)
    const [subscribe] = raw.requests('SUBSCRIBE')
    const headers = { Event: 'presence', 'Subscription-State': 'active;expires=600' }
    const late = { callId: subscribe?.callId ?? '', fromTag: 'late', toTag: subscribe?.from.tag ?? '', headers }
    raw.send(rawRequest(raw, 'NOTIFY', alice.uri, late), 'alice')
    await world.pass(50)
    expect(raw.responses().at(-1)?.status).toBe(481)
  })
})

const notify = (raw: RawPeer, bob: Party, event: string, init: { callId: string; toTag?: string }): void => {
  const headers = { Event: event, 'Subscription-State': 'active;expires=60' }
  raw.send(rawRequest(raw, 'NOTIFY', bob.uri, { headers, ...init }), 'bob')
}

describe('a NOTIFY for no subscription', () => {
  test('D218 outside a dialog is answered 481, unless its package was named as one that comes unasked', async () => {
    const world = new World()
    const bob = new Party(world, 'bob', { unsolicited: ['message-summary'] }).serve((ctx, request) =>
      bob.respond(ctx, request, 200),
    )
    const raw = new RawPeer(world, 'alice')
    notify(raw, bob, 'presence', { callId: 'a' })
    notify(raw, bob, 'message-summary', { callId: 'b' })
    await world.pass(50)
    expect(raw.responses().map((one) => [one.callId, one.status])).toEqual([
      ['a', 481],
      ['b', 200],
    ])
    expect(bob.seen.map(({ request }) => request.callId)).toEqual(['b'])
  })

  test('D212c D211 of a package we do not know is answered 489 with those we do, in a dialog and outside', async () => {
    const world = new World()
    const bob = new Party(world, 'bob', { events: ['presence'] }).answers()
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'call' }), 'bob')
    await world.pass(50)
    const toTag = raw.responses().at(-1)?.to.tag ?? ''
    raw.got.length = 0
    for (const event of ['winfo', 'presence']) {
      notify(raw, bob, event, { callId: `alone-${event}` })
      notify(raw, bob, event, { callId: `stray-${event}`, toTag: 'nobody' })
    }
    raw.send(rawRequest(raw, 'NOTIFY', bob.uri, { callId: 'call', seq: 2, toTag, headers: { Event: 'winfo' } }), 'bob')
    await world.pass(50)
    expect(raw.responses().map((one) => [one.callId, one.status, one.headers.get('Allow-Events')])).toEqual([
      ['alone-winfo', 489, 'presence'],
      ['stray-winfo', 489, 'presence'],
      ['alone-presence', 481, undefined],
      ['stray-presence', 481, undefined],
      ['call', 489, 'presence'],
    ])
  })
})
