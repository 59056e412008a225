import type { SipError } from '@netsip/runtime'
import { describe, expect, test } from 'vitest'
import type { Registration } from './registration.ts'
import { pair, type Party, type World } from '../testing/pair.ts'

interface Kept {
  readonly world: World
  readonly alice: Party
  readonly registration: Registration
  /** What it has told. */
  readonly story: string[]
  /** Lifetimes that were asked for, each of one REGISTER. */
  readonly asked: () => (number | undefined)[]
}

/** A registration of Alice's that is up. */
async function registered(): Promise<Kept> {
  const { world, alice, bob } = pair()
  bob.serve((ctx, request) => {
    const headers = { Contact: `${String(request.contact)};expires=${request.expires}` }
    bob.endpoint.newResponse(ctx, request.createResponse(200, { headers }))
  })
  const args = { from: 'sip:alice@example.com', contact: alice.uri, registrar: bob.uri }
  const registration = alice.endpoint.keepRegistered(args, { keepAlive: true })
  const up = registration.register()
  await world.pass(100)
  await up
  const story: string[] = []
  registration.on('failed', (error: SipError) => story.push(`failed ${error.code}`))
  registration.on('registered', () => story.push('registered'))
  registration.on('unregistered', () => story.push('unregistered'))
  return {
    world,
    alice,
    registration,
    story,
    asked: () => world.requests('REGISTER').map(({ expires }) => expires),
  }
}

describe('D241e what is asked of a kept registration is done in turn', () => {
  test('registered anew while it is removed: after that, and removed again when the endpoint is closed', async () => {
    const { world, alice, registration, story, asked } = await registered()
    const both = Promise.all([registration.unregister(), registration.register()])
    await world.pass(100)
    await both
    expect(registration.state).toBe('registered')
    expect(asked()).toEqual([900, 0, 900])
    const closed = alice.endpoint.close()
    await world.pass(100)
    await closed
    expect(asked()).toEqual([900, 0, 900, 0])
    expect(story).toEqual(['unregistered', 'registered', 'unregistered'])
    await world.pass(64_000)
    expect(world.clock.pending).toBe(0)
  })

  test('removed twice: once, and both are told when the registrar has answered', async () => {
    const { world, alice, registration, story, asked } = await registered()
    const told: string[] = []
    for (const which of ['first', 'second']) void registration.unregister().then(() => told.push(which))
    void alice.endpoint.close()
    await world.pass(5)
    expect(told).toEqual([])
    await world.pass(100)
    expect(told).toEqual(['first', 'second'])
    expect([asked(), story]).toEqual([[900, 0], ['unregistered']])
  })

  test('S169 dropped with its dispatcher while it is to be removed: it leaves no context', async () => {
    const { world, alice, registration, story } = await registered()
    const removed = registration.unregister()
    await alice.dispatcher.close()
    await removed
    await world.pass(100)
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
    expect(story).toEqual(['failed ERR_SIP_CLOSED', 'unregistered'])
  })
})
