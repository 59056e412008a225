import type { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import type { Dialog } from '../dialog/dialog.ts'
import type { EndpointOptions } from '../settings.ts'
import { rawRequest } from '../testing/messages.ts'
import { pair, Party, RawPeer, World } from '../testing/pair.ts'

/** A call to Bob that was set up by hand, and the Replaces value that names it as Bob sees it. */
async function called(
  options: EndpointOptions = {},
): Promise<{ world: World; bob: Party; raw: RawPeer; ctx: Context; named: string }> {
  const world = new World()
  const bob = new Party(world, 'bob', options).answers()
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

  test('D201d one that has ended is declined, also while its subscription goes on, and while its BYE is on the way', async () => {
    const { world, bob, raw, ctx, named } = await called()
    const replace = (callId: string): void =>
      raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId, headers: { Replaces: named } }), 'bob')
    bob.serve((other, request) => request.method === 'SUBSCRIBE' && bob.endpoint.acceptSubscription(other, request))
    const [, toTag] = /to-tag=([^;]*)/.exec(named) ?? []
    const headers = { Event: 'dialog', Expires: '600' }
    raw.send(rawRequest(raw, 'SUBSCRIBE', bob.uri, { callId: 'old', seq: 2, toTag: toTag ?? '', headers }), 'bob')
    await world.pass(50)
    bob.endpoint.newRequest('BYE', ctx)
    replace('crossing')
    await world.pass(50)
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 1, dialogs: 1 })
    replace('subscribed')
    await world.pass(50)
    bob.endpoint.closeContext(ctx)
    replace('gone')
    await world.pass(50)
    const answers = raw.responses().filter((one) => one.cseq.method === 'INVITE')
    expect(answers.map((one) => [one.callId, one.status])).toEqual([
      ['crossing', 603],
      ['subscribed', 603],
      ['gone', 603],
    ])
  })

  test('D201d also when another call has ended since', async () => {
    const { world, bob, raw, named } = await called()
    const [, oldTag] = /to-tag=([^;]*)/.exec(named) ?? []
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'other' }), 'bob')
    await world.pass(20)
    const otherTag = raw.responses().at(-1)?.to.tag
    raw.send(rawRequest(raw, 'BYE', bob.uri, { callId: 'old', seq: 2, toTag: oldTag ?? '' }), 'bob')
    await world.pass(20)
    raw.send(rawRequest(raw, 'BYE', bob.uri, { callId: 'other', seq: 2, toTag: otherTag ?? '' }), 'bob')
    await world.pass(20)
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'new', headers: { Replaces: named } }), 'bob')
    await world.pass(20)
    expect(raw.responses().at(-1)?.status).toBe(603)
  })

  test('D201c a dialog that never was a call is not replaced', async () => {
    const world = new World()
    const bob = new Party(world, 'bob').serve((ctx, request) => bob.endpoint.acceptSubscription(ctx, request))
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'SUBSCRIBE', bob.uri, { callId: 'old', headers: { Event: 'dialog' } }), 'bob')
    await world.pass(50)
    const named = `old;to-tag=${raw.responses()[0]?.to.tag};from-tag=raw`
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'new', headers: { Replaces: named } }), 'bob')
    await world.pass(50)
    expect(raw.responses().at(-1)?.status).toBe(481)
    expect(bob.seen.map(({ request }) => request.method)).toEqual(['SUBSCRIBE'])
  })

  test('D202 one that the policy does not let happen is refused with 403, unseen, and the old call goes on', async () => {
    const asked: string[] = []
    const mayReplace = (request: SipRequest, dialog: Dialog): boolean => {
      asked.push(`${request.callId} ${dialog.callId}`)
      return request.headers.get('Referred-By') === '<sip:carol@10.0.0.3>'
    }
    const { world, bob, raw, ctx, named } = await called({ mayReplace })
    const seen = bob.seen.length
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'thief', headers: { Replaces: named } }), 'bob')
    await world.pass(50)
    expect(raw.responses().map((one) => one.status)).toEqual([403])
    expect(bob.seen).toHaveLength(seen)
    expect(ctx.state).toBe('confirmed')
    const headers = { Replaces: named, 'Referred-By': '<sip:carol@10.0.0.3>' }
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'friend', headers }), 'bob')
    await world.pass(50)
    expect(asked).toEqual(['thief old', 'friend old'])
    expect(ctx.state).toBe('closed')
  })

  test('D202 the application is told which call is to be replaced, before it answers', async () => {
    const { world, bob, raw, ctx, named } = await called()
    const [old] = ctx.dialogs
    const told: unknown[] = []
    bob.serve((other, request) => {
      if (request.method !== 'INVITE') return
      told.push(other.replaces)
      bob.respond(other, request, other.replaces === old ? 403 : 200)
    })
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'new', headers: { Replaces: named } }), 'bob')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'other' }), 'bob')
    await world.pass(50)
    expect(told).toEqual([old, undefined])
    expect(ctx.state).toBe('confirmed')
  })

  test('D201g an early call of ours is cancelled when the one that replaces it is accepted', async () => {
    const world = new World()
    const bob = new Party(world, 'bob').answers()
    const carol = new Party(world, 'carol').serve(
      (other, request) => request.method === 'INVITE' && carol.respond(other, request, 180),
    )
    const raw = new RawPeer(world, 'alice')
    const ctx = bob.endpoint.invite(bob.to(carol))
    await world.pass(50)
    const [dialog] = ctx.dialogs
    const named = `${dialog?.callId};to-tag=${dialog?.localTag};from-tag=${dialog?.remoteTag};early-only`
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'new', headers: { Replaces: named } }), 'bob')
    await world.pass(100)
    expect(raw.responses().map((one) => one.status)).toEqual([180, 200])
    expect(world.requests('CANCEL', 'bob')).toHaveLength(1)
    expect(ctx.state).toBe('closed')
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

  test('D203 the tag 0 names a call whose other end has none', async () => {
    const world = new World()
    const bob = new Party(world, 'bob').answers()
    const raw = new RawPeer(world, 'alice')
    const old = rawRequest(raw, 'INVITE', bob.uri, { callId: 'old' })
    old.from = old.from.with({ tag: undefined })
    raw.send(old, 'bob')
    await world.pass(20)
    const toTag = raw.responses().at(-1)?.to.tag ?? ''
    const carol = new Party(world, 'carol')
    const headers = { Replaces: `old;to-tag=${toTag};from-tag=0` }
    const ctx = carol.endpoint.invite(carol.to(bob), undefined, undefined, headers)
    await world.pass(20)
    expect(ctx.state).toBe('confirmed')
    expect(bob.last('INVITE').request.callId).toBe(ctx.callId)
  })
})
