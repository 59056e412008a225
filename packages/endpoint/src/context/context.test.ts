import { NameAddr } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import { describe, expect, test } from 'vitest'
import { HOSTS, listener, pair, Party, RawPeer, World } from '../testing/pair.ts'
import { rawRequest } from '../testing/messages.ts'

describe('outcome', () => {
  test('resolves with the final response and the dialog', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    const outcome = await ctx.outcome
    expect(outcome.status).toBe(200)
    expect(outcome.dialog).toBe(ctx.dialogs[0])
    alice.endpoint.newRequest('BYE', ctx)
    const bye = ctx.outcome
    await world.pass(50)
    expect((await bye).response.cseq.method).toBe('BYE')
  })

  test('is still that of the INVITE when a BYE could not be sent', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    expect(() => alice.endpoint.newRequest('BYE', ctx)).toThrow(expect.objectContaining({ code: 'ERR_SIP_STATE' }))
    await world.pass(50)
    expect((await ctx.outcome).response.cseq.method).toBe('INVITE')
  })

  test('is never an unhandled rejection for those who do not read it, and tells late readers the same', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => bob.respond(ctx, request, 486))
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    await expect(ctx.outcome).rejects.toMatchObject({ code: 'ERR_SIP_STATUS', status: 486, reason: 'Busy Here' })
    expect(ctx.outcome).toBe(ctx.outcome)
  })
})

test('the address of a peer is read whatever it may hold: a NUL in its name or its user is legal', async () => {
  const world = new World()
  const bob = new Party(world, 'bob').serve((ctx, request) => bob.respond(ctx, request, 200))
  const raw = new RawPeer(world, 'alice')
  const request = rawRequest(raw, 'MESSAGE', bob.uri)
  request.from = NameAddr.parse(`"\\\0" <sip:null-%00-null:%00@10.0.0.1:5070;lr?a=b>;tag=1`)
  raw.send(request, 'bob')
  await world.pass(20)
  const { ctx } = bob.last('MESSAGE')
  expect(String(ctx.peer)).toBe('"\\\0" <sip:null-%00-null:%00@10.0.0.1>;tag=1')
})

describe('events', () => {
  test('tell the story of a call at both ends', async () => {
    const { world, alice, bob } = pair()
    const story: string[] = []
    bob.endpoint.on('context', (ctx) => {
      ctx.on('dialog', (dialog) => story.push(`bob dialog ${dialog.state}`))
      ctx.on('established', () => story.push('bob established'))
      ctx.on('ended', (_dialog, { by }) => story.push(`bob ended by ${by}`))
      ctx.on('request', (request) => story.push(`bob request ${request.method}`))
      ctx.on('close', () => story.push('bob close'))
    })
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    ctx.on('progress', ({ status }) => story.push(`alice progress ${status}`))
    ctx.on('accepted', ({ status }, _dialog, ack) => story.push(`alice accepted ${status} ${ack.method}`))
    ctx.on('established', () => story.push('alice established'))
    ctx.on('ended', (_dialog, { by }) => story.push(`alice ended by ${by}`))
    ctx.once('close', () => story.push('alice close'))
    await world.pass(50)
    alice.endpoint.newRequest('BYE', ctx)
    await world.pass(50)
    expect(story).toEqual([
      'bob dialog early',
      'bob request INVITE',
      'alice progress 180',
      'alice accepted 200 ACK',
      'alice established',
      'bob established',
      'bob request ACK',
      'bob ended by remote',
      'bob request BYE',
      'bob close',
      'alice ended by local',
      'alice close',
    ])
  })

  test('a listener that throws is reported and stops nothing', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob), () => {
      throw new Error('callback')
    })
    ctx.on('established', () => {
      throw new Error('listener')
    })
    await world.pass(50)
    expect(ctx.state).toBe('confirmed')
    expect(alice.errors.map((error) => (error as Error).message)).toEqual(['callback', 'callback', 'listener'])
  })
})

