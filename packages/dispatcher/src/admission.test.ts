import { parseMessage, type SipRequest, type SipResponse } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { Admission, type SourceCount } from './admission.ts'
import { Rig, incoming, request } from './testing/rig.ts'

const lastResponse = (rig: Rig): SipResponse => parseMessage(rig.leg.sent.at(-1)?.bytes ?? '') as SipResponse

function branches(rig: Rig, count: number, init: { toTag?: string; addr?: string } = {}): void {
  for (let i = 0; i < count; i++) {
    const branch = `z9hG4bK${init.addr ?? 'x'}${init.toTag ?? ''}${i}`
    rig.leg.receive(
      incoming('OPTIONS', { branch, ...(init.toTag ? { toTag: init.toTag } : {}) }),
      rig.leg.peer(init.addr),
    )
  }
}

describe('bounds', () => {
  test('X073 beyond the bound requests are answered 503 with Retry-After and nothing is kept', () => {
    const rig = new Rig('udp', { limits: { transactions: 8, perSource: 8, retryAfter: 7 } })
    branches(rig, 20)
    expect(rig.takeReceived()).toHaveLength(8)
    expect(rig.dispatcher.stats()).toMatchObject({ shed: 12, transactions: { total: 8 } })
    expect(rig.leg.sent).toHaveLength(12)
    expect(lastResponse(rig).status).toBe(503)
    expect(lastResponse(rig).headers.get('Retry-After')).toBe('7')
  })

  test('X073 requests within a dialog are let in a little longer', () => {
    const rig = new Rig('udp', { limits: { transactions: 8, perSource: 8 } })
    branches(rig, 8)
    branches(rig, 3, { toTag: 'dialog' })
    expect(rig.takeReceived()).toHaveLength(9)
  })

  test('one source cannot take the place of all', () => {
    const rig = new Rig('udp', { limits: { transactions: 100, perSource: 5 } })
    branches(rig, 9, { addr: '198.51.100.1' })
    branches(rig, 3, { addr: '198.51.100.2' })
    expect(rig.takeReceived()).toHaveLength(8)
    rig.received.length = 0
    const six = (addr: string, branch: string): void =>
      rig.leg.receive(incoming('OPTIONS', { branch }), { proto: 'udp', addr, host: addr, port: 5060, family: 'IPv6' })
    for (let i = 0; i < 9; i++) six(`2001:db8:1:2::${i}`, `z9hG4bKsix${i}`)
    six('2001:db8:1:3::1', 'z9hG4bKsixelse')
    expect(rig.takeReceived()).toHaveLength(6)
  })

  test('full capacity is back as soon as transactions end', () => {
    const rig = new Rig('udp', { limits: { transactions: 4, perSource: 4 } })
    rig.onReceive = (packet) => void rig.dispatcher.deliver((packet as SipRequest).createResponse(200, { toTag: 'us' }))
    branches(rig, 10)
    rig.clock.advance(32_000)
    branches(rig, 10, { addr: '192.0.2.10' })
    expect(rig.takeReceived()).toHaveLength(8)
    rig.clock.runUntilIdle()
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
  })

  test('a source has its full share back as soon as its transactions end', () => {
    const rig = new Rig('udp', { limits: { transactions: 100, perSource: 4 } })
    rig.onReceive = (packet) => void rig.dispatcher.deliver((packet as SipRequest).createResponse(200, { toTag: 'us' }))
    for (const round of ['one', 'two', 'three']) {
      for (let i = 0; i < 6; i++) rig.leg.receive(incoming('OPTIONS', { branch: `z9hG4bK${round}${i}` }))
      rig.clock.advance(32_000)
    }
    expect(rig.takeReceived()).toHaveLength(12)
    expect(rig.dispatcher.stats().shed).toBe(6)
  })

  test('nothing is kept of a source that has no transaction any more', () => {
    const admission = new Admission()
    const source = new Rig().leg.peer()
    const admit = (): SourceCount | undefined => admission.admit(source, incoming('OPTIONS'), 0)
    const [first, second] = [admit(), admit()]
    expect(second).toBe(first)
    admission.release(first!)
    expect(admit()).toBe(first)
    admission.release(first!)
    admission.release(first!)
    expect(admit()).not.toBe(first)
  })

  test.each(['transactions', 'perSource', 'retryAfter'])('X073 %s that bounds nothing is refused', (name) => {
    for (const bound of [0, -1, Number.NaN]) {
      expect(() => new Rig('udp', { limits: { [name]: bound } })).toThrow(
        expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }),
      )
    }
  })

  test('X073 a CANCEL is let in a little longer, as it ends what takes up room', () => {
    const rig = new Rig('udp', { limits: { transactions: 8, perSource: 8 } })
    for (let i = 0; i < 8; i++) rig.leg.receive(incoming('INVITE', { branch: `z9hG4bKcall${i}` }))
    rig.leg.receive(incoming('CANCEL', { branch: 'z9hG4bKcall3' }))
    rig.leg.receive(incoming('CANCEL', { branch: 'z9hG4bKcall4' }))
    expect(rig.takeReceived()).toEqual([...Array<string>(8).fill('INVITE'), 'CANCEL'])
    expect(rig.dispatcher.stats().shed).toBe(1)
  })

  test.each(['CANCEL', 'BYE'])('a %s of our own is sent a little longer, too', (method) => {
    const rig = new Rig('udp', { limits: { transactions: 8 } })
    const calls = Array.from({ length: 8 }, (_, i) =>
      rig.dispatcher.deliver(request('INVITE', { callId: `call-${i}` })),
    )
    const ending = (call: number): SipRequest =>
      method === 'CANCEL'
        ? (calls[call]!.message as SipRequest).createCancel()
        : request('BYE', { callId: `call-${call}`, toTag: 'bob' })
    rig.leg.take()
    for (const call of [0, 1]) rig.dispatcher.deliver(ending(call), rig.watching())
    rig.clock.advance(0)
    expect(rig.leg.take()).toEqual([`${method} sip:bob@192.0.2.9 SIP/2.0`])
    expect(rig.takeEvents()).toEqual(['ERR_SIP_OVERLOAD', 'end'])
  })

  test('requests of our own fail with ERR_SIP_OVERLOAD', () => {
    const rig = new Rig('udp', { limits: { transactions: 1 } })
    rig.send('OPTIONS')
    rig.send('OPTIONS')
    rig.clock.advance(0)
    expect(rig.takeEvents()).toEqual(['ERR_SIP_OVERLOAD', 'end'])
  })
})
