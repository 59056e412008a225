import { CSeq, NameAddr, SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import { pair, type Party, type World } from '../testing/pair.ts'

interface Shared {
  readonly world: World
  readonly alice: Party
  readonly ctx: Context
  readonly bob: Party
  /** How Bob answers from now on. */
  readonly answer: (status: number) => void
  /** What is left at Alice's. */
  readonly left: () => string
}

/** A call of Alice and Bob, and in its dialog a subscription of Alice's to Bob. */
async function shared(): Promise<Shared> {
  const { world, alice, bob } = pair()
  let status = 200
  bob.serve((ctx, request: SipRequest) => {
    if (request.method === 'SUBSCRIBE') return bob.endpoint.acceptSubscription(ctx, request).notify()
    if (request.method !== 'ACK' && request.method !== 'BYE') bob.respond(ctx, request, status)
  })
  alice.serve()
  const ctx = alice.endpoint.invite(alice.to(bob))
  await world.pass(100)
  const subscription = alice.endpoint.subscribe(ctx, { event: 'dialog', expires: 600 })
  await world.pass(100)
  if (subscription.phase !== 'active') throw new Error('no subscription')
  const left = (): string =>
    [ctx.dialogs.length > 0 && 'call', subscription.phase !== 'terminated' && 'subscription']
      .filter((one) => one !== false)
      .join(' and ')
  return { world, alice, bob, ctx, answer: (next) => (status = next), left }
}

describe('a call and a subscription that share a dialog', () => {
  test.each([
    ['D116b 481 to INFO ends the call', 'INFO', 481, 'subscription'],
    ['D115 408 to a re-INVITE ends the call', 'INVITE', 408, 'subscription'],
    ['D116b 481 to a re-INVITE ends the call', 'INVITE', 481, 'subscription'],
    ['D116b 405 to a re-INVITE ends the call', 'INVITE', 405, 'subscription'],
    ['D116b 501 to a re-INVITE ends the call', 'INVITE', 501, 'subscription'],
    ['D116c 405 to INFO ends nothing', 'INFO', 405, 'call and subscription'],
    ['D116c 480 to a re-INVITE ends nothing', 'INVITE', 480, 'call and subscription'],
    ['D116c 503 to INFO ends nothing', 'INFO', 503, 'call and subscription'],
    ...[404, 410, 416, 482, 483, 484, 485, 502, 604].map(
      (status) => [`D116 ${status} to INFO ends both`, 'INFO', status, ''] as const,
    ),
  ] as const)('%s', async (_title, method, status, expected) => {
    const { world, alice, ctx, answer, left } = await shared()
    answer(status)
    alice.endpoint.newRequest(method, ctx)
    await world.pass(200)
    expect(left()).toBe(expected)
    expect(world.requests('BYE', 'alice')).toHaveLength(expected.includes('call') ? 0 : 1)
    expect(alice.errors).toEqual([])
  })

  test.each([
    ['D116b 481 ends it', 481, 'call'],
    ['D116b 489 ends it', 489, 'call'],
    ['D116b 480 ends it', 480, 'call'],
    ['D116b 405 ends it', 405, 'call'],
    ['D116c 500 ends nothing', 500, 'call and subscription'],
    ['D116c 502 ends nothing', 502, 'call and subscription'],
    ['D116 404 ends both', 404, ''],
  ] as const)('the answer to the refresh of the subscription: %s', async (_title, status, expected) => {
    const { world, bob, left } = await shared()
    bob.dispatcher.setReceiver({
      receive: (packet) => {
        if (packet.type !== 'request' || packet.method === 'ACK') return true
        bob.dispatcher.deliver(packet.createResponse(packet.method === 'SUBSCRIBE' ? status : 200))
        return true
      },
    })
    await world.pass(520_000)
    expect(left()).toBe(expected)
    expect(world.requests('BYE', 'alice')).toHaveLength(expected === '' ? 1 : 0)
  })
})

/** Alice's subscription to Bob, with the context that Bob serves it in. */
async function subscribed(): Promise<{ world: World; alice: Party; bob: Party; notifying: Context }> {
  const { world, alice, bob } = pair()
  bob.serve((ctx, request) => {
    if (request.method === 'SUBSCRIBE') bob.endpoint.acceptSubscription(ctx, request).notify()
  })
  alice.serve((ctx, request) => {
    if (request.method !== 'ACK' && request.method !== 'BYE') alice.respond(ctx, request, 200)
  })
  alice.endpoint.subscribe(alice.to(bob), { event: 'dialog', expires: 100 })
  await world.pass(50)
  return { world, alice, bob, notifying: bob.last('SUBSCRIBE').ctx }
}

describe('a dialog in which there is only a subscription', () => {
  test('D004 D102d what the notifier sends beside it has no To tag, and leaves its numbers alone', async () => {
    const { world, alice, bob, notifying } = await subscribed()
    const { outcome } = notifying.newRequest('MESSAGE', null, 'hello')
    await world.pass(50)
    expect((await outcome).status).toBe(200)
    expect(world.requests('MESSAGE')[0]?.to.tag).toBeUndefined()
    const call = notifying.newRequest('INVITE').outcome
    await world.pass(50)
    expect((await call).dialog?.state).toBe('confirmed')
    await world.pass(100_000)
    expect(world.requests('NOTIFY').map(({ cseq }) => cseq.seq)).toEqual([1, 2])
    expect(world.responses(200, 'NOTIFY')).toHaveLength(2)
    expect(alice.last('INVITE').ctx.state).toBe('confirmed')
    alice.endpoint.newRequest('BYE', alice.last('INVITE').ctx)
    await world.pass(1000)
    expect(bob.seen.map(({ request }) => request.method)).toEqual(['SUBSCRIBE', 'BYE'])
    expect([alice.errors, bob.errors]).toEqual([[], []])
  })

  test('D117 takes no call: the INVITE is refused with 603, and the subscription goes on', async () => {
    const { world, alice, bob } = await subscribed()
    const notify = world.requests('NOTIFY')[0]
    if (notify === undefined) throw new Error('no NOTIFY')
    const invite = new SipRequest({ method: 'INVITE', uri: notify.uri, headers: { 'Max-Forwards': 70 } })
    invite.from = notify.from
    invite.to = notify.to
    invite.callId = notify.callId
    invite.cseq = new CSeq(2, 'INVITE')
    invite.contacts = [new NameAddr({ uri: bob.uri })]
    bob.dispatcher.deliver(invite)
    await world.pass(50)
    expect(world.responses(603, 'INVITE')).toHaveLength(1)
    expect(alice.seen.filter(({ request }) => request.method === 'INVITE')).toEqual([])
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 1, dialogs: 1, pendingAcks: 0 })
  })
})
