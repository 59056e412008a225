// Parsing and writing messages, beside what else there is in JavaScript: CPU per message, each peer in a fresh process each
// round, rounds interleaved.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { HEAP_FLAGS, type OctetsPerMessage } from './message/memory.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const worker = fileURLToPath(new URL('message/worker.ts', import.meta.url))
const tasks = ['INVITE parse', 'INVITE full', '200 OK full', 'REGISTER full', 'INVITE stringify'] as const
const rows = ['netsip', 'sip', 'drachtio-srf', 'jssip', 'sip.js']
const wanted = ['5x', '3x', '2.5x', '3x', '5x', '3000', '3000']

// Who is measured in which round: the slow ones less often.
const ROUNDS = 5
const OFTEN = ['netsip', 'sip', 'lines', 'netsip strict']
const SELDOM = ['drachtio-srf', 'jssip', 'sip.js']
const inRound = (round: number): string[] => (round % 2 === 0 ? [...OFTEN, ...SELDOM] : OFTEN.toReversed())

export async function run(): Promise<void> {
  // what is published is measured: running from source names every function at run time
  execFileSync(process.execPath, ['tools/pm.mjs', '--filter', '@netsip/message', 'run', 'build'], { cwd: root })
  const samples = new Map<string, number[]>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const peer of inRound(round)) {
      for (const [task, value] of Object.entries(measure(peer, 'cpu') as Record<string, number>)) {
        const key = `${peer} ${task}`
        samples.set(key, [...(samples.get(key) ?? []), value])
      }
    }
  }
  const median = (key: string): number | undefined => {
    const sorted = samples.get(key)?.toSorted((a, b) => a - b)
    return sorted?.[sorted.length >> 1]
  }
  const octets = Object.fromEntries(rows.map((peer) => [peer, measure(peer, 'memory', HEAP_FLAGS) as OctetsPerMessage]))
  printTable(median, octets)
  printBounds(median)
}

type Median = (key: string) => number | undefined

function printTable(median: Median, octets: Record<string, OctetsPerMessage>): void {
  console.log(
    `CPU microseconds a message and how often that goes into what \`sip\` takes; median of ${ROUNDS} rounds of fresh ` +
      'processes, 256 variants of each message.\nOctets of heap for one parsed INVITE, its datagram not counted.\n',
  )
  print(['', ...tasks, 'allocated', 'kept'])
  for (const peer of rows) {
    const cells = tasks.map((task) => {
      const [own, sip] = [median(`${peer} ${task}`), median(`sip ${task}`)!]
      return own === undefined ? '-' : `${micros(own)} ${(sip / own).toFixed(own > 10 * sip ? 3 : 2)}x`
    })
    const { allocated, kept } = octets[peer]!
    print([peer, ...cells, String(Math.round(allocated)), String(Math.round(kept))])
  }
  print(['wanted', ...wanted])
  console.log(
    '\n- jssip and sip.js write only messages that they made, none that came in. drachtio-srf writes the text of headers ' +
      'that it did not parse.',
  )
}

function print(cells: readonly string[]): void {
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(13) : cell.padStart(i > 5 ? 10 : 17))).join(''))
}

function printBounds(median: Median): void {
  const [parse, lines, strict, sip] = ['netsip', 'lines', 'netsip strict', 'sip'].map((peer) =>
    median(`${peer} INVITE parse`)!,
  ) as [number, number, number, number]
  console.log(
    `- cutting the same octets into lines: ${micros(lines)}; parsing is ${(parse / lines).toFixed(1)}x of it (2x)`,
  )
  console.log(`- strict, with full validation: ${micros(strict)}, ${(sip / strict).toFixed(2)}x (1x)`)
}

function micros(nanos: number): string {
  return (nanos / 1000).toFixed(2)
}

function measure(peer: string, what: 'cpu' | 'memory', flags: readonly string[] = []): unknown {
  const args = [...flags, '--import', 'tsx', worker, '--peer', peer, what]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}
