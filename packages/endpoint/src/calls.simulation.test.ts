import { describe, expect, test } from 'vitest'
import { type Call, SimulatedCalls, type SimulationOptions } from './testing/simulated-calls.ts'

const badNetwork = { delay: 20, jitter: 40, loss: 0.2, duplicate: 0.1, reorder: 0.1 }
/** Others with `NETSIP_SEEDS=7,8`. */
const seeds = (process.env['NETSIP_SEEDS'] ?? '1,14,16').split(',').map(Number)
/** 64*T1: as long as either end goes on trying to tell the other. */
const PATIENCE = 32_000

async function simulate(options: SimulationOptions): Promise<{ problems: string[]; causes: Record<string, number> }> {
  const simulation = new SimulatedCalls(options)
  await simulation.run()
  const problems = [...leftovers(simulation)]
  const causes: Record<string, number> = {}
  for (const [callId, call] of simulation.calls) {
    const cause = call.caller.cause ?? 'none'
    causes[cause] = (causes[cause] ?? 0) + 1
    const objection = disagreement(simulation, callId, call)
    if (objection) problems.push(`${callId}: ${objection}\n${simulation.ladderOf(callId)}`)
  }
  return { problems: problems.slice(0, 5).map((problem) => `seed ${options.seed}: ${problem}`), causes }
}

function* leftovers({ endpoints, clock, bindings, errors }: SimulatedCalls): Generator<string> {
  for (const endpoint of endpoints) {
    const { contexts, dialogs, pendingAcks } = endpoint.stats()
    const { transactions, applicationErrors } = endpoint.dispatcher.stats()
    const left = contexts + dialogs + pendingAcks + transactions.total + applicationErrors
    if (left > 0) yield `left: ${JSON.stringify({ contexts, dialogs, pendingAcks, transactions, applicationErrors })}`
    for (const leg of endpoint.dispatcher.legs) {
      const flows = leg.connections ?? 0
      if (flows !== 0) yield `${String(flows)} connections left`
    }
  }
  if (clock.pending > 0) yield `${clock.pending} timers left`
  for (const binding of bindings) yield `a binding left: ${binding}`
  for (const error of errors) yield `an error: ${String(error)}`
}

/** What is wrong with how the two ends of a call see it. */
function disagreement(simulation: SimulatedCalls, callId: string, { caller, callee }: Call): string | undefined {
  const seen = `caller ${caller.cause} at ${caller.at}, callee ${callee?.cause} at ${callee?.at}`
  if (caller.ctx.state !== 'closed' || (callee && callee.ctx.state !== 'closed'))
    return `not over at both ends: ${seen}`
  if (caller.cause === undefined) return `the caller never learned that it is over: ${seen}`
  const heard = (host: string, text: RegExp, until = Infinity): boolean =>
    simulation.arrived(callId, host).some(({ what, sentAt }) => sentAt < until && text.test(what))
  const [callerHost, calleeHost] = [hostOf(caller), callee ? hostOf(callee) : '']
  // A 2xx that comes after all is acknowledged, and then the call is hung up.
  const cancelledInVain = caller.cause === 'ERR_SIP_CANCELLED' && callee?.up
  if (!caller.up && !cancelledInVain) {
    if (caller.cause === callee?.cause) return undefined
    // Whoever was told nothing gives up by himself.
    return heard(callerHost, /^\d+ INVITE/, caller.at) ? `one end was told otherwise: ${seen}` : undefined
  }
  if (!callee?.up) return `up at the caller alone: ${seen}`
  if (Math.abs(caller.at - callee.at) > PATIENCE + 1000) return `one end believed it up for too long: ${seen}`
  const byes = [heard(callerHost, /^BYE$/), heard(calleeHost, /^BYE$/)]
  for (const [end, host, told] of [
    [caller, callerHost, byes[0]],
    [callee, calleeHost, byes[1]],
  ] as const) {
    if (end.cause === 'remote' && !told) return `nobody told it: ${seen}`
    // A request in the call that is answered 481 tells as well; else a BYE had no answer, or the ACK never came.
    if (end.cause === 'error' && told && !heard(host, /^481 /)) return `failed although it was told: ${seen}`
  }
  return byes.includes(true) || caller.cause !== callee.cause ? undefined : `neither told the other: ${seen}`
}

function hostOf({ ctx }: Call['caller']): string {
  return /@(.*)$/.exec(ctx.local.uri.toString())?.[1]?.replace(/[:;].*/, '') ?? ''
}

describe('calls between endpoints over a network with 20 % loss, duplication and reordering', () => {
  test.each(seeds)('2,000 random calls end alike at both ends and leave nothing behind (seed %i)', async (seed) => {
    const { problems, causes } = await simulate({ seed, calls: 2000, ...badNetwork })
    expect(problems).toEqual([])
    expect(Object.values(causes).reduce((sum, count) => sum + count)).toBe(2000)
    // Every way to end was taken.
    const ways = ['refused 486', 'refused 487', 'refused 603', 'local', 'remote']
    expect(Object.keys(causes)).toEqual(expect.arrayContaining(ways))
  })

  test('the same over TCP', async () => {
    expect((await simulate({ seed: 4, calls: 300, protocol: 'tcp', ...badNetwork })).problems).toEqual([])
  })

  test('the same seed gives the same run', async () => {
    const once = await simulate({ seed: 5, calls: 100, ...badNetwork })
    expect(await simulate({ seed: 5, calls: 100, ...badNetwork })).toEqual(once)
  })
})
