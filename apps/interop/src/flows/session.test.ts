import type { ResponseError } from '@netsip/endpoint'
import { MemoryLocationStore, Proxy, Redirect, Registrar } from '@netsip/server'
import { describe, expect, test } from 'vitest'
import { drawn, type Phone, sdp, Stage } from './stage.ts'

const [ALICE, BOB] = ['sip:alice@atlanta.example.com', 'sip:bob@biloxi.example.com']
const password = { auth: ['alice', 'wonderland'] } as const

/** Puts the address of the gateway into a session description. */
function through(description: string): string {
  return description.replaceAll(/IN IP4 \S+/g, 'IN IP4 10.0.1.5')
}

/** A gateway between two networks: a user agent to either side, which makes the second call for the first. */
function gateway(stage: Stage): Phone {
  const gate = stage.phone('gateway')
  gate.answers((ctx, invite) => {
    const init = { from: invite.from.uri, to: invite.to.uri }
    const out = gate.endpoint.invite(init, undefined, through(invite.text), { uri: invite.uri })
    out.on('progress', ({ status }) => gate.respond(ctx, invite, status))
    out.on('accepted', (response) => gate.respond(ctx, invite, response.status, through(response.text)))
    out.on('failed', (error) => gate.respond(ctx, invite, (error as Partial<ResponseError>).status ?? 408))
    ctx.on('ended', () => out.hangUp())
    out.on('ended', () => ctx.hangUp())
  })
  return gate
}

/** Alice behind the proxy of Atlanta, Bob behind the one of Biloxi. */
function twoProxies({ challenges = false }: { challenges?: boolean } = {}): { stage: Stage; alice: Phone; bob: Phone } {
  const stage = new Stage()
  const accounts = challenges ? { accounts: { alice: 'wonderland' }, algorithms: ['MD5'] as const } : {}
  stage.server('atlanta', { relay: () => true, ...accounts })
  stage.server('biloxi', { relay: () => true, lines: { bob: 'sip:bob@10.0.0.2' } })
  const alice = stage.phone('alice', { proxy: 'sip:atlanta.example.com' })
  const bob = stage.phone('bob', { proxy: 'sip:biloxi.example.com' })
  return { stage, alice, bob }
}

