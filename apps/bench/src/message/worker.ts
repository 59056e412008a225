// One peer in a process of its own: `--peer NAME cpu` prints nanoseconds of CPU for each task, `--peer NAME memory` octets a
// message. CPU, not time: the machine is shared, and what the engine's helper threads do for a peer counts.
import { corpus, type Kind, VARIANTS } from './corpus.ts'
import { octetsPerMessage } from './memory.ts'
import type { Peer } from './peer.ts'
import { peers } from './peers.ts'

type Part = 'parse' | 'full' | 'edit'

/** What is measured: name, messages, one round over a datagram or a parsed message. */
const tasks: readonly (readonly [name: string, kind: Kind, part: Part])[] = [
  ['INVITE parse', 'invite', 'parse'],
  ['INVITE full', 'invite', 'full'],
  ['200 OK full', 'ok', 'full'],
  ['REGISTER full', 'register', 'full'],
  ['INVITE stringify', 'invite', 'edit'],
]

// ms of CPU; a slow parser has run often enough to be compiled only after the longer one, before its first task
const WARM_UP = 400
const LONG_WARM_UP = 2000
const ENOUGH = 10_000
const MEASURED = 400
// The clock is looked at after as many rounds as take about this long.
const LOOK = 5

let sink = 0

function runner(peer: Peer, kind: Kind, part: Part): ((round: number) => void) | undefined {
  const { full, edit } = peer
  const data = corpus(kind)
  if (part === 'parse') return (i) => void (sink += peer.parse(data[i % VARIANTS]!) === undefined ? 1 : 0)
  if (part === 'full') return full && ((i) => void (sink += full(data[i % VARIANTS]!)))
  if (edit === undefined) return undefined
  const parsed = data.map((each) => peer.parse(each))
  return (i) => void (sink += edit(parsed[i % VARIANTS], i))
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function nanosPerRound(run: (round: number) => void, longest: number): number {
  let rounds = 0
  const begin = cpuMs()
  do for (let i = 0; i < 20; i++) run(rounds++)
  while (cpuMs() < begin + WARM_UP || (rounds < ENOUGH && cpuMs() < begin + longest))
  const batch = Math.max(1, Math.round((LOOK * rounds) / (cpuMs() - begin)))
  rounds = 0
  const start = cpuMs()
  let now = start
  while (now < start + MEASURED) {
    for (let i = 0; i < batch; i++) run(rounds++)
    now = cpuMs()
  }
  return ((now - start) * 1e6) / rounds
}

function cpuOf(peer: Peer): Record<string, number> {
  const results: Record<string, number> = {}
  for (const [name, kind, part] of tasks) {
    const run = runner(peer, kind, part)
    if (run === undefined) continue
    results[name] = nanosPerRound(run, Object.keys(results).length === 0 ? LONG_WARM_UP : WARM_UP)
  }
  return results
}

const [, , , name, what] = process.argv
const peer = await peers[name!]!()
console.log(JSON.stringify(what === 'memory' ? await octetsPerMessage(peer, corpus('invite')) : cpuOf(peer)))
if (sink === -1) console.log(sink)
