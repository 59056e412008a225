import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Call } from './call.ts'
import type { Phone } from './phone.ts'
import { PhoneLab } from './testing-phones.ts'
import type { TransferRequest } from './transfer-request.ts'

/** What the promise resolves with, or rejects with. */
const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error)

describe('a transfer', () => {
  let lab: PhoneLab
  let alice: Phone
  let bob: Phone
  let carol: Phone
  /** Alice's call with Bob, and Bob's end of it. */
  let call: Call
  let bobs: Call

  beforeEach(async () => {
    lab = new PhoneLab()
    ;[alice, bob] = await lab.pair()
    carol = await lab.phone('carol', '10.0.0.3')
    bob.once('call', (incoming) => incoming.answer())
    call = await lab.until(alice.call('sip:bob@10.0.0.2'))
    await lab.until(call.answered)
    bobs = bob.calls[0]!
  })
  afterEach(async () => {
    const left = await lab.close()
    if (left.timers + left.packetSockets > 0) throw new Error(`left over: ${JSON.stringify(left)}`)
  })

  test('blind: the peer calls the other one, and is let go when that call is up (RFC 5589 6)', async () => {
    const asked: TransferRequest[] = []
    bobs.on('transfer', (request) => {
      asked.push(request)
      return request.accept()
    })
    carol.on('call', (incoming) => {
      incoming.ring()
      return incoming.answer()
    })
    await lab.until(call.transfer('sip:carol@10.0.0.3'))
    expect(asked).toMatchObject([{ referredBy: '<sip:alice@10.0.0.1>', attended: false }])
    expect(asked[0]?.target.uri.toString()).toBe('sip:carol@10.0.0.3')
    expect([alice.calls.length, bob.calls.length, carol.calls.length]).toEqual([0, 1, 1])
    expect(bob.calls[0]).toMatchObject({ direction: 'out', state: 'answered' })
    expect(carol.calls[0]?.remote.uri.toString()).toBe('sip:bob@10.0.0.2')
    expect(await bobs.ended).toMatchObject({ by: 'remote' })
  })

  test('attended: the call with the other one is taken over (RFC 5589 7)', async () => {
    bobs.on('transfer', (request) => request.accept())
    carol.once('call', (incoming) => incoming.answer())
    const second = await lab.until(alice.call('sip:carol@10.0.0.3'))
    await lab.until(second.answered)
    const carols = carol.calls[0]!
    const offered: Call[] = []
    carol.on('call', (incoming) => {
      offered.push(incoming)
      return incoming.answer()
    })
    await lab.until(call.hold())
    await lab.until(call.transfer(second))
    expect(offered.map(({ replaces }) => replaces)).toEqual([carols])
    await lab.until(carols.ended)
    expect([alice.calls.length, bob.calls.length, carol.calls]).toEqual([0, 1, offered])
    expect(bob.calls[0]).toMatchObject({ state: 'answered' })
    await lab.until(bob.calls[0]!.hangup())
  })

  test('takes over even where no further call fits', async () => {
    const dave = await lab.phone('dave', '10.0.0.4', { maxCalls: 1 })
    bobs.on('transfer', (request) => request.accept())
    dave.on('call', (incoming) => incoming.answer())
    const second = await lab.until(alice.call('sip:dave@10.0.0.4'))
    await lab.until(second.answered)
    await lab.until(call.transfer(second))
    expect(dave.calls).toHaveLength(1)
    expect(dave.calls[0]?.replaces).toBeDefined()
  })

  test('to one that is busy is told by its status, and the call goes on', async () => {
    bobs.on('transfer', (request) => request.accept())
    carol.on('call', (incoming) => incoming.reject(486))
    expect(await lab.until(outcome(call.transfer('sip:carol@10.0.0.3')))).toMatchObject({
      name: 'CallError',
      status: 486,
    })
    expect([call.state, bobs.state]).toEqual(['answered', 'answered'])
    expect([alice.calls, bob.calls]).toEqual([[call], [bobs]])
  })

  test.each<[title: string, status: number, decide?: (request: TransferRequest) => unknown]>([
    ['nobody listens for', 603],
    ['is declined', 603, (request) => request.reject()],
    ['is declined with a status', 403, (request) => request.reject(403)],
  ])('that %s is refused, and the call goes on', async (_title, status, decide) => {
    if (decide) bobs.on('transfer', decide)
    expect(await lab.until(outcome(call.transfer('sip:carol@10.0.0.3')))).toMatchObject({ name: 'CallError', status })
    expect([call.state, bobs.state, bob.calls.length]).toEqual(['answered', 'answered', 1])
  })

  test('is decided once', async () => {
    let request: TransferRequest | undefined
    bobs.on('transfer', (one) => void (request = one))
    const transferred = outcome(call.transfer('sip:carol@10.0.0.3'))
    await lab.clock.advanceAsync(100)
    request?.reject()
    expect(() => request?.reject()).toThrow(expect.objectContaining({ code: 'ERR_SIP_STATE' }))
    await expect(request?.accept()).rejects.toMatchObject({ code: 'ERR_SIP_STATE' })
    expect(await lab.until(transferred)).toMatchObject({ status: 603 })
  })

  test('needs an answered call and an address', async () => {
    await expect(call.transfer('not an address')).rejects.toMatchObject({ code: 'ERR_SIP_ARGUMENT' })
    await expect(call.transfer(call)).rejects.toMatchObject({ code: 'ERR_SIP_ARGUMENT' })
    const ringing = await lab.until(alice.call('sip:carol@10.0.0.3'))
    await expect(ringing.transfer('sip:bob@10.0.0.2')).rejects.toMatchObject({ code: 'ERR_SIP_STATE' })
    await expect(call.transfer(ringing)).rejects.toMatchObject({ code: 'ERR_SIP_STATE' })
    expect(call.state).toBe('answered')
  })

  test('of a call whose peer is gone fails', async () => {
    lab.network.partition('10.0.0.1', '10.0.0.2')
    expect(await lab.until(outcome(call.transfer('carol')))).toMatchObject({ name: 'CallError', status: 408 })
    lab.network.heal()
  })
})
