// What the transaction layer costs: CPU per request beside `sip` and a bare socket, memory per transaction kept, and what it
// does when it is offered more than it may hold.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { KeptMemory } from './transport/kept-memory.ts'
import { optionsCost, type OptionsCost } from './transport/options-cost.ts'
import { overload } from './transport/overload.ts'

const ROUNDS = 3
const SECONDS = 4
const ECHO = 'bare dgram echo'
const PEER = 'sip stateful'
const servers = [ECHO, 'netsip stateless', 'netsip stateful', PEER]

export async function run(): Promise<void> {
  await optionsTable()
  await memoryLine()
  await overloadTable()
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
  console.log(`OPTIONS answered 200 over UDP on loopback, 128 open at once, median of ${ROUNDS} rounds of ${SECONDS} s`)
  console.log('server              CPU/request   x echo   x sip   requests/s   resident')
  for (const [name, { cpuMicros, perSecond, rssBytes }] of middle) {
    const figures = [
      `${cpuMicros.toFixed(1)} us`.padStart(11),
      (cpuMicros / echo).toFixed(2).padStart(8),
      (cpuMicros / peer).toFixed(2).padStart(7),
      perSecond.toFixed(0).padStart(12),
      `${(rssBytes / 2 ** 20).toFixed(0)} MiB`.padStart(10),
    ]
    console.log(name.padEnd(20) + figures.join(' '))
  }
}

async function memoryLine(): Promise<void> {
  const file = fileURLToPath(new URL('transport/kept-memory.ts', import.meta.url))
  const args = ['--expose-gc', '--conditions=@netsip/source', '--import', 'tsx', file]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const kept = JSON.parse(stdout) as KeptMemory
  console.log(
    `\n${kept.count} completed transactions: ${kept.heapBytes.toFixed(0)} bytes of heap and ${kept.bufferBytes.toFixed(0)} of buffers each; ` +
      `after their 32 s ${kept.transactionsAfter} are left, with ${Math.max(0, kept.heapBytesAfter).toFixed(0)} bytes each`,
  )
}

async function overloadTable(): Promise<void> {
  const phases = await overload()
  if (!phases) return console.log('\nOverload: sipp is not installed (apt-get install sip-tester)')
  console.log('\nCalls of sipp at a UAS whose bound on transactions allows 500 a second')
  console.log('phase                      offered   answered   shed (503)   transactions held')
  for (const { name, offered, answered, shed, held } of phases) {
    const figures = [
      String(offered).padStart(7),
      String(answered).padStart(10),
      String(shed).padStart(12),
      String(held).padStart(19),
    ]
    console.log(name.padEnd(27) + figures.join(' '))
  }
}

function median(costs: readonly OptionsCost[]): OptionsCost {
  const sorted = costs.toSorted((one, other) => one.cpuMicros - other.cpuMicros)
  return sorted[Math.floor(sorted.length / 2)] ?? { cpuMicros: NaN, perSecond: NaN, rssBytes: NaN }
}
