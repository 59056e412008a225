// What a call costs on an Endpoint: CPU as UAS and as UAC against sipp, beside `sip` from npm in the same flow; memory of
// calls that are up; and an hour of calls that must leave nothing behind.
//
// The same for both: sipp, the messages it sends and their number (six a call, and nobody sends a 100), the rate, the SDP, Node
// as it starts by itself, a process of its own for each round. Neither traces, logs or reads the SDP. Start-up and the first
// compilation are in neither figure, as the seconds before those that count are as many for both; they are more than the 32 s
// that transactions wait after a call, so that both pay for a call's end as well. Not the same: an Endpoint checks what comes
// in, keeps dialogs, repeats a 2xx until its ACK, and says in Allow and Supported what it understands, while `sip` leaves all
// that to its application, which here does without.
// What remains when there is no stack at all is in the first line: datagrams in and out, and a few lines copied.
import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type CallCost, callCost, type Case, type Role } from './endpoint/call-cost.ts'
import type { HeldCalls } from './endpoint/held-calls.ts'
import type { Hour } from './endpoint/hour.ts'
import type { Protocol } from './endpoint/measured.ts'
import { hasSipp, NO_SIPP } from './endpoint/sipp.ts'

const ROUNDS = 3
// Longer than timers H and J: before, nobody has thrown anything away, and what is kept for too much costs nothing yet.
const WARM_UP = 36
const SECONDS = 5
const RATE = 1000
const WANTED = 0.6
const root = fileURLToPath(new URL('../../..', import.meta.url))

const pairs: readonly (readonly [role: Role, protocol: Protocol])[] = [
  ['UAS', 'udp'],
  ['UAS', 'tcp'],
  ['UAC', 'udp'],
  ['UAC', 'tcp'],
]
const bare: Case = { stack: 'none', role: 'UAS', protocol: 'udp', rate: RATE }
const cases: readonly Case[] = [
  bare,
  ...pairs.flatMap(([role, protocol]): Case[] => [
    { stack: 'netsip', role, protocol, rate: RATE },
    { stack: 'sip', role, protocol, rate: RATE },
  ]),
]

/** `pnpm bench endpoint [PART...]` */
export const parts: Readonly<Record<string, () => Promise<void>>> = {
  calls: costTable,
  held: heldLines,
  hour: hourLine,
}

export async function run(wanted: readonly string[]): Promise<void> {
  // What is published is measured: running from source names every function at run time.
  const build = ['tools/pm.mjs', 'exec', 'turbo', 'run', 'build', '--filter=@netsip/endpoint...']
  execFileSync(process.execPath, build, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  for (const [name, part] of Object.entries(parts)) {
    if (wanted.length === 0 || wanted.includes(name)) await part()
  }
}

async function costTable(): Promise<void> {
  if (!hasSipp()) return console.log(NO_SIPP)
  const costs = new Map<string, CallCost[]>()
  for (let round = 0; round < ROUNDS; round++) {
    // Interleaved, and in turns the other way round, so that whatever else the machine does meets all of them.
    for (const which of round % 2 === 0 ? cases : cases.toReversed()) {
      const cost = await callCost(which, which.stack === 'none' ? 3 : WARM_UP, SECONDS)
      // this takes a while: to see that it goes on, beside what is printed in the end
      console.error(`round ${round + 1} of ${ROUNDS}: ${keyOf(which)}: ${micros(cost)}`)
      costs.set(keyOf(which), [...(costs.get(keyOf(which)) ?? []), cost])
    }
  }
  printCosts((which) => median(costs.get(keyOf(which)) ?? []))
}

function printCosts(of: (which: Case) => CallCost): void {
  console.log(
    `CPU per call (INVITE, 180, 200, ACK, BYE, 200) at ${RATE} calls/s with sipp, as built, median of ${ROUNDS} rounds of ${SECONDS} s`,
  )
  console.log(`without any stack, as UAS over udp: ${micros(of(bare))}`)
  console.log('role  over     netsip        sip   ratio  wanted   resident netsip / sip   calls that failed')
  for (const [role, protocol] of pairs) {
    const ours = of({ stack: 'netsip', role, protocol, rate: RATE })
    const theirs = of({ stack: 'sip', role, protocol, rate: RATE })
    console.log(
      [
        `${role}   ${protocol}`,
        micros(ours).padStart(11),
        micros(theirs).padStart(10),
        (ours.cpuMicros / theirs.cpuMicros).toFixed(2).padStart(7),
        WANTED.toFixed(2).padStart(7),
        `${mebibytes(ours)} / ${mebibytes(theirs)} MiB`.padStart(23),
        `${ours.failed} / ${theirs.failed}`.padStart(19),
      ].join(''),
    )
  }
}

async function heldLines(): Promise<void> {
  await heldLine('UAS')
  await heldLine('UAC')
}

async function heldLine(role: Role): Promise<void> {
  const { held, bytes } = await reportOf<HeldCalls>('held-calls.ts', role)
  console.log(`\n${held} calls held as ${role}: ${bytes.toFixed(0)} bytes of heap and buffers each (wanted: 12288)`)
}

async function hourLine(): Promise<void> {
  const hour = await reportOf<Hour>('hour.ts')
  console.log(
    `\nAn hour of virtual time with ${hour.calls} calls, ${hour.mostAtOnce} at once, every 50th datagram lost: ${hour.answered} answered, ` +
      `${hour.failed} failed;\nleft after it: ${hour.leftEntries} contexts, dialogs, transactions and timers, ` +
      `${(hour.leftBytes / hour.calls).toFixed(1)} bytes of heap for each call there was (wanted: 0)`,
  )
}

async function reportOf<Report>(file: string, ...args: string[]): Promise<Report> {
  const path = fileURLToPath(new URL(`endpoint/${file}`, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--import', 'tsx', path, ...args])
  return JSON.parse(stdout) as Report
}

function keyOf({ stack, role, protocol }: Case): string {
  return `${stack === 'none' ? 'no stack' : stack}, ${role} over ${protocol}`
}

function micros({ cpuMicros }: CallCost): string {
  return `${cpuMicros.toFixed(0)} us`
}

function mebibytes({ rssBytes }: CallCost): string {
  return (rssBytes / 2 ** 20).toFixed(0)
}

function median(costs: readonly CallCost[]): CallCost {
  const sorted = costs.toSorted((one, other) => one.cpuMicros - other.cpuMicros)
  return sorted[sorted.length >> 1] ?? { cpuMicros: NaN, calls: 0, failed: 0, rssBytes: NaN }
}
