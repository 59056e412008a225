// Parsing and writing messages, beside `sip`: CPU per message, each peer in a fresh process each round, rounds interleaved.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROUNDS = 5
const root = fileURLToPath(new URL('../../..', import.meta.url))
const worker = fileURLToPath(new URL('message-worker.ts', import.meta.url))
const runs: readonly (readonly [peer: string, parts: string])[] = [
  ['netsip', 'parse,full,edit,memory'],
  ['sip', 'parse,full,edit,memory'],
  ['lines', 'parse'],
  ['strict', 'parse'],
]

export async function run(): Promise<void> {
  // what is published is measured: running from source names every function at run time
  execFileSync(process.execPath, ['tools/pm.mjs', '--filter', '@netsip/message', 'run', 'build'], { cwd: root })
  const samples = new Map<string, number[]>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const [peer, parts] of round % 2 === 0 ? runs : runs.toReversed()) {
      for (const [task, value] of Object.entries(measure(peer, parts))) {
        const key = `${peer} ${task}`
        samples.set(key, [...(samples.get(key) ?? []), value])
      }
    }
  }
  const median = (key: string): number => samples.get(key)!.sort((a, b) => a - b)[ROUNDS >> 1]!
  const micros = (key: string): string => (median(key) / 1000).toFixed(2).padStart(7)
  const times = (slow: string, fast: string): string => `${(median(slow) / median(fast)).toFixed(1)}x`.padStart(6)

  console.log(`CPU microseconds a message, median of ${ROUNDS} rounds of fresh processes, 256 variants of each message`)
  console.log('task               netsip     sip   ratio  wanted')
  for (const [task, wanted] of [
    ['INVITE parse', '5x'],
    ['INVITE full', '3x'],
    ['200 OK full', '2.5x'],
    ['REGISTER full', '3x'],
    ['INVITE stringify', '5x'],
  ] as const) {
    const [ours, theirs] = [`netsip ${task}`, `sip ${task}`]
    console.log(`${task.padEnd(17)} ${micros(ours)} ${micros(theirs)}  ${times(theirs, ours)}  ${wanted}`)
  }
  const [parse, lines, strict] = ['netsip INVITE parse', 'lines INVITE parse', 'strict INVITE parse']
  console.log(
    `\ncutting the same octets into lines: ${micros(lines)}, so that parsing is${times(parse, lines)} of it (wanted: 2x)`,
  )
  console.log(
    `strict, with full validation:       ${micros(strict)},${times('sip INVITE parse', strict)} sip (wanted: 1x)`,
  )
  const kept = (peer: string): string => `${Math.round(median(`${peer} INVITE kept`))} octets`
  console.log(`kept by a parsed INVITE beyond its datagram: ${kept('netsip')} (wanted: 3000), sip ${kept('sip')}`)
}

function measure(peer: string, parts: string): Record<string, number> {
  const args = ['--expose-gc', '--import', 'tsx', worker, '--peer', peer, parts]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Record<string, number>
}
