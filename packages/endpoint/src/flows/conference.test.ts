import { type DialogReference, Join, type SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import { drawn } from '../testing/drawn.ts'
import { answerTo, cast, sdp } from '../testing/flow.ts'
import { Party, World } from '../testing/pair.ts'

const isFocus = (request: SipRequest): boolean => request.contact?.params.has('isfocus') ?? false

describe('RFC 5359 2.10 three-way conference, third party is added', () => {
  test('Bob becomes the focus of his call with Alice, and calls Carol into it', async () => {
    const { world, alice, bob, carol } = cast('alice', 'bob', 'carol')
    alice.endpoint.invite(alice.to(bob), undefined, sdp())
    await world.pass(100)
    const withAlice = bob.last('INVITE').ctx
    const asFocus = { Contact: `<${bob.uri}>;isfocus` }
    bob.endpoint.invite(withAlice, undefined, sdp(), asFocus)
    await world.pass(100)
    const withCarol = bob.endpoint.invite(bob.to(carol), undefined, sdp(), asFocus)
    await world.pass(100)
    expect([alice, carol].map((one) => isFocus(one.last('INVITE').request))).toEqual([true, true])
    await Promise.all([withAlice.hangUp(), withCarol.hangUp(), world.pass(100)])
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
    expect(world.drawing()).toBe(
      drawn(`
        alice                bob                carol
          |----- INVITE ----->|                   |
          |<-- 180 Ringing ---|                   |
          |<---- 200 OK ------|                   |
          |------- ACK ------>|                   |
          |<---- INVITE ------|                   |
          |----- 200 OK ----->|                   |
          |<------ ACK -------|                   |
          |                   |----- INVITE ----->|
          |                   |<-- 180 Ringing ---|
          |                   |<---- 200 OK ------|
          |                   |------- ACK ------>|
          |<------ BYE -------|                   |
          |                   |------- BYE ------>|
          |-- 200 OK (BYE) -->|                   |
          |                   |<- 200 OK (BYE) ---|`),
    )
  })
})

/** The context of the dialog that a Join names, among those an application knows. */
function joined(calls: readonly Context[], named: DialogReference | undefined): Context | undefined {
  return calls.find(({ dialogs }) =>
    dialogs.some(
      ({ callId, localTag, remoteTag }) =>
        callId === named?.callId && localTag === named.toTag && remoteTag === named.fromTag,
    ),
  )
}

describe('RFC 5359 2.11 three-way conference, third party joins', () => {
  test('Carol joins the call of Alice and Bob, who becomes its focus', async () => {
    const world = new World()
    const alice = new Party(world, 'alice').answers(answerTo)
    const carol = new Party(world, 'carol')
    const bob = new Party(world, 'bob', { supported: ['join'] })
    const calls: Context[] = []
    const asFocus = { Contact: `<${bob.uri}>;isfocus` }
    bob.serve((ctx, request) => {
      if (request.method !== 'INVITE') return
      const other = joined(calls, request.read(Join))
      calls.push(ctx)
      const headers = { 'Content-Type': 'application/sdp', ...(other === undefined ? {} : asFocus) }
      bob.endpoint.newResponse(ctx, request.createResponse(200, { headers, body: answerTo(request) }))
      if (other !== undefined) bob.endpoint.invite(other, undefined, sdp(), asFocus)
    })
    const hers = alice.endpoint.invite(alice.to(bob), undefined, sdp())
    await world.pass(100)
    const { callId, localTag, remoteTag } = hers.dialogs[0]!
    const named = { Join: Join.format({ callId, toTag: remoteTag, fromTag: localTag }), Require: 'join' }
    const thirds = carol.endpoint.invite(carol.to(bob), undefined, sdp(), named)
    await world.pass(100)
    expect(isFocus(alice.last('INVITE').request)).toBe(true)
    expect((await thirds.outcome).response.contact?.params.has('isfocus')).toBe(true)
    expect(calls.map(({ state }) => state)).toEqual(['confirmed', 'confirmed'])
    expect(world.drawing()).toBe(
      drawn(`
        alice                bob                carol
          |----- INVITE ----->|                   |
          |<---- 200 OK ------|                   |
          |------- ACK ------>|                   |
          |                   |<---- INVITE ------|
          |                   |----- 200 OK ----->|
          |<---- INVITE ------|                   |
          |                   |<------ ACK -------|
          |----- 200 OK ----->|                   |
          |<------ ACK -------|                   |`),
    )
  })
})
