import type { Dispatcher } from '@netsip/dispatcher'
import { type Handler, MemoryLocationStore, Proxy, Registrar } from '@netsip/server'
import { describe, expect, test } from 'vitest'
import { drawn, type Phone, Stage } from './stage.ts'

const ALICE = 'sip:alice@atlanta.example.com'
const BOB = 'sip:bob@atlanta.example.com'
const CAROL = 'sip:carol@10.0.0.3'

/** Phones at one proxy: what Bob has registered is where his calls go, in the order of q. */
class Office {
  readonly stage: Stage = new Stage()
  readonly alice: Phone
  readonly bob: Phone

  constructor(first: (dispatcher: Dispatcher) => Handler[] = () => []) {
    const { stage } = this
    const dispatcher = stage.dispatcher('atlanta')
    const store = new MemoryLocationStore({ clock: stage.clock })
    const common = { dispatcher, store, domains: ['atlanta.example.com'] }
    // After 20 s without an answer the next contact is tried.
    stage.chain(dispatcher, [new Registrar(common), ...first(dispatcher), new Proxy({ ...common, timerC: 20_000 })])
    this.alice = stage.phone('alice', { proxy: 'sip:atlanta.example.com' })
    this.bob = stage.phone('bob', { proxy: 'sip:atlanta.example.com' })
  }

  /** What somebody has registered before the flow begins. */
  async registers(aor: string, contacts: readonly string[]): Promise<void> {
    const headers = { uri: 'sip:atlanta.example.com', Contact: contacts, Expires: 3600 }
    this.bob.endpoint.newRequest('REGISTER', { from: aor, to: aor }, undefined, undefined, headers)
    await this.stage.pass(100)
    this.stage.curtain()
  }
}

/** Sends every call for one user to somebody else, and says so. */
class ForwardAlways implements Handler {
  readonly #dispatcher: Dispatcher
  readonly #to: string

  constructor(dispatcher: Dispatcher, to: string) {
    this.#dispatcher = dispatcher
    this.#to = to
  }

  handle(...[packet]: Parameters<Handler['handle']>): boolean {
    if (packet.type !== 'request' || packet.method !== 'INVITE' || packet.uri.toString() !== BOB) return false
    this.#dispatcher.deliver(packet.createResponse(181, { toTag: 'forwarding' }))
    packet.uri = this.#to
    return false
  }
}

describe('RFC 5359 call forwarding', () => {
  test('2.7 unconditional', async () => {
    const away = 'sip:carol@atlanta.example.com'
    const office = new Office((dispatcher) => [new ForwardAlways(dispatcher, away)])
    const { stage, alice } = office
    stage.phone('carol')
    await office.registers(away, [`<${CAROL}>`])
    const ctx = alice.call(ALICE, BOB)
    await stage.pass(200)
    expect(ctx.state).toBe('confirmed')
    await Promise.all([ctx.hangUp(), stage.pass(200)])
    expect(stage.drawing()).toBe(
      drawn(`
        alice                           atlanta                           carol
          |------------ INVITE ----------->|                                |
          |< 181 Call Is Being Forwarded --|                                |
          |                                |------------ INVITE ----------->|
          |                                |<-------- 180 Ringing ----------|
          |                                |<----------- 200 OK ------------|
          |<-------- 180 Ringing ----------|                                |
          |<----------- 200 OK ------------|                                |
          |------------- ACK ------------->|                                |
          |                                |------------- ACK ------------->|
          |------------- BYE ------------->|                                |
          |                                |------------- BYE ------------->|
          |                                |<-------- 200 OK (BYE) ---------|
          |<-------- 200 OK (BYE) ---------|                                |`),
    )
    expect(await stage.left()).toEqual({ transactions: 0, contexts: 0 })
  })

  test('2.8 when Bob is busy', async () => {
    const office = new Office()
    const { stage, alice, bob } = office
    stage.phone('carol')
    await office.registers(BOB, ['<sip:bob@10.0.0.2>;q=1', `<${CAROL}>;q=0.5`])
    bob.answers((ctx, invite) => bob.respond(ctx, invite, 486))
    const ctx = alice.call(ALICE, BOB)
    await stage.pass(200)
    expect(ctx.state).toBe('confirmed')
    expect(stage.drawing()).toBe(
      drawn(`
        alice              atlanta               bob                carol
          |----- INVITE ----->|                   |                   |
          |                   |----- INVITE ----->|                   |
          |                   |<- 486 Busy Here --|                   |
          |                   |------- ACK ------>|                   |
          |                   |--------------- INVITE --------------->|
          |                   |<------------ 180 Ringing -------------|
          |                   |<-------------- 200 OK ----------------|
          |<-- 180 Ringing ---|                   |                   |
          |<---- 200 OK ------|                   |                   |
          |------- ACK ------>|                   |                   |
          |                   |----------------- ACK ---------------->|`),
    )
  })

  test('2.9 when Bob does not answer', async () => {
    const office = new Office()
    const { stage, alice, bob } = office
    stage.phone('carol')
    await office.registers(BOB, ['<sip:bob@10.0.0.2>;q=1', `<${CAROL}>;q=0.5`])
    bob.answers((ctx, invite) => bob.respond(ctx, invite, 180))
    const ctx = alice.call(ALICE, BOB)
    await stage.pass(21_000)
    expect(ctx.state).toBe('confirmed')
    expect(bob.incoming?.state).toBe('closed')
    expect(stage.drawing()).toBe(
      drawn(`
        alice                      atlanta                       bob                        carol
          |--------- INVITE --------->|                           |                           |
          |                           |--------- INVITE --------->|                           |
          |                           |<------ 180 Ringing -------|                           |
          |<------ 180 Ringing -------|                           |                           |
          |                           |--------- CANCEL --------->|                           |
          |                           |<---- 200 OK (CANCEL) -----|                           |
          |                           |< 487 Request Terminated --|                           |
          |                           |----------- ACK ---------->|                           |
          |                           |----------------------- INVITE ----------------------->|
          |                           |<-------------------- 180 Ringing ---------------------|
          |                           |<---------------------- 200 OK ------------------------|
          |<------ 180 Ringing -------|                           |                           |
          |<-------- 200 OK ----------|                           |                           |
          |----------- ACK ---------->|                           |                           |
          |                           |------------------------- ACK ------------------------>|`),
    )
  })
})

