import { parseMessage, type SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { Rig, request } from '../testing/rig.ts'

const invite = (rig: Rig): void => void rig.send('INVITE')

const reach: Record<string, (rig: Rig) => void> = {
  Calling: invite,
  Proceeding(rig) {
    invite(rig)
    rig.leg.answer(180)
  },
  Completed(rig) {
    invite(rig)
    rig.leg.answer(486)
  },
  Accepted(rig) {
    invite(rig)
    rig.leg.answer(200)
  },
}

const inputs: Record<string, (rig: Rig) => void> = {
  '1xx': (rig) => void rig.leg.answer(183),
  '2xx': (rig) => void rig.leg.answer(200, { toTag: 'other' }),
  '3xx-6xx': (rig) => void rig.leg.answer(404),
  'T1 passes': (rig) => rig.clock.advance(500),
  '64*T1 pass': (rig) => rig.clock.advance(32_000),
  'transport error': (rig) => rig.leg.failLast(),
}

const INVITE = 'INVITE sip:bob@192.0.2.9 SIP/2.0'
const ACK = 'ACK sip:bob@192.0.2.9 SIP/2.0'
const inTcp = (line: string): string => line.replace('9 SIP', '9;transport=tcp SIP')

type Row = [state: string, input: string, next: string, sent: string[], events: (number | string)[]]

const onUdp: Row[] = [
  ['Calling', '1xx', 'Proceeding', [], [183]],
  ['Calling', '2xx', 'Accepted', [], [200]],
  ['Calling', '3xx-6xx', 'Completed', [ACK], [404]],
  ['Calling', 'T1 passes', 'Calling', [INVITE], []],
  ['Calling', '64*T1 pass', 'Terminated', Array<string>(6).fill(INVITE), ['ERR_SIP_TIMEOUT', 'end']],
  ['Calling', 'transport error', 'Terminated', [], ['ERR_SIP_REFUSED', 'end']],
  ['Proceeding', '1xx', 'Proceeding', [], [183]],
  ['Proceeding', '2xx', 'Accepted', [], [200]],
  ['Proceeding', '3xx-6xx', 'Completed', [ACK], [404]],
  ['Proceeding', 'T1 passes', 'Proceeding', [], []],
  ['Proceeding', '64*T1 pass', 'Proceeding', [], []],
  ['Proceeding', 'transport error', 'Terminated', [], ['ERR_SIP_REFUSED', 'end']],
  ['Completed', '1xx', 'Completed', [], []],
  ['Completed', '2xx', 'Completed', [], []],
  ['Completed', '3xx-6xx', 'Completed', [ACK], []],
  ['Completed', 'T1 passes', 'Completed', [], []],
  ['Completed', '64*T1 pass', 'Terminated', [], ['end']],
  ['Completed', 'transport error', 'Terminated', [], ['end']],
  ['Accepted', '1xx', 'Accepted', [], []],
  ['Accepted', '2xx', 'Accepted', [], [200]],
  ['Accepted', '3xx-6xx', 'Accepted', [], []],
  ['Accepted', 'T1 passes', 'Accepted', [], []],
  ['Accepted', '64*T1 pass', 'Terminated', [], ['end']],
  ['Accepted', 'transport error', 'Accepted', [], []],
]

// A reliable leg differs in three ways: nothing is repeated, and a refusal ends the transaction at once.
const onTcp: Row[] = onUdp
  .filter(([state]) => state !== 'Completed')
  .map(([state, input, next, sent, events]) => {
    const lines = input.includes('pass') ? [] : sent.map(inTcp)
    return next === 'Completed'
      ? [state, input, 'Terminated', lines, [...events, 'end']]
      : [state, input, next, lines, events]
  })

describe.each([
  ['udp' as const, onUdp],
  ['tcp' as const, onTcp],
])('INVITE client over %s', (protocol, rows) => {
  test.each(rows)('X079 %s, %s: %s', (state, input, next, sent, events) => {
    const rig = new Rig(protocol)
    reach[state]?.(rig)
    expect(rig.state('client', 'invite')).toBe(state)
    rig.takeEvents()
    rig.leg.take()
    inputs[input]?.(rig)
    expect(rig.state('client', 'invite')).toBe(next)
    expect(rig.leg.take()).toEqual(sent)
    expect(rig.takeEvents()).toEqual(events)
    expect(rig.errors).toEqual([])
  })
})

describe('the wire of an INVITE client', () => {
  test('X001 X007 X008 X016 sends 7 times over UDP and gives up at 32 s', () => {
    const rig = new Rig()
    rig.send('INVITE')
    rig.clock.advance(31_999)
    expect(rig.takeEvents()).toEqual([])
    expect(rig.leg.sent.map(({ at }) => at)).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500])
    rig.clock.advance(1)
    expect(rig.takeEvents()).toEqual(['ERR_SIP_TIMEOUT', 'end'])
    expect(rig.leg.sent).toHaveLength(7)
    expect(rig.clock.pending).toBe(0)
  })

  test('X006 sends once over TCP', () => {
    const rig = new Rig('tcp')
    rig.send('INVITE')
    rig.clock.runUntilIdle()
    expect(rig.leg.sent).toHaveLength(1)
    expect(rig.takeEvents()).toEqual(['ERR_SIP_TIMEOUT', 'end'])
  })

  test('X078 repeats the same bytes', () => {
    const rig = new Rig()
    const delivery = rig.send('INVITE')
    delivery.message.headers.set('Subject', 'changed after sending')
    rig.clock.advance(32_000)
    expect(new Set(rig.leg.sent.map(({ text }) => text)).size).toBe(1)
  })

  test('X009 X010 a provisional response stops the retransmissions and the timeout', () => {
    const rig = new Rig()
    rig.send('INVITE')
    rig.leg.answer(100)
    rig.leg.take()
    rig.clock.advance(600_000)
    expect(rig.leg.sent).toEqual([])
    expect(rig.takeEvents()).toEqual([100])
    expect(rig.clock.pending).toBe(0)
  })

  test('X013 X014 X075 hands up every 2xx for 64*T1 and acknowledges none, then ends', () => {
    const rig = new Rig()
    rig.send('INVITE')
    const sent = rig.leg.lastRequest()
    rig.leg.answer(200, { toTag: 'one' })
    rig.clock.advance(10_000)
    rig.leg.answer(200, { toTag: 'two', to: sent })
    rig.clock.advance(21_999)
    rig.leg.answer(200, { toTag: 'one', to: sent })
    expect(rig.leg.sent).toHaveLength(1)
    expect(rig.takeEvents()).toEqual([200, 200, 200])
    rig.clock.advance(1)
    expect(rig.takeEvents()).toEqual(['end'])
    rig.leg.answer(200, { toTag: 'one', to: sent })
    expect(rig.takeEvents()).toEqual([])
    expect(rig.dispatcher.stats().drops).toEqual({ 'stray-response': 1 })
  })

  test('X011 X015 absorbs refusals for timer D, 32 s even with a shorter T1', () => {
    const rig = new Rig('udp', { timers: { t1: 100 } })
    rig.send('INVITE')
    rig.leg.answer(486)
    rig.clock.advance(31_999)
    expect(rig.state('client', 'invite')).toBe('Completed')
    rig.clock.advance(1)
    expect(rig.state('client', 'invite')).toBe('Terminated')
  })

  test('X018 X018b X018c X018d X018e X018f X018g makes the ACK of a refusal from the INVITE and the response', () => {
    const rig = new Rig()
    rig.dispatcher.deliver(
      request('INVITE', {
        headers: {
          Route: '<sip:192.0.2.9;lr>',
          Authorization: 'Digest username="a", realm="r", nonce="n", uri="sip:b", response="0"',
          Require: '100rel',
          'Content-Type': 'text/plain',
        },
        body: 'hello',
      }),
    )
    const sent = rig.leg.lastRequest()
    rig.leg.answer(486, { toTag: 'busy' })
    const ack = parseMessage(rig.leg.sent.at(-1)?.bytes ?? '') as SipRequest
    expect(ack.method).toBe('ACK')
    expect(ack.uri.toString()).toBe(sent.uri.toString())
    expect(ack.vias.map(String)).toEqual([sent.via?.toString()])
    expect([ack.callId, ack.from.toString(), ack.routes.map(String)]).toEqual([
      sent.callId,
      sent.from.toString(),
      sent.routes.map(String),
    ])
    expect(ack.to.tag).toBe('busy')
    expect([ack.cseq.seq, ack.cseq.method]).toEqual([sent.cseq.seq, 'ACK'])
    expect(ack.maxForwards).toBe(70)
    expect(ack.headers.get('Authorization')).toBe(sent.headers.get('Authorization'))
    expect(ack.headers.has('Require')).toBe(false)
    expect(ack.body).toHaveLength(0)
  })

  test('X012 X020 repeats the ACK for each repeated refusal, and never by itself', () => {
    const rig = new Rig()
    rig.send('INVITE')
    const sent = rig.leg.lastRequest()
    rig.leg.answer(486)
    rig.leg.sent.shift()
    rig.clock.advance(5000)
    expect(rig.leg.sent).toHaveLength(1)
    rig.leg.answer(486, { to: sent })
    expect(new Set(rig.leg.sent.map(({ text }) => text)).size).toBe(1)
    expect(rig.leg.sent).toHaveLength(2)
    expect(rig.takeEvents()).toEqual([486])
    expect(rig.dispatcher.stats().transactions.total).toBe(1)
  })

  test('X017 a transport error ends it, and is told unless the final response was', () => {
    const rig = new Rig()
    rig.send('INVITE')
    rig.leg.answer(180)
    rig.leg.failLast()
    expect(rig.takeEvents()).toEqual([180, 'ERR_SIP_REFUSED', 'end'])
    rig.clock.advance(100)
    rig.send('INVITE')
    rig.leg.answer(486)
    rig.leg.failLast()
    expect(rig.takeEvents()).toEqual([486, 'end'])
    expect(rig.clock.pending).toBe(0)
  })

  test('X063 after a CANCEL the final response must come within 64*T1', () => {
    const rig = new Rig()
    const delivery = rig.send('INVITE')
    rig.leg.answer(180)
    const cancel = (delivery.message as SipRequest).createCancel()
    rig.dispatcher.deliver(cancel)
    rig.leg.answer(200)
    rig.clock.advance(31_999)
    expect(rig.takeEvents()).toEqual([180])
    rig.clock.advance(1)
    expect(rig.takeEvents()).toEqual(['ERR_SIP_TIMEOUT', 'end'])
    rig.clock.advance(5000)
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
  })

  test('X063 also when the CANCEL left before a provisional response had come', () => {
    const rig = new Rig()
    const delivery = rig.send('INVITE')
    const invite = delivery.message as SipRequest
    rig.dispatcher.deliver(invite.createCancel())
    rig.clock.advance(20_000)
    rig.leg.answer(180, { to: invite })
    rig.clock.advance(31_999)
    expect(rig.takeEvents()).toEqual([180])
    rig.clock.advance(1)
    expect(rig.takeEvents()).toEqual(['ERR_SIP_TIMEOUT', 'end'])
  })
})
