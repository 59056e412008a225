import { SipUri } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import { drawn } from '../testing/drawn.ts'
import { answerTo, cast, sdp } from '../testing/flow.ts'
import type { Party } from '../testing/pair.ts'

/** Lets a phone call whoever it is told to by REFER, beside taking calls. Returns the calls it makes. */
function obeys(phone: Party): Context[] {
  const calls: Context[] = []
  phone.serve((ctx, request) => {
    if (request.method === 'INVITE') return phone.respond(ctx, request, 200, answerTo(request))
    if (request.method !== 'REFER') return
    const transfer = phone.endpoint.acceptRefer(ctx, request)
    const call = phone.endpoint.invite({ from: phone.uri, to: transfer.target }, undefined, sdp(), transfer.headers)
    calls.push(call)
    void call.outcome.then(({ status }) => transfer.report(status))
  })
  return calls
}

describe('RFC 5359 2.4 transfer, unattended', () => {
  test('Bob has Alice call Carol, and leaves without waiting for it', async () => {
    const { world, alice, bob, carol } = cast('alice', 'bob', 'carol')
    const calls = obeys(alice)
    alice.endpoint.invite(alice.to(bob), undefined, sdp())
    await world.pass(100)
    const { ctx } = bob.last('INVITE')
    const told: string[] = []
    bob.endpoint.refer(ctx, carol.uri).on('notify', (request) => told.push(request.text.trim()))
    bob.endpoint.newRequest('BYE', ctx)
    await world.pass(200)
    carol.endpoint.newRequest('BYE', carol.last('INVITE').ctx)
    await world.pass(200)
    expect(told).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 200 OK'])
    expect(calls.map(({ state }) => state)).toEqual(['closed'])
    expect(world.drawing()).toBe(
      drawn(`
        alice                      bob                      carol
          |-------- INVITE -------->|                         |
          |<----- 180 Ringing ------|                         |
          |<------- 200 OK ---------|                         |
          |---------- ACK --------->|                         |
          |<-------- REFER ---------|                         |
          |<--------- BYE ----------|                         |
          |- 202 Accepted (REFER) ->|                         |
          |-------- NOTIFY -------->|                         |
          |--------------------- INVITE --------------------->|
          |----- 200 OK (BYE) ----->|                         |
          |<--- 200 OK (NOTIFY) ----|                         |
          |<------------------ 180 Ringing -------------------|
          |<-------------------- 200 OK ----------------------|
          |----------------------- ACK ---------------------->|
          |-------- NOTIFY -------->|                         |
          |<--- 200 OK (NOTIFY) ----|                         |
          |<---------------------- BYE -----------------------|
          |------------------ 200 OK (BYE) ------------------>|`),
    )
  })
})

