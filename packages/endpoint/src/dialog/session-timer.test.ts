import { SessionExpires } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import type { EndpointOptions } from '../settings.ts'
import { rawRequest } from '../testing/messages.ts'
import { pair, Party, RawPeer, World } from '../testing/pair.ts'

const SDP = 'v=0\r\n'

async function inCall(
  alice: EndpointOptions = {},
  bob: EndpointOptions = {},
): Promise<{ world: World; alice: Party; bob: Party; ctx: Context }> {
  const parties = pair({ alice, bob })
  parties.bob.answers(SDP)
  const ctx = parties.alice.endpoint.invite(parties.alice.to(parties.bob), undefined, SDP)
  await parties.world.pass(100)
  return { ...parties, ctx }
}

/** Bob's answer to an INVITE with these headers. */
async function answer(
  headers: Record<string, string>,
  options: EndpointOptions = {},
): Promise<{ world: World; raw: RawPeer; bob: Party }> {
  const world = new World()
  const bob = new Party(world, 'bob', options).serve(
    (ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 200),
  )
  const raw = new RawPeer(world, 'alice')
  raw.send(rawRequest(raw, 'INVITE', bob.uri, { headers }), 'bob')
  await world.pass(20)
  return { world, raw, bob }
}

describe('a session timer', () => {
  test('D220 D221 is announced in every request, and asked for only when wanted', async () => {
    const { world, alice, ctx } = await inCall()
    alice.endpoint.newRequest('BYE', ctx)
    await world.pass(100)
    for (const method of ['INVITE', 'BYE']) expect(world.requests(method)[0]?.supported).toContain('timer')
    expect(world.requests('INVITE')[0]?.headers.has('Session-Expires')).toBe(false)
    const wanted = await inCall({ sessionExpires: 20 })
    expect(wanted.world.requests('INVITE')[0]?.headers.get('Session-Expires')).toBe('90')
  })

  test('D226 D229 the refresher sends UPDATE at half the interval, and each 2xx starts it anew', async () => {
    const { world, ctx } = await inCall({ sessionExpires: 200 })
    expect(world.responses(200, 'INVITE')[0]?.headers.get('Session-Expires')).toBe('200;refresher=uac')
    await world.pass(99_000)
    expect(world.requests('UPDATE')).toHaveLength(0)
    await world.pass(2000)
    const [update] = world.requests('UPDATE', 'alice')
    expect(update?.headers.get('Session-Expires')).toBe('200;refresher=uac')
    expect(update?.body.length).toBe(0)
    await world.pass(1_000_000)
    expect(world.requests('UPDATE', 'alice').length).toBe(11)
    expect(ctx.state).toBe('confirmed')
  })

  test('D226 a peer that does not take UPDATE gets a re-INVITE with the same description', async () => {
    const { world } = await inCall({ sessionExpires: 200 }, { allow: ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS'] })
    await world.pass(101_000)
    const [, refresh] = world.requests('INVITE', 'alice')
    expect(refresh?.text).toBe(SDP)
    expect(world.requests('ACK')).toHaveLength(2)
  })

  test('D227 without a refresh both sides hang up, a little before the end', async () => {
    const { world, alice, bob, ctx } = await inCall({ sessionExpires: 90 })
    const ends: string[] = []
    bob.last('INVITE').ctx.on('ended', (_dialog, { by, error }) => ends.push(`${by} ${error?.code}`))
    world.network.partition('10.0.0.1', '10.0.0.2')
    await world.pass(61_000)
    expect(world.requests('BYE', 'bob').length).toBeGreaterThan(0)
    await world.pass(60_000)
    expect(ends).toEqual(['error ERR_SIP_TIMEOUT'])
    expect(ctx.state).toBe('closed')
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
    await world.pass(64_000)
    expect(world.clock.pending).toBe(0)
  })

  test('D228 a refresh that meets 481 ends the call with BYE', async () => {
    const { world, bob, ctx } = await inCall({ sessionExpires: 90 })
    bob.endpoint.closeContext(bob.last('INVITE').ctx)
    await world.pass(46_000)
    expect(ctx.state).toBe('closed')
    expect(world.requests('BYE', 'alice')).toHaveLength(1)
  })

  test('D228 a refresh that meets another error is tried again in time', async () => {
    const { world, alice, bob, ctx } = await inCall({ sessionExpires: 90 })
    let status = 503
    bob.serve((called, request) => request.method === 'UPDATE' && bob.respond(called, request, status))
    await world.pass(47_000)
    expect(world.requests('UPDATE', 'alice')).toHaveLength(1)
    status = 200
    await world.pass(100_000)
    expect(ctx.state).toBe('confirmed')
    status = 503
    await world.pass(100_000)
    expect(ctx.state).toBe('closed')
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
    await world.pass(64_000)
    expect(world.clock.pending).toBe(0)
  })

  test('D228 a refresh waits for an INVITE of the peer that is under way, and is sent when that is refused', async () => {
    const { world, alice, bob, ctx } = await inCall({ sessionExpires: 90 })
    alice.serve()
    await world.pass(40_000)
    bob.endpoint.invite(bob.last('INVITE').ctx, undefined, SDP)
    await world.pass(10_000)
    expect(world.requests('UPDATE')).toEqual([])
    alice.respond(alice.last('INVITE').ctx, alice.last('INVITE').request, 488)
    await world.pass(100_000)
    expect(ctx.state).toBe('confirmed')
  })

  test('D165 D228 and never while the one before is unanswered', async () => {
    const { world, bob } = await inCall({ sessionExpires: 90 })
    bob.serve((called, request) => {
      if (request.method === 'UPDATE') world.clock.setTimer(10_000, () => bob.respond(called, request, 200))
    })
    await world.pass(56_000)
    expect(new Set(world.requests('UPDATE').map(({ cseq }) => cseq.seq)).size).toBe(1)
  })

  test('D226 the description of a refresh is the one that was agreed, not one that was refused', async () => {
    const { world, alice, bob, ctx } = await inCall(
      { sessionExpires: 200 },
      { allow: ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS'] },
    )
    bob.serve((called, request) => request.method === 'INVITE' && bob.respond(called, request, 488))
    alice.endpoint.invite(ctx, undefined, 'v=0 refused\r\n')
    await world.pass(102_000)
    expect(world.requests('INVITE', 'alice').map((one) => one.text)).toEqual([SDP, 'v=0 refused\r\n', SDP])
  })

  test('D222 an interval that is too short is refused with 422, unless the caller could not ask again', async () => {
    const refused = await answer({ Supported: 'timer', 'Session-Expires': '100' }, { minSE: 300 })
    expect(refused.raw.responses().map((one) => [one.status, one.headers.get('Min-SE')])).toEqual([[422, '300']])
    const unaware = await answer({ 'Session-Expires': '100' }, { minSE: 300 })
    expect(unaware.raw.responses().at(-1)?.headers.get('Session-Expires')).toBe('100;refresher=uas')
  })

  test('D222b D222c D222d the answer always names the refresher, and requires what it must', async () => {
    const free = await answer({ Supported: 'timer', 'Session-Expires': '1800' })
    expect(free.raw.responses().at(-1)?.headers.get('Session-Expires')).toBe('1800;refresher=uac')
    expect(free.raw.responses().at(-1)?.require).toEqual(['timer'])
    const chosen = await answer({ Supported: 'timer', 'Session-Expires': '1800;refresher=uas' })
    expect(chosen.raw.responses().at(-1)?.headers.get('Session-Expires')).toBe('1800;refresher=uas')
    expect(chosen.raw.responses().at(-1)?.require).toEqual([])
  })

  test('D223 a 422 is followed with what Min-SE says, which stands in later requests too', async () => {
    const { world, ctx } = await inCall({ sessionExpires: 90 }, { minSE: 400 })
    const [first, second] = world.requests('INVITE')
    expect(first?.headers.get('Session-Expires')).toBe('90')
    expect(second?.headers.get('Session-Expires')).toBe('400')
    expect(second?.headers.get('Min-SE')).toBe('400')
    expect(second?.callId).toBe(first?.callId)
    expect(second?.cseq.seq).toBe(2)
    await world.pass(201_000)
    expect(world.requests('UPDATE')[0]?.headers.get('Min-SE')).toBe('400')
    expect(ctx.state).toBe('confirmed')
  })

  test.each([{}, { 'Min-SE': 90 }])(
    'D223 a 422 that names no longer interval, %o, is told and not tried again',
    async (headers) => {
      const { world, alice, bob } = pair({ alice: { sessionExpires: 90 } })
      bob.serve((ctx, request) => {
        if (request.method === 'INVITE') bob.endpoint.newResponse(ctx, request.createResponse(422, { headers }))
      })
      const outcome = alice.endpoint.invite(alice.to(bob)).outcome.catch((error: unknown) => error)
      await world.pass(100)
      expect(await outcome).toMatchObject({ code: 'ERR_SIP_STATUS', status: 422 })
      expect(world.requests('INVITE').length).toBeLessThanOrEqual(2)
      expect(alice.errors).toEqual([])
    },
  )

  test('D223 so is a 422 to a refresh', async () => {
    const { world, bob, ctx } = await inCall({ sessionExpires: 100 })
    bob.serve((called, request) => {
      if (request.method !== 'UPDATE') return
      const short = (request.read(SessionExpires)?.seconds ?? 0) < 600
      const answer = short ? request.createResponse(422, { headers: { 'Min-SE': 600 } }) : request.createResponse(200)
      bob.endpoint.newResponse(called, answer)
    })
    await world.pass(51_000)
    const asked = world.requests('UPDATE').map(({ headers }) => [headers.get('Session-Expires'), headers.get('Min-SE')])
    expect(asked).toEqual([
      ['100;refresher=uac', undefined],
      ['600;refresher=uac', '600'],
    ])
    await world.pass(300_000)
    expect(world.requests('UPDATE').map(({ headers }) => headers.get('Min-SE'))).toEqual([undefined, '600', '600'])
    expect(ctx.state).toBe('confirmed')
  })

  test('D224 D225 what the answer says is obeyed though nobody asked, and without it there is no timer', async () => {
    const granted = await inCall({}, { sessionExpires: 100 })
    expect(granted.world.responses(200, 'INVITE')[0]?.headers.get('Session-Expires')).toBe('100;refresher=uas')
    await granted.world.pass(51_000)
    expect(granted.world.requests('UPDATE', 'bob')).toHaveLength(1)
    const { world } = await inCall()
    await world.pass(10_000_000)
    expect(world.requests('UPDATE')).toHaveLength(0)
  })

  test('D225 an answer without an interval ends the timer that was running', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const raw = new RawPeer(world, 'bob', (message, peer) => {
      if (message.type !== 'request' || message.method !== 'INVITE') return
      const granted = message.to.tag === undefined ? { 'Session-Expires': '90;refresher=uas' } : {}
      peer.send(message.createResponse(200, { toTag: 'b', headers: { Contact: `<${peer.uri}>`, ...granted } }), 'alice')
    })
    const ctx = alice.endpoint.invite({ from: alice.uri, to: raw.uri })
    await world.pass(100)
    expect(ctx.dialogs[0]?.sessionInterval).toEqual({ seconds: 90, refresher: 'remote' })
    alice.endpoint.invite(ctx)
    await world.pass(100)
    expect(ctx.dialogs[0]?.sessionInterval).toBeUndefined()
    await world.pass(1_000_000)
    expect([ctx.state, raw.requests('BYE').length]).toEqual(['confirmed', 0])
  })

  test('D223 an interval that a 422 has asked for stands in later requests, though the timer is off', async () => {
    const world = new World()
    const alice = new Party(world, 'alice', { sessionExpires: 90 })
    const raw = new RawPeer(world, 'bob', (message, peer) => {
      if (message.type !== 'request' || message.method !== 'INVITE') return
      const short = (message.read(SessionExpires)?.seconds ?? 0) < 600
      const headers = short ? { 'Min-SE': 600 } : { Contact: `<${peer.uri}>` }
      peer.send(message.createResponse(short ? 422 : 200, { toTag: 'b', headers }), 'alice')
    })
    const ctx = alice.endpoint.invite({ from: alice.uri, to: raw.uri })
    await world.pass(100)
    alice.endpoint.invite(ctx)
    await world.pass(100)
    const asked = world.requests('INVITE').map(({ headers }) => [headers.get('Session-Expires'), headers.get('Min-SE')])
    expect(asked).toEqual([
      ['90', undefined],
      ['600', '600'],
      ['600', '600'],
    ])
  })
})
