import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Dispatcher } from '@netsip/dispatcher'
import { listenTcp, listenUdp } from '@netsip/transport/node'
import { describe, expect, test } from 'vitest'
import { Endpoint } from './endpoint.ts'
import { pair, type Party, type World } from './testing/pair.ts'

const CALLS = 100

function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

/** Calls that are made and ended by either side, and what can be seen of them without holding them. */
async function callsThatEnded(world: World, alice: Party, bob: Party): Promise<WeakRef<object>[]> {
  bob.answers('v=0\r\n')
  const traces: WeakRef<object>[] = []
  for (let i = 0; i < CALLS; i++) {
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, 'v=0\r\n')
    await world.pass(100)
    const called = bob.last('INVITE').ctx
    for (const held of [ctx, called, ...ctx.dialogs, ...called.dialogs]) traces.push(new WeakRef(held))
    const gone = (i % 2 === 0 ? ctx : called).hangUp()
    await world.pass(100)
    await gone
  }
  return traces
}

/** The sockets that keep this process alive. */
const sockets = (): string[] => process.getActiveResourcesInfo().filter((kind) => /^(UDP|TCP|TLS)/.test(kind))

describe('after the calls', () => {
  test('S169 no timer is left, and no context and no dialog is held by anything', async () => {
    const collect = collector()
    const { world, alice, bob } = pair()
    const traces = await callsThatEnded(world, alice, bob)
    await world.pass(100_000)
    world.sent.length = 0
    bob.seen.length = 0
    expect(traces).toHaveLength(4 * CALLS)
    expect(world.clock.pending).toBe(0)
    for (let i = 0; i < 3; i++) {
      await turn()
      collect()
    }
    const held = traces.filter((trace) => trace.deref() !== undefined)
    // What a register or an inline cache still points to is not a leak; one for each call would be.
    expect(held.length).toBeLessThan(8)
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('S169 no socket is left of endpoints that had real ones', async () => {
    const before = sockets()
    const legs = await Promise.all([
      listenUdp({ host: '127.0.0.1', port: 0 }),
      listenTcp({ host: '127.0.0.1', port: 0 }),
      listenUdp({ host: '127.0.0.1', port: 0 }),
      listenTcp({ host: '127.0.0.1', port: 0 }),
    ])
    const caller = new Endpoint(new Dispatcher({ legs: legs.slice(0, 2) }))
    const callee = new Endpoint(new Dispatcher({ legs: legs.slice(2) }))
    callee.setApplication((endpoint, ctx, request) => {
      if (request.method === 'INVITE') endpoint.newResponse(ctx, request.createResponse(200))
    })
    for (const { protocol, local } of legs.slice(2)) {
      const to = `sip:callee@127.0.0.1:${local.port};transport=${protocol}`
      const ctx = caller.invite({ from: 'sip:caller@127.0.0.1', to })
      await ctx.outcome
      await ctx.hangUp()
    }
    expect(sockets().length).toBeGreaterThan(before.length)
    for (const endpoint of [caller, callee]) {
      await endpoint.close()
      await endpoint.dispatcher.close({ closeLegs: true })
    }
    await turn()
    await turn()
    expect(sockets()).toEqual(before)
  })
})
