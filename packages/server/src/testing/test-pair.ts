import type { SipRequest } from '@netsip/message'
import { type Exchange, type TestAgent, TestBed } from './test-bed.ts'

/** What is left of a test that ended everything it began. */
export const clean: { contexts: number; transactions: number; timers: number } = {
  contexts: 0,
  transactions: 0,
  timers: 0,
}

/** Two registered users and their server. */
export interface Pair {
  bed: TestBed
  alice: TestAgent
  bob: TestAgent
}

/** Alice and Bob, registered by these transports. */
export async function pair(aliceProtocol: 'udp' | 'tcp' = 'udp', bobProtocol: 'udp' | 'tcp' = 'udp'): Promise<Pair> {
  const bed = new TestBed()
  bed.start()
  const alice = bed.agent('alice', '10.0.0.2', aliceProtocol)
  const bob = bed.agent('bob', '10.0.0.3', bobProtocol)
  await alice.register()
  await bob.register()
  return { bed, alice, bob }
}

/** Answers INVITE with these, one after the other, and everything else with 200. */
export function answering(agent: TestAgent, ...statuses: number[]): void {
  agent.onRequest = (request) => {
    if (request.method !== 'INVITE') return agent.answer(request, 200)
    for (const status of statuses) agent.answer(request, status)
  }
}

/** Rings until it is cancelled, as a phone does. */
export function ringing(agent: TestAgent): void {
  let invite: SipRequest | undefined
  agent.onRequest = (request) => {
    if (request.method === 'INVITE') agent.answer((invite = request), 180)
    else if (request.method === 'CANCEL') {
      agent.answer(request, 200)
      if (invite) agent.answer(invite, 487)
    } else agent.answer(request, 200)
  }
}

/** A call from Alice that Bob answered. */
export async function established({ bed, alice, bob }: Pair): Promise<Exchange> {
  answering(bob, 180, 200)
  const call = alice.request('INVITE', bob.aor)
  await bed.run(50)
  if (call.final.status !== 200) throw new Error(`no call: ${call.final.status}`)
  alice.ack(call)
  await bed.run(50)
  return call
}
