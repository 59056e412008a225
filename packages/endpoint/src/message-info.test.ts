import { Dispatcher } from '@netsip/dispatcher'
import type { SipError } from '@netsip/runtime'
import { describe, expect, test } from 'vitest'
import type { Context } from './context/context.ts'
import { Endpoint } from './endpoint.ts'
import type { EndpointOptions } from './settings.ts'
import { HOSTS, listener, pair, Party, World } from './testing/pair.ts'

async function inCall(
  options: EndpointOptions = {},
): Promise<{ world: World; alice: Party; bob: Party; ctx: Context }> {
  const parties = pair({ bob: options })
  parties.bob.answers()
  const ctx = parties.alice.endpoint.invite(parties.alice.to(parties.bob))
  await parties.world.pass(100)
  parties.bob.serve((called, request) => parties.bob.respond(called, request, 200))
  return { ...parties, ctx }
}

const texts = (party: Party): string[] => party.seen.map(({ request }) => request.text)

describe('MESSAGE', () => {
  test('D230 D009 makes no dialog and carries no Contact, neither does its answer', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => bob.respond(ctx, request, 200))
    const ctx = alice.endpoint.newRequest('MESSAGE', alice.to(bob), undefined, 'hello')
    await world.pass(50)
    expect((await ctx.outcome).dialog).toBeUndefined()
    const [message] = world.requests('MESSAGE')
    expect(message?.headers.has('Contact')).toBe(false)
    expect(message?.contentType).toBe('text/plain')
    expect(bob.last('MESSAGE').request.text).toBe('hello')
    expect(world.responses(200)[0]?.headers.has('Contact')).toBe(false)
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('D230h one at a time to each address: the next leaves when the one before is answered', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => void world.clock.setTimer(1000, () => bob.respond(ctx, request, 200)))
    const carol = new Party(world, 'carol').serve((ctx, request) => carol.respond(ctx, request, 200))
    const send = (to: Party, text: string): Context =>
      alice.endpoint.newRequest('MESSAGE', alice.to(to), undefined, text)
    for (const text of ['1', '2', '3']) send(bob, text)
    send(carol, 'aside')
    await world.pass(500)
    expect([texts(bob), texts(carol)]).toEqual([['1'], ['aside']])
    await world.pass(1000)
    expect(texts(bob)).toEqual(['1', '2'])
    await world.pass(2000)
    expect(texts(bob)).toEqual(['1', '2', '3'])
    send(bob, '4')
    await world.pass(10)
    expect(texts(bob)).toEqual(['1', '2', '3', '4'])
    await world.pass(1000)
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, errors: 0 })
  })

  test('D230c a 202 says that a relay has it, which is as good as 200', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => bob.respond(ctx, request, 202))
    const ctx = alice.endpoint.newRequest('MESSAGE', alice.to(bob), undefined, 'hello')
    await world.pass(50)
    expect((await ctx.outcome).status).toBe(202)
    expect(ctx.state).toBe('closed')
  })

  test('D230d what is too large for a datagram goes by a connection', async () => {
    const world = new World()
    const legs = (['udp', 'tcp'] as const).map((protocol) => world.network.listen({ protocol, host: HOSTS.alice }))
    const alice = new Endpoint(new Dispatcher({ legs, clock: world.clock, resolver: world.network.resolver }))
    for (const protocol of ['udp', 'tcp'] as const) {
      const bob = new Party(world, 'bob', { protocol }).serve((ctx, request) => bob.respond(ctx, request, 200))
    }
    const send = (length: number): Context =>
      alice.newRequest('MESSAGE', { from: 'sip:alice@10.0.0.1', to: 'sip:bob@10.0.0.2' }, null, 'x'.repeat(length))
    const contexts = [send(200), send(2000)]
    await world.pass(100)
    const outcomes = await Promise.all(contexts.map(({ outcome }) => outcome))
    expect(outcomes.map(({ status, leg }) => [status, leg.protocol])).toEqual([
      [200, 'udp'],
      [200, 'tcp'],
    ])
  })

  test('D230h one that is given up before its turn is never sent, and holds nobody up', async () => {
    const { world, alice, bob } = pair()
    bob.serve()
    world.network.partition('10.0.0.1', '10.0.0.2')
    const abort = new AbortController()
    const first = alice.endpoint.newRequest('MESSAGE', alice.to(bob), undefined, '1')
    const closed = alice.endpoint.newRequest('MESSAGE', alice.to(bob), undefined, '2')
    const given = alice.endpoint.newRequest('MESSAGE', alice.to(bob), undefined, '3', { signal: abort.signal })
    const last = alice.endpoint.newRequest('MESSAGE', alice.to(bob), undefined, '4')
    const outcomes = [first, closed, given, last].map((ctx) => ctx.outcome.catch((error: SipError) => error.code))
    alice.endpoint.closeContext(closed)
    abort.abort()
    await world.pass(33_000)
    expect(new Set(world.requests('MESSAGE').map((one) => one.text))).toEqual(new Set(['1', '4']))
    await world.pass(33_000)
    const codes = ['ERR_SIP_TIMEOUT', 'ERR_SIP_CLOSED', 'ERR_SIP_CANCELLED', 'ERR_SIP_TIMEOUT']
    expect(await Promise.all(outcomes)).toEqual(codes)
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, errors: 0 })
    expect(world.clock.pending).toBe(0)
  })

  test('D230h closing ends the queue at once, and waits only for the one that is out', async () => {
    const { world, alice, bob } = pair()
    world.network.partition(HOSTS.alice, HOSTS.bob)
    const { news, callback } = listener()
    const [first, ...rest] = ['1', '2', '3', '4'].map((text) =>
      alice.endpoint
        .newRequest('MESSAGE', alice.to(bob), callback, text)
        .outcome.catch((error: SipError) => `${error.code} ${error.message}`),
    )
    let isClosed = false
    const closed = alice.endpoint.close().then(() => (isClosed = true))
    const ended = 'ERR_SIP_CLOSED the endpoint was closed before it was the turn of this MESSAGE'
    expect(await Promise.all(rest)).toEqual([ended, ended, ended])
    expect([isClosed, news.length]).toEqual([false, 3])
    await world.pass(33_000)
    expect([isClosed, await first]).toEqual([true, expect.stringContaining('ERR_SIP_TIMEOUT')])
    await closed
    expect(new Set(world.requests('MESSAGE').map((one) => one.text))).toEqual(new Set(['1']))
    expect(world.clock.pending).toBe(0)
  })

  test('D230h what waits when the endpoint is dropped is not sent', async () => {
    const { world, alice, bob } = pair()
    world.network.partition('10.0.0.1', '10.0.0.2')
    const outcomes = ['1', '2', '3'].map((text) =>
      alice.endpoint
        .newRequest('MESSAGE', alice.to(bob), undefined, text)
        .outcome.catch((error: SipError) => error.code),
    )
    await alice.endpoint.close({ graceful: false })
    await world.pass(33_000)
    expect(world.requests('MESSAGE').map((one) => one.text)).toEqual(['1'])
    expect(await Promise.all(outcomes)).toEqual(['ERR_SIP_CLOSED', 'ERR_SIP_CLOSED', 'ERR_SIP_CLOSED'])
    expect(world.clock.pending).toBe(0)
  })

  test('D231 in a call it goes by the dialog and moves no target', async () => {
    const { world, alice, bob, ctx } = await inCall()
    alice.endpoint.newRequest('MESSAGE', ctx, undefined, 'hello', { Contact: '<sip:moved@10.0.0.1>' })
    await world.pass(50)
    const { ctx: called, request } = bob.last('MESSAGE')
    expect(request.to.tag).toBe(ctx.dialogs[0]?.remoteTag)
    expect(called.dialogs[0]?.remoteTarget.toString()).toBe('sip:alice@10.0.0.1:5060')
  })
})