describe('RFC 3665 3 session establishment', () => {
  test('3.2 through two proxies', async () => {
    const { stage, alice, bob } = twoProxies({ challenges: true })
    const ctx = alice.call(ALICE, BOB, password)
    await stage.pass(200)
    expect(ctx.state).toBe('confirmed')
    void bob.incoming?.hangUp()
    await stage.pass(200)
    expect(stage.drawing()).toBe(
      drawn(`
        alice                                 atlanta                                biloxi                                   bob
          |--------------- INVITE -------------->|                                      |                                      |
          |< 407 Proxy Authentication Required --|                                      |                                      |
          |---------------- ACK ---------------->|                                      |                                      |
          |--------------- INVITE -------------->|                                      |                                      |
          |                                      |--------------- INVITE -------------->|                                      |
          |                                      |                                      |--------------- INVITE -------------->|
          |                                      |                                      |<----------- 180 Ringing -------------|
          |                                      |                                      |<-------------- 200 OK ---------------|
          |                                      |<----------- 180 Ringing -------------|                                      |
          |                                      |<-------------- 200 OK ---------------|                                      |
          |<----------- 180 Ringing -------------|                                      |                                      |
          |<-------------- 200 OK ---------------|                                      |                                      |
          |---------------- ACK ---------------->|                                      |                                      |
          |                                      |---------------- ACK ---------------->|                                      |
          |                                      |                                      |---------------- ACK ---------------->|
          |                                      |                                      |<--------------- BYE -----------------|
          |                                      |<--------------- BYE -----------------|                                      |
          |<--------------- BYE -----------------|                                      |                                      |
          |------------ 200 OK (BYE) ----------->|                                      |                                      |
          |                                      |------------ 200 OK (BYE) ----------->|                                      |
          |                                      |                                      |------------ 200 OK (BYE) ----------->|`),
    )
    expect(await stage.left()).toEqual({ transactions: 0, contexts: 0 })
  })

  test('3.3 with multiple proxy authentication', async () => {
    const stage = new Stage()
    stage.server('atlanta', { relay: () => true, accounts: { alice: 'wonderland' }, algorithms: ['MD5'] })
    const dispatcher = stage.dispatcher('biloxi')
    const lines = { bob: 'sip:bob@10.0.0.2' }
    const proxy = new Proxy({ dispatcher, domains: ['biloxi.example.com'], store: new MemoryLocationStore(), lines })
    const authorize = stage.authorize(dispatcher, 'biloxi.example.com', ['atlanta.example.com'], { alice: 'seaside' })
    stage.chain(dispatcher, [authorize, proxy])
    const alice = stage.phone('alice', { proxy: 'sip:atlanta.example.com' })
    stage.phone('bob')
    const auth = {
      'atlanta.example.com': ['alice', 'wonderland'],
      'biloxi.example.com': ['alice', 'seaside'],
    } as const
    const ctx = alice.call(ALICE, BOB, { auth })
    await stage.pass(300)
    expect(ctx.state).toBe('confirmed')
    const [first, second, third] = stage.requests('INVITE', 'alice')
    expect([first, second, third].map((one) => one?.headers.getAll('Proxy-Authorization').length)).toEqual([0, 1, 2])
    expect(stage.drawing()).toBe(
      drawn(`
        alice                                 atlanta                                biloxi                                   bob
          |--------------- INVITE -------------->|                                      |                                      |
          |< 407 Proxy Authentication Required --|                                      |                                      |
          |---------------- ACK ---------------->|                                      |                                      |
          |--------------- INVITE -------------->|                                      |                                      |
          |                                      |--------------- INVITE -------------->|                                      |
          |                                      |< 407 Proxy Authentication Required --|                                      |
          |                                      |---------------- ACK ---------------->|                                      |
          |< 407 Proxy Authentication Required --|                                      |                                      |
          |---------------- ACK ---------------->|                                      |                                      |
          |--------------- INVITE -------------->|                                      |                                      |
          |                                      |--------------- INVITE -------------->|                                      |
          |                                      |                                      |--------------- INVITE -------------->|
          |                                      |                                      |<----------- 180 Ringing -------------|
          |                                      |                                      |<-------------- 200 OK ---------------|
          |                                      |<----------- 180 Ringing -------------|                                      |
          |                                      |<-------------- 200 OK ---------------|                                      |
          |<----------- 180 Ringing -------------|                                      |                                      |
          |<-------------- 200 OK ---------------|                                      |                                      |
          |---------------- ACK ---------------->|                                      |                                      |
          |                                      |---------------- ACK ---------------->|                                      |
          |                                      |                                      |---------------- ACK ---------------->|`),
    )
  })

  test('3.4 with a proxy that fails', async () => {
    const stage = new Stage()
    const lines = { lines: { bob: 'sip:bob@10.0.0.2' } }
    stage.dispatcher('atlanta')
    stage.server('spare', { domains: ['pair.example.com'], ...lines })
    stage.network.partition('10.0.0.1', '10.0.1.1')
    const alice = stage.phone('alice', { proxy: 'sip:pair.example.com' })
    stage.phone('bob')
    const ctx = alice.call('sip:alice@pair.example.com', 'sip:bob@pair.example.com')
    await stage.pass(33_000)
    expect(ctx.state).toBe('confirmed')
    expect(stage.drawing()).toBe(
      drawn(`
        alice              atlanta              spare                bob
          |----- INVITE -----x|                   |                   |  partition
          |----- INVITE -----x|                   |                   |  partition
          |----- INVITE -----x|                   |                   |  partition
          |----- INVITE -----x|                   |                   |  partition
          |----- INVITE -----x|                   |                   |  partition
          |----- INVITE -----x|                   |                   |  partition
          |----- INVITE -----x|                   |                   |  partition
          |--------------- INVITE --------------->|                   |
          |                   |                   |----- INVITE ----->|
          |                   |                   |<-- 180 Ringing ---|
          |                   |                   |<---- 200 OK ------|
          |<------------ 180 Ringing -------------|                   |
          |<-------------- 200 OK ----------------|                   |
          |----------------- ACK ---------------->|                   |
          |                   |                   |------- ACK ------>|`),
    )
  })

  test('3.5 through a gateway that changes the session descriptions', async () => {
    const stage = new Stage()
    gateway(stage)
    stage.server('biloxi', { relay: () => true, lines: { bob: 'sip:bob@10.0.0.2' } })
    const alice = stage.phone('alice', { proxy: 'sip:gateway.example.com' })
    const bob = stage.phone('bob')
    const ctx = alice.call(ALICE, BOB)
    await stage.pass(200)
    expect(ctx.state).toBe('confirmed')
    expect(stage.requests('INVITE', 'biloxi')[0]?.text).toContain('o=- 1 1 IN IP4 10.0.1.5')
    expect((await ctx.outcome).response.text).toContain('o=- 1 1 IN IP4 10.0.1.5')
    void bob.incoming?.hangUp()
    await stage.pass(200)
    expect(stage.drawing()).toBe(
      drawn(`
        alice              gateway             biloxi                bob
          |----- INVITE ----->|                   |                   |
          |                   |----- INVITE ----->|                   |
          |                   |                   |----- INVITE ----->|
          |                   |                   |<-- 180 Ringing ---|
          |                   |                   |<---- 200 OK ------|
          |                   |<-- 180 Ringing ---|                   |
          |                   |<---- 200 OK ------|                   |
          |<-- 180 Ringing ---|                   |                   |
          |<---- 200 OK ------|                   |                   |
          |                   |------- ACK ------>|                   |
          |------- ACK ------>|                   |                   |
          |                   |                   |------- ACK ------>|
          |                   |                   |<------ BYE -------|
          |                   |<------ BYE -------|                   |
          |                   |-- 200 OK (BYE) -->|                   |
          |<------ BYE -------|                   |                   |
          |                   |                   |-- 200 OK (BYE) -->|
          |-- 200 OK (BYE) -->|                   |                   |`),
    )
    expect(await stage.left()).toEqual({ transactions: 0, contexts: 0 })
  })

  test('3.6 via redirect and proxy servers, with the answer in the ACK', async () => {
    const stage = new Stage()
    const store = new MemoryLocationStore({ clock: stage.clock })
    const dispatcher = stage.dispatcher('redirect')
    const common = { dispatcher, domains: ['chicago.example.com'], store }
    stage.chain(dispatcher, [new Registrar(common), new Redirect(common)])
    stage.server('biloxi', { relay: () => true, lines: { bob: 'sip:bob@10.0.0.2' } })
    const alice = stage.phone('alice')
    const bob = stage.phone('bob')
    const chicago = { registrar: 'sip:chicago.example.com', from: 'sip:bob@chicago.example.com' }
    bob.endpoint.register({ ...chicago, contact: BOB })
    await stage.pass(100)
    stage.curtain()
    const ctx = alice.endpoint.invite({ from: ALICE, to: 'sip:bob@chicago.example.com' })
    ctx.on('accepted', (_response, _dialog, ack) => {
      ack.contentType = 'application/sdp'
      ack.body = new TextEncoder().encode(sdp)
    })
    await stage.pass(300)
    expect(ctx.state).toBe('confirmed')
    expect(stage.requests('ACK', 'alice').at(-1)?.text).toBe(sdp)
    expect(stage.drawing()).toBe(
      drawn(`
        alice                    redirect                    biloxi                       bob
          |--------- INVITE -------->|                          |                          |
          |< 302 Moved Temporarily --|                          |                          |
          |---------- ACK ---------->|                          |                          |
          |---------------------- INVITE ---------------------->|                          |
          |                          |                          |--------- INVITE -------->|
          |                          |                          |<----- 180 Ringing -------|
          |                          |                          |<-------- 200 OK ---------|
          |<------------------- 180 Ringing --------------------|                          |
          |<--------------------- 200 OK -----------------------|                          |
          |------------------------ ACK ----------------------->|                          |
          |                          |                          |---------- ACK ---------->|`),
    )
  })

  test('3.8 no answer: the caller gives up', async () => {
    const { stage, alice, bob } = twoProxies()
    bob.answers((ctx, invite) => bob.respond(ctx, invite, 180))
    const ctx = alice.call(ALICE, BOB)
    await stage.pass(20_000)
    alice.endpoint.cancelInvite(ctx)
    await stage.pass(200)
    expect(stage.drawing()).toBe(
      drawn(`
        alice                      atlanta                     biloxi                        bob
          |--------- INVITE --------->|                           |                           |
          |                           |--------- INVITE --------->|                           |
          |                           |                           |--------- INVITE --------->|
          |                           |                           |<------ 180 Ringing -------|
          |                           |<------ 180 Ringing -------|                           |
          |<------ 180 Ringing -------|                           |                           |
          |--------- CANCEL --------->|                           |                           |
          |<---- 200 OK (CANCEL) -----|                           |                           |
          |                           |--------- CANCEL --------->|                           |
          |                           |<---- 200 OK (CANCEL) -----|                           |
          |                           |                           |--------- CANCEL --------->|
          |                           |                           |<---- 200 OK (CANCEL) -----|
          |                           |                           |< 487 Request Terminated --|
          |                           |                           |----------- ACK ---------->|
          |                           |< 487 Request Terminated --|                           |
          |                           |----------- ACK ---------->|                           |
          |< 487 Request Terminated --|                           |                           |
          |----------- ACK ---------->|                           |                           |`),
    )
    expect(await stage.left()).toEqual({ transactions: 0, contexts: 0 })
  })

  test('3.9 busy', async () => {
    const { stage, alice, bob } = twoProxies()
    bob.answers((ctx, invite) => bob.respond(ctx, invite, 486))
    const ctx = alice.call(ALICE, BOB)
    await stage.pass(200)
    await expect(ctx.outcome).rejects.toMatchObject({ status: 486 })
    expect(stage.drawing()).toBe(
      drawn(`
        alice              atlanta             biloxi                bob
          |----- INVITE ----->|                   |                   |
          |                   |----- INVITE ----->|                   |
          |                   |                   |----- INVITE ----->|
          |                   |                   |<- 486 Busy Here --|
          |                   |                   |------- ACK ------>|
          |                   |<- 486 Busy Here --|                   |
          |                   |------- ACK ------>|                   |
          |<- 486 Busy Here --|                   |                   |
          |------- ACK ------>|                   |                   |`),
    )
  })

  test('3.10 no response from the user agent', async () => {
    const { stage, alice } = twoProxies()
    stage.network.partition('10.0.1.3', '10.0.0.2')
    const ctx = alice.call(ALICE, BOB)
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await stage.pass(33_000)
    expect(await outcome).toMatchObject({ status: 408 })
    expect(stage.drawing()).toBe(
      drawn(`
        alice                   atlanta                  biloxi                     bob
          |-------- INVITE ------->|                        |                        |
          |                        |-------- INVITE ------->|                        |
          |                        |                        |-------- INVITE -------x|  partition
          |<----- 100 Trying ------|                        |                        |
          |                        |<----- 100 Trying ------|                        |
          |                        |                        |-------- INVITE -------x|  partition
          |                        |                        |-------- INVITE -------x|  partition
          |                        |                        |-------- INVITE -------x|  partition
          |                        |                        |-------- INVITE -------x|  partition
          |                        |                        |-------- INVITE -------x|  partition
          |                        |                        |-------- INVITE -------x|  partition
          |                        |< 408 Request Timeout --|                        |
          |                        |--------- ACK --------->|                        |
          |< 408 Request Timeout --|                        |                        |
          |--------- ACK --------->|                        |                        |`),
    )
  })

  test('3.11 temporarily unavailable', async () => {
    const { stage, alice, bob } = twoProxies()
    bob.answers((ctx, invite) => bob.respond(ctx, invite, 480))
    const ctx = alice.call(ALICE, BOB)
    await stage.pass(200)
    await expect(ctx.outcome).rejects.toMatchObject({ status: 480 })
    expect(stage.drawing()).toBe(
      drawn(`
        alice                           atlanta                          biloxi                             bob
          |------------ INVITE ----------->|                                |                                |
          |                                |------------ INVITE ----------->|                                |
          |                                |                                |------------ INVITE ----------->|
          |                                |                                |< 480 Temporarily Unavailable --|
          |                                |                                |------------- ACK ------------->|
          |                                |< 480 Temporarily Unavailable --|                                |
          |                                |------------- ACK ------------->|                                |
          |< 480 Temporarily Unavailable --|                                |                                |
          |------------- ACK ------------->|                                |                                |`),
    )
  })
})
