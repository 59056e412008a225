import type { SipRequest } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import { rawRequest } from '../testing/messages.ts'
import { listener, pair, Party, RawPeer, World } from '../testing/pair.ts'

/** A call that Bob has taken from a caller without a stack, and the tag he answered with. */
async function established(): Promise<{ world: World; bob: Party; raw: RawPeer; toTag: string; ctx: Context }> {
  const world = new World()
  const bob = new Party(world, 'bob').answers()
  const raw = new RawPeer(world, 'alice')
  raw.send(rawRequest(raw, 'INVITE', bob.uri, { seq: 10 }), 'bob')
  await world.pass(20)
  const toTag = raw.responses().at(-1)?.to.tag ?? ''
  raw.send(rawRequest(raw, 'ACK', bob.uri, { seq: 10, toTag }), 'bob')
  await world.pass(20)
  const { ctx } = bob.last('INVITE')
  raw.got.length = 0
  bob.seen.length = 0
  return { world, bob, raw, toTag, ctx }
}

/** Alice in a call with Bob. */
async function inCall(): Promise<{ world: World; alice: Party; bob: Party; ctx: Context; called: Context }> {
  const { world, alice, bob } = pair()
  bob.answers()
  alice.serve()
  const ctx = alice.endpoint.invite(alice.to(bob))
  await world.pass(100)
  world.sent.length = 0
  return { world, alice, bob, ctx, called: bob.last('INVITE').ctx }
}

const statuses = (raw: RawPeer): number[] => raw.responses().map((one) => one.status)

