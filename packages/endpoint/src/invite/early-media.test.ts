import type { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import type { EndpointOptions } from '../settings.ts'
import { rawRequest } from '../testing/messages.ts'
import { listener, type News, Party, RawPeer, World } from '../testing/pair.ts'

const sdp = (name: string): string => `v=0\r\ns=${name}\r\n`

interface Ringing {
  readonly world: World
  readonly alice: Party
  readonly raw: RawPeer
  readonly ctx: Context
  readonly news: News[]
  /** A response of one of the places that the call has reached. */
  readonly answer: (status: number, toTag: string, headers?: Record<string, string>, body?: string) => Promise<void>
}

/** Alice calls, and several places may answer. */
async function ringing(options: EndpointOptions = {}): Promise<Ringing> {
  const world = new World()
  const alice = new Party(world, 'alice', options)
  let invite: SipRequest | undefined
  const raw = new RawPeer(world, 'bob', (message, peer) => {
    if (message.type !== 'request' || message.method === 'ACK') return
    if (message.method === 'INVITE') invite ??= message
    else peer.send(message.createResponse(200), 'alice')
  })
  const { news, callback } = listener()
  const ctx = alice.endpoint.invite({ from: alice.uri, to: raw.uri }, callback, sdp('alice'))
  await world.pass(50)
  const answer = async (
    status: number,
    toTag: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<void> => {
    if (invite === undefined) throw new Error('no INVITE')
    const all = { Contact: `<sip:${toTag}@10.0.0.2>`, ...(body && { 'Content-Type': 'application/sdp' }), ...headers }
    raw.send(invite.createResponse(status, { toTag, headers: all, ...(body && { body }) }), 'alice')
    await world.pass(50)
  }
  return { world, alice, raw, ctx, news, answer }
}

const tags = (ctx: Context): string[] => ctx.dialogs.map(({ remoteTag }) => remoteTag)

describe('early media', () => {
  test('D190 D190b D172 each fork has a description of its own, and the answer leaves that of the one that answered', async () => {
    const { ctx, answer } = await ringing()
    await answer(183, 'one', {}, sdp('one'))
    await answer(183, 'two', {}, sdp('two'))
    const described = ctx.dialogs.map(({ session }) => new TextDecoder().decode(session.remote?.body))
    expect(described).toEqual([sdp('one'), sdp('two')])
    await answer(200, 'two', {}, sdp('two'))
    const { dialog } = await ctx.outcome
    expect(dialog?.remoteTag).toBe('two')
    expect(new TextDecoder().decode(dialog?.session.remote?.body)).toBe(sdp('two'))
    expect(dialog?.session.state).toBe('stable')
  })

  test('D190c a 199 ends its fork alone, with its reason told, and the others ring on', async () => {
    const { world, ctx, news, answer, raw } = await ringing()
    expect(raw.requests('INVITE')[0]?.supported).toContain('199')
    const ended: string[] = []
    ctx.on('ended', ({ remoteTag }, { by }) => ended.push(`${remoteTag} by ${by}`))
    const reasons: unknown[] = []
    ctx.on('progress', (response) => reasons.push(response.headers.get('Reason')))
    await answer(180, 'one')
    await answer(183, 'two', {}, sdp('two'))
    await answer(199, 'one', { Reason: 'SIP;cause=486' })
    expect(tags(ctx)).toEqual(['two'])
    expect(ended).toEqual(['one by remote'])
    expect(reasons.at(-1)).toBe('SIP;cause=486')
    await answer(199, 'one')
    expect(ended).toHaveLength(1)
    await answer(200, 'two', {}, sdp('two'))
    expect(news.map((one) => one.status)).toEqual([180, 183, 199, 199, 200])
    expect([ctx.state, tags(ctx)]).toEqual(['confirmed', ['two']])
    expect(world.requests('BYE')).toEqual([])
  })

  test('D190c D172 one that answers after its 199 makes a new dialog, with the description of the answer', async () => {
    const { ctx, answer } = await ringing()
    await answer(183, 'one', { Require: '100rel', RSeq: '1' }, sdp('early'))
    await answer(199, 'one')
    expect(ctx.dialogs).toEqual([])
    await answer(200, 'one', {}, sdp('answer'))
    expect(new TextDecoder().decode(ctx.dialogs[0]?.session.remote?.body)).toBe(sdp('answer'))
  })

  test('D190c a reliable 199 gets its PRACK before its dialog ends', async () => {
    const { ctx, answer, raw } = await ringing()
    await answer(180, 'one')
    await answer(199, 'one', { Require: '100rel', RSeq: '4' })
    expect(raw.requests('PRACK').map((one) => [one.to.tag, one.headers.get('RAck')])).toEqual([['one', '4 1 INVITE']])
    expect(tags(ctx)).toEqual([])
    await answer(200, 'two', {}, sdp('two'))
    expect([ctx.state, tags(ctx)]).toEqual(['confirmed', ['two']])
  })

  test('D190d P-Early-Media says what the network lets flow until the answer, by response or UPDATE', async () => {
    const { world, alice, ctx, answer, raw } = await ringing({ earlyMedia: true })
    expect(raw.requests('INVITE')[0]?.headers.get('P-Early-Media')).toBe('supported')
    await answer(183, 'one', { 'P-Early-Media': 'sendrecv, gated' }, sdp('one'))
    const [dialog] = ctx.dialogs
    expect(dialog?.earlyMedia).toEqual(['sendrecv', 'gated'])
    await answer(180, 'one')
    expect(dialog?.earlyMedia).toEqual(['sendrecv', 'gated'])
    const init = {
      callId: ctx.callId,
      fromTag: 'one',
      toTag: ctx.local.tag ?? '',
      headers: { 'P-Early-Media': 'Inactive' },
    }
    raw.send(rawRequest(raw, 'UPDATE', alice.uri, init), 'alice')
    await world.pass(50)
    expect(dialog?.earlyMedia).toEqual(['inactive'])
    await answer(180, 'one', { 'P-Early-Media': '@@' })
    expect(dialog?.earlyMedia).toBeUndefined()
    expect(alice.errors).toEqual([])
    await answer(200, 'one', { 'P-Early-Media': 'sendrecv' }, sdp('one'))
    expect(ctx.state).toBe('confirmed')
    expect(dialog?.earlyMedia).toBeUndefined()
  })

  test('D190d without the option the header is not sent, and what the network says is told all the same', async () => {
    const { ctx, answer, raw } = await ringing()
    expect(raw.requests('INVITE')[0]?.headers.has('P-Early-Media')).toBe(false)
    await answer(183, 'one', { 'P-Early-Media': 'recvonly' }, sdp('one'))
    expect(ctx.dialogs[0]?.earlyMedia).toEqual(['recvonly'])
  })
})
