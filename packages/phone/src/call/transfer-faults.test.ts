import { Dispatcher } from '@netsip/dispatcher'
import { type Context, Endpoint } from '@netsip/endpoint'
import type { SipRequest } from '@netsip/message'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Call } from './call.ts'
import type { Phone } from '../phone.ts'
import { sdpType } from './sdp-body.ts'
import { PhoneLab } from '../testing/phones.ts'

/** What the promise resolves with, or rejects with. */
const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error)

const sound = ['v=0', 'o=- 1 1 IN IP4 10.0.0.2', 's=-', 'c=IN IP4 10.0.0.2', 't=0 0', 'm=audio 40000 RTP/AVP 0', '']

describe('a transfer, of whose fate the peer', () => {
  let lab: PhoneLab
  let alice: Phone
  let call: Call
  let bob: Endpoint
  /** Bob's end of the call: he takes any call, and does nothing else by himself. */
  let bobs: Context
  let asked: SipRequest[]

  beforeEach(async () => {
    lab = new PhoneLab()
    alice = await lab.phone('alice', '10.0.0.1')
    asked = []
    const { clock, random } = lab
    bob = new Endpoint(new Dispatcher({ clock, random, legs: [lab.network.listen({ host: '10.0.0.2' })] }))
    bob.setApplication((endpoint, ctx, request, leg, from) => {
      bobs = ctx
      if (request.method === 'REFER') asked.push(request)
      if (request.method !== 'INVITE') return
      if (request.to.tag !== undefined) return endpoint.newResponse(ctx, request.createResponse(491), leg, from)
      const init = { headers: { 'Content-Type': sdpType }, body: sound.join('\r\n') }
      endpoint.newResponse(ctx, request.createResponse(200, init), leg, from)
    })
    call = await lab.until(alice.call('sip:bob@10.0.0.2'))
    await lab.until(call.answered)
  })
  afterEach(async () => {
    const left = await lab.close()
    await lab.until(bob.close())
    if (left.timers + left.packetSockets > 0) throw new Error(`left over: ${JSON.stringify(left)}`)
  })

  /** Alice asks; Bob says yes. */
  async function transferring(): Promise<{ outcome: Promise<unknown> }> {
    const transferred = outcome(call.transfer('carol'))
    await lab.clock.advanceAsync(50)
    bob.newResponse(bobs, asked[0]!.createResponse(202))
    return { outcome: transferred }
  }

  function report(body: string, state: string): void {
    const headers = { Event: 'refer', 'Subscription-State': state, 'Content-Type': 'message/sipfrag' }
    bob.newRequest('NOTIFY', bobs, undefined, body, headers)
  }

  test('D209 never says anything, fails after 64*T1, and the call goes on', async () => {
    const transfer = await transferring()
    expect(await lab.until(transfer.outcome)).toMatchObject({ code: 'ERR_SIP_TIMEOUT', status: 408 })
    expect(call.state).toBe('answered')
  })

  test.each(['active', 'active;expires=4000000000'])(
    'tells only that it tries (%s), fails in the end, and the call goes on',
    async (state) => {
      const transfer = await transferring()
      report('SIP/2.0 100 Trying', state)
      expect(await lab.until(transfer.outcome, 250_000)).toMatchObject({ name: 'CallError' })
      expect(lab.clock.monotonic()).toBeLessThan(210_000)
      expect(call.state).toBe('answered')
      await lab.until(call.hangup())
      await lab.clock.advanceAsync(70_000)
      expect(lab.clock.pending).toBe(0)
    },
  )

  test('tells nothing before it hangs up, fails in the end', async () => {
    const transfer = await transferring()
    report('SIP/2.0 180 Ringing', 'active;expires=4000000000')
    await lab.clock.advanceAsync(50)
    bob.newRequest('BYE', bobs)
    await lab.until(call.ended)
    expect(await lab.until(transfer.outcome, 250_000)).toMatchObject({ name: 'CallError' })
  })

  test('tells after the BYE that ended the call, succeeds (D198)', async () => {
    const transferred = outcome(call.transfer('carol'))
    await lab.clock.advanceAsync(50)
    const transfer = bob.acceptRefer(bobs, asked[0]!)
    await lab.until(call.hangup())
    transfer.report(200)
    expect(await lab.until(transferred)).toBeUndefined()
  })

  test('refuses every re-INVITE with 491, keeps nobody waiting for a hold, whose sound stops at once all the same', async () => {
    let read = 0
    call.play({ read: (frame) => (read++, frame.fill(1000), true) })
    await lab.clock.advanceAsync(200)
    expect(read).toBeGreaterThan(5)
    const held = outcome(call.hold())
    await lab.clock.advanceAsync(0)
    read = 0
    await lab.clock.advanceAsync(1000)
    expect(read).toBe(0)
    expect(await lab.until(held, 120_000)).toMatchObject({ name: 'CallError', status: 491 })
    expect([call.state, call.held]).toEqual(['answered', false])
    await lab.clock.advanceAsync(200)
    expect(read).toBeGreaterThan(5)
  })

  test('tells what is no status, is judged by what it tells after that', async () => {
    const transfer = await transferring()
    for (const body of ['', 'hello', 'SIP/2.0 999 Odd', 'SIP/2.0 486 Busy']) report(body, 'active;expires=60')
    expect(await lab.until(transfer.outcome)).toMatchObject({ status: 486, reason: 'Busy' })
    expect(call.state).toBe('answered')
  })

  test.each([true, false])('has said nothing when the phone closes (taken on: %s), fails at once', async (taken) => {
    const transferred = taken ? (await transferring()).outcome : outcome(call.transfer('carol'))
    await lab.until(alice.close())
    expect(await lab.until(transferred, 100)).toMatchObject({ name: 'CallError', code: 'ERR_SIP_CLOSED' })
  })

  test('is not heard any more, and neither is what it says to a hold: both fail when the phone closes', async () => {
    lab.network.partition('10.0.0.1', '10.0.0.2')
    const waiting = [call.hold(), call.transfer('carol')].map(outcome)
    await lab.clock.advanceAsync(100)
    await lab.until(alice.close({ graceMs: 1000 }))
    const closed = { name: 'CallError', code: 'ERR_SIP_CLOSED' }
    expect(await lab.until(Promise.all(waiting), 100)).toMatchObject([closed, closed])
    lab.network.heal()
  })
})
