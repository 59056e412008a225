import type { SipResponse } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { Rig } from '../testing/rig.ts'
import { TestLeg } from '../testing/test-leg.ts'

describe('a response', () => {
  test.each(['Call-ID', 'From'])('X050 a further 2xx with another %s is forged', (name) => {
    const rig = new Rig()
    rig.send('INVITE')
    const sent = rig.leg.lastRequest()
    rig.leg.answer(200)
    const another = sent.createResponse(200, { toTag: 'x' })
    another.headers.set(name, name === 'From' ? '<sip:alice@example.com>;tag=guessed' : 'guessed')
    rig.leg.receive(another)
    expect([rig.takeEvents(), rig.dispatcher.stats().drops]).toEqual([[200], { 'forged-response': 1 }])
  })

  test('T039 X049 X050 X051 a response that is not ours, forged, broken or late goes nowhere', () => {
    const rig = new Rig()
    rig.send('OPTIONS')
    const sent = rig.leg.lastRequest()
    const altered = (change: (response: SipResponse) => void): void => {
      const response = sent.createResponse(200, { toTag: 'x' })
      change(response)
      rig.leg.receive(response)
    }
    altered((response) => (response.callId = 'guessed'))
    altered((response) => (response.from = response.from.with({ tag: 'guessed' })))
    altered((response) => response.headers.set('Via', response.via?.with({ host: '198.51.100.1' }).toString() ?? ''))
    altered((response) => response.headers.set('Via', 'SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKnobody'))
    altered((response) => response.headers.set('CSeq', 'one OPTIONS'))
    altered((response) => response.headers.set('CSeq', '1 INVITE'))
    expect(rig.takeEvents()).toEqual([])
    expect(rig.dispatcher.stats().drops).toEqual({
      'forged-response': 3,
      'foreign-response': 1,
      malformed: 1,
      'stray-response': 1,
    })
    altered(() => {})
    expect(rig.takeEvents()).toEqual([200])
  })

  test('only a response to a request of ours says where we are seen', () => {
    const rig = new Rig()
    rig.send('OPTIONS')
    const seen = (address: string, change: (response: SipResponse) => void = () => {}): void => {
      const response = rig.leg.lastRequest().createResponse(200, { toTag: 'x' })
      const via = response.via?.with({ received: address })
      response.headers.set('Via', via?.toString() ?? '')
      change(response)
      rig.leg.receive(response)
    }
    seen('198.51.100.66', (response) => (response.callId = 'guessed'))
    seen('198.51.100.66', (response) => response.headers.set('Via', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKnobody'))
    seen('198.51.100.66', (response) => response.headers.set('CSeq', '1 INVITE'))
    expect(rig.leg.learned).toBeUndefined()
    seen('203.0.113.5')
    expect(rig.leg.learned?.host).toBe('203.0.113.5')
  })

  test('T040 a response that comes in on another leg is still matched', () => {
    const rig = new Rig()
    const other = new TestLeg(() => 0, 'udp', '10.0.0.1')
    rig.dispatcher.addLeg(other)
    rig.send('OPTIONS')
    other.receive(rig.leg.lastRequest().createResponse(200, { toTag: 'x' }))
    expect(rig.takeEvents()).toEqual([200])
  })
})
