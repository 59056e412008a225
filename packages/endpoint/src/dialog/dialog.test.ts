import { SipRequest, type SipResponse } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { Dialog } from './dialog.ts'

function invite(headers: Record<string, string | string[]> = {}, uri = 'sip:bob@biloxi.com'): SipRequest {
  return new SipRequest({
    method: 'INVITE',
    uri,
    headers: {
      Via: 'SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776',
      'Max-Forwards': 70,
      From: 'Alice <sip:alice@atlanta.com>;tag=a1',
      To: 'Bob <sip:bob@biloxi.com>',
      'Call-ID': 'a84b4c76e66710',
      CSeq: '314159 INVITE',
      Contact: '<sip:alice@pc33.atlanta.com>',
      ...headers,
    },
  })
}

function ok(request: SipRequest, headers: Record<string, string | string[]> = {}, status = 200): SipResponse {
  return request.createResponse(status, { toTag: 'b2', headers: { Contact: '<sip:bob@192.0.2.4>', ...headers } })
}

function withRoutes(recordRoute: string): Dialog {
  const request = invite()
  return Dialog.fromResponse(request, ok(request, { 'Record-Route': recordRoute, Contact: '<sip:user@remoteua>' }))
}

const values = (list: readonly unknown[]): string[] => list.map(String)

describe('Dialog at the UAC', () => {
  test('D090 D090c D091 D092 route set is the reversed Record-Route, target the Contact, local number that of the INVITE', () => {
    const request = invite()
    const response = ok(request, { 'Record-Route': '<sip:p2.biloxi.com;lr>, <sip:p1.atlanta.com;lr;x=1>' })
    const dialog = Dialog.fromResponse(request, response)
    expect(values(dialog.routeSet)).toEqual(['<sip:p1.atlanta.com;lr;x=1>', '<sip:p2.biloxi.com;lr>'])
    expect(dialog.remoteTarget.toString()).toBe('sip:bob@192.0.2.4')
    expect([dialog.localSeq, dialog.remoteSeq]).toEqual([314159, undefined])
    expect([dialog.localTag, dialog.remoteTag, dialog.state]).toEqual(['a1', 'b2', 'confirmed'])
  })

  test('D091 a 2xx without Contact leaves the Request-URI as the target', () => {
    const request = invite()
    request.uri = 'sip:bob@192.0.2.4'
    const dialog = Dialog.fromResponse(request, request.createResponse(200, { toTag: 'b2' }))
    expect(dialog.remote.uri.toString()).toBe('sip:bob@biloxi.com')
    expect(dialog.remoteTarget.toString()).toBe('sip:bob@192.0.2.4')
  })

  test('D098 D098b D098c the 2xx gives an early dialog its route set and target anew and keeps its numbers', () => {
    const request = invite()
    const dialog = Dialog.fromResponse(request, ok(request, { 'Record-Route': '<sip:early;lr>' }, 180))
    dialog.createRequest('PRACK')
    dialog.confirm(ok(request, { 'Record-Route': '<sip:late;lr>', Contact: '<sip:bob@192.0.2.9>' }))
    expect(dialog.state).toBe('confirmed')
    expect(values(dialog.routeSet)).toEqual(['<sip:late;lr>'])
    expect(dialog.remoteTarget.toString()).toBe('sip:bob@192.0.2.9')
    expect(dialog.localSeq).toBe(314160)
  })

  test('D090d S166 a later 2xx does not touch the route set', () => {
    const request = invite({ Route: '<sip:preloaded;lr>' })
    const dialog = Dialog.fromResponse(request, ok(request))
    dialog.confirm(ok(request, { 'Record-Route': '<sip:other;lr>' }))
    expect(dialog.routeSet).toEqual([])
  })

  test('D096 a sips Request-URI makes the dialog secure', () => {
    const request = invite({}, 'sips:bob@biloxi.com')
    expect(Dialog.fromResponse(request, ok(request)).secure).toBe(true)
    expect(Dialog.fromResponse(invite(), ok(invite())).secure).toBe(false)
  })

  test('D094 a peer without a tag is one with the empty tag, and gets no tag parameter', () => {
    const request = invite()
    const dialog = Dialog.fromResponse(request, request.createResponse(200))
    expect(dialog.remoteTag).toBe('')
    expect(dialog.createRequest('BYE').headers.get('To')).not.toContain('tag')
  })
})

