import { Reason, type SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { rawRequest } from '../testing/messages.ts'
import { listener, pair, Party, RawPeer, World } from '../testing/pair.ts'

describe('cancelInvite', () => {
  test('S078 S079 S141 S081 D138 is held back until a provisional response has come', async () => {
    const { world, alice, bob } = pair()
    bob.serve()
    const { news, callback } = listener()
    const ctx = alice.endpoint.invite(alice.to(bob), callback)
    expect(alice.endpoint.cancelInvite(ctx)).toBe(1)
    await world.pass(150)
    expect(world.requests('CANCEL')).toHaveLength(0)
    await world.pass(200)
    expect(world.flow()).toEqual([
      'alice > bob INVITE',
      'bob > alice 100 INVITE',
      'alice > bob CANCEL',
      'bob > alice 200 CANCEL',
      'bob > alice 487 INVITE',
      'alice > bob ACK',
    ])
    expect(news.at(-1)).toMatchObject({ status: 487, error: { code: 'ERR_SIP_CANCELLED', status: 487 } })
    expect(ctx.state).toBe('closed')
  })

  test('S141 S147 S082 S083 S084 S085 S026 S027 after a provisional it leaves at once, like its INVITE, and has its own callback', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 180))
    const invite = listener()
    const cancel = listener()
    const ctx = alice.endpoint.invite(alice.to(bob), invite.callback)
    await world.pass(50)
    expect(alice.endpoint.cancelInvite(ctx, undefined, cancel.callback)).toBe(1)
    expect(alice.endpoint.cancelInvite(ctx)).toBe(0)
    await world.pass(50)
    const [sent] = world.requests('CANCEL')
    const [original] = world.requests('INVITE')
    expect(world.requests('CANCEL')).toHaveLength(1)
    expect(sent?.vias.map(String)).toEqual([original?.via?.toString()])
    expect(sent?.to.tag).toBeUndefined()
    expect(sent?.cseq.toString()).toBe('1 CANCEL')
    expect(sent?.uri.toString()).toBe(original?.uri.toString())
    expect(cancel.news.map((one) => one.label)).toEqual(['200 CANCEL'])
    expect(invite.news.map((one) => one.label)).toEqual(['180 INVITE', '487 INVITE'])
    expect(bob.seen.map(({ request }) => request.method)).toEqual(['INVITE', 'CANCEL'])
    expect(world.responses(200, 'CANCEL')[0]?.to.tag).toBe(world.responses(487)[0]?.to.tag)
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('S077 S078 of two INVITEs the one that is named is cancelled, else the newest', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 100))
    const ctx = alice.endpoint.invite(alice.to(bob))
    for (let more = 0; more < 2; more++) alice.endpoint.invite(ctx)
    await world.pass(50)
    const [, middle] = ctx.findOutstandingRequests('INVITE')
    expect(middle?.cseq.seq).toBe(2)
    expect(alice.endpoint.cancelInvite(ctx, middle)).toBe(1)
    expect(alice.endpoint.cancelInvite(ctx)).toBe(1)
    await world.pass(50)
    expect(world.requests('CANCEL').map((one) => one.cseq.seq)).toEqual([2, 3])
    expect(ctx.findOutstandingRequests('INVITE').map((one) => one.cseq.seq)).toEqual([1])
  })

  test('S083 a CANCEL goes the way of its INVITE: same Route, same hop', async () => {
    const { world, alice } = pair()
    const proxy = new Party(world, 'proxy').serve((ctx, request) => {
      if (request.method === 'INVITE') proxy.respond(ctx, request, 180)
    })
    const route = ['<sip:10.0.0.9;lr>', '<sip:next.example.com;lr>']
    const ctx = alice.endpoint.invite({ from: alice.uri, to: 'sip:bob@example.com', route })
    await world.pass(50)
    alice.endpoint.cancelInvite(ctx)
    await world.pass(50)
    const [cancel] = world.requests('CANCEL')
    expect(cancel?.routes.map(String)).toEqual(route)
    expect(world.sent.find(({ message }) => message === cancel)?.to).toBe('proxy')
  })

  test('S141 S080 after the 2xx there is nothing to cancel', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    expect(alice.endpoint.cancelInvite(ctx)).toBe(0)
    expect(ctx.state).toBe('confirmed')
  })

  test('S077 S080 only an outstanding INVITE can be cancelled, by its request or not', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 180))
    const options = alice.endpoint.newRequest('MESSAGE', alice.to(bob), undefined, 'hi')
    expect(alice.endpoint.cancelInvite(options)).toBe(0)
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    const [other] = world.requests('MESSAGE')
    expect(alice.endpoint.cancelInvite(ctx, other)).toBe(0)
    expect(alice.endpoint.cancelInvite(ctx, ctx.findOutstandingRequests('INVITE')[0])).toBe(1)
  })

  test('S081 a final response before any provisional: no CANCEL is sent', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => bob.respond(ctx, request, 486))
    const { news, callback } = listener()
    const ctx = alice.endpoint.invite(alice.to(bob), callback)
    alice.endpoint.cancelInvite(ctx)
    await world.pass(50)
    expect(world.requests('CANCEL')).toHaveLength(0)
    expect(news.map((one) => one.status)).toEqual([486])
  })

  test('S086 D124 X066 a 2xx that beats the CANCEL is acknowledged and hung up', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 180))
    const { news, callback } = listener()
    const ctx = alice.endpoint.invite(alice.to(bob), callback)
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await world.pass(50)
    const { ctx: called, request } = bob.last('INVITE')
    alice.endpoint.cancelInvite(ctx)
    bob.respond(called, request, 200)
    await world.pass(50)
    expect(world.flow().slice(2)).toEqual([
      'alice > bob CANCEL',
      'bob > alice 200 INVITE',
      'bob > alice 200 CANCEL',
      'alice > bob ACK',
      'alice > bob BYE',
      'bob > alice 200 BYE',
    ])
    expect(news.at(-1)).toMatchObject({ status: 200, error: { code: 'ERR_SIP_CANCELLED' } })
    expect(await outcome).toMatchObject({ code: 'ERR_SIP_CANCELLED' })
    // The callee never hears of a CANCEL that changed nothing.
    expect(bob.seen.map((one) => one.request.method)).toEqual(['INVITE', 'ACK', 'BYE'])
    await world.pass(64_000)
    for (const { endpoint } of [alice, bob])
      expect(endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, errors: 0 })
  })

  test('X066 a re-INVITE that is answered after the call was hung up is acknowledged, and nothing more', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    const { news, callback } = listener()
    ctx.newRequest('INVITE', callback)
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await world.pass(1)
    void ctx.hangUp()
    await world.pass(100)
    expect(alice.errors).toEqual([])
    expect(await outcome).toMatchObject({ code: 'ERR_SIP_CANCELLED' })
    expect(news.map((one) => one.label)).toContain('200 INVITE')
    expect(world.requests('BYE')).toHaveLength(1)
    expect([ctx.state, bob.endpoint.stats().dialogs]).toEqual(['closed', 0])
  })

  test('X063 a peer that answers the CANCEL but never the INVITE: cancelled after 64*T1', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const mute = new RawPeer(world, 'bob', (message, peer) => {
      if (message.type === 'request' && message.method === 'INVITE')
        peer.send(message.createResponse(180, { toTag: 'b' }), 'alice')
      if (message.type === 'request' && message.method === 'CANCEL') peer.send(message.createResponse(200), 'alice')
    })
    const { news, callback } = listener()
    const ctx = alice.endpoint.invite({ from: alice.uri, to: mute.uri }, callback)
    await world.pass(50)
    alice.endpoint.cancelInvite(ctx)
    await world.pass(33_000)
    expect(news.map(({ error, label }) => error?.code ?? label)).toEqual(['180 INVITE', 'ERR_SIP_CANCELLED'])
    expect(ctx.state).toBe('closed')
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('D013 an INVITE with Expires is cancelled when it elapses', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const bob = new RawPeer(world, 'bob', (message, peer) => {
      if (message.type === 'request' && message.method === 'INVITE')
        peer.send(message.createResponse(180, { toTag: 'b' }), 'alice')
    })
    alice.endpoint.invite({ from: alice.uri, to: bob.uri }, undefined, undefined, { Expires: 20 })
    await world.pass(19_000)
    expect(world.requests('CANCEL')).toHaveLength(0)
    await world.pass(2000)
    expect(world.requests('CANCEL').length).toBeGreaterThan(0)
  })

  test('an INVITE that rings and is then heard of no more is cancelled after ten minutes, one that rings on is not', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    let ringing: SipRequest | undefined
    const bob = new RawPeer(world, 'bob', (message) => {
      if (message.type === 'request' && message.method === 'INVITE') ringing = message
    })
    const ctx = alice.endpoint.invite({ from: alice.uri, to: bob.uri })
    await world.pass(100)
    const ring = (): void => bob.send(ringing!.createResponse(180, { toTag: 'b' }), 'alice')
    for (let minute = 0; minute < 20; minute++) {
      ring()
      await world.pass(60_000)
    }
    await world.pass(539_000)
    expect(world.requests('CANCEL')).toHaveLength(0)
    await world.pass(2000)
    expect(world.requests('CANCEL').length).toBeGreaterThan(0)
    await world.pass(40_000)
    await expect(ctx.outcome).rejects.toMatchObject({ code: 'ERR_SIP_CANCELLED' })
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('D255 D255c D256 with a reason: its header stands in the CANCEL', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 180))
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    alice.endpoint.cancelInvite(ctx, undefined, undefined, { Reason: 'SIP;cause=200;text="Call completed elsewhere"' })
    await world.pass(50)
    expect(bob.last('CANCEL').request.headers.get('Reason')).toBe('SIP;cause=200;text="Call completed elsewhere"')
  })
})

