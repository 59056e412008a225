import { describe, expect, test } from 'vitest'
import type { Context } from './context.ts'
import { rawRequest } from './testing/messages.ts'
import { pair, Party, RawPeer, World } from './testing/pair.ts'

/** A call to Bob that was set up by hand, and the Replaces value that names it as Bob sees it. */
async function called(): Promise<{ world: World; bob: Party; raw: RawPeer; ctx: Context; named: string }> {
  const world = new World()
  const bob = new Party(world, 'bob').answers()
  const raw = new RawPeer(world, 'alice', (message, peer) => {
    if (message.type === 'request' && message.method === 'BYE') peer.send(message.createResponse(200), 'bob')
  })
  raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'old' }), 'bob')
  await world.pass(20)
  const toTag = raw.responses().at(-1)?.to.tag ?? ''
  raw.send(rawRequest(raw, 'ACK', bob.uri, { callId: 'old', toTag }), 'bob')
  await world.pass(20)
  raw.got.length = 0
  return { world, bob, raw, ctx: bob.last('INVITE').ctx, named: `old;to-tag=${toTag};from-tag=raw` }
}

describe('Replaces', () => {
  test('D201g D201b the new call is answered, and the old one gets BYE', async () => {
    const { world, bob, raw, ctx, named } = await called()
    const story: string[] = []
    ctx.on('replaced', (_dialog, request) => story.push(`replaced by ${request.callId}`))
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'new', headers: { Replaces: named } }), 'bob')
    await world.pass(50)
    expect(raw.requests('BYE').map((one) => one.callId)).toEqual(['old'])
    expect(raw.responses().map((one) => `${one.status} ${one.callId}`)).toContain('200 new')
    expect(story).toEqual(['replaced by new'])
    expect(ctx.state).toBe('closed')
  })

  test('D201h a new call that is refused leaves the old one', async () => {
    const { world, bob, raw, ctx, named } = await called()
    bob.serve((other, request) => bob.respond(other, request, 486))
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'new', headers: { Replaces: named } }), 'bob')
    await world.pass(50)
    expect(raw.requests('BYE')).toEqual([])
    expect(ctx.state).toBe('confirmed')
  })

  test.each([
    ['D201c no such call', (): string => 'nobody;to-tag=x;from-tag=y', 481],
    ['D201e a confirmed one, early-only', (named: string): string => `${named};early-only`, 486],
    ['D201 tags the wrong way round', (): string => 'old;to-tag=raw;from-tag=x', 481],
  ])('%s is refused with %s', async (_what, value, status) => {
    const { world, bob, raw, named } = await called()
    const seen = bob.seen.length
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'new', headers: { Replaces: value(named) } }), 'bob')
    await world.pass(50)
    expect(raw.responses().map((one) => one.status)).toEqual([status])
    expect(bob.seen.length).toBe(seen)
  })

  test('D201 two of them, or one in another request: 400', async () => {
    const { world, bob, raw, named } = await called()
    const twice = rawRequest(raw, 'INVITE', bob.uri, { callId: 'a', headers: { Replaces: named } })
    twice.headers.append('Replaces', named)
    raw.send(twice, 'bob')
    raw.send(rawRequest(raw, 'OPTIONS', bob.uri, { callId: 'b', headers: { Replaces: named } }), 'bob')
    await world.pass(50)
    expect(raw.responses().map((one) => one.status)).toEqual([400, 400])
  })

  test('D201f an early call that we did not make is not replaced', async () => {
    const world = new World()
    const bob = new Party(world, 'bob').serve((ctx, request) => bob.respond(ctx, request, 180))
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'old' }), 'bob')
    await world.pass(20)
    const named = `old;to-tag=${raw.responses()[0]?.to.tag};from-tag=raw`
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'new', headers: { Replaces: named } }), 'bob')
    await world.pass(20)
    expect(raw.responses().map((one) => one.status)).toEqual([180, 481])
  })

  test('D199b D204 D203 an attended transfer: Alice joins Bob and Carol, and both her calls end', async () => {
    const { world, alice, bob } = pair()
    const carol = new Party(world, 'carol').answers()
    bob.serve((ctx, request) => {
      if (request.method === 'INVITE') return bob.respond(ctx, request, 200)
      if (request.method !== 'REFER') return
      const transfer = bob.endpoint.acceptRefer(ctx, request)
      const init = { from: bob.uri, to: transfer.target }
      bob.endpoint.invite(
        init,
        (_endpoint, _ctx, _error, status) => {
          if (status !== undefined) transfer.report(status)
        },
        undefined,
        transfer.headers,
      )
    })
    const withBob = alice.endpoint.invite(alice.to(bob))
    const withCarol = alice.endpoint.invite(alice.to(carol))
    await world.pass(100)
    const [dialog] = withCarol.dialogs
    if (dialog === undefined) throw new Error('no dialog')
    const reports: string[] = []
    const referral = { replaces: dialog, 'Referred-By': `<${alice.uri}>` }
    alice.endpoint
      .refer(withBob, carol.uri, undefined, referral)
      .on('notify', (request) => reports.push(request.text.trim()))
    await world.pass(200)
    const [invite] = world.requests('INVITE', 'bob')
    expect(invite?.headers.get('Replaces')).toBe(
      `${dialog.callId};to-tag=${dialog.remoteTag};from-tag=${dialog.localTag}`,
    )
    expect(invite?.headers.get('Referred-By')).toBe(`<${alice.uri}>`)
    expect(invite?.supported).toContain('replaces')
    expect(reports.at(-1)).toBe('SIP/2.0 200 OK')
    expect(withCarol.state).toBe('closed')
    alice.endpoint.newRequest('BYE', withBob)
    await world.pass(200)
    expect(withBob.state).toBe('closed')
    expect(carol.endpoint.stats().dialogs).toBe(1)
  })
})
