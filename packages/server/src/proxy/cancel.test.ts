import type { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { clean, established, pair, ringing } from '../testing/test-pair.ts'

describe('CANCEL', () => {
  test('R104 R107 R075 is answered at once and ends the ringing with 487', async () => {
    const { bed, alice, bob } = await pair()
    ringing(bob)
    const call = alice.request('INVITE', bob.aor)
    await bed.run(50)
    const request = call.request.createCancel()
    request.headers.append('Reason', 'SIP;cause=200;text="Call completed elsewhere"')
    const cancel = alice.send(request, null)
    await bed.run(50)
    expect(cancel.statuses).toEqual([200])
    expect(call.statuses).toEqual([180, 487])
    expect(bob.methods).toEqual(['INVITE', 'CANCEL'])
    const [invite, cancelled] = bob.requests
    expect(cancelled?.headers.get('Reason')).toBe('SIP;cause=200;text="Call completed elsewhere"')
    expect(cancelled?.vias).toHaveLength(1)
    expect(cancelled?.via?.branch).toBe(invite?.via?.branch)
    expect(cancelled?.uri.toString()).toBe(invite?.uri.toString())
    expect(await bed.settle()).toEqual(clean)
  })

  test('R106 waits for the first provisional of the branch and is sent once', async () => {
    const { bed, alice, bob } = await pair()
    let invite: SipRequest | undefined
    bob.onRequest = (request) => {
      if (request.method === 'INVITE') invite = request
      else bob.answer(request, 200)
    }
    const call = alice.request('INVITE', bob.aor)
    await bed.run(50)
    alice.send(call.request.createCancel(), null)
    await bed.run(100)
    expect(bob.methods).toEqual(['INVITE'])
    bob.answer(invite as SipRequest, 180)
    await bed.run(20)
    bob.answer(invite as SipRequest, 183)
    await bed.run(20)
    expect(bob.methods).toEqual(['INVITE', 'CANCEL'])
    bob.answer(invite as SipRequest, 487)
    await bed.run(20)
    expect(call.final.status).toBe(487)
    expect(await bed.settle()).toEqual(clean)
  })

  test('R101 a callee that ignores the CANCEL is given up after 64*T1', async () => {
    const { bed, alice, bob } = await pair()
    bob.onRequest = (request) => bob.answer(request, request.method === 'INVITE' ? 180 : 200)
    const call = alice.request('INVITE', bob.aor)
    await bed.run(50)
    alice.send(call.request.createCancel(), null)
    await bed.run(31_900)
    expect([bed.server?.proxy.contexts, bed.dispatcher.stats().responses.out['4xx']]).toEqual([1, undefined])
    await bed.run(200)
    expect([bed.server?.proxy.contexts, bed.dispatcher.stats().responses.out['4xx']]).toEqual([0, 1])
    expect(call.statuses[0]).toBe(180)
    bob.answer(bob.requests[0] as SipRequest, 487)
    expect(await bed.settle()).toEqual(clean)
  })

  test('R105 one that matches nothing is 481', async () => {
    const { bed, alice, bob } = await pair()
    const made = alice.make('CANCEL', bob.aor, { contact: null })
    const cancel = alice.send(made)
    await bed.run(50)
    expect(cancel.statuses).toEqual([481])
  })

  test('R104 after the answer it changes nothing', async () => {
    const both = await pair()
    const call = await established(both)
    const cancel = both.alice.send(call.request.createCancel(), null)
    await both.bed.run(50)
    expect(cancel.final.status).toBeGreaterThanOrEqual(200)
    expect(both.bob.methods).toEqual(['INVITE', 'ACK'])
  })
})
