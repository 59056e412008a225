import type { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import { rawRequest } from '../testing/messages.ts'
import type { Party } from '../testing/pair.ts'
import { aftermath, NOTHING, rawCall, underFire } from '../testing/under-fire.ts'

describe('an application that is wrong', () => {
  test.each<[string, (bob: Party, ctx: Context, request: SipRequest) => unknown, number[]]>([
    [
      'throws',
      () => {
        throw new Error('thrown')
      },
      [500],
    ],
    ['rejects', () => Promise.reject(new Error('rejected')), [500]],
    [
      'throws what is no error',
      () => {
        throw undefined
      },
      [500],
    ],
    [
      'answers, then throws',
      (bob, ctx, request) => {
        bob.respond(ctx, request, 486)
        throw new Error('late')
      },
      [486],
    ],
    ['answers twice', (bob, ctx, request) => [486, 603].forEach((status) => bob.respond(ctx, request, status)), [486]],
    [
      'answers no, then yes',
      (bob, ctx, request) => [486, 200].forEach((status) => bob.respond(ctx, request, status)),
      [486],
    ],
    ['never answers', () => undefined, [100, 480]],
    ['promises and never answers', () => new Promise(() => undefined), [100, 480]],
    ['answers with an absurd status', (bob, ctx, request) => bob.respond(ctx, request, 999), [500]],
    ['hangs up instead of answering', (_bob, ctx) => void ctx.hangUp(), [480]],
    ['closes the context', (bob, ctx) => bob.endpoint.closeContext(ctx), [480]],
  ])('one that %s has its caller answered, and the next one is served', async (_what, app, statuses) => {
    const fire = await underFire({ ringTimeout: 5000 })
    const { bob, raw, world } = fire
    bob.serve((ctx, request) => request.method === 'INVITE' && app(bob, ctx, request))
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'fault' }), 'bob')
    await world.pass(6000)
    const finals = raw.responses().map((one) => one.status)
    expect([...new Set(finals)]).toEqual(statuses)
    for (const response of raw
      .responses()
      .filter((one) => one.status >= 300)
      .slice(0, 1)) {
      const toTag = response.to.tag ?? ''
      raw.send(rawRequest(raw, 'ACK', bob.uri, { callId: 'fault', toTag, branch: response.via?.branch ?? '' }), 'bob')
    }
    bob.answers('v=0\r\n')
    expect(await rawCall(fire, 'next')).not.toBe('')
    expect(await aftermath(fire)).toEqual(NOTHING)
  })

  test('callbacks and listeners that throw are reported, and the call goes on', async () => {
    const fire = await underFire()
    const { bob, carol, world } = fire
    carol.answers('v=0\r\n')
    const ctx = bob.endpoint.invite(bob.to(carol), () => {
      throw new Error('callback')
    })
    for (const event of ['progress', 'accepted', 'established', 'ended', 'close'] as const) {
      ctx.on(event, () => {
        throw new Error(event)
      })
      ctx.on(event, () => Promise.reject(new Error(`${event}, later`)))
    }
    await world.pass(100)
    expect(ctx.state).toBe('confirmed')
    await Promise.all([ctx.hangUp(), world.pass(100)])
    expect(bob.errors.length).toBeGreaterThan(4)
    expect(await aftermath(fire)).toEqual(NOTHING)
  })

  test('a caller that never says what its ACK shall carry: the callee gives up, and nothing is left', async () => {
    const fire = await underFire()
    const { bob, carol, world } = fire
    const never = carol.endpoint.invite(carol.to(bob), () => new Promise(() => undefined))
    await world.pass(100_000)
    expect(never.state).toBe('closed')
    expect(carol.endpoint.stats().dialogs).toBe(1)
    expect(await aftermath(fire)).toEqual(NOTHING)
  })
})
