import { Dispatcher } from '@netsip/dispatcher'
import { SipRequest } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import { describe, expect, test } from 'vitest'
import type { Context, ContextCallback } from './context/context.ts'
import type { ContextInit } from './context/context-init.ts'
import { Endpoint } from './endpoint.ts'
import { rawRequest } from './testing/messages.ts'
import { HOSTS, listener, type News, pair, Party, RawPeer, World } from './testing/pair.ts'

// What the seed page promises that no other test file is about.

type Answer = (ctx: Context, request: SipRequest, bob: Party, cancel: () => void) => void

/** What the callback of an INVITE to Bob is told, who answers as the test says, or is not there. */
async function failing(to: Partial<ContextInit>, protocol: 'udp' | 'tcp' = 'udp', answer?: Answer): Promise<News[]> {
  const world = new World()
  const alice = new Party(world, 'alice', { protocol })
  const cancel = (): void => void alice.endpoint.cancelInvite(call)
  if (answer !== undefined) {
    const bob = new Party(world, 'bob', { protocol }).serve((ctx, request) => answer(ctx, request, bob, cancel))
  }
  const { news, callback } = listener()
  const call = alice.endpoint.invite({ from: alice.uri, to: 'sip:bob@10.0.0.2', ...to }, callback)
  await world.pass(1000)
  return news
}

describe('the callback of a context', () => {
  test('S117 S118 S119 S121 gets (endpoint, ctx, error, status, packet, leg, from, ack), without error on success', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const calls: unknown[][] = []
    const ctx = alice.endpoint.invite(alice.to(bob), (...args) => calls.push([...args]))
    await world.pass(50)
    const [endpoint, context, error, status, packet, leg, from, ack] = calls[1] ?? []
    expect(endpoint).toBe(alice.endpoint)
    expect(context).toBe(ctx)
    expect([error, status]).toEqual([undefined, 200])
    expect(packet).toMatchObject({ type: 'response', status: 200 })
    expect(leg).toBe(alice.leg)
    expect(from).toMatchObject({ proto: 'udp', addr: '10.0.0.2', port: 5060 })
    expect(ack).toBeInstanceOf(SipRequest)
    expect(calls[0]).toHaveLength(8)
  })

  test('S120 S121 is told a code when nobody answers, and no status', async () => {
    const { world, alice, bob } = pair()
    world.network.partition('10.0.0.1', '10.0.0.2')
    const calls: unknown[][] = []
    alice.endpoint.newRequest('OPTIONS', alice.to(bob), (_endpoint, _ctx, error, status) =>
      calls.push([error?.code, status]),
    )
    await world.pass(33_000)
    expect(calls).toEqual([['ERR_SIP_TIMEOUT', undefined]])
  })

  test.each<[string, () => Promise<News[]>]>([
    ['ERR_SIP_UNRESOLVED for a host that nobody knows', () => failing({ to: 'sip:bob@nowhere.invalid' })],
    [
      'ERR_SIP_REFUSED for a connection that is refused',
      () => failing({ to: 'sip:bob@10.0.0.2;transport=tcp' }, 'tcp'),
    ],
    ['ERR_SIP_STATUS for a refusal', () => failing({}, 'udp', (ctx, request, bob) => bob.respond(ctx, request, 486))],
    [
      'ERR_SIP_AUTH for a challenge without credentials',
      () => failing({}, 'udp', (ctx, request, bob) => bob.respond(ctx, request, 407)),
    ],
    [
      'ERR_SIP_CANCELLED for a call that is cancelled',
      () =>
        failing({}, 'udp', (ctx, request, bob, cancel) => {
          if (request.method !== 'INVITE') return
          bob.respond(ctx, request, 180)
          bob.world.clock.setTimer(50, cancel)
        }),
    ],
  ])('S120 is told %s', async (title, run) => {
    const news = await run()
    expect(news.map(({ error }) => error?.code).filter(Boolean)).toEqual([title.split(' ', 1)[0]])
    expect(news.at(-1)?.error).toBeInstanceOf(SipError)
  })

  test('S123 the ACK is sent once, by the endpoint', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    alice.endpoint.invite(alice.to(bob), () => undefined)
    await world.pass(1000)
    expect(world.requests('ACK')).toHaveLength(1)
  })
})

