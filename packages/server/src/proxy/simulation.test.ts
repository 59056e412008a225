import type { SipRequest } from '@netsip/message'
import { SeededRandom } from '@netsip/runtime/testing'
import { expect, test } from 'vitest'
import type { Exchange, TestAgent } from '../testing/test-bed.ts'
import { pair } from '../testing/test-pair.ts'

/** A callee of many moods: answers, refuses, rings for ever or says nothing. */
function moody(agent: TestAgent, random: SeededRandom): void {
  const ringing = new Map<string, SipRequest>()
  agent.onRequest = (request) => {
    const { method, callId } = request
    if (method === 'CANCEL') {
      agent.answer(request, 200)
      const invite = ringing.get(callId)
      if (invite && ringing.delete(callId)) agent.answer(invite, 487)
    } else if (method !== 'INVITE') agent.answer(request, 200)
    else {
      const mood = random.uint32() % 4
      if (mood < 3) agent.answer(request, 180)
      if (mood === 0) agent.answer(request, 200)
      else if (mood === 1) agent.answer(request, 486)
      else ringing.set(callId, request)
    }
  }
}

/** What a caller does once it knows how the call went. */
function end(caller: TestAgent, call: Exchange, cancelled: boolean): void {
  const final = call.responses.find(({ status }) => status >= 200)
  if (final && final.status < 300) {
    caller.ack(call)
    caller.send(caller.inDialog('BYE', call, 2), null)
  } else if (!final && cancelled && call.responses.length > 0) caller.send(call.request.createCancel(), null)
}

test.each([1, 2, 3])('R098 after 200 calls over a bad network nothing is left of them (seed %i)', async (seed) => {
  const { bed, alice, bob } = await pair()
  const mobile = bed.agent('bob', '10.0.0.4', 'tcp')
  await mobile.register()
  const random = new SeededRandom(seed)
  moody(bob, random)
  moody(mobile, random)
  for (const host of ['10.0.0.2', '10.0.0.3', '10.0.0.4'])
    bed.network.link(host, '10.0.0.1', { loss: 0.15, duplicate: 0.1, jitter: 30 })
  const calls: Exchange[] = []
  for (let i = 0; i < 200; i++) {
    calls.push(alice.request('INVITE', bob.aor))
    await bed.run(random.uint32() % 50)
  }
  await bed.run(10_000)
  calls.forEach((call, index) => end(alice, call, index % 2 === 0))
  await bed.run(60_000)
  const answered = calls.filter(({ responses, error }) => error || responses.some(({ status }) => status >= 200))
  expect(answered.length).toBeGreaterThan(50)
  // The callers are too simple to end a call whose 200 was lost; the server must not be
  await bed.run(400_000)
  expect([bed.server?.proxy.contexts, bed.dispatcher.stats().transactions.total]).toEqual([0, 0])
  expect(await bed.settle()).toMatchObject({ contexts: 0, timers: 0 })
})
