import { describe, expect, test } from 'vitest'
import { type Call, ForkedCalls, type ForkedCallsOptions } from './forked-calls.ts'

const badNetwork = { delay: 20, jitter: 40, loss: 0.1, duplicate: 0.1, reorder: 0.1 }
/** Others with `NETSIP_SEEDS=7,8`. */
const seeds = (process.env['NETSIP_SEEDS'] ?? '1,2').split(',').map(Number)
/** 64*T1 for a 2xx whose ACK does not come, and again for the BYE that follows. */
const PATIENCE = 65_000

async function simulate(options: ForkedCallsOptions): Promise<{ problems: string[]; up: number }> {
  const simulation = new ForkedCalls(options)
  await simulation.run()
  const problems = [...leftovers(simulation)]
  let up = 0
  for (const [callId, call] of simulation.calls) {
    if (call.caller.upAt !== undefined) up++
    const objection = objectionTo(call, options.cuts !== undefined)
    if (objection) problems.push(`${callId}: ${objection}\n${simulation.ladderOf(callId)}`)
  }
  return { problems: problems.slice(0, 3).map((problem) => `seed ${options.seed}: ${problem}`), up }
}

function* leftovers({ devices, servers, clock, errors }: ForkedCalls): Generator<string> {
  for (const { host, endpoint } of devices) {
    const { contexts, dialogs, pendingAcks } = endpoint.stats()
    const { transactions, applicationErrors } = endpoint.dispatcher.stats()
    const left = contexts + dialogs + pendingAcks + transactions.total + applicationErrors
    if (left > 0)
      yield `left at ${host}: ${JSON.stringify({ contexts, dialogs, pendingAcks, transactions, applicationErrors })}`
  }
  for (const { server, dispatcher } of servers) {
    const { transactions, applicationErrors } = dispatcher.stats()
    const left = server.proxy.contexts + transactions.total + applicationErrors
    if (left > 0)
      yield `left at a server: ${JSON.stringify({ contexts: server.proxy.contexts, transactions, applicationErrors })}`
    server.close()
  }
  if (clock.pending > 0) yield `${clock.pending} timers left`
  for (const error of errors) yield `an error: ${String((error as { code?: string }).code)} ${String(error)}`
}

/** What is wrong with how the ends of a call see it. */
function objectionTo({ caller, callees }: Call, isCut: boolean): string | undefined {
  const seen = [caller, ...callees].map(
    ({ host, upAt, overAt, ctx }) => `${host} up ${upAt} over ${overAt} ${ctx.state}`,
  )
  const told = seen.join(', ')
  if (caller.overAt === undefined) return `not over at the caller: ${told}`
  const up = callees.filter(({ upAt }) => upAt !== undefined)
  for (const { overAt } of callees) if (overAt === undefined) return `not over at a callee: ${told}`
  if (isCut) return undefined
  // a 2xx that crosses the CANCEL is acknowledged, and the call hung up
  if (up.length > 0 && caller.upAt === undefined && !caller.hungUp) return `up at a callee alone: ${told}`
  const ends = up.map(({ overAt }) => overAt ?? 0)
  if (up.length > 0 && Math.max(...ends) - caller.overAt > PATIENCE) return `up for too long: ${told}`
  return undefined
}

describe('calls through proxies that fork, over a network with 10 % loss, duplication and reordering', () => {
  test.each(seeds)('200 random calls end at every phone and leave nothing behind (seed %i)', async (seed) => {
    const { problems, up } = await simulate({ seed, calls: 200, ...badNetwork })
    expect(problems).toEqual([])
    expect(up).toBeGreaterThan(50)
  })

  test.each(seeds)('they do so as well where phones are cut off now and then (seed %i)', async (seed) => {
    const { problems, up } = await simulate({ seed, calls: 200, cuts: 40, ...badNetwork })
    expect(problems).toEqual([])
    expect(up).toBeGreaterThan(20)
  })
})