describe('an endpoint', () => {
  test('S010 sends everything through its dispatcher', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const delivered: unknown[] = []
    const { dispatcher } = alice
    const deliver = dispatcher.deliver.bind(dispatcher)
    dispatcher.deliver = (message, options) => {
      delivered.push(message)
      return deliver(message, options)
    }
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    alice.endpoint.newRequest('BYE', ctx)
    await world.pass(50)
    expect(delivered).toHaveLength(world.sent.filter(({ from }) => from === 'alice').length)
  })

  test('S057 S073 uses a context again and again', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method !== 'ACK' && bob.respond(ctx, request, 200))
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    for (const method of ['INFO', 'MESSAGE', 'OPTIONS']) {
      expect(ctx.newRequest(method)).toBe(ctx)
      await world.pass(50)
    }
    const numbers = ['INVITE', 'INFO', 'MESSAGE', 'OPTIONS'].map((method) => world.requests(method)[0]?.cseq.seq)
    expect(numbers).toEqual([1, 2, 3, 4])
    expect(ctx.peer.toString()).toBe('<sip:bob@10.0.0.2>')
  })

  test('S002 S058 says what is missing, be it left out, undefined or null', () => {
    const { alice } = pair()
    for (const nothing of [undefined, null, '']) {
      const from = alice.uri
      expect(() => alice.endpoint.invite({ from, to: nothing as never })).toThrow("a context needs 'to'")
      expect(() => alice.endpoint.invite({ from: nothing as never, to: from })).toThrow("a context needs 'from'")
    }
    expect(alice.endpoint.stats().contexts).toBe(0)
  })

  test('S001 S002 takes the arguments of the seed by their position, with null or undefined for those left out', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request, leg, from) => {
      if (request.method === 'ACK') return
      const status = request.uri.toString().includes('ringing') ? 180 : 200
      bob.endpoint.newResponse(ctx, request.createResponse(status), leg, from)
    })
    const told: string[] = []
    const callback: ContextCallback = (_endpoint, _ctx, _error, status, packet) =>
      told.push(`${status} ${packet?.cseq.method}`)
    const to = alice.to(bob)
    const call = alice.endpoint.invite(to, callback, 'v=0', { 'X-A': '1' })
    alice.endpoint.newRequest('MESSAGE', to, callback, 'hi', { 'X-A': '2' })
    const bare = alice.endpoint.newRequest('OPTIONS', to, null, null, undefined)
    await world.pass(50)
    alice.endpoint.newRequest('BYE', call, callback, null, { 'X-A': '3' })
    const ringing = alice.endpoint.invite({ ...to, to: 'sip:ringing@10.0.0.2' }, callback)
    await world.pass(50)
    expect(alice.endpoint.cancelInvite(ringing, world.requests('INVITE')[0], callback)).toBe(0)
    expect(alice.endpoint.cancelInvite(ringing, null, callback)).toBe(1)
    await world.pass(50)
    alice.endpoint.closeContext(ringing)
    expect((await bare.outcome).status).toBe(200)
    expect(told).toEqual(['200 INVITE', '200 MESSAGE', '200 BYE', '180 INVITE', '200 CANCEL', '487 INVITE'])
    const marked = ['INVITE', 'MESSAGE', 'BYE'].map((method) => world.requests(method)[0]?.headers.get('X-A'))
    expect(marked).toEqual(['1', '2', '3'])
  })

  test('S040 sends by the transport that a URI names, be it a callee, a registrar or a route', async () => {
    const world = new World()
    const bob = new Party(world, 'bob', { protocol: 'tcp' }).serve((ctx, request) => bob.respond(ctx, request, 200))
    const legs = (['udp', 'tcp'] as const).map((protocol) => world.network.listen({ protocol, host: HOSTS.alice }))
    const alice = new Endpoint(new Dispatcher({ legs, clock: world.clock, resolver: world.network.resolver }))
    const from = 'sip:alice@10.0.0.1'
    const contexts = [
      alice.newRequest('OPTIONS', { from, to: 'sip:bob@10.0.0.2;transport=tcp' }),
      alice.newRequest('OPTIONS', { from, to: 'sip:bob@example.com', route: '<sip:10.0.0.2;transport=tcp;lr>' }),
      alice.register({ from, contact: from, registrar: 'sip:10.0.0.2;transport=tcp' }),
    ]
    await world.pass(100)
    const outcomes = await Promise.all(contexts.map(({ outcome }) => outcome))
    expect(outcomes.map(({ leg }) => leg.protocol)).toEqual(['tcp', 'tcp', 'tcp'])
    expect(bob.seen.map(({ request }) => request.via?.protocol)).toEqual(['TCP', 'TCP', 'TCP'])
  })

  test('S101 tells Call-IDs apart byte by byte', async () => {
    const world = new World()
    const bob = new Party(world, 'bob').answers()
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'call@Host' }), 'bob')
    await world.pass(20)
    const toTag = raw.responses().at(-1)?.to.tag ?? ''
    for (const callId of ['call@host', 'CALL@Host', 'call@Host']) {
      raw.send(rawRequest(raw, 'BYE', bob.uri, { callId, toTag, seq: 2 }), 'bob')
    }
    await world.pass(20)
    const byes = raw.responses().filter((one) => one.cseq.method === 'BYE')
    expect(byes.map((one) => [one.callId, one.status])).toEqual([
      ['call@host', 481],
      ['CALL@Host', 481],
      ['call@Host', 200],
    ])
  })

  test('S168 hands on a session description that is garbage, and neither fails nor reads it', async () => {
    const { world, alice, bob } = pair()
    const garbage = new Uint8Array([0, 255, 13, 10, 0xc3, 0x28, 61, 61])
    bob.serve((ctx, request) => {
      if (request.method !== 'INVITE') return
      const headers = { 'Content-Type': 'application/sdp' }
      bob.endpoint.newResponse(ctx, request.createResponse(200, { body: garbage, headers }))
    })
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, garbage, { 'Content-Type': 'application/sdp' })
    await world.pass(100)
    expect([...bob.last('INVITE').request.body]).toEqual([...garbage])
    expect([...(await ctx.outcome).response.body]).toEqual([...garbage])
    expect([ctx.state, alice.errors, bob.errors]).toEqual(['confirmed', [], []])
  })

  test('S097 makes a context from the request, with our tag, for the application to answer by', async () => {
    const world = new World()
    const bob = new Party(world, 'bob').serve((ctx, request) => bob.respond(ctx, request, 200))
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'MESSAGE', bob.uri), 'bob')
    await world.pass(20)
    const { ctx } = bob.last('MESSAGE')
    expect(ctx.incoming).toBe(true)
    expect(ctx.peer.uri.toString()).toBe('sip:alice@10.0.0.1')
    expect(ctx.local.tag).toBe(raw.responses()[0]?.to.tag)
  })

  test('S110 puts its Contact into what refreshes a target, and nowhere else', async () => {
    const world = new World()
    const bob = new Party(world, 'bob').serve(
      (ctx, request) => request.method !== 'ACK' && bob.respond(ctx, request, 200),
    )
    const raw = new RawPeer(world, 'alice')
    const headers: Record<string, Record<string, string>> = {
      SUBSCRIBE: { Event: 'presence' },
      REFER: { 'Refer-To': '<sip:x@y>' },
    }
    for (const method of ['INVITE', 'SUBSCRIBE', 'REFER', 'MESSAGE', 'OPTIONS']) {
      raw.send(rawRequest(raw, method, bob.uri, { callId: method, headers: headers[method] ?? {} }), 'bob')
    }
    await world.pass(20)
    const contacts = raw.responses().map((one) => `${one.cseq.method} ${one.contact !== undefined}`)
    expect(contacts).toEqual(['INVITE true', 'SUBSCRIBE true', 'REFER true', 'MESSAGE false', 'OPTIONS false'])
  })

  test('S115 S116 answers where the Via says, whatever address it is handed', async () => {
    const world = new World()
    const bob = new Party(world, 'bob')
    const raw = new RawPeer(world, 'alice')
    bob.endpoint.setApplication((endpoint, ctx, request, leg) => {
      const elsewhere = { proto: 'udp', addr: '10.0.0.3', host: '10.0.0.3', port: 5060, family: 'IPv4' } as const
      endpoint.newResponse(ctx, request.createResponse(200), leg, elsewhere)
    })
    raw.send(rawRequest(raw, 'MESSAGE', bob.uri), 'bob')
    await world.pass(20)
    expect(raw.responses().map((one) => one.status)).toEqual([200])
  })
})