describe('a request of the peer in a dialog', () => {
  test.each(['before', 'after'])(
    'D140b a re-INVITE that is accepted after we have hung up gets 487, %s the BYE is answered',
    async (when) => {
      const { world, bob, raw, toTag, ctx } = await established()
      bob.serve()
      raw.send(rawRequest(raw, 'INVITE', bob.uri, { seq: 11, toTag }), 'bob')
      await world.pass(20)
      const outcome = bob.endpoint.newRequest('BYE', ctx).outcome
      await world.pass(20)
      const [bye] = raw.requests('BYE')
      const answerBye = (): void => raw.send(bye!.createResponse(200), 'bob')
      if (when === 'after') answerBye()
      await world.pass(20)
      bob.respond(ctx, bob.last('INVITE').request, 200)
      if (when === 'before') answerBye()
      await world.pass(20)
      expect((await outcome).status).toBe(200)
      expect(statuses(raw)).toEqual([487])
      expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, pendingAcks: 0 })
    },
  )

  test('S149 S100 D112 D142 one that names no dialog is answered 481, an ACK with nothing', async () => {
    const { world, bob, raw, toTag } = await established()
    const seen = bob.seen.length
    for (const method of ['INVITE', 'BYE', 'INFO', 'OPTIONS', 'ACK']) {
      raw.send(rawRequest(raw, method, bob.uri, { seq: 11, toTag: 'wrong' }), 'bob')
      raw.send(rawRequest(raw, method, bob.uri, { seq: 11, toTag, fromTag: 'wrong' }), 'bob')
    }
    raw.send(rawRequest(raw, 'BYE', bob.uri, { seq: 11 }), 'bob')
    await world.pass(50)
    expect(statuses(raw)).toEqual(Array.from({ length: 9 }, () => 481))
    expect(bob.seen.length).toBe(seen)
    expect(bob.endpoint.stats().dialogs).toBe(1)
  })

  test('S103 S104 S146 S148 D112b D112c D112d a number below or at the last is answered 500, a gap is fine', async () => {
    const { world, bob, raw, toTag } = await established()
    bob.serve((ctx, request) => bob.respond(ctx, request, 200))
    for (const seq of [9, 10, 20, 15]) raw.send(rawRequest(raw, 'INFO', bob.uri, { seq, toTag }), 'bob')
    await world.pass(50)
    expect(statuses(raw)).toEqual([500, 500, 200, 500])
    expect(bob.seen.map(({ request }) => request.cseq.seq)).toEqual([20])
  })

  test('S105 an INVITE with CSeq 0 is a valid first number', async () => {
    const world = new World()
    const bob = new Party(world, 'bob').answers()
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { seq: 0 }), 'bob')
    await world.pass(20)
    expect(statuses(raw)).toEqual([180, 200])
  })

  test('S024 S025 S107 D140 BYE is answered before the application hears of it, and its own answer is dropped', async () => {
    const { world, bob, raw, toTag } = await established()
    bob.serve((ctx, request) => bob.respond(ctx, request, 486))
    raw.send(rawRequest(raw, 'BYE', bob.uri, { seq: 11, toTag }), 'bob')
    await world.pass(50)
    expect(statuses(raw)).toEqual([200])
    expect(bob.errors).toEqual([])
    expect(bob.seen.map(({ request }) => request.method)).toEqual(['BYE'])
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('D140b our own BYE answers the re-INVITE that the application has left unanswered with 487', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    bob.serve()
    const refused = ctx.newRequest('INVITE').outcome.catch((error: unknown) => error)
    await world.pass(100)
    const { ctx: called, request } = bob.last('INVITE')
    called.newRequest('BYE')
    await world.pass(100)
    expect(await refused).toMatchObject({ status: 487 })
    expect([ctx.state, called.state]).toEqual(['closed', 'closed'])
    bob.respond(called, request, 200)
    expect([alice.errors, bob.errors]).toEqual([[], []])
  })

  test('D140b BYE answers what is unanswered in the dialog with 487', async () => {
    const { world, bob, raw, toTag } = await established()
    bob.serve()
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { seq: 11, toTag }), 'bob')
    raw.send(rawRequest(raw, 'INFO', bob.uri, { seq: 12, toTag }), 'bob')
    raw.send(rawRequest(raw, 'BYE', bob.uri, { seq: 13, toTag }), 'bob')
    await world.pass(50)
    expect(raw.responses().map((one) => `${one.status} ${one.cseq.method}`)).toEqual([
      '200 BYE',
      '487 INVITE',
      '487 INFO',
    ])
  })

  test('D137 D146 a second INVITE before the answer to the first: 500 with Retry-After', async () => {
    const { world, bob, raw, toTag } = await established()
    bob.serve()
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { seq: 11, toTag }), 'bob')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { seq: 12, toTag }), 'bob')
    await world.pass(50)
    const [refused] = raw.responses()
    expect(refused?.status).toBe(500)
    const wait = Number(refused?.headers.get('Retry-After'))
    expect(wait).toBeGreaterThanOrEqual(0)
    expect(wait).toBeLessThanOrEqual(10)
    expect(bob.seen).toHaveLength(1)
  })

  test('D109 D109b a re-INVITE that is accepted moves the target, a refused one does not', async () => {
    const { world, bob, raw, toTag, ctx } = await established()
    bob.serve(
      (_ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, request.cseq.seq === 11 ? 488 : 200),
    )
    const target = (): string => String(ctx.dialogs[0]?.remoteTarget)
    const headers = { Contact: '<sip:moved@10.0.0.1>' }
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { seq: 11, toTag, headers }), 'bob')
    await world.pass(20)
    expect(target()).toBe('sip:alice@10.0.0.1')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { seq: 12, toTag, headers }), 'bob')
    await world.pass(20)
    expect(target()).toBe('sip:moved@10.0.0.1')
  })

  test.each([
    ['INVITE', 200, 'sip:moved@10.0.0.2'],
    ['INVITE', 488, 'sip:bob@10.0.0.2:5060'],
    ['UPDATE', 200, 'sip:moved@10.0.0.2'],
    ['UPDATE', 488, 'sip:bob@10.0.0.2:5060'],
    ['INFO', 200, 'sip:bob@10.0.0.2:5060'],
  ])('D109 D109b D110 the Contact of an answer to %s %i: the target is %s', async (method, status, target) => {
    const { world, alice, bob, ctx } = await inCall()
    bob.serve((called, request) => {
      if (request.method !== method) return
      const headers = { Contact: '<sip:moved@10.0.0.2>' }
      bob.endpoint.newResponse(called, request.createResponse(status, { headers }))
    })
    alice.endpoint.newRequest(method, ctx)
    await world.pass(100)
    expect(ctx.dialogs[0]?.remoteTarget.toString()).toBe(target)
  })

  test.each([
    [200, 'sip:moved@10.0.0.1'],
    [488, 'sip:alice@10.0.0.1'],
  ])('D087 D109 the Contact of an UPDATE that is answered %i: the target is %s', async (status, target) => {
    const { world, bob, raw, toTag, ctx } = await established()
    bob.serve((called, request) => bob.respond(called, request, status))
    raw.send(
      rawRequest(raw, 'UPDATE', bob.uri, { seq: 11, toTag, headers: { Contact: '<sip:moved@10.0.0.1>' } }),
      'bob',
    )
    await world.pass(20)
    expect(raw.responses().map((one) => one.status)).toEqual([status])
    expect(ctx.dialogs[0]?.remoteTarget.toString()).toBe(target)
  })

  test('D145 no re-INVITE goes out while one of the peer is unanswered', async () => {
    const { world, bob, raw, toTag, ctx } = await established()
    bob.serve()
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { seq: 11, toTag }), 'bob')
    await world.pass(20)
    expect(() => bob.endpoint.invite(ctx)).toThrow(/an INVITE is in progress/)
    bob.respond(ctx, bob.last('INVITE').request, 200)
    bob.endpoint.invite(ctx)
    await world.pass(20)
    expect(raw.requests('INVITE')).toHaveLength(1)
  })

  test('D110 an INFO never moves the target', async () => {
    const { world, bob, raw, toTag } = await established()
    bob.serve((called, request) => bob.respond(called, request, 200))
    const headers = { Contact: '<sip:moved@10.0.0.1>' }
    raw.send(rawRequest(raw, 'INFO', bob.uri, { seq: 11, toTag, headers }), 'bob')
    await world.pass(20)
    expect(bob.last('INFO').ctx.dialogs[0]?.remoteTarget.toString()).toBe('sip:alice@10.0.0.1')
  })

  test('D108 a Record-Route in the middle of a dialog changes no route set', async () => {
    const { world, bob, raw, toTag } = await established()
    raw.send(
      rawRequest(raw, 'INVITE', bob.uri, { seq: 11, toTag, headers: { 'Record-Route': '<sip:10.0.0.9;lr>' } }),
      'bob',
    )
    await world.pass(20)
    expect(bob.last('INVITE').ctx.dialogs[0]?.routeSet).toEqual([])
  })
})