describe('a signal', () => {
  test('that aborts before the answer cancels', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 180))
    const controller = new AbortController()
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, undefined, { signal: controller.signal })
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await world.pass(50)
    controller.abort()
    await world.pass(50)
    expect(await outcome).toMatchObject({ code: 'ERR_SIP_CANCELLED' })
    expect(world.requests('CANCEL')).toHaveLength(1)
    expect(ctx.state).toBe('closed')
  })

  test('that aborts a call to one who is silent tells at once who waits, and cleans up behind (RFC 3261 9.1)', async () => {
    const { world, alice, bob } = pair()
    const controller = new AbortController()
    world.network.partition(HOSTS.alice, HOSTS.bob)
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, undefined, { signal: controller.signal })
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await world.pass(50)
    controller.abort()
    await expect(outcome).resolves.toMatchObject({ code: 'ERR_SIP_CANCELLED' })
    expect(ctx.state).not.toBe('closed')
    await world.pass(64_000)
    expect(ctx.state).toBe('closed')
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, errors: 0 })
  })

  test('that aborts in the call hangs up', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const controller = new AbortController()
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, undefined, { signal: controller.signal })
    await world.pass(50)
    controller.abort()
    await world.pass(50)
    expect(world.requests('BYE')).toHaveLength(1)
    expect(ctx.state).toBe('closed')
  })

  test('that aborts any other request gives it up', async () => {
    const { world, alice, bob } = pair()
    world.network.partition('10.0.0.1', '10.0.0.2')
    const controller = new AbortController()
    const ctx = alice.endpoint.newRequest('OPTIONS', alice.to(bob), undefined, undefined, { signal: controller.signal })
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await world.pass(600)
    controller.abort()
    await world.pass(10_000)
    expect(await outcome).toMatchObject({ code: 'ERR_SIP_CANCELLED' })
    expect(world.requests('OPTIONS')).toHaveLength(2)
    expect(ctx.state).toBe('closed')
  })

  test('that has aborted already lets nothing out', () => {
    const { world, alice, bob } = pair()
    const signal = AbortSignal.abort()
    const send = (): unknown => alice.endpoint.invite(alice.to(bob), undefined, undefined, { signal })
    expect(send).toThrow(expect.objectContaining({ code: 'ERR_SIP_CANCELLED' }))
    expect(world.sent).toEqual([])
    expect(alice.endpoint.stats().contexts).toBe(0)
  })
})

describe('hangUp and asyncDispose', () => {
  test('end a call in any state and wait for its end', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const up = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    const ended = up[Symbol.asyncDispose]()
    await world.pass(50)
    await ended
    expect(up.state).toBe('closed')
    bob.serve()
    alice.endpoint.invite(alice.to(bob))
    await world.pass(20)
    const { ctx } = bob.last('INVITE')
    const refused = ctx.hangUp()
    await refused
    await world.pass(20)
    expect(world.responses(480)).toHaveLength(1)
  })

  test('close of an endpoint ends every call', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    for (let n = 0; n < 3; n++) alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    const closed = alice.endpoint.close()
    await world.pass(100)
    await closed
    expect(world.requests('BYE')).toHaveLength(3)
    expect(() => alice.endpoint.invite(alice.to(bob))).toThrow(expect.objectContaining({ code: 'ERR_SIP_CLOSED' }))
    await world.pass(64_000)
    expect(world.clock.pending).toBe(0)
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, errors: 0 })
  })
})

