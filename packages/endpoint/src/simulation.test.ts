import { Dispatcher } from '@netsip/dispatcher'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { MemoryNetwork } from '@netsip/transport/testing'
import { describe, expect, test } from 'vitest'
import type { Context } from './context/context.ts'
import { Endpoint } from './endpoint.ts'

interface Fate {
  readonly caller: Context
  callee: Context | undefined
}

/** Many calls between two endpoints on a bad network, hung up, cancelled and refused as the seed decides. */
async function run(seed: number, network: { loss: number; duplicate?: number; reorder?: number }): Promise<string[]> {
  const clock = new VirtualClock()
  const random = new SeededRandom(seed)
  const wires = new MemoryNetwork({ clock, random, delay: 20, jitter: 30, ...network })
  const endpoints = ['10.0.0.1', '10.0.0.2'].map(
    (host) => new Endpoint(new Dispatcher({ legs: [wires.listen({ host })], clock, random })),
  )
  const [alice, bob] = endpoints as [Endpoint, Endpoint]
  const errors: unknown[] = []
  for (const endpoint of endpoints) endpoint.on('error', (error) => errors.push(error))
  const fates: Fate[] = []
  bob.on('context', (ctx) => {
    const fate = fates.find(({ caller }) => caller.callId === ctx.callId)
    if (fate !== undefined) fate.callee = ctx
  })
  bob.setApplication((endpoint, ctx, request) => {
    if (request.method !== 'INVITE') return
    endpoint.newResponse(ctx, request.createResponse(180))
    clock.setTimer(random.float() * 4000, () => {
      if (ctx.state === 'closed') return
      endpoint.newResponse(ctx, request.createResponse(random.float() < 0.2 ? 486 : 200))
    })
    // Some callees hang up by themselves.
    if (random.float() < 0.3) clock.setTimer(9000, () => void ctx.hangUp())
  })
  for (let n = 0; n < 40; n++) {
    const caller = alice.invite({ from: 'sip:alice@10.0.0.1', to: 'sip:bob@10.0.0.2' })
    fates.push({ caller, callee: undefined })
    // Before, around and after the answer: CANCEL or BYE, whichever it takes.
    clock.setTimer(random.float() * 12_000, () => void caller.hangUp())
  }
  await clock.advanceAsync(200_000)
  for (const endpoint of endpoints) {
    expect(endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, pendingAcks: 0 })
    expect(endpoint.dispatcher.stats().transactions.total).toBe(0)
  }
  expect(errors).toEqual([])
  expect(clock.pending).toBe(0)
  return fates.flatMap(({ caller, callee }) => [caller.state, callee?.state ?? 'closed'])
}

const allClosed = Array.from({ length: 80 }, () => 'closed')

describe('calls on a bad network', () => {
  test.each([1, 2, 3, 4, 5, 6])('end at both ends, and nothing is left: loss 20 %%, seed %i', async (seed) => {
    expect(await run(seed, { loss: 0.2 })).toEqual(allClosed)
  })

  test.each([11, 12, 13])('end when messages are doubled and out of order: seed %i', async (seed) => {
    expect(await run(seed, { loss: 0.1, duplicate: 0.3, reorder: 0.3 })).toEqual(allClosed)
  })
})
