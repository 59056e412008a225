// An hour of virtual time with 5,000 calls between two endpoints, on a network that loses every fiftieth datagram, and what is
// left of it. Prints one line of JSON.
import { Dispatcher } from '@netsip/dispatcher'
import { type Context, Endpoint } from '@netsip/endpoint'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { MemoryNetwork } from '@netsip/transport/testing'
import { setImmediate as turn } from 'node:timers/promises'
import { liveBytes } from './heap.ts'
import { SDP } from './sdp.ts'

/** What became of the hour. */
export interface Hour {
  readonly calls: number
  readonly answered: number
  readonly failed: number
  readonly mostAtOnce: number
  /** Bytes of heap and buffers that the calls have left behind, all together. */
  readonly leftBytes: number
  /** Contexts, dialogs, unacknowledged answers, transactions and timers at the end. */
  readonly leftEntries: number
}

const CALLS = 5000
const HOUR = 3_600_000
const clock = new VirtualClock()
const random = new SeededRandom(5)
const network = new MemoryNetwork({ clock, random, loss: 0.02, delay: 20, ladderLimit: 1 })
const [alice, bob] = ['10.0.0.1', '10.0.0.2'].map(
  (host) => new Endpoint(new Dispatcher({ legs: [network.listen({ host })], clock, random })),
) as [Endpoint, Endpoint]
const sdp = { 'Content-Type': 'application/sdp' }
const count = { answered: 0, failed: 0, mostAtOnce: 0 }

function hangUpAfter(endpoint: Endpoint, context: Context, ms: number): void {
  clock.setTimer(ms, () => {
    if (context.state === 'confirmed') endpoint.newRequest('BYE', context)
  })
}

bob.setApplication((_endpoint, context, request) => {
  if (request.method !== 'INVITE') return
  bob.newResponse(context, request.createResponse(180))
  clock.setTimer(random.float() * 10_000, () => {
    bob.newResponse(context, request.createResponse(200, { headers: sdp, body: SDP }))
  })
  // Half of the calls are ended by who was called, at some time within ten minutes, the others by who called.
  if (random.float() < 0.5) hangUpAfter(bob, context, 15_000 + random.float() * 600_000)
})

function call(): void {
  const context = alice.invite({ from: 'sip:alice@10.0.0.1', to: 'sip:bob@10.0.0.2' }, undefined, SDP, sdp)
  context.once('established', () => {
    count.answered++
    count.mostAtOnce = Math.max(count.mostAtOnce, alice.stats().dialogs)
    hangUpAfter(alice, context, 600_000 + random.float() * 100_000)
  })
  context.once('failed', () => count.failed++)
}

/** So many calls, at any time of the first three quarters of an hour. */
async function hour(calls: number): Promise<void> {
  for (let i = 0; i < calls; i++) clock.setTimer(random.float() * 0.75 * HOUR, call)
  for (let minute = 0; minute < 60; minute++) {
    clock.advance(60_000)
    await turn()
  }
  clock.runUntilIdle()
}

function entries(): number {
  let sum = clock.pending
  for (const endpoint of [alice, bob]) {
    const { contexts, dialogs, pendingAcks } = endpoint.stats()
    sum += contexts + dialogs + pendingAcks + endpoint.dispatcher.stats().transactions.total
  }
  return sum
}

// What is compiled and cached once is not a call's.
await hour(CALLS)
const before = liveBytes()
Object.assign(count, { answered: 0, failed: 0, mostAtOnce: 0 })
await hour(CALLS)
const report: Hour = { calls: CALLS, ...count, leftBytes: liveBytes() - before, leftEntries: entries() }
console.log(JSON.stringify(report))
