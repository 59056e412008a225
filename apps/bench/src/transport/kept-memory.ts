// What one completed transaction keeps for its 32 s, in a process of its own with --expose-gc: 100,000 OPTIONS answered over
// a simulated leg, then the timers run out. Prints one line of JSON.
import { Dispatcher } from '@netsip/dispatcher'
import { VirtualClock } from '@netsip/runtime/testing'
import { sourceOf } from '@netsip/transport'
import { MemoryNetwork } from '@netsip/transport/testing'

/** Bytes of heap, and of all that the process has grown by: buffers outside the heap are in the second alone. */
export interface KeptMemory {
  readonly count: number
  readonly heapBytes: number
  readonly residentBytes: number
  readonly heapBytesAfter: number
  readonly transactionsAfter: number
}

const COUNT = 100_000
const clock = new VirtualClock()
const leg = new MemoryNetwork({ clock, ladderLimit: 1 }).listen({ host: '127.0.0.1' })
const dispatcher = new Dispatcher({ legs: [leg], clock })
dispatcher.setReceiver({
  receive(packet) {
    if (packet.type === 'request') dispatcher.deliver(packet.createResponse(200, { toTag: 'bob' }))
  },
})
if (!('arrive' in leg)) throw new Error('a datagram leg was expected')

function options(id: string): Uint8Array {
  return new TextEncoder().encode(
    `OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:40000;rport;branch=z9hG4bK${id}\r\nMax-Forwards: 70\r\n` +
      `From: "Alice" <sip:alice@127.0.0.1>;tag=${id}\r\nTo: <sip:bob@127.0.0.1>\r\nCall-ID: ${id}@127.0.0.1\r\n` +
      `CSeq: 1 OPTIONS\r\nUser-Agent: load\r\nContent-Length: 0\r\n\r\n`,
  )
}

/** Answers `count` requests, each with its own random-looking branch. */
function answer(first: number, count: number): void {
  for (let i = first; i < first + count; i++) {
    ;(leg as { arrive(bytes: Uint8Array, source: ReturnType<typeof sourceOf>): void }).arrive(
      options(`${(i * 2_654_435_761) % 4_294_967_296}${i.toString(36)}`.padStart(24, '0')),
      sourceOf('udp', '192.0.2.9', 40_000),
    )
    // What is on the wire of the simulated network is not the transaction's.
    clock.advance(0)
  }
}

function used(): { heap: number; resident: number } {
  for (let i = 0; i < 4; i++) globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed, resident: rss }
}

answer(0, 20_000)
clock.runUntilIdle()
const before = used()
answer(20_000, COUNT)
const kept = used()
const { total } = dispatcher.stats().transactions
clock.runUntilIdle()
const after = used()
const report: KeptMemory = {
  count: total,
  heapBytes: (kept.heap - before.heap) / total,
  residentBytes: (kept.resident - before.resident) / total,
  heapBytesAfter: (after.heap - before.heap) / total,
  transactionsAfter: dispatcher.stats().transactions.total,
}
console.log(JSON.stringify(report))
