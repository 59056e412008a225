import { describe, expect, test } from 'vitest'
import {
  createAck,
  createCancel,
  createResponse,
  CSeq,
  NameAddr,
  parseMessage,
  SipRequest,
  SipResponse,
  Via,
} from '../index.ts'
import { INVITE, wire } from '../testing/samples.ts'

const invite = (): SipRequest => parseMessage(INVITE) as SipRequest

describe('createResponse', () => {
  test('M161 copies Via, From, To, Call-ID and CSeq as they came', () => {
    expect(invite().createResponse(486).toString()).toBe(
      wire([
        'SIP/2.0 486 Busy Here',
        'Via: SIP/2.0/UDP pc33.atlanta.example.com:5060;branch=z9hG4bK776asdhds;rport',
        'Via: SIP/2.0/TCP bigbox3.atlanta.example.com;branch=z9hG4bK77ef4c2312983.1;received=192.0.2.2',
        'To: Bob <sip:bob@biloxi.example.com>',
        'From: "Alice Liddell" <sip:alice@atlanta.example.com>;tag=1928301774',
        'Call-ID: a84b4c76e66710@pc33.atlanta.example.com',
        'CSeq: 314159 INVITE',
        'Content-Length: 0',
      ]),
    )
  })

  test('copies Record-Route from 101 to 299 and Timestamp in a 100', () => {
    const request = invite()
    request.headers.append('Timestamp', '54')
    const has = (status: number): boolean[] =>
      ['Record-Route', 'Timestamp'].map((name) => request.createResponse(status).headers.has(name))
    expect([100, 180, 200, 302, 486].map(has)).toEqual([
      [false, true],
      [true, false],
      [true, false],
      [false, false],
      [false, false],
    ])
  })

  test('adds a tag to To when there is none and the status is over 100', () => {
    const request = invite()
    expect(request.createResponse(180, { toTag: 'a6c85cf' }).to.tag).toBe('a6c85cf')
    expect(request.createResponse(100, { toTag: 'a6c85cf' }).to.tag).toBeUndefined()
    // the same when To was read before, as what was read is kept for the response
    expect(request.to.tag).toBeUndefined()
    expect(request.createResponse(180, { toTag: 'a6c85cf' }).to.tag).toBe('a6c85cf')
    expect(request.createResponse(100, { toTag: 'a6c85cf' }).to.tag).toBeUndefined()
    request.to = request.to.with({ tag: 'own' })
    expect(request.createResponse(200, { toTag: 'a6c85cf' }).to.tag).toBe('own')
  })

  test.each([
    ['"x;tag=y" <sip:h;tag=z>', false],
    ['sip:h;tag=z', true],
    ['<sip:h> ; TAG = z', true],
    ['<sip:h>;tagged;x="a;tag=b"', false],
    ['"<" <sip:h>;x=1;tag=q', true],
    ['<sip:unclosed', false],
  ])('finds the tag of %j: %s', (to, tagged) => {
    const request = parseMessage(wire(['OPTIONS sip:h SIP/2.0', `To: ${to}`]))
    const answer = (request as SipRequest).createResponse(200, { toTag: 'new' })
    expect(answer.headers.get('To')).toBe(tagged ? to : `${to};tag=new`)
  })

  test('takes a reason, headers and a body', () => {
    const answer = createResponse(invite(), 200, 'Fine', {
      headers: { Contact: '<sip:bob@192.0.2.4>', 'Content-Type': 'text/plain' },
      body: 'grün',
    })
    expect(answer.reason).toBe('Fine')
    expect(answer.toString()).toMatch(
      /Contact: <sip:bob@192\.0\.2\.4>\r\nContent-Type: text\/plain\r\nContent-Length: 5\r\n\r\ngrün$/,
    )
    expect(() => invite().createResponse(99)).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
  })

  test('what was written to the request is copied as well, and stays apart', () => {
    const request = invite()
    request.via = request.via!.with({ received: '192.0.2.9', rport: 5062 })
    const answer = request.createResponse(200)
    expect(answer.via).toMatchObject({ received: '192.0.2.9', rport: 5062 })
    answer.popVia()
    expect([answer.vias.length, request.vias.length]).toEqual([1, 2])
  })

  test('values that were read are not read again, and writing one side leaves the other', () => {
    const request = invite()
    const { via, from, cseq, callId } = request
    const answer = request.createResponse(200)
    expect([answer.via === via, answer.from === from, answer.cseq === cseq]).toEqual([true, true, true])
    answer.via = Via.parse('SIP/2.0/UDP elsewhere.example.com;branch=z9hG4bK2')
    answer.from = answer.from.with({ tag: 'other' })
    answer.callId = 'other'
    expect(answer.via.host).toBe('elsewhere.example.com')
    expect([request.via === via, request.from === from, request.callId]).toEqual([true, true, callId])
    expect(answer.vias.map(({ host }) => host)).toEqual(['elsewhere.example.com', 'bigbox3.atlanta.example.com'])
  })

  test('answers a request with repeated headers with one of each', () => {
    const data = INVITE.replace('Contact:', 'From: <sip:second@h>;tag=2\r\nCSeq: 5 BYE\r\nContact:')
    const answer = (parseMessage(data) as SipRequest).createResponse(400)
    expect([answer.headers.getAll('From').length, answer.headers.getAll('CSeq')]).toEqual([1, ['314159 INVITE']])
  })
})

