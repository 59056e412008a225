import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import { legCompliance, type ComplianceHarness } from '../testing/compliance.ts'
import { targetAt } from '../target.ts'
import { MemoryNetwork } from './network.ts'

function harness(protocol: 'udp' | 'tcp', near: string, far: string): ComplianceHarness & { clock: VirtualClock } {
  const clock = new VirtualClock()
  const network = new MemoryNetwork({ clock, random: new SeededRandom(1), delay: 10, jitter: 5 })
  return {
    clock,
    pair: (limits = {}) =>
      Promise.resolve({
        near: network.listen({ ...limits, protocol, host: near }),
        far: network.listen({ ...limits, protocol, host: far }),
        target: targetAt(protocol, far, 5060),
      }),
    async until(promise) {
      const state = { settled: false }
      const mark = (): void => void (state.settled = true)
      promise.then(mark, mark)
      for (let turn = 0; turn < 2000 && !state.settled; turn++) await clock.advanceAsync(5)
      expect(state.settled).toBe(true)
      return promise
    },
  }
}

describe.each(['udp', 'tcp'] as const)('a simulated %s leg', (protocol) => {
  describe.each([
    ['IPv4', '10.0.0.1', '10.0.0.2'],
    ['IPv6', '2001:db8::1', '2001:db8::2'],
  ])('over %s', (_, near, far) => {
    test.each(legCompliance.map((one) => [`${one.rules} ${one.name}`, one] as const))('%s', async (_name, one) => {
      const simulated = harness(protocol, near, far)
      await one.run(simulated)
      simulated.clock.runUntilIdle()
      expect(simulated.clock.pending).toBe(0)
    })
  })
})
