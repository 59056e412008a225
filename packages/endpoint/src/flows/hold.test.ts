import { describe, expect, test } from 'vitest'
import { drawn } from '../testing/drawn.ts'
import { cast, directions, sdp } from '../testing/flow.ts'

describe('RFC 5359 2.1 call hold', () => {
  test('Bob holds Alice, and takes her back', async () => {
    const { world, alice, bob } = cast('alice', 'bob')
    alice.endpoint.invite(alice.to(bob), undefined, sdp())
    await world.pass(100)
    const { ctx } = bob.last('INVITE')
    bob.endpoint.invite(ctx, undefined, sdp('sendonly'))
    await world.pass(5000)
    bob.endpoint.invite(ctx, undefined, sdp('sendrecv'))
    await world.pass(100)
    alice.endpoint.newRequest('BYE', alice.last('INVITE').ctx)
    await world.pass(100)
    expect(directions(world)).toEqual([
      'alice sendrecv',
      'bob sendrecv',
      'bob sendonly',
      'alice recvonly',
      'bob sendrecv',
      'alice sendrecv',
    ])
    expect(world.drawing()).toBe(
      drawn(`
        alice                bob
          |----- INVITE ----->|
          |<-- 180 Ringing ---|
          |<---- 200 OK ------|
          |------- ACK ------>|
          |<---- INVITE ------|
          |----- 200 OK ----->|
          |<------ ACK -------|
          |<---- INVITE ------|
          |----- 200 OK ----->|
          |<------ ACK -------|
          |------- BYE ------>|
          |<- 200 OK (BYE) ---|`),
    )
  })
})

describe('RFC 5359 2.2 consultation hold', () => {
  test('Bob holds Alice while he asks Carol', async () => {
    const { world, alice, bob, carol } = cast('alice', 'bob', 'carol')
    alice.endpoint.invite(alice.to(bob), undefined, sdp())
    await world.pass(100)
    const { ctx } = bob.last('INVITE')
    bob.endpoint.invite(ctx, undefined, sdp('sendonly'))
    await world.pass(100)
    const consultation = bob.endpoint.invite(bob.to(carol), undefined, sdp())
    await world.pass(100)
    bob.endpoint.newRequest('BYE', consultation)
    await world.pass(100)
    bob.endpoint.invite(ctx, undefined, sdp('sendrecv'))
    await world.pass(100)
    bob.endpoint.newRequest('BYE', ctx)
    await world.pass(100)
    expect([consultation.state, ctx.state]).toEqual(['closed', 'closed'])
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
          |                   |------- BYE ------>|
          |                   |<- 200 OK (BYE) ---|
          |<---- INVITE ------|                   |
          |----- 200 OK ----->|                   |
          |<------ ACK -------|                   |
          |<------ BYE -------|                   |
          |-- 200 OK (BYE) -->|                   |`),
    )
  })
})

describe('RFC 5359 2.3 music on hold', () => {
  test('a music server takes the place of Bob, and Bob the place of the music server', async () => {
    const { world, alice, bob, music } = cast('alice', 'bob', 'music')
    // The music server calls whom it is told to call, and plays; nobody has to hang up on it.
    music.serve((ctx, request) => {
      if (request.method !== 'REFER') return
      const transfer = music.endpoint.acceptRefer(ctx, request)
      const playing = { ...transfer.headers, Contact: `<${music.uri}>;automata;+sip.byeless;+sip.rendering="no"` }
      const call = music.endpoint.invite({ from: music.uri, to: transfer.target }, undefined, sdp('sendonly'), playing)
      void call.outcome.then(({ status }) => transfer.report(status))
    })
    const hers = alice.endpoint.invite(alice.to(bob), undefined, sdp())
    await world.pass(100)
    const his = bob.last('INVITE').ctx
    bob.endpoint.invite(his, undefined, sdp('sendonly'))
    await world.pass(100)
    bob.endpoint.refer(bob.to(music), alice.uri, undefined, { replaces: his.dialogs[0]! })
    await world.pass(100)
    expect([hers.state, his.state]).toEqual(['closed', 'closed'])
    const withMusic = alice.last('INVITE').ctx.dialogs[0]!
    // How Bob learns of the dialog that he takes over is left open; here Alice's phone is asked.
    const { callId, localTag, remoteTag } = withMusic
    const Replaces = `${callId};to-tag=${localTag};from-tag=${remoteTag}`
    const again = bob.endpoint.invite(bob.to(alice), undefined, sdp(), { Replaces })
    await world.pass(100)
    expect([withMusic.state, again.state]).toEqual(['terminated', 'confirmed'])
    expect(world.drawing()).toBe(
      drawn(`
        alice                      bob                      music
          |-------- INVITE -------->|                         |
          |<----- 180 Ringing ------|                         |
          |<------- 200 OK ---------|                         |
          |---------- ACK --------->|                         |
          |<------- INVITE ---------|                         |
          |-------- 200 OK -------->|                         |
          |<--------- ACK ----------|                         |
          |                         |--------- REFER -------->|
          |                         |< 202 Accepted (REFER) --|
          |                         |<------- NOTIFY ---------|
          |<-------------------- INVITE ----------------------|
          |                         |---- 200 OK (NOTIFY) --->|
          |------------------- 180 Ringing ------------------>|
          |--------------------- 200 OK --------------------->|
          |---------- BYE --------->|                         |
          |<---------------------- ACK -----------------------|
          |                         |<------- NOTIFY ---------|
          |<---- 200 OK (BYE) ------|                         |
          |                         |---- 200 OK (NOTIFY) --->|
          |<------- INVITE ---------|                         |
          |------ 180 Ringing ----->|                         |
          |-------- 200 OK -------->|                         |
          |----------------------- BYE ---------------------->|
          |<--------- ACK ----------|                         |
          |<----------------- 200 OK (BYE) -------------------|`),
    )
  })
})