describe('a Reason', () => {
  test('D255b D255c may name each protocol once, in any request', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    const bye = (reason: unknown): unknown =>
      alice.endpoint.newRequest('BYE', ctx, undefined, undefined, { Reason: reason })
    for (const twice of [['SIP;cause=200', 'sip;cause=600'], 'Q.850;cause=16;text="one, two", q.850 ;cause=17']) {
      expect(() => bye(twice)).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
    }
    expect(ctx.state).toBe('confirmed')
    bye(['SIP;cause=200;text="Q.850, or so"', 'Q.850;cause=16;text="Terminated"'])
    await world.pass(50)
    const { request } = bob.last('BYE')
    expect(request.read(Reason).map(({ protocol, cause }) => [protocol, cause])).toEqual([
      ['SIP', 200],
      ['Q.850', 16],
    ])
  })
})

describe('a CANCEL of the peer', () => {
  test('X064 that matches nothing is answered 481', async () => {
    const world = new World()
    const bob = new Party(world, 'bob').serve()
    const raw = new RawPeer(world, 'alice')
    const invite = rawRequest(raw, 'INVITE', bob.uri)
    raw.send(invite.createCancel(), 'bob')
    await world.pass(50)
    expect(raw.responses().map((one) => one.status)).toEqual([481])
    expect(bob.seen).toEqual([])
  })

  test('S028 X064 after the final answer it gets 200 and nobody is told', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    const [invite] = world.requests('INVITE')
    if (invite === undefined) throw new Error('no INVITE')
    alice.dispatcher.deliver(invite.createCancel())
    await world.pass(50)
    expect(world.responses(200, 'CANCEL')).toHaveLength(1)
    expect(bob.seen.map(({ request }) => request.method)).toEqual(['INVITE', 'ACK'])
    expect(ctx.state).toBe('confirmed')
  })

  test('D136 an application that answers after it was cancelled gets a clear error', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 180))
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    alice.endpoint.cancelInvite(ctx)
    await world.pass(50)
    const { ctx: called, request } = bob.last('INVITE')
    expect(() => bob.respond(called, request, 200)).toThrow(expect.objectContaining({ code: 'ERR_SIP_CANCELLED' }))
    expect(world.responses(200, 'INVITE')).toHaveLength(0)
  })

  test('S064 a context of another endpoint is not ours to cancel', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => bob.respond(ctx, request, 180))
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    expect(bob.endpoint.cancelInvite(ctx)).toBe(0)
    await world.pass(100)
    expect(world.requests('CANCEL')).toEqual([])
    expect(alice.endpoint.cancelInvite(ctx)).toBe(1)
  })
})
