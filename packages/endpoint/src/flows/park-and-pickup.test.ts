import { Replaces } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import { dialogInfo, readDialogInfo } from '../testing/dialog-info.ts'
import { drawn } from '../testing/drawn.ts'
import { cast, sdp } from '../testing/flow.ts'
import type { Party } from '../testing/pair.ts'

/** An application that parks calls: calls whom it is told to by REFER, and tells who asks what it has parked. */
function parks(server: Party): void {
  const { endpoint, uri } = server
  let parked: Context | undefined
  server.serve((ctx, request) => {
    if (request.method === 'REFER') {
      const transfer = endpoint.acceptRefer(ctx, request)
      parked = endpoint.invite({ from: uri, to: transfer.target }, undefined, sdp(), transfer.headers)
      void parked.outcome.then(({ status }) => transfer.report(status))
    }
    if (request.method === 'SUBSCRIBE' && parked !== undefined) {
      endpoint.acceptSubscription(ctx, request).notify(dialogInfo(parked, parked.dialogs[0]))
    }
  })
}

describe('RFC 5359 2.15 call park', () => {
  test('Bob parks Alice, and Carol takes her from there', async () => {
    const { world, alice, bob, carol, park } = cast('alice', 'bob', 'carol', 'park')
    parks(park)
    alice.endpoint.invite(alice.to(bob), undefined, sdp())
    await world.pass(100)
    const his = bob.last('INVITE').ctx
    bob.endpoint.invite(his, undefined, sdp('sendonly'))
    await world.pass(100)
    const reports: string[] = []
    bob.endpoint
      .refer(bob.to(park), alice.uri, undefined, { replaces: his.dialogs[0]! })
      .on('notify', (request) => reports.push(request.text.trim()))
    await world.pass(100)
    expect(reports).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 200 OK'])
    expect(his.state).toBe('closed')

    const watch = carol.endpoint.subscribe(carol.to(park), { event: 'dialog', expires: 0 })
    let retrieved: Context | undefined
    watch.on('notify', (request) => {
      const { peer, replaces } = readDialogInfo(request.text)
      const headers = { Replaces: Replaces.format(replaces) }
      retrieved = carol.endpoint.invite({ from: carol.uri, to: peer }, undefined, sdp(), headers)
    })
    await world.pass(200)
    expect(retrieved?.state).toBe('confirmed')
    expect(park.endpoint.stats()).toMatchObject({ dialogs: 0 })
    expect(world.drawing()).toBe(
      drawn(`
        alice                      bob                      park                      carol
          |-------- INVITE -------->|                         |                         |
          |<----- 180 Ringing ------|                         |                         |
          |<------- 200 OK ---------|                         |                         |
          |---------- ACK --------->|                         |                         |
          |<------- INVITE ---------|                         |                         |
          |-------- 200 OK -------->|                         |                         |
          |<--------- ACK ----------|                         |                         |
          |                         |--------- REFER -------->|                         |
          |                         |< 202 Accepted (REFER) --|                         |
          |                         |<------- NOTIFY ---------|                         |
          |<-------------------- INVITE ----------------------|                         |
          |                         |---- 200 OK (NOTIFY) --->|                         |
          |------------------- 180 Ringing ------------------>|                         |
          |--------------------- 200 OK --------------------->|                         |
          |---------- BYE --------->|                         |                         |
          |<---------------------- ACK -----------------------|                         |
          |                         |<------- NOTIFY ---------|                         |
          |<---- 200 OK (BYE) ------|                         |                         |
          |                         |---- 200 OK (NOTIFY) --->|                         |
          |                         |                         |<------ SUBSCRIBE -------|
          |                         |                         |-- 200 OK (SUBSCRIBE) -->|
          |                         |                         |-------- NOTIFY -------->|
          |                         |                         |<--- 200 OK (NOTIFY) ----|
          |<--------------------------------- INVITE -----------------------------------|
          |-------------------------------- 180 Ringing ------------------------------->|
          |---------------------------------- 200 OK ---------------------------------->|
          |----------------------- BYE ---------------------->|                         |
          |<----------------------------------- ACK ------------------------------------|
          |<----------------- 200 OK (BYE) -------------------|                         |`),
    )
  })
})

describe('RFC 5359 2.16 call pickup', () => {
  test("Bill takes the call that rings at Bob's phone", async () => {
    const { world, alice, bob, bill } = cast('alice', 'bob', 'bill')
    let ringing: Context | undefined
    bob.serve((ctx, request) => {
      if (request.method === 'INVITE') {
        ringing = ctx
        bob.respond(ctx, request, 180)
      }
      if (request.method === 'SUBSCRIBE' && ringing !== undefined) {
        bob.endpoint.acceptSubscription(ctx, request).notify(dialogInfo(ringing, ringing.dialogs[0]))
      }
    })
    const hers = alice.endpoint.invite(alice.to(bob), undefined, sdp())
    await world.pass(100)
    let picked: Context | undefined
    bill.endpoint.subscribe(bill.to(bob), { event: 'dialog', expires: 0 }).on('notify', (request) => {
      const { state, peer, replaces } = readDialogInfo(request.text)
      expect(state).toBe('early')
      const headers = { Replaces: Replaces.format({ ...replaces, earlyOnly: true }), Require: 'replaces' }
      picked = bill.endpoint.invite({ from: bill.uri, to: peer }, undefined, sdp(), headers)
    })
    await world.pass(200)
    expect([picked?.state, hers.state, ringing?.state]).toEqual(['confirmed', 'closed', 'closed'])
    expect(world.drawing()).toBe(
      drawn(`
        alice                        bob                        bill
          |--------- INVITE --------->|                           |
          |<------ 180 Ringing -------|                           |
          |                           |<------- SUBSCRIBE --------|
          |                           |--- 200 OK (SUBSCRIBE) --->|
          |                           |--------- NOTIFY --------->|
          |                           |<---- 200 OK (NOTIFY) -----|
          |<---------------------- INVITE ------------------------|
          |--------------------- 180 Ringing -------------------->|
          |----------------------- 200 OK ----------------------->|
          |--------- CANCEL --------->|                           |
          |<------------------------ ACK -------------------------|
          |<---- 200 OK (CANCEL) -----|                           |
          |< 487 Request Terminated --|                           |
          |----------- ACK ---------->|                           |`),
    )
  })
})