test('M002 the ACK has the To of the response octet for octet, whatever those are', () => {
  const answer = Buffer.from(String(invite().createResponse(486, { toTag: 'bob' })).replace('Bob', 'B\xf6b'), 'latin1')
  const ack = createAck(invite(), parseMessage(answer) as SipResponse)
  expect(Buffer.from(ack.toBytes()).toString('latin1')).toContain(
    '\r\nTo: B\xf6b <sip:bob@biloxi.example.com>;tag=bob\r\n',
  )
})

test('createAck is the ACK of the INVITE transaction', () => {
  const request = invite()
  request.routes = [NameAddr.parse('<sip:p1.example.com;lr>'), NameAddr.parse('<sip:p2.example.com;lr>')]
  request.headers.append('Proxy-Authorization', 'Digest username="a", realm="r", nonce="n", uri="sip:h", response="0"')
  request.headers.append('Require', '100rel')
  expect(createAck(request, request.createResponse(486, { toTag: 'bob' })).toString()).toBe(
    wire([
      'ACK sip:bob@biloxi.example.com SIP/2.0',
      'Via: SIP/2.0/UDP pc33.atlanta.example.com:5060;branch=z9hG4bK776asdhds;rport',
      'Route: <sip:p1.example.com;lr>',
      'Route: <sip:p2.example.com;lr>',
      'Max-Forwards: 70',
      'To: Bob <sip:bob@biloxi.example.com>;tag=bob',
      'From: "Alice Liddell" <sip:alice@atlanta.example.com>;tag=1928301774',
      'Call-ID: a84b4c76e66710@pc33.atlanta.example.com',
      'Proxy-Authorization: Digest username="a", realm="r", nonce="n", uri="sip:h", response="0"',
      'CSeq: 314159 ACK',
      'Content-Length: 0',
    ]),
  )
})

test('createCancel is the CANCEL of the INVITE transaction', () => {
  const request = invite()
  request.headers.append('Require', '100rel')
  expect(createCancel(request).toString()).toBe(
    wire([
      'CANCEL sip:bob@biloxi.example.com SIP/2.0',
      'Via: SIP/2.0/UDP pc33.atlanta.example.com:5060;branch=z9hG4bK776asdhds;rport',
      'Max-Forwards: 70',
      'To: Bob <sip:bob@biloxi.example.com>',
      'From: "Alice Liddell" <sip:alice@atlanta.example.com>;tag=1928301774',
      'Call-ID: a84b4c76e66710@pc33.atlanta.example.com',
      'CSeq: 314159 CANCEL',
      'Content-Length: 0',
    ]),
  )
})

const ack = (request: SipRequest): SipRequest => createAck(request, request.createResponse(486))

test('ACK, CANCEL and a clone have the Request-URI, whether it was read of the request or not', () => {
  const text = `\r\n${INVITE.replace('sip:bob@', 'sip:bj\u00f6rn@')}`
  const uriOf = (make: (request: SipRequest) => SipRequest): string =>
    String(make(parseMessage(text) as SipRequest).uri)
  const uri = 'sip:bj\u00f6rn@biloxi.example.com'
  expect(
    [(request: SipRequest) => request, ack, createCancel, (request: SipRequest) => request.clone()].map(uriOf),
  ).toEqual([uri, uri, uri, uri])
  expect(uriOf((request) => (void request.uri, ack(request)))).toBe(uri)
  expect(createCancel(parseMessage(text) as SipRequest).body).toHaveLength(0)
})

describe('messages that are built', () => {
  test('M168 M170 M177 M177b are written as SIP wants it', () => {
    const request = new SipRequest({
      method: 'MESSAGE',
      uri: 'sip:bob@example.com',
      headers: { 'Content-Type': 'text/plain' },
      body: 'Grüße',
    })
    request.from = new NameAddr({ displayName: 'A "B"', uri: 'sip:a@example.com' }).with({ tag: 't1' })
    request.to = new NameAddr({ uri: 'sip:bob@example.com' })
    request.callId = 'id@h'
    request.cseq = new CSeq(7, 'MESSAGE')
    request.maxForwards = 70
    request.pushVia(
      new Via({ protocol: 'UDP', host: '192.0.2.1', port: 5060, params: { branch: 'z9hG4bK1', rport: null } }),
    )
    expect(request.toString()).toBe(
      wire(
        [
          'MESSAGE sip:bob@example.com SIP/2.0',
          'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport',
          'Content-Type: text/plain',
          'From: "A \\"B\\"" <sip:a@example.com>;tag=t1',
          'To: <sip:bob@example.com>',
          'Call-ID: id@h',
          'CSeq: 7 MESSAGE',
          'Max-Forwards: 70',
          'Content-Length: 7',
        ],
        'Grüße',
      ),
    )
    expect(parseMessage(request.toBytes()).text).toBe('Grüße')
  })

  test('a response has the registered reason', () => {
    expect(new SipResponse({ status: 302 }).toString()).toBe(
      'SIP/2.0 302 Moved Temporarily\r\nContent-Length: 0\r\n\r\n',
    )
    expect(new SipResponse({ status: 299 }).reason).toBe('Success')
  })
})