describe('INFO', () => {
  test('D232 outside a call is answered 481', async () => {
    const { world, alice, bob } = pair()
    bob.serve()
    alice.endpoint.newRequest('INFO', alice.to(bob))
    await world.pass(50)
    expect(world.responses(481, 'INFO')).toHaveLength(1)
    expect(bob.seen).toEqual([])
  })

  test('D233 D236 with a package nobody announced is refused with 469, and the call goes on', async () => {
    const { world, alice, bob, ctx } = await inCall({ recvInfo: ['infoDtmf'] })
    alice.endpoint.newRequest('INFO', ctx, undefined, 'x', { 'Info-Package': 'other' })
    alice.endpoint.newRequest('INFO', ctx, undefined, 'Signal=5', { 'Content-Type': 'application/dtmf-relay' })
    alice.endpoint.newRequest('INFO', ctx, undefined, '5', { 'Info-Package': 'infoDtmf' })
    await world.pass(50)
    expect(world.responses(469)[0]?.headers.get('Recv-Info')).toBe('infoDtmf')
    expect(bob.seen.filter(({ request }) => request.method === 'INFO')).toHaveLength(2)
    expect(ctx.state).toBe('confirmed')
  })

  test('D234 the packages we take stand in INVITE and its 2xx', async () => {
    const { world } = await inCall({ recvInfo: ['infoDtmf'] })
    expect(world.responses(200, 'INVITE')[0]?.headers.get('Recv-Info')).toBe('infoDtmf')
    const { world: other, alice, bob } = pair({ alice: { recvInfo: [] } })
    bob.serve()
    alice.endpoint.invite(alice.to(bob))
    await other.pass(20)
    expect(other.requests('INVITE')[0]?.headers.get('Recv-Info')).toBe('')
  })

  test('D232 D142 in a dialog where there is only a subscription INFO, UPDATE and BYE are answered 481', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => {
      if (request.method === 'SUBSCRIBE') bob.endpoint.acceptSubscription(ctx, request).notify()
    })
    const subscription = alice.endpoint.subscribe(alice.to(bob), { event: 'presence' })
    await world.pass(100)
    for (const method of ['INFO', 'UPDATE', 'BYE']) {
      const request = subscription.dialog?.createRequest(method)
      if (request === undefined) throw new Error('no dialog')
      alice.dispatcher.deliver(request)
      await world.pass(50)
    }
    expect(world.responses(481).map(({ cseq }) => cseq.method)).toEqual(['INFO', 'UPDATE', 'BYE'])
    expect(bob.seen.map(({ request }) => request.method)).toEqual(['SUBSCRIBE'])
    expect(subscription.phase).toBe('active')
  })
})
