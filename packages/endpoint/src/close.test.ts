import type { SipError } from '@netsip/runtime'
import { describe, expect, test } from 'vitest'
import { Endpoint } from './endpoint.ts'
import { rawRequest } from './testing/messages.ts'
import { HOSTS, listener, pair, Party, RawPeer, World } from './testing/pair.ts'

/** A server for registrations and publications. */
function keeping(world: World): Party {
  const server = new Party(world, 'proxy')
  return server.serve((ctx, request) => {
    const headers = {
      Contact: `${String(request.contact)};expires=900`,
      'SIP-ETag': 'tag',
      Expires: request.expires ?? 0,
    }
    server.endpoint.newResponse(ctx, request.createResponse(200, { headers }))
  })
}

describe('an endpoint that is closed', () => {
  test.each([true, false])('S169 leaves no timer of registrations and publications, graceful: %s', async (graceful) => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const server = keeping(world)
    const register = { from: 'sip:alice@example.com', contact: alice.uri, registrar: HOSTS.proxy }
    const registration = alice.endpoint.keepRegistered(register, { keepAlive: 'crlf' })
    const publication = alice.endpoint.publication({ ...alice.to(server), event: 'presence' })
    const ready = Promise.all([registration.register(), publication.publish('open', 'text/plain')])
    await world.pass(100)
    await ready
    const closed = alice.endpoint.close({ graceful })
    await world.pass(100)
    await closed
    expect(world.requests('REGISTER').map(({ expires }) => expires)).toEqual(graceful ? [900, 0] : [900])
    world.sent.length = 0
    await world.pass(64_000)
    expect(world.clock.pending).toBe(0)
    expect(world.flow()).toEqual([])
  })

  test('S008 leaves the dispatcher to the endpoint that took its place', async () => {
    const { world, alice, bob } = pair()
    const second = new Endpoint(bob.dispatcher)
    await bob.endpoint.close()
    const { news, callback } = listener()
    alice.endpoint.newRequest('OPTIONS', alice.to(bob), callback)
    await world.pass(100)
    await second.close()
    alice.endpoint.newRequest('OPTIONS', alice.to(bob), callback)
    await world.pass(100)
    expect(news.map(({ status }) => status)).toEqual([200, 503])
  })

  test('S169 takes no call while it waits for the end of others, and makes none', async () => {
    const { world, alice, bob } = pair()
    const carol = new Party(world, 'carol')
    alice.answers()
    bob.answers()
    alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    world.network.partition(HOSTS.alice, HOSTS.bob)
    const closed = alice.endpoint.close()
    await world.pass(1000)
    const { news, callback } = listener()
    carol.endpoint.invite(carol.to(alice), callback)
    expect(() => alice.endpoint.invite(alice.to(carol))).toThrow(expect.objectContaining({ code: 'ERR_SIP_CLOSED' }))
    await world.pass(40_000)
    await closed
    expect(news.map(({ status }) => status)).toEqual([480])
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, pendingAcks: 0 })
  })

  test('S090 D134 waits for the ACK of a call whose context was closed before, as its BYE does', async () => {
    const world = new World()
    const bob = new Party(world, 'bob').answers()
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(20)
    bob.endpoint.closeContext(bob.last('INVITE').ctx)
    const closed = bob.endpoint.close()
    raw.send(rawRequest(raw, 'ACK', bob.uri, { toTag: raw.responses().at(-1)?.to.tag ?? '' }), 'bob')
    await world.pass(20)
    await closed
    const [bye] = raw.requests('BYE')
    expect(bye?.to.tag).toBe('raw')
    raw.send(bye!.createResponse(200), 'bob')
    await world.pass(20)
    expect(bob.endpoint.stats().dialogs).toBe(0)
  })

  test.each(['MESSAGE', 'REGISTER', 'PUBLISH', 'SUBSCRIBE'])(
    'waits for no password: that of a %s was asked for when it was closed, and is never given',
    async (method) => {
      const { world, alice, bob } = pair()
      const headers = { 'WWW-Authenticate': 'Digest realm="r", nonce="n", qop="auth"' }
      bob.serve((ctx, request) => bob.endpoint.newResponse(ctx, request.createResponse(401, { headers })))
      const to = { ...alice.to(bob), auth: () => new Promise<never>(() => undefined) }
      const codes: unknown[] = []
      const failed = ({ code }: SipError): unknown => codes.push(code)
      if (method === 'MESSAGE') alice.endpoint.newRequest('MESSAGE', to, null, 'hello').outcome.catch(failed)
      if (method === 'SUBSCRIBE') alice.endpoint.subscribe(to, { event: 'presence' }).on('failed', failed)
      if (method === 'PUBLISH') {
        const publication = alice.endpoint.publication({ ...to, event: 'presence' })
        publication.publish('open', 'text/plain').catch(failed)
      }
      if (method === 'REGISTER') {
        const register = { from: alice.uri, contact: alice.uri, registrar: bob.uri, auth: to.auth }
        alice.endpoint.keepRegistered(register).register().catch(failed)
      }
      await world.pass(100)
      const closed = alice.endpoint.close()
      await world.pass(1000)
      await closed
      expect(codes).toEqual(['ERR_SIP_CANCELLED'])
      expect(world.requests(method)).toHaveLength(1)
      expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, errors: 0 })
    },
  )

  test('D139c waits for the password of a BYE, without which the call would go on at the other end', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const auth = (): Promise<readonly [string, string]> =>
      new Promise((resolve) => world.clock.setTimer(500, () => resolve(['alice', 'secret'])))
    const ctx = alice.endpoint.invite({ ...alice.to(bob), auth })
    await world.pass(100)
    bob.dispatcher.setReceiver({
      receive: (packet) => {
        if (packet.type !== 'request') return true
        const isKnown = packet.headers.has('Authorization')
        const headers = { 'WWW-Authenticate': 'Digest realm="r", nonce="n"' }
        bob.dispatcher.deliver(isKnown ? packet.createResponse(200) : packet.createResponse(401, { headers }))
        return true
      },
    })
    void ctx.hangUp()
    await world.pass(100)
    const closed = alice.endpoint.close()
    await world.pass(1000)
    await closed
    expect(world.responses(200, 'BYE')).toHaveLength(1)
  })

  test('S169 counts no dialog of a call whose ACK it waited for, nor of a BYE on its way, when it drops all at once', async () => {
    const world = new World()
    const [alice, bob] = [new Party(world, 'alice'), new Party(world, 'bob').answers()]
    const raw = new RawPeer(world, 'carol', (message, peer) => {
      if (message.type !== 'request' || message.method !== 'INVITE') return
      const headers = { Contact: `<${peer.uri}>` }
      for (const toTag of ['one', 'other']) peer.send(message.createResponse(200, { toTag, headers }), 'alice')
    })
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    alice.endpoint.closeContext(alice.endpoint.invite({ from: alice.uri, to: raw.uri }))
    await world.pass(100)
    expect([alice, bob].map(({ endpoint }) => endpoint.stats().dialogs)).toEqual([2, 1])
    await Promise.all([alice, bob].map(({ endpoint }) => endpoint.close({ graceful: false })))
    expect([alice, bob].map(({ endpoint }) => endpoint.stats().dialogs)).toEqual([0, 0])
    await world.pass(64_000)
    expect([world.clock.pending, ...alice.errors, ...bob.errors]).toEqual([0])
  })

  test.each(['caller', 'callee'])(
    'resolves though its dispatcher was closed before it: %s of a ringing call',
    async (who) => {
      const { world, alice, bob } = pair()
      bob.serve((ctx, request) => bob.respond(ctx, request, 180))
      const calling = alice.endpoint.invite(alice.to(bob))
      await world.pass(100)
      const [party, ctx] = who === 'caller' ? [alice, calling] : [bob, bob.last('INVITE').ctx]
      await party.dispatcher.close()
      await ctx.hangUp()
      await party.endpoint.close()
      expect(party.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
    },
  )

  test('S169 drops all with its dispatcher: no timer, promise or application of it meets one that is closed', async () => {
    const world = new World()
    const bob = new Party(world, 'bob', { sessionExpires: 90 })
    const raw = new RawPeer(world, 'alice')
    let finish: (() => void) | undefined
    bob.serve((ctx, request) => {
      if (request.method === 'OPTIONS') return new Promise<void>((resolve) => (finish = resolve))
      const reliable = { headers: { Require: '100rel' } }
      if (request.callId === 'rings') bob.respond(ctx, request, 180)
      if (request.callId === 'rings reliably') bob.endpoint.newResponse(ctx, request.createResponse(183, reliable))
      if (request.callId === 'is up') bob.respond(ctx, request, 200)
      return undefined
    })
    const headers = { Supported: '100rel, timer', 'Session-Expires': '90' }
    for (const callId of ['waits', 'rings', 'rings reliably', 'is up']) {
      raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId, headers }), 'bob')
    }
    raw.send(rawRequest(raw, 'OPTIONS', bob.uri, { callId: 'asks' }), 'bob')
    await world.pass(20)
    const to = { from: bob.uri, to: raw.uri }
    const outcome = bob.endpoint.invite(to).outcome.catch(({ code }: SipError) => code)
    bob.endpoint.subscribe(to, { event: 'presence' })
    await world.pass(20)
    await bob.dispatcher.close()
    finish?.()
    expect(await outcome).toBe('ERR_SIP_CLOSED')
    world.sent.length = 0
    await world.pass(1_000_000)
    await bob.endpoint.close()
    expect(bob.endpoint.stats()).toEqual({ contexts: 0, dialogs: 0, pendingAcks: 0, errors: 0 })
    expect([bob.errors, world.flow(), world.clock.pending]).toEqual([[], [], 0])
  })
})
