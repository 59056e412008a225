import type { Dispatcher } from '@netsip/dispatcher'
import type { SipRequest } from '@netsip/message'
import { authenticatedUser, type Handler, MemoryLocationStore, Proxy } from '@netsip/server'
import { describe, expect, test } from 'vitest'
import { drawn, type Phone, Stage } from './stage.ts'

/** Refuses calls that somebody does not want, whether made or taken. */
class Screen implements Handler {
  readonly #dispatcher: Dispatcher
  readonly #refuses: (invite: SipRequest) => boolean

  constructor(dispatcher: Dispatcher, refuses: (invite: SipRequest) => boolean) {
    this.#dispatcher = dispatcher
    this.#refuses = refuses
  }

  handle(...[packet]: Parameters<Handler['handle']>): boolean {
    if (packet.type !== 'request' || packet.method !== 'INVITE' || !this.#refuses(packet)) return false
    const reason = 'Screening Failure'
    this.#dispatcher.deliver(packet.createResponse(403, { reason, toTag: this.#dispatcher.random.hex(6) }))
    return true
  }
}

/** A proxy that asks callers who they are, and then looks at whom they call. */
function screening(refuses: (invite: SipRequest) => boolean): {
  stage: Stage
  alice: Phone
  call: (to: string) => Promise<unknown>
} {
  const stage = new Stage()
  const dispatcher = stage.dispatcher('atlanta')
  const domains = ['atlanta.example.com']
  const lines = { bob: 'sip:bob@10.0.0.2' }
  stage.chain(dispatcher, [
    stage.authorize(dispatcher, 'atlanta.example.com', domains, { alice: 'wonderland' }),
    new Screen(dispatcher, refuses),
    new Proxy({ dispatcher, domains, lines, store: new MemoryLocationStore({ clock: stage.clock }) }),
  ])
  const alice = stage.phone('alice', { proxy: 'sip:atlanta.example.com' })
  stage.phone('bob')
  const call = async (to: string): Promise<unknown> => {
    const ctx = alice.call('sip:alice@atlanta.example.com', to, { auth: ['alice', 'wonderland'] })
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await stage.pass(200)
    return outcome
  }
  return { stage, alice, call }
}

describe('RFC 5359 call management', () => {
  test('2.13 incoming call screening: Bob takes no calls of Alice', async () => {
    const unwanted = new Map([['bob', 'alice']])
    const { stage, call } = screening((invite) => unwanted.get('bob') === authenticatedUser(invite))
    expect(await call('sip:bob@atlanta.example.com')).toMatchObject({ status: 403, reason: 'Screening Failure' })
    expect(stage.drawing()).toBe(
      drawn(`
        alice                                 atlanta
          |--------------- INVITE -------------->|
          |< 407 Proxy Authentication Required --|
          |---------------- ACK ---------------->|
          |--------------- INVITE -------------->|
          |<------ 403 Screening Failure --------|
          |---------------- ACK ---------------->|`),
    )
    expect(await stage.left()).toEqual({ transactions: 0, contexts: 0 })
  })

  test('2.14 outgoing call screening: Alice may not call premium numbers, and may call Bob', async () => {
    const { stage, call } = screening(({ uri }) => uri.toString().startsWith('sip:+1900'))
    expect(await call('sip:+19005551212@atlanta.example.com')).toMatchObject({ status: 403 })
    expect(stage.drawing()).toBe(
      drawn(`
        alice                                 atlanta
          |--------------- INVITE -------------->|
          |< 407 Proxy Authentication Required --|
          |---------------- ACK ---------------->|
          |--------------- INVITE -------------->|
          |<------ 403 Screening Failure --------|
          |---------------- ACK ---------------->|`),
    )
    expect(await call('sip:bob@atlanta.example.com')).toMatchObject({ status: 200 })
  })
})
