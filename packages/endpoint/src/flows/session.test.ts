import { describe, expect, test } from 'vitest'
import { drawn } from '../testing/drawn.ts'
import { cast, sdp } from '../testing/flow.ts'

describe('RFC 3665 3.1 successful session establishment', () => {
  test('Alice calls Bob, who hangs up', async () => {
    const { world, alice, bob } = cast('alice', 'bob')
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, sdp())
    await world.pass(100)
    bob.endpoint.newRequest('BYE', bob.last('INVITE').ctx)
    await world.pass(100)
    expect(ctx.state).toBe('closed')
    expect(world.drawing()).toBe(
      drawn(`
        alice                bob
          |----- INVITE ----->|
          |<-- 180 Ringing ---|
          |<---- 200 OK ------|
          |------- ACK ------>|
          |<------ BYE -------|
          |-- 200 OK (BYE) -->|`),
    )
  })
})

describe('RFC 3665 3.7 session with re-INVITE', () => {
  test('the address of Bob changes during the call', async () => {
    const { world, alice, bob } = cast('alice', 'bob')
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, sdp())
    await world.pass(100)
    bob.endpoint.invite(bob.last('INVITE').ctx, undefined, sdp(), { Contact: '<sip:bob@10.0.0.2;new>' })
    await world.pass(100)
    alice.endpoint.newRequest('BYE', ctx)
    await world.pass(100)
    expect(world.requests('BYE')[0]?.uri.toString()).toBe('sip:bob@10.0.0.2;new')
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
          |------- BYE ------>|
          |<- 200 OK (BYE) ---|`),
    )
  })
})

describe('RFC 3665 3.8 to 3.11 as the user agents see them', () => {
  test('3.8 no answer: the caller gives up', async () => {
    const { world, alice, bob } = cast('alice', 'bob')
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 180))
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, sdp())
    await world.pass(20_000)
    alice.endpoint.cancelInvite(ctx)
    await world.pass(100)
    expect(world.drawing()).toBe(
      drawn(`
        alice                        bob
          |--------- INVITE --------->|
          |<------ 180 Ringing -------|
          |--------- CANCEL --------->|
          |<---- 200 OK (CANCEL) -----|
          |< 487 Request Terminated --|
          |----------- ACK ---------->|`),
    )
  })

  test('3.9 busy', async () => {
    const { world, alice, bob } = cast('alice', 'bob')
    bob.serve((ctx, request) => bob.respond(ctx, request, 486))
    alice.endpoint.invite(alice.to(bob), undefined, sdp())
    await world.pass(100)
    expect(world.drawing()).toBe(
      drawn(`
        alice                bob
          |----- INVITE ----->|
          |<- 486 Busy Here --|
          |------- ACK ------>|`),
    )
  })

  test('3.10 no response', async () => {
    const { world, alice, bob } = cast('alice', 'bob')
    world.network.partition('10.0.0.1', '10.0.0.2')
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, sdp())
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await world.pass(33_000)
    expect(await outcome).toMatchObject({ code: 'ERR_SIP_TIMEOUT' })
    expect(world.drawing()).toBe(
      drawn(`
        alice                bob
          |----- INVITE -----x|  partition
          |----- INVITE -----x|  partition
          |----- INVITE -----x|  partition
          |----- INVITE -----x|  partition
          |----- INVITE -----x|  partition
          |----- INVITE -----x|  partition
          |----- INVITE -----x|  partition`),
    )
  })

  test('3.11 temporarily unavailable', async () => {
    const { world, alice, bob } = cast('alice', 'bob')
    bob.serve((ctx, request) => bob.respond(ctx, request, 480))
    alice.endpoint.invite(alice.to(bob), undefined, sdp())
    await world.pass(100)
    expect(world.drawing()).toBe(
      drawn(`
        alice                             bob
          |------------ INVITE ----------->|
          |< 480 Temporarily Unavailable --|
          |------------- ACK ------------->|`),
    )
  })
})
