import type { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { rawRequest } from '../testing/messages.ts'
import { pair, Party, RawPeer, World } from '../testing/pair.ts'

/** Alice subscribes to a notifier without a stack, which does what the test says with each SUBSCRIBE. */
function subscribing(
  expires: number,
  notifier: (request: SipRequest, raw: RawPeer, alice: Party) => void,
): { world: World; raw: RawPeer } {
  const world = new World()
  const alice = new Party(world, 'alice').serve()
  const raw = new RawPeer(world, 'bob', (message, peer) => {
    if (message.type === 'request') notifier(message, peer, alice)
  })
  const ctx = { from: alice.uri, to: raw.uri, auth: ['alice', 'secret'] } as const
  alice.endpoint.subscribe(ctx, { event: 'presence', expires })
  return { world, raw }
}

function accept(request: SipRequest, raw: RawPeer, expires: number): void {
  raw.send(request.createResponse(200, { toTag: 'b', headers: { Expires: expires, Contact: `<${raw.uri}>` } }), 'alice')
}

function notify(request: SipRequest, raw: RawPeer, { uri }: Party, state: string): void {
  const headers = { Event: 'presence', 'Subscription-State': state }
  const { callId, cseq, from } = request
  raw.send(
    rawRequest(raw, 'NOTIFY', uri, { callId, fromTag: 'b', toTag: from.tag ?? '', seq: cseq.seq, headers }),
    'alice',
  )
}

describe('the answer to a SUBSCRIBE', () => {
  test('D208 D102d that comes after its NOTIFY, when the SUBSCRIBE was challenged: the refresh has the next number', async () => {
    const { world, raw } = subscribing(100, (request, peer, alice) => {
      if (!request.headers.has('Authorization')) {
        const headers = { 'WWW-Authenticate': 'Digest realm="r", nonce="n"' }
        return peer.send(request.createResponse(401, { toTag: 'c', headers }), 'alice')
      }
      notify(request, peer, alice, 'active;expires=100')
      accept(request, peer, 100)
    })
    await world.pass(90_000)
    expect(raw.requests('SUBSCRIBE').map(({ cseq }) => cseq.seq)).toEqual([1, 2, 3])
  })

  test('D205 D213 says how long it lasts when the NOTIFY does not', async () => {
    const { world, raw } = subscribing(3600, (request, peer, alice) => {
      accept(request, peer, 60)
      notify(request, peer, alice, 'active')
    })
    await world.pass(110_000)
    expect(raw.requests('SUBSCRIBE').map(({ expires }) => expires)).toEqual([3600, 3600, 3600])
  })

  test('D214 lasts no longer than was asked for, whatever the NOTIFY says', async () => {
    const { world, raw } = subscribing(60, (request, peer, alice) => {
      accept(request, peer, 60)
      notify(request, peer, alice, 'active;expires=7200')
    })
    await world.pass(110_000)
    expect(raw.requests('SUBSCRIBE')).toHaveLength(3)
  })
})

describe('a NOTIFY', () => {
  test('D211 is for the subscription of its event and id, and 481 for none', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => {
      if (request.method === 'SUBSCRIBE') return bob.endpoint.acceptSubscription(ctx, request).notify()
      bob.respond(ctx, request, 200)
    })
    alice.serve()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    const told: string[] = []
    for (const id of ['a', 'b']) {
      const subscription = alice.endpoint.subscribe(ctx, { event: { type: 'presence', id } })
      subscription.on('notify', (request) => told.push(`${id}: ${request.text}`))
      await world.pass(100)
    }
    told.length = 0
    const called = bob.last('INVITE').ctx
    for (const id of ['b', 'a', 'c']) {
      const headers = { Event: `presence;id=${id}`, 'Subscription-State': 'active;expires=60' }
      bob.endpoint.newRequest('NOTIFY', called, undefined, `for ${id}`, headers)
    }
    bob.endpoint.newRequest('NOTIFY', called, undefined, '', { Event: 'presence', 'Subscription-State': 'active' })
    await world.pass(100)
    expect(told).toEqual(['b: for b', 'a: for a'])
    expect(alice.seen.filter(({ request }) => request.method === 'NOTIFY')).toHaveLength(2)
  })
})
