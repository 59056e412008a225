import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { MemoryNetwork } from '@netsip/transport/testing'
import { describe, expect, test } from 'vitest'
import { Dispatcher } from './dispatcher.ts'
import { type Plan, type Side, TinyUa } from './testing/tiny-ua.ts'

const CALLS = 2000
const callers = ['10.0.0.1', '10.0.0.2', '10.0.0.3']
const callees = ['10.0.1.1', '10.0.1.2', '10.0.1.3']
const finals = [200, 200, 200, 200, 486, 603, 302]

/** Thousands of random calls over a network that loses a fifth of everything; the same seed is the same run. */
function simulate(
  seed: number,
  protocol: 'udp' | 'tcp',
  calls: number,
): { problems: string[]; counts: Record<string, number> } {
  const clock = new VirtualClock()
  const random = new SeededRandom(seed)
  const network = new MemoryNetwork({
    clock,
    random,
    delay: 20,
    jitter: 40,
    loss: 0.2,
    duplicate: 0.1,
    reorder: 0.1,
    ladderLimit: 1_000_000,
  })
  const between = (low: number, high: number): number => Math.floor(low + random.float() * (high - low))
  const plan = (): Plan => ({
    ringAfter: between(0, 2000),
    finalAfter: between(0, 20_000),
    final: finals[between(0, finals.length)] ?? 200,
  })
  const dispatchers: Dispatcher[] = []
  const [from, to] = [callers, callees].map((hosts) =>
    hosts.map((host) => {
      const leg = network.listen({ host, protocol })
      const dispatcher = new Dispatcher({ legs: [leg], clock, random })
      dispatchers.push(dispatcher)
      return new TinyUa(dispatcher, leg, plan)
    }),
  ) as [TinyUa[], TinyUa[]]
  const transport = protocol === 'tcp' ? ';transport=tcp' : ''
  for (let i = 0; i < calls; i++) {
    const caller = from[i % from.length]
    const target = `sip:ua@${callees[between(0, callees.length)]}${transport}`
    const cancelAfter = random.float() < 0.2 ? between(0, 15_000) : undefined
    const hangUpAfter = between(0, 60_000)
    clock.setTimer(between(0, 300_000), () => caller?.call(target, `call-${i}`, hangUpAfter, cancelAfter))
  }
  clock.runUntilIdle(24 * 3_600_000)
  const problems = dispatchers
    .map((dispatcher) => dispatcher.stats())
    .filter(({ transactions, applicationErrors }) => transactions.total > 0 || applicationErrors > 0)
    .map((stats) => `left behind: ${JSON.stringify(stats)}`)
  const sides = [...from, ...to].flatMap((ua) => ua.sides)
  const wrong = disagreements(sides)
  problems.push(
    ...wrong.map(
      ([callId, what]) =>
        `${what}\n${network.ladder.toString(({ bytes }) => new TextDecoder().decode(bytes).includes(`Call-ID: ${callId}\r`))}`,
    ),
  )
  return { problems: problems.map((problem) => `seed ${seed}: ${problem}`), counts: causesOf(sides) }
}

/** Calls whose two ends do not agree, or that one of them believes up. */
function disagreements(sides: readonly Side[]): [callId: string, what: string][] {
  const pairs = new Map<string, { caller?: Side; callee?: Side }>()
  for (const side of sides) pairs.set(side.callId, { ...pairs.get(side.callId), [side.role]: side })
  const found: [string, string][] = []
  for (const [callId, { caller, callee }] of pairs) {
    const text = `${callId}: caller ${caller?.state} ${caller?.cause}, callee ${callee?.state} ${callee?.cause}`
    const isOver = caller?.state === 'ended' && (!callee || callee.state === 'ended')
    // A refusal is final for both. A caller that heard nothing at all knows no better than that.
    const agrees =
      caller?.cause === 'timeout' ||
      (/^\d/.test(caller?.cause ?? '') ? caller?.cause === callee?.cause : callee?.cause === 'bye')
    if (!isOver || !agrees) found.push([callId, text])
  }
  return found
}

function causesOf(sides: readonly Side[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { cause, role } of sides) if (role === 'caller') counts[cause] = (counts[cause] ?? 0) + 1
  return counts
}

describe('calls over a network with 20 % loss, duplication and reordering', () => {
  test.each([1, 2, 3])(
    'X071 X071b X071c 2,000 random calls leave no call, transaction or timer behind (seed %i)',
    (seed) => {
      const { problems, counts } = simulate(seed, 'udp', CALLS)
      expect(problems).toEqual([])
      expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(CALLS)
      // Every way to end was taken.
      expect(Object.keys(counts).toSorted()).toEqual(expect.arrayContaining(['302', '486', '487', '603', 'bye']))
    },
  )

  test('the same over TCP', () => {
    expect(simulate(4, 'tcp', 300).problems).toEqual([])
  })

  test('the same seed gives the same run', () => {
    expect(simulate(5, 'udp', 100)).toEqual(simulate(5, 'udp', 100))
  })
})
