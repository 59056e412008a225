import { PerformanceObserver } from 'node:perf_hooks'
import type { Peer } from './peer.ts'

/** Octets of heap for one parsed message, the datagram it came in not counted. */
export interface OctetsPerMessage {
  /** Taken from the heap while it was parsed, whether needed afterwards or not. */
  allocated: number
  /** Still held when all but the message itself was collected. */
  kept: number
}

/** What the heap has to be run with, so that nothing is collected while allocations are counted. */
export const HEAP_FLAGS: readonly string[] = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256']

const ROOM = 64 * 1024 * 1024
const MOST = 5000
const WARM_UP = 1000

/** Needs a process that was started with `HEAP_FLAGS`. */
export async function octetsPerMessage(peer: Peer, data: readonly Buffer[]): Promise<OctetsPerMessage> {
  for (const end = cpuMs() + WARM_UP; cpuMs() < end;) parseSome(peer, data, 100)
  globalThis.gc!()
  const once = parseSome(peer, data, 100).allocated
  const count = Math.min(MOST, Math.floor(ROOM / Math.max(once, 1)))
  const pauses = await collections(() => globalThis.gc!())
  if (pauses === 0) throw new Error('collections go unnoticed')
  let found: OctetsPerMessage | undefined
  if ((await collections(() => (found = parseSome(peer, data, count)))) > 1) {
    throw new Error('something was collected while allocations were counted')
  }
  return found!
}

// One collection at its end, which tells what is kept.
function parseSome(peer: Peer, data: readonly Buffer[], count: number): OctetsPerMessage {
  const messages: unknown[] = Array.from({ length: count })
  const before = heapUsed()
  for (let i = 0; i < count; i++) messages[i] = peer.parse(data[i % data.length]!)
  const allocated = (heapUsed() - before) / count
  globalThis.gc!()
  const kept = (heapUsed() - before) / messages.length
  return { allocated, kept }
}

async function collections(run: () => unknown): Promise<number> {
  let count = 0
  const observer = new PerformanceObserver((list) => void (count += list.getEntries().length))
  observer.observe({ entryTypes: ['gc'] })
  run()
  // entries are handed out after the present task
  await new Promise((resolve) => setTimeout(resolve, 20))
  observer.disconnect()
  return count
}

function heapUsed(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