describe('closeContext', () => {
  test('S087 S089 S092 takes the call away: its dialog is unknown afterwards, twice is once', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    const { ctx: called } = bob.last('INVITE')
    bob.endpoint.closeContext(called)
    bob.endpoint.closeContext(called)
    bob.endpoint.closeContext(undefined)
    bob.endpoint.closeContext(ctx)
    alice.endpoint.newRequest('INFO', ctx)
    await world.pass(50)
    expect(world.responses(481, 'INFO')).toHaveLength(1)
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('S088 nothing is repeated on the wire any more, and no callback comes', async () => {
    const { world, alice, bob } = pair()
    world.network.partition('10.0.0.1', '10.0.0.2')
    const { news, callback } = listener()
    const invite = alice.endpoint.invite(alice.to(bob), callback)
    const message = alice.endpoint.newRequest('MESSAGE', alice.to(bob), callback, 'x')
    await world.pass(100)
    const outcome = invite.outcome.catch((error: unknown) => error)
    alice.endpoint.closeContext(invite)
    alice.endpoint.closeContext(message)
    const sent = world.sent.length
    await world.pass(64_000)
    expect(world.sent.length).toBe(sent)
    expect(news).toEqual([])
    expect(await outcome).toMatchObject({ code: 'ERR_SIP_CLOSED' })
    expect(world.clock.pending).toBe(0)
  })

  test('S088 every outcome that is waited for ends with it, not only the last one', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 200))
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    const outcomes = ['INFO', 'UPDATE', 'MESSAGE'].map((method) => alice.endpoint.newRequest(method, ctx).outcome)
    const settled = Promise.allSettled(outcomes)
    await world.pass(2)
    alice.endpoint.closeContext(ctx)
    const told = (await settled).map((one) => (one.status === 'rejected' ? (one.reason as SipError) : undefined))
    expect(told.map((error) => error?.code)).toEqual(['ERR_SIP_CLOSED', 'ERR_SIP_CLOSED', 'ERR_SIP_CLOSED'])
    expect(told.map((error) => error?.message.split(' ', 1)[0])).toEqual(['INFO', 'UPDATE', 'MESSAGE'])
  })

  test('S090 S091 S150 a late 2xx to its INVITE is acknowledged and hung up', async () => {
    const { world, alice, bob } = pair()
    bob.serve()
    const { news, callback } = listener()
    const ctx = alice.endpoint.invite(alice.to(bob), callback)
    await world.pass(50)
    alice.endpoint.closeContext(ctx)
    const { ctx: called, request } = bob.last('INVITE')
    bob.respond(called, request, 200)
    await world.pass(100)
    expect(world.flow().slice(1)).toEqual([
      'bob > alice 200 INVITE',
      'alice > bob ACK',
      'alice > bob BYE',
      'bob > alice 200 BYE',
    ])
    expect(news).toEqual([])
    await world.pass(64_000)
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, errors: 0 })
  })

  test('S090 a phone that still rings is cancelled', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 180))
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    alice.endpoint.closeContext(ctx)
    await world.pass(50)
    expect(world.responses(487)).toHaveLength(1)
  })

  test('S090 a 2xx of ours still waits for its ACK, and BYE follows', async () => {
    const world = new World()
    const bob = new Party(world, 'bob').answers()
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(20)
    bob.endpoint.closeContext(bob.last('INVITE').ctx)
    await world.pass(1000)
    expect(raw.responses().filter((one) => one.status === 200).length).toBeGreaterThan(1)
    expect(raw.requests('BYE')).toHaveLength(0)
    raw.send(rawRequest(raw, 'ACK', bob.uri, { toTag: raw.responses().at(-1)?.to.tag ?? '' }), 'bob')
    await world.pass(20)
    expect(raw.requests('BYE')).toHaveLength(1)
    expect(bob.seen.map(({ request }) => request.method)).toEqual(['INVITE'])
  })

  test('D134 S090 nor is the BYE lost that waits for the ACK already', async () => {
    const world = new World()
    const bob = new Party(world, 'bob').answers()
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(20)
    const { ctx } = bob.last('INVITE')
    void ctx.hangUp()
    bob.endpoint.closeContext(ctx)
    raw.send(rawRequest(raw, 'ACK', bob.uri, { toTag: raw.responses().at(-1)?.to.tag ?? '' }), 'bob')
    await world.pass(20)
    expect(raw.requests('BYE')).toHaveLength(1)
  })

  test('S031 an INVITE nobody has answered is refused with 480', async () => {
    const { world, alice, bob } = pair()
    bob.serve()
    alice.endpoint.invite(alice.to(bob))
    await world.pass(20)
    bob.endpoint.closeContext(bob.last('INVITE').ctx)
    await world.pass(20)
    expect(world.responses(480)).toHaveLength(1)
  })
})
