// One peer in a process of its own: prints nanoseconds of CPU for each task. CPU, not time: the machine is shared, and what
// the engine's helper threads do for a peer counts.
import { corpus, type Kind, VARIANTS } from './message-corpus.ts'
import { type Peer, peers } from './message-peers.ts'

/** What is measured: name, messages, one round over a datagram or a parsed message. */
export const tasks: readonly (readonly [name: string, kind: Kind, part: 'parse' | 'full' | 'edit'])[] = [
  ['INVITE parse', 'invite', 'parse'],
  ['INVITE full', 'invite', 'full'],
  ['200 OK full', 'ok', 'full'],
  ['REGISTER full', 'register', 'full'],
  ['INVITE stringify', 'invite', 'edit'],
]

const WARM_UP = 400
const MEASURED = 400

let sink = 0

function runner(peer: Peer, kind: Kind, part: 'parse' | 'full' | 'edit'): (round: number) => void {
  const data = corpus(kind)
  if (part === 'parse') return (i) => void (sink += peer.parse(data[i % VARIANTS]!) === undefined ? 1 : 0)
  if (part === 'full') return (i) => void (sink += peer.full(data[i % VARIANTS]!))
  const parsed = data.map((each) => peer.parse(each))
  return (i) => void (sink += peer.edit(parsed[i % VARIANTS], i))
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function nanosPerRound(run: (round: number) => void): number {
  let rounds = 0
  for (const end = cpuMs() + WARM_UP; cpuMs() < end;) for (let i = 0; i < 200; i++) run(rounds++)
  rounds = 0
  const start = cpuMs()
  let now = start
  while (now < start + MEASURED) {
    for (let i = 0; i < 500; i++) run(rounds++)
    now = cpuMs()
  }
  return ((now - start) * 1e6) / rounds
}

// Octets that parsing one INVITE allocates and keeps, the datagram not counted.
function octetsKept(peer: Peer): number {
  const data = corpus('invite')
  const kept: unknown[] = []
  for (let i = 0; i < 20_000; i++) sink += peer.parse(data[i % VARIANTS]!) === undefined ? 1 : 0
  globalThis.gc?.()
  const before = process.memoryUsage()
  for (let i = 0; i < 5000; i++) kept.push(peer.parse(data[i % VARIANTS]!))
  globalThis.gc?.()
  const after = process.memoryUsage()
  return (after.heapUsed + after.external - before.heapUsed - before.external) / kept.length
}

if (process.argv[2] === '--peer') {
  const peer = peers[process.argv[3]!]!()
  const wanted = process.argv[4]!.split(',')
  const results: Record<string, number> = {}
  for (const [name, kind, part] of tasks) {
    if (wanted.includes(part)) results[name] = nanosPerRound(runner(peer, kind, part))
  }
  if (wanted.includes('memory')) results['INVITE kept'] = octetsKept(peer)
  console.log(JSON.stringify(results))
  if (sink === -1) console.log(sink)
}
