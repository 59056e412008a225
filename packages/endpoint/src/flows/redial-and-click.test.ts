import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import type { Notifier } from '../subscription/notifier.ts'
import { dialogInfo, readDialogInfo } from '../testing/dialog-info.ts'
import { drawn } from '../testing/drawn.ts'
import { answerTo, cast, sdp } from '../testing/flow.ts'

describe('RFC 5359 2.17 automatic redial', () => {
  test('Alice finds Bob busy, and calls him again when he has hung up', async () => {
    const { world, alice, bob, carol } = cast('alice', 'bob', 'carol')
    const talk = bob.endpoint.invite(bob.to(carol), undefined, sdp())
    await world.pass(100)
    world.network.ladder.clear()
    const watchers: Notifier[] = []
    bob.serve((ctx, request) => {
      const busy = talk.state !== 'closed'
      if (request.method === 'INVITE') bob.respond(ctx, request, busy ? 486 : 200, busy ? undefined : answerTo(request))
      if (request.method !== 'SUBSCRIBE') return
      const watcher = bob.endpoint.acceptSubscription(ctx, request)
      watcher.notify(dialogInfo(talk, talk.dialogs[0]))
      watchers.push(watcher)
    })
    talk.on('ended', () => watchers.forEach((watcher) => watcher.notify(dialogInfo(talk, undefined))))

    let again: Context | undefined
    const redial = (): void => {
      const watch = alice.endpoint.subscribe(alice.to(bob), { event: 'dialog', expires: 600 })
      watch.on('notify', (request) => {
        if (again !== undefined || readDialogInfo(request.text).state !== 'terminated') return
        watch.unsubscribe()
        again = alice.endpoint.invite(alice.to(bob), undefined, sdp())
      })
    }
    alice.endpoint.invite(alice.to(bob), (_endpoint, _ctx, error) => error && redial(), sdp())
    await world.pass(60_000)
    carol.endpoint.newRequest('BYE', carol.last('INVITE').ctx)
    await world.pass(200)
    expect(again?.state).toBe('confirmed')
    expect(world.drawing()).toBe(
      drawn(`
        alice                    bob                    carol
          |------- INVITE ------->|                       |
          |<--- 486 Busy Here ----|                       |
          |--------- ACK -------->|                       |
          |------ SUBSCRIBE ----->|                       |
          |< 200 OK (SUBSCRIBE) --|                       |
          |<------ NOTIFY --------|                       |
          |--- 200 OK (NOTIFY) -->|                       |
          |                       |<-------- BYE ---------|
          |                       |---- 200 OK (BYE) ---->|
          |<------ NOTIFY --------|                       |
          |--- 200 OK (NOTIFY) -->|                       |
          |------ SUBSCRIBE ----->|                       |
          |------- INVITE ------->|                       |
          |< 200 OK (SUBSCRIBE) --|                       |
          |<------ NOTIFY --------|                       |
          |<------ 200 OK --------|                       |
          |--- 200 OK (NOTIFY) -->|                       |
          |--------- ACK -------->|                       |`),
    )
  })
})

describe('RFC 5359 2.18 click to dial', () => {
  test('a click on the computer of Alice makes her phone call Bob', async () => {
    const { world, alice, bob, pc } = cast('alice', 'bob', 'pc')
    alice.serve((ctx, request) => {
      if (request.method !== 'REFER') return
      const transfer = alice.endpoint.acceptRefer(ctx, request)
      const progress = (_endpoint: unknown, _ctx: unknown, _error: unknown, status?: number): void => {
        if (status !== undefined) transfer.report(status)
      }
      alice.endpoint.invite({ from: alice.uri, to: transfer.target }, progress, sdp())
    })
    bob.serve((ctx, request) => {
      if (request.method !== 'INVITE') return
      bob.respond(ctx, request, 180)
      world.clock.setTimer(2000, () => bob.respond(ctx, request, 200, sdp()))
    })
    const shown: string[] = []
    pc.endpoint.refer(pc.to(alice), bob.uri).on('notify', (request) => shown.push(request.text.trim()))
    await world.pass(3000)
    expect(shown).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 180 Ringing', 'SIP/2.0 200 OK'])
    expect(pc.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
    expect(world.drawing()).toBe(
      drawn(`
        pc                       alice                      bob
         |--------- REFER -------->|                         |
         |< 202 Accepted (REFER) --|                         |
         |<------- NOTIFY ---------|                         |
         |                         |-------- INVITE -------->|
         |---- 200 OK (NOTIFY) --->|                         |
         |                         |<----- 180 Ringing ------|
         |<------- NOTIFY ---------|                         |
         |---- 200 OK (NOTIFY) --->|                         |
         |                         |<------- 200 OK ---------|
         |<------- NOTIFY ---------|                         |
         |                         |---------- ACK --------->|
         |---- 200 OK (NOTIFY) --->|                         |`),
    )
  })
})
