import { sippCalls } from '../endpoint/sipp.ts'
import { answeredCalls } from './call-rate.ts'
import type { CallServerReport } from './call-server.ts'
import { Child } from './child.ts'

/** What became of the calls of one phase. */
export interface Phase {
  readonly name: string
  readonly offered: number
  readonly answered: number
  readonly shed: number
  readonly held: number
}

/** Calls a second that the bound of {@link overload} allows. */
export const CAPACITY = 500
const T1 = 50
// A call keeps two transactions for 64*T1 each, that of its INVITE and that of its BYE.
const BOUND = (CAPACITY * 2 * 64 * T1) / 1000

/** A UAS on Endpoint whose bound on transactions lets it take 500 calls a second: offered as many, then twice that, then as many again. */
export async function overload(): Promise<Phase[]> {
  const server = await Child.start<number, CallServerReport>('call-server.ts', [`${T1}`, `${BOUND}`])
  try {
    const phases: Phase[] = []
    for (const [name, rate, seconds] of [
      ['at capacity', CAPACITY * 0.95, 6],
      ['twice the capacity', CAPACITY * 2, 6],
      ['the first 5 s after it', CAPACITY * 0.95, 5],
      ['the 5 s after that', CAPACITY * 0.95, 5],
    ] as const) {
      const before = await server.ask()
      await sippCalls('udp', server.ready, rate, rate * seconds)
      const after = await server.ask()
      phases.push({
        name,
        offered: rate * seconds,
        answered: answeredCalls(after) - answeredCalls(before),
        shed: after.stats.shed - before.stats.shed,
        held: after.stats.transactions.total,
      })
    }
    return phases
  } finally {
    await server.stop()
  }
}
