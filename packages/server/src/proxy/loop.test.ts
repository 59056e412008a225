import { NameAddr, SipRequest, Via } from '@netsip/message'
import { VirtualClock } from '@netsip/runtime/testing'
import { MemoryNetwork } from '@netsip/transport/testing'
import { describe, expect, test } from 'vitest'
import { isLoop, loopPart } from './loop.ts'

const leg = new MemoryNetwork({ clock: new VirtualClock() }).listen({ host: '10.0.0.1' })

function invite(change: (request: SipRequest) => void = () => undefined, method = 'INVITE'): SipRequest {
  const request = new SipRequest({
    method,
    uri: 'sip:bob@example.com',
    headers: {
      From: '<sip:a@b>;tag=f',
      To: '<sip:bob@example.com>',
      'Call-ID': 'c',
      CSeq: `1 ${method}`,
      Route: '<sip:p;lr>',
    },
  })
  request.pushVia(Via.parse('SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKx'))
  change(request)
  return request
}

describe('the loop part of a branch', () => {
  test.each<[string, (request: SipRequest) => void]>([
    ['the Request-URI', (request) => (request.uri = 'sip:carol@example.com')],
    ['the Route', (request) => (request.routes = [NameAddr.parse('<sip:q;lr>')])],
    ['the Call-ID', (request) => (request.callId = 'd')],
    ['the From tag', (request) => (request.from = request.from.with({ tag: 'g' }))],
    ['the CSeq number', (request) => request.headers.set('CSeq', '2 INVITE')],
  ])('R073 differs with %s', (_what, change) => {
    expect(loopPart(invite(change))).not.toBe(loopPart(invite()))
  })

  test.each<[string, (request: SipRequest) => void]>([
    ['the received Via', (request) => request.pushVia(Via.parse('SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKy'))],
    ['the To tag', (request) => (request.to = request.to.with({ tag: 't' }))],
    ['Max-Forwards', (request) => (request.maxForwards = 3)],
    ['the body', (request) => (request.body = new Uint8Array(5))],
  ])('R074 does not differ with %s', (_what, change) => {
    expect(loopPart(invite(change))).toBe(loopPart(invite()))
  })

  test('R074 is the same for the CANCEL and the ACK of a request', () => {
    expect(loopPart(invite(undefined, 'CANCEL'))).toBe(loopPart(invite()))
    expect(loopPart(invite(undefined, 'ACK'))).toBe(loopPart(invite()))
  })
})

describe('isLoop', () => {
  const part = loopPart(invite())
  const through = (...vias: string[]): boolean =>
    isLoop(
      invite((request) => vias.forEach((via) => request.pushVia(Via.parse(via)))),
      [leg],
      part,
    )

  test.each<[string, string[], boolean]>([
    [
      'R048 own Via with the same part',
      [`SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabc${part}`, 'SIP/2.0/UDP x;branch=z9hG4bK1'],
      true,
    ],
    ['R048b own Via with another part', ['SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabc.l0123456789abcdef'], false],
    [
      'R048c own Via without one, as of a user agent at this address',
      ['SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabc'],
      false,
    ],
    ['R048c own Via without a branch', ['SIP/2.0/UDP 10.0.0.1:5060'], false],
    ['R049 foreign Via with the same part', [`SIP/2.0/UDP 10.0.0.7:5060;branch=z9hG4bKabc${part}`], false],
    ['R049 foreign Via with odd parameters', ['SIP/2.0/SCTP host;odd="a;b";branch=.l;x;ttl=1'], false],
  ])('%s', (_what, vias, expected) => {
    expect(through(...vias)).toBe(expected)
  })
})