describe('a request of ours in a dialog', () => {
  test('S073 newRequest takes the only confirmed dialog', async () => {
    const { world, alice, bob, ctx } = await inCall()
    bob.serve((called, request) => bob.respond(called, request, 200))
    const { news, callback } = listener()
    expect(
      alice.endpoint.newRequest('INFO', ctx, callback, 'Signal=5', { 'Content-Type': 'application/dtmf-relay' }),
    ).toBe(ctx)
    await world.pass(50)
    expect(bob.last('INFO').request).toMatchObject({ text: 'Signal=5', contentType: 'application/dtmf-relay' })
    expect(news.map((one) => one.label)).toEqual(['200 INFO'])
    expect((await ctx.outcome).status).toBe(200)
  })

  test('D145 D111 re-INVITE works both ways and refreshes the target', async () => {
    const { world, alice, bob, ctx, called } = await inCall()
    alice.answers()
    bob.endpoint.invite(called, undefined, 'v=0\r\n')
    await world.pass(100)
    alice.endpoint.invite(ctx, undefined, 'v=0\r\n')
    await world.pass(100)
    expect(world.flow()).toEqual([
      'bob > alice INVITE',
      'alice > bob 200 INVITE',
      'bob > alice ACK',
      'alice > bob INVITE',
      'bob > alice 200 INVITE',
      'alice > bob ACK',
    ])
    expect(ctx.dialogs).toHaveLength(1)
    expect(bob.endpoint.stats().dialogs).toBe(1)
    expect(world.requests('INVITE').map((one) => one.cseq.seq)).toEqual([1, 2])
  })

  test('D145 no second INVITE while one is in progress', async () => {
    const { world, alice, bob, ctx } = await inCall()
    bob.serve()
    alice.endpoint.invite(ctx)
    expect(() => alice.endpoint.invite(ctx)).toThrow(expect.objectContaining({ code: 'ERR_SIP_STATE' }))
    await world.pass(20)
  })

  test('D146 D147 both re-INVITE at once: both get 491, wait, the caller longer, and both get through', async () => {
    const { world, alice, bob, ctx, called } = await inCall()
    alice.answers()
    const fromAlice = listener()
    const fromBob = listener()
    alice.endpoint.invite(ctx, fromAlice.callback)
    bob.endpoint.invite(called, fromBob.callback)
    await world.pass(10)
    expect(world.responses(491)).toHaveLength(2)
    const met = Math.max(...world.sent.filter(({ message }) => message.type === 'response').map(({ at }) => at))
    await world.pass(5000)
    const [, , bobs, alices] = world.sent.filter(
      ({ message }) => message.type === 'request' && message.method === 'INVITE',
    )
    expect(bobs?.from).toBe('bob')
    expect((bobs?.at ?? 0) - met).toBeLessThanOrEqual(2000 + 10)
    expect(alices?.from).toBe('alice')
    expect((alices?.at ?? 0) - met).toBeGreaterThanOrEqual(2100)
    expect((alices?.at ?? 0) - met).toBeLessThanOrEqual(4000 + 10)
    for (const { news } of [fromAlice, fromBob]) {
      expect(news.map((one) => one.label).filter((label) => label.includes(' '))).toEqual(['200 INVITE'])
    }
  })

  test('D146 a callee that re-INVITEs before it has answered our INVITE gets 491', async () => {
    const world = new World()
    const alice = new Party(world, 'alice').serve()
    const raw = new RawPeer(world, 'bob')
    alice.endpoint.invite({ from: alice.uri, to: raw.uri })
    await world.pass(20)
    const [invite] = raw.requests('INVITE')
    if (invite === undefined) throw new Error('no INVITE')
    raw.send(invite.createResponse(180, { toTag: 'b', headers: { Contact: `<${raw.uri}>` } }), 'alice')
    const tags = { callId: invite.callId, fromTag: 'b', toTag: invite.from.tag ?? '' }
    raw.send(rawRequest(raw, 'INVITE', alice.uri, tags), 'alice')
    await world.pass(20)
    expect(raw.responses().map((one) => one.status)).toEqual([491])
    expect(alice.seen).toEqual([])
  })

  test('D147 a second 491 is told, and a call that ends meanwhile is not tried again', async () => {
    const { world, alice, bob, ctx } = await inCall()
    bob.serve((called, request) => request.method === 'INVITE' && bob.respond(called, request, 491))
    const { news, callback } = listener()
    alice.endpoint.invite(ctx, callback)
    await world.pass(5000)
    expect(world.requests('INVITE')).toHaveLength(2)
    expect(news.map((one) => one.status)).toEqual([491])
    alice.endpoint.invite(ctx)
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await world.pass(50)
    alice.endpoint.newRequest('BYE', ctx)
    await world.pass(5000)
    expect(world.requests('INVITE')).toHaveLength(3)
    expect(await outcome).toMatchObject({ status: 491 })
  })

  test.each(['INVITE', 'UPDATE'])(
    'D147 D167b with glare: fail a %s is not tried again, and its 491 told at once',
    async (method) => {
      const { world, alice, bob, ctx } = await inCall()
      bob.serve((called, request) => request.method === method && bob.respond(called, request, 491))
      world.sent.length = 0
      const outcome = alice.endpoint.newRequest(method, ctx, null, null, { glare: 'fail' }).outcome
      const told = outcome.catch((error: unknown) => error)
      await world.pass(50)
      expect(await told).toMatchObject({ status: 491 })
      await world.pass(5000)
      expect(world.requests(method)).toHaveLength(1)
      expect(world.requests(method)[0]?.headers.has('glare')).toBe(false)
      expect(ctx.state).toBe('confirmed')
    },
  )

  test('D148 a refused re-INVITE leaves the dialog, a 481 ends it with BYE', async () => {
    const { world, alice, bob, ctx } = await inCall()
    let status = 488
    bob.serve((called, request) => request.method === 'INVITE' && bob.respond(called, request, status))
    alice.endpoint.invite(ctx)
    await world.pass(50)
    expect(ctx.state).toBe('confirmed')
    status = 481
    const ends: string[] = []
    ctx.on('ended', (_dialog, reason) => ends.push(`${reason.by} ${reason.error?.code}`))
    alice.endpoint.invite(ctx)
    await world.pass(100)
    expect(ctx.state).toBe('closed')
    expect(ends).toEqual(['error ERR_SIP_STATUS'])
    expect(world.requests('BYE')).toHaveLength(1)
  })

  test('D115 D116 D116c a timeout or 481 of a request ends the dialog with BYE, 403 only the request', async () => {
    const { world, alice, bob, ctx } = await inCall()
    bob.serve((called, request: SipRequest) => bob.respond(called, request, request.method === 'INFO' ? 403 : 200))
    alice.endpoint.newRequest('INFO', ctx)
    await world.pass(50)
    expect(ctx.state).toBe('confirmed')
    world.network.partition('10.0.0.1', '10.0.0.2')
    alice.endpoint.newRequest('INFO', ctx)
    await world.pass(33_000)
    expect(world.requests('BYE', 'alice').length).toBeGreaterThan(0)
    await world.pass(33_000)
    expect(ctx.state).toBe('closed')
  })

  test('D151 CANCEL of a re-INVITE: 487, and the dialog stays', async () => {
    const { world, alice, bob, ctx } = await inCall()
    bob.serve((called, request) => request.method === 'INVITE' && bob.respond(called, request, 180))
    const { news, callback } = listener()
    alice.endpoint.invite(ctx, callback)
    await world.pass(50)
    expect(alice.endpoint.cancelInvite(ctx)).toBe(1)
    await world.pass(50)
    expect(news.map((one) => one.status)).toEqual([180, 487])
    expect([ctx.state, bob.last('CANCEL').ctx.state]).toEqual(['confirmed', 'confirmed'])
  })

  test('D118 nothing is sent in a dialog after its BYE', async () => {
    const { world, alice, ctx } = await inCall()
    const [dialog] = ctx.dialogs
    alice.endpoint.newRequest('BYE', ctx)
    expect(() => alice.endpoint.newRequest('INFO', ctx)).toThrow(expect.objectContaining({ code: 'ERR_SIP_STATE' }))
    await world.pass(50)
    expect(() => alice.endpoint.newRequest('INFO', ctx)).toThrow(expect.objectContaining({ code: 'ERR_SIP_STATE' }))
    expect(dialog?.state).toBe('terminated')
  })

  test('D102d D092 goes on from what its context has sent before it was answered', async () => {
    const { world, alice, bob } = pair()
    bob.serve()
    alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    const { ctx, request } = bob.last('INVITE')
    bob.endpoint.newRequest('INFO', ctx).outcome.catch(() => undefined)
    bob.respond(ctx, request, 200)
    await world.pass(50)
    bob.endpoint.newRequest('BYE', ctx)
    await world.pass(50)
    expect(['INFO', 'BYE'].map((method) => world.requests(method, 'bob')[0]?.cseq.seq)).toEqual([1, 2])
  })

  test('D115 D134 that is answered 481 while we still ring leaves the call to its caller', async () => {
    const { world, alice, bob } = pair()
    alice.serve((ctx, request) => request.method === 'INFO' && alice.respond(ctx, request, 481))
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 180))
    const calling = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    const { ctx, request } = bob.last('INVITE')
    const outcome = bob.endpoint.newRequest('INFO', ctx).outcome.catch((error: unknown) => error)
    await world.pass(50)
    expect(await outcome).toMatchObject({ status: 481 })
    bob.respond(ctx, request, 200)
    await world.pass(50)
    expect([calling.state, ctx.state, bob.errors]).toEqual(['confirmed', 'confirmed', []])
  })

  test('D151 aborting the signal of a re-INVITE cancels that, and the call goes on', async () => {
    const { world, alice, bob, ctx } = await inCall()
    bob.serve((called, request) => request.method === 'INVITE' && bob.respond(called, request, 180))
    const controller = new AbortController()
    alice.endpoint.invite(ctx, undefined, undefined, { signal: controller.signal })
    await world.pass(100)
    controller.abort()
    await world.pass(1000)
    expect(world.requests('CANCEL')).toHaveLength(1)
    expect(world.responses(487)).toHaveLength(1)
    expect(world.requests('BYE')).toEqual([])
    expect(ctx.state).toBe('confirmed')
  })

  test.each([
    ['while it waits to be sent again', 50, { INVITE: 1, CANCEL: 0 }],
    ['when it is sent again', 4100, { INVITE: 2, CANCEL: 1 }],
  ])('D147 D151 so does aborting it after a 491, %s', async (_title, wait, sent) => {
    const { world, alice, bob, ctx } = await inCall()
    bob.serve((called, request) => {
      if (request.method === 'INVITE') bob.respond(called, request, world.responses(491).length === 0 ? 491 : 180)
    })
    const controller = new AbortController()
    const outcome = alice.endpoint.invite(ctx, undefined, undefined, { signal: controller.signal }).outcome
    const code = outcome.catch((error: SipError) => error.code)
    await world.pass(wait)
    controller.abort()
    await world.pass(10_000)
    expect(await code).toBe('ERR_SIP_CANCELLED')
    expect({ INVITE: world.requests('INVITE').length, CANCEL: world.requests('CANCEL').length }).toEqual(sent)
    expect(ctx.state).toBe('confirmed')
  })

  test.each(['a cancel', 'a signal'])(
    'D151 a re-INVITE that is answered 2xx in spite of %s changes the call, and does not end it (RFC 6141 3.3)',
    async (by) => {
      const { world, alice, bob, ctx } = await inCall()
      bob.serve((called, request) => request.method === 'INVITE' && bob.respond(called, request, 180))
      const controller = new AbortController()
      const { news, callback } = listener()
      alice.endpoint.invite(ctx, callback, undefined, { signal: controller.signal })
      const outcome = ctx.outcome.catch((error: unknown) => error)
      await world.pass(50)
      const { ctx: called, request } = bob.last('INVITE')
      bob.respond(called, request, 200)
      if (by === 'a signal') controller.abort()
      else alice.endpoint.cancelInvite(ctx)
      await world.pass(50)
      expect(await outcome).toMatchObject(by === 'a signal' ? { code: 'ERR_SIP_CANCELLED' } : { status: 200 })
      expect(news.map((one) => one.status)).toEqual([180, 200])
      expect([world.requests('CANCEL'), world.requests('BYE')].map(({ length }) => length)).toEqual([1, 0])
      expect([ctx.state, called.state]).toEqual(['confirmed', 'confirmed'])
      await world.pass(64_000)
      expect(world.responses(200, 'INVITE')).toHaveLength(1)
    },
  )
})