describe('Dialog at the UAS', () => {
  test('D090b D092 D093 D095 D102b route set in the order of the request, remote number its own', () => {
    const request = invite({ 'Record-Route': ['<sip:p2;lr>', '<sip:p1;lr>'] })
    const dialog = Dialog.fromRequest(request, request.to.with({ tag: 'b2' }))
    expect(values(dialog.routeSet)).toEqual(['<sip:p2;lr>', '<sip:p1;lr>'])
    expect([dialog.localSeq, dialog.remoteSeq]).toEqual([0, 314159])
    const bye = dialog.createRequest('BYE')
    expect(bye.from.toString()).toBe('Bob <sip:bob@biloxi.com>;tag=b2')
    expect(bye.to.toString()).toBe('Alice <sip:alice@atlanta.com>;tag=a1')
    expect(bye.cseq.toString()).toBe('1 BYE')
  })

  test('D112 D112c D112e D114 numbers below or equal the last are refused, gaps and a first 0 are fine', () => {
    const first = invite({ CSeq: '0 INVITE' })
    const dialog = Dialog.fromRequest(first, first.to.with({ tag: 'b2' }))
    expect(dialog.acceptSeq(0)).toBe(false)
    expect(dialog.acceptSeq(7)).toBe(true)
    expect(dialog.acceptSeq(6)).toBe(false)
    expect(dialog.remoteSeq).toBe(7)
  })
})

describe('requests of a dialog', () => {
  test('D103 without a route set the target is the Request-URI', () => {
    const bye = Dialog.fromResponse(invite(), ok(invite())).createRequest('BYE')
    expect(bye.uri.toString()).toBe('sip:bob@192.0.2.4')
    expect(bye.routes).toEqual([])
  })

  test('D104 a loose first route leaves the target in the Request-URI', () => {
    const bye = withRoutes('<sip:p2;lr>, <sip:p1;lr>').createRequest('BYE')
    expect(bye.uri.toString()).toBe('sip:user@remoteua')
    expect(values(bye.routes)).toEqual(['<sip:p1;lr>', '<sip:p2;lr>'])
  })

  test('D105 D106 a strict first route becomes the Request-URI, and the target the last Route', () => {
    const bye = withRoutes('<sip:proxy4>, <sip:proxy3;lr>, <sip:proxy2>, <sip:proxy1>').createRequest('BYE')
    expect(bye.uri.toString()).toBe('sip:proxy1')
    expect(values(bye.routes)).toEqual(['<sip:proxy2>', '<sip:proxy3;lr>', '<sip:proxy4>', '<sip:user@remoteua>'])
  })

  test('D105 headers and method of a strict route do not come into the Request-URI', () => {
    const bye = withRoutes('<sip:proxy1;method=INVITE?Subject=x>').createRequest('BYE')
    expect(bye.uri.toString()).toBe('sip:proxy1')
  })

  test('D102 D102d D113 numbers rise by one, and the ACK keeps that of its INVITE', () => {
    const request = invite()
    const dialog = Dialog.fromResponse(request, ok(request))
    const numbers = [dialog.createRequest('INFO'), dialog.createAck(request), dialog.createRequest('BYE')]
    expect(numbers.map((one) => one.cseq.toString())).toEqual(['314160 INFO', '314159 ACK', '314161 BYE'])
  })

  test('D121 S167 the ACK carries the credentials of its INVITE and goes by the route set', () => {
    const request = invite({
      Authorization: 'Digest username="a", realm="r", nonce="n", uri="sip:b", response="0"',
      'Proxy-Authorization': 'Digest username="a", realm="p", nonce="n", uri="sip:b", response="1"',
    })
    const dialog = Dialog.fromResponse(request, ok(request, { 'Record-Route': '<sip:p1;lr>' }))
    const ack = dialog.createAck(request)
    expect(ack.headers.get('Authorization')).toBe(request.headers.get('Authorization'))
    expect(ack.headers.get('Proxy-Authorization')).toBe(request.headers.get('Proxy-Authorization'))
    expect(values(ack.routes)).toEqual(['<sip:p1;lr>'])
    expect(ack.to.tag).toBe('b2')
    expect(ack.maxForwards).toBe(70)
  })

  test('D109 refreshTarget moves the target to the Contact, if there is one', () => {
    const dialog = Dialog.fromResponse(invite(), ok(invite()))
    dialog.refreshTarget(ok(invite(), { Contact: '<sip:bob@198.51.100.7>;expires=60' }))
    expect(dialog.remoteTarget.toString()).toBe('sip:bob@198.51.100.7')
    dialog.refreshTarget(invite().createResponse(200))
    expect(dialog.remoteTarget.toString()).toBe('sip:bob@198.51.100.7')
  })
})
