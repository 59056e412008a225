// What legs and transactions cost and bear: CPU per request beside `sip` and a bare socket, memory per transaction kept, calls at
// a steady rate and beyond what is allowed, processes that share a port, and attacks.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { hasSipp, NO_SIPP } from './endpoint/sipp.ts'
import { callRate } from './transport/call-rate.ts'
import { build } from './transport/child.ts'
import { faults, suffer } from './transport/faults.ts'
import type { KeptMemory } from './transport/kept-memory.ts'
import { optionsCost, type OptionsCost } from './transport/options-cost.ts'
import { CAPACITY, overload } from './transport/overload.ts'
import { sharedPort } from './transport/shared-port.ts'
import { table } from './transport/table.ts'

const ROUNDS = 5
const SECONDS = 4
const ECHO = 'bare dgram echo'
const PEER = 'sip stateful'
const servers = [ECHO, 'netsip stateless', 'netsip stateful', PEER]

/** `pnpm bench transport [PART...]` */
export const parts: Readonly<Record<string, () => Promise<void>>> = {
  options: optionsTable,
  memory: memoryLine,
  calls: callsLine,
  overload: overloadTable,
  processes: processesTable,
  faults: faultsTable,
}

export async function run(wanted: readonly string[]): Promise<void> {
  build()
  for (const [name, part] of Object.entries(parts)) {
    if (wanted.length === 0 || wanted.includes(name)) await part()
  }
}

async function optionsTable(): Promise<void> {
  const costs = new Map<string, OptionsCost[]>(servers.map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    // Interleaved, so that whatever else the machine does meets all of them.
    for (const name of servers) costs.get(name)?.push(await optionsCost(name, SECONDS))
  }
  const middle = new Map(servers.map((name) => [name, median(costs.get(name) ?? [])]))
  const echo = middle.get(ECHO)?.cpuMicros ?? NaN
  const peer = middle.get(PEER)?.cpuMicros ?? NaN
  table(
    `OPTIONS answered 200 over UDP on loopback, 128 open at once, median of ${ROUNDS} rounds of ${SECONDS} s`,
    ['server', 'CPU/request', 'x echo', 'x sip', 'requests/s', 'resident'],
    [...middle].map(([name, { cpuMicros, perSecond, rssBytes }]) => [
      name,
      `${cpuMicros.toFixed(1)} us`,
      (cpuMicros / echo).toFixed(2),
      (cpuMicros / peer).toFixed(2),
      perSecond.toFixed(0),
      mebibytes(rssBytes),
    ]),
  )
}

async function memoryLine(): Promise<void> {
  const file = fileURLToPath(new URL('transport/kept-memory.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--import', 'tsx', file])
  const kept = JSON.parse(stdout) as KeptMemory
  console.log(
    `${kept.count} completed transactions: ${kept.heapBytes.toFixed(0)} bytes of heap each, and the process grew by ${kept.residentBytes.toFixed(0)} a transaction; ` +
      `after their 32 s ${kept.transactionsAfter} are left, with ${Math.max(0, kept.heapBytesAfter).toFixed(0)} bytes each\n`,
  )
}

async function callsLine(): Promise<void> {
  if (!hasSipp()) return console.log(`calls: ${NO_SIPP}\n`)
  const [rate, seconds] = [1500, 8]
  const { offered, answered, exitCode, retransmitted, cpuShare } = await callRate(rate, seconds)
  console.log(
    `sipp -sn uac at ${rate} calls/s for ${seconds} s, UDP, to a UAS on Endpoint: ${answered} of ${offered} answered, sipp exit code ${exitCode}, ` +
      `${retransmitted} requests came again, ${(cpuShare * 100).toFixed(0)} % of a core\n`,
  )
}

async function overloadTable(): Promise<void> {
  if (!hasSipp()) return console.log(`overload: ${NO_SIPP}\n`)
  table(
    `Calls of sipp at a UAS on Endpoint whose bound on transactions allows ${CAPACITY} calls a second`,
    ['phase', 'offered', 'answered', 'shed (503)', 'transactions held'],
    (await overload()).map(({ name, offered, answered, shed, held }) => [name, offered, answered, shed, held]),
  )
}

async function processesTable(): Promise<void> {
  const rows: string[][] = []
  for (const protocol of ['udp', 'tcp'] as const) {
    const one = await sharedPort(protocol, 1)
    const two = await sharedPort(protocol, 2)
    for (const shared of [one, two]) {
      rows.push([
        `${protocol}, ${shared.processes} process${shared.processes > 1 ? 'es' : ''}`,
        shared.perSecond.toFixed(0),
        (shared.perSecond / one.perSecond).toFixed(2),
        `${shared.cpuMicros.toFixed(1)} us`,
        ((shared.processes * one.cpuMicros) / shared.cpuMicros).toFixed(2),
        shared.cores.toFixed(2),
        shared.loadCores.toFixed(2),
        shared.unevenness.toFixed(2),
      ])
    }
  }
  table(
    'OPTIONS answered 200 on one port through the transaction layer; the load comes from one more process of the same machine;\n' +
      'by CPU: what it would be if every process had a core to itself',
    [
      'servers',
      'requests/s',
      'x one',
      'CPU/request',
      'x one by CPU',
      'cores of servers',
      'cores of load',
      'busiest / idlest',
    ],
    rows,
  )
}

async function faultsTable(): Promise<void> {
  const rows: (string | number)[][] = []
  const reasons: string[] = []
  for (const fault of faults) {
    const { before, after, attack, served } = await suffer(fault)
    rows.push([
      fault.name,
      attack.offered,
      after.connections,
      after.transactions,
      mebibytes(before.rss),
      mebibytes(after.peakRss),
      mebibytes(after.live - before.live),
      `${served.answered}/${served.asked}`,
      `${served.worstMs.toFixed(0)} ms`,
    ])
    const drops = Object.entries({ ...after.drops, 'answered 503': after.shed, 'answered 4xx': after.malformed })
    const counted = drops.filter(([, count]) => count > 0).map(([reason, count]) => `${reason} ${count}`)
    reasons.push(`  ${fault.name}: ${counted.join(', ') || 'nothing'}`)
  }
  table(
    'Attacks on an Endpoint with default bounds unless said, on UDP, TCP and TLS; beside each, honest OPTIONS by UDP, new TCP and new TLS connections',
    ['attack', 'offered', 'connections', 'transactions', 'before', 'peak', 'live more', 'served', 'slowest'],
    rows,
  )
  console.log(['dropped and counted:', ...reasons].join('\n'))
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`
}

function median(costs: readonly OptionsCost[]): OptionsCost {
  const sorted = costs.toSorted((one, other) => one.cpuMicros - other.cpuMicros)
  return sorted[Math.floor(sorted.length / 2)] ?? { cpuMicros: NaN, perSecond: NaN, rssBytes: NaN }
}
