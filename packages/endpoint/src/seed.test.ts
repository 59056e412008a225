import { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { rawRequest } from './testing/messages.ts'
import { pair, Party, RawPeer, World } from './testing/pair.ts'

// What the seed page promises that no other test file is about.

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