describe('RFC 5359 2.5 transfer, attended', () => {
  test('Bob has Alice take his place in his call with Carol', async () => {
    const { world, alice, bob, carol } = cast('alice', 'bob', 'carol')
    const calls = obeys(alice)
    alice.endpoint.invite(alice.to(bob), undefined, sdp())
    await world.pass(100)
    const withAlice = bob.last('INVITE').ctx
    bob.endpoint.invite(withAlice, undefined, sdp('sendonly'))
    await world.pass(100)
    const withCarol = bob.endpoint.invite(bob.to(carol), undefined, sdp())
    await world.pass(100)
    bob.endpoint.invite(withCarol, undefined, sdp('sendonly'))
    await world.pass(100)
    const over = { replaces: withCarol.dialogs[0]!, 'Referred-By': `<${bob.uri}>` }
    bob.endpoint.refer(withAlice, carol.uri, undefined, over).on('terminated', () => void withAlice.hangUp())
    await world.pass(200)
    expect([withAlice.state, withCarol.state]).toEqual(['closed', 'closed'])
    expect(calls.map(({ state }) => state)).toEqual(['confirmed'])
    expect(world.drawing()).toBe(
      drawn(`
        alice                      bob                      carol
          |-------- INVITE -------->|                         |
          |<----- 180 Ringing ------|                         |
          |<------- 200 OK ---------|                         |
          |---------- ACK --------->|                         |
          |<------- INVITE ---------|                         |
          |-------- 200 OK -------->|                         |
          |<--------- ACK ----------|                         |
          |                         |-------- INVITE -------->|
          |                         |<----- 180 Ringing ------|
          |                         |<------- 200 OK ---------|
          |                         |---------- ACK --------->|
          |                         |-------- INVITE -------->|
          |                         |<------- 200 OK ---------|
          |                         |---------- ACK --------->|
          |<-------- REFER ---------|                         |
          |- 202 Accepted (REFER) ->|                         |
          |-------- NOTIFY -------->|                         |
          |--------------------- INVITE --------------------->|
          |<--- 200 OK (NOTIFY) ----|                         |
          |<------------------ 180 Ringing -------------------|
          |<-------------------- 200 OK ----------------------|
          |                         |<--------- BYE ----------|
          |----------------------- ACK ---------------------->|
          |-------- NOTIFY -------->|                         |
          |                         |----- 200 OK (BYE) ----->|
          |<--- 200 OK (NOTIFY) ----|                         |
          |<--------- BYE ----------|                         |
          |----- 200 OK (BYE) ----->|                         |`),
    )
  })
})

describe('RFC 5359 2.6 transfer by instant message', () => {
  test('Bob sends Alice the address of Carol, which carries the call to take over', async () => {
    const { world, alice, bob, carol } = cast('alice', 'bob', 'carol')
    const hers = alice.endpoint.invite(alice.to(bob), undefined, sdp())
    await world.pass(100)
    const withCarol = bob.endpoint.invite(bob.to(carol), undefined, sdp())
    await world.pass(100)
    const { callId, remoteTag, localTag } = withCarol.dialogs[0]!
    const replaces = `${callId};to-tag=${remoteTag};from-tag=${localTag}`
    const target = SipUri.parse(carol.uri)
    const link = target.with({ headers: target.headers.with('Replaces', replaces) })
    alice.serve((ctx, request) => request.method === 'MESSAGE' && alice.respond(ctx, request, 200))
    bob.endpoint.newRequest('MESSAGE', bob.to(alice), undefined, `Please talk to Carol: ${link.toString()}`)
    await world.pass(100)

    // Alice follows the link and lets go of Bob when Carol has answered.
    const followed = SipUri.parse(/sip:\S+/.exec(alice.last('MESSAGE').request.text)![0])
    const headers = Object.fromEntries(followed.headers)
    const to = followed.with({ headers: undefined }).toString()
    const call = alice.endpoint.invite({ from: alice.uri, to }, undefined, sdp(), headers)
    call.on('accepted', () => void hers.hangUp())
    await world.pass(200)
    expect([hers.state, withCarol.state, call.state]).toEqual(['closed', 'closed', 'confirmed'])
    expect(world.drawing()).toBe(
      drawn(`
        alice                  bob                  carol
          |------ INVITE ------>|                     |
          |<--- 180 Ringing ----|                     |
          |<----- 200 OK -------|                     |
          |-------- ACK ------->|                     |
          |                     |------ INVITE ------>|
          |                     |<--- 180 Ringing ----|
          |                     |<----- 200 OK -------|
          |                     |-------- ACK ------->|
          |<----- MESSAGE ------|                     |
          |- 200 OK (MESSAGE) ->|                     |
          |----------------- INVITE ----------------->|
          |<-------------- 180 Ringing ---------------|
          |<---------------- 200 OK ------------------|
          |                     |<------- BYE --------|
          |-------- BYE ------->|                     |
          |------------------- ACK ------------------>|
          |                     |--- 200 OK (BYE) --->|
          |<-- 200 OK (BYE) ----|                     |`),
    )
  })
})