describe('RFC 5359 2.12 find-me', () => {
  test('Bob is looked for at four places, one after the other', async () => {
    const places = ['b1', 'b2', 'b3', 'b4'] as const
    const office = new Office()
    const { stage, alice } = office
    await office.registers(
      BOB,
      places.map((_place, n) => `<sip:bob@10.0.0.1${n + 1}>;q=0.${9 - n}`),
    )
    const [rings, absent, busy, home] = places.map((place) => stage.phone(place))
    rings?.answers((ctx, invite) => rings.respond(ctx, invite, 180))
    absent?.answers((ctx, invite) => absent.respond(ctx, invite, 480))
    busy?.answers((ctx, invite) => busy.respond(ctx, invite, 486))
    const ctx = alice.call(ALICE, BOB)
    await stage.pass(21_000)
    expect(ctx.state).toBe('confirmed')
    void home?.incoming?.hangUp()
    await stage.pass(100)
    expect(stage.drawing()).toBe(
      drawn(`
        alice                           atlanta                            b1                               b2                               b3                               b4
          |------------ INVITE ----------->|                                |                                |                                |                                |
          |                                |------------ INVITE ----------->|                                |                                |                                |
          |                                |<-------- 180 Ringing ----------|                                |                                |                                |
          |<-------- 180 Ringing ----------|                                |                                |                                |                                |
          |                                |------------ CANCEL ----------->|                                |                                |                                |
          |                                |<------ 200 OK (CANCEL) --------|                                |                                |                                |
          |                                |<--- 487 Request Terminated ----|                                |                                |                                |
          |                                |------------- ACK ------------->|                                |                                |                                |
          |                                |---------------------------- INVITE ---------------------------->|                                |                                |
          |                                |<----------------- 480 Temporarily Unavailable ------------------|                                |                                |
          |                                |------------------------------ ACK ----------------------------->|                                |                                |
          |                                |--------------------------------------------- INVITE -------------------------------------------->|                                |
          |                                |<---------------------------------------- 486 Busy Here ------------------------------------------|                                |
          |                                |---------------------------------------------- ACK ---------------------------------------------->|                                |
          |                                |------------------------------------------------------------- INVITE ------------------------------------------------------------->|
          |                                |<---------------------------------------------------------- 180 Ringing -----------------------------------------------------------|
          |                                |<------------------------------------------------------------ 200 OK --------------------------------------------------------------|
          |<-------- 180 Ringing ----------|                                |                                |                                |                                |
          |<----------- 200 OK ------------|                                |                                |                                |                                |
          |------------- ACK ------------->|                                |                                |                                |                                |
          |                                |--------------------------------------------------------------- ACK -------------------------------------------------------------->|
          |                                |<-------------------------------------------------------------- BYE ---------------------------------------------------------------|
          |<------------ BYE --------------|                                |                                |                                |                                |
          |--------- 200 OK (BYE) -------->|                                |                                |                                |                                |
          |                                |---------------------------------------------------------- 200 OK (BYE) ---------------------------------------------------------->|`),
    )
    expect(await stage.left()).toEqual({ transactions: 0, contexts: 0 })
  })
})
