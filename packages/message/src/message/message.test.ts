import { describe, expect, test } from 'vitest'
import {
  Authorization,
  CSeq,
  isSipMessage,
  isSipRequest,
  isSipResponse,
  HistoryInfo,
  NameAddr,
  parseMessage,
  Path,
  ProxyAuthenticate,
  SipParseError,
  SipRequest,
  SipResponse,
  SipUri,
  Via,
  WwwAuthenticate,
} from '../index.ts'
import { INVITE, wire } from '../testing/samples.ts'

const invite = (): SipRequest => parseMessage(INVITE) as SipRequest
const line = (message: SipRequest, name: string): string | undefined =>
  message
    .toString()
    .split('\r\n')
    .find((text) => text.startsWith(`${name}:`))

describe('typed values', () => {
  test('are read once and kept', () => {
    const request = invite()
    expect(request.from).toBe(request.from)
    expect(request.vias).toBe(request.vias)
    expect(request.uri).toBe(request.uri)
  })

  test('any write to the header drops the kept value', () => {
    const request = invite()
    void [request.from, request.vias, request.via, request.contacts, request.cseq, request.supported]
    request.headers.set('f', '<sip:new@h>;tag=9')
    expect(request.from.tag).toBe('9')
    request.headers.prepend('v', 'SIP/2.0/TLS first')
    expect([request.via!.protocol, request.vias.length]).toEqual(['TLS', 3])
    request.headers.delete('m')
    expect(request.contact).toBeUndefined()
    request.cseq = new CSeq(2, 'INVITE')
    expect(request.cseq.seq).toBe(2)
    request.supported = []
    expect(request.supported).toEqual([])
    expect(request.headers.has('Supported')).toBe(false)
  })

  test('M046 Contact is a list or *', () => {
    const request = invite()
    request.contacts = '*'
    expect([request.contacts, request.contact, line(request, 'Contact')]).toEqual(['*', undefined, 'Contact: *'])
    request.contacts = [NameAddr.parse('<sip:a@h>'), NameAddr.parse('<sip:b@h>')]
    expect(request.contact!.uri.toString()).toBe('sip:a@h')
    for (const rows of ['*, <sip:a@h>', ['*', '<sip:a@h>'], ['<sip:a@h>', '*'], ['*', '*']]) {
      request.headers.set('Contact', rows)
      expect(() => request.contacts, String(rows)).toThrow(SipParseError)
    }
  })

  test('M047 M048 empty elements are refused where addresses stand and passed over between words', () => {
    const request = invite()
    for (const name of ['Via', 'Contact', 'Route']) {
      request.headers.set(name, name === 'Via' ? 'SIP/2.0/UDP h,,SIP/2.0/UDP i' : '<sip:a@h>,,<sip:b@h>')
    }
    expect(() => request.vias).toThrow(SipParseError)
    expect(() => request.contacts).toThrow(SipParseError)
    expect(() => request.routes).toThrow(SipParseError)
    request.headers.set('Allow', 'INVITE,, ACK,')
    expect(request.allow).toEqual(['INVITE', 'ACK'])
  })

  test('M156 M167 what is missing or malformed throws with header and offset', () => {
    const text = wire(['OPTIONS sip:h SIP/2.0', 'To: "Mr. J. User <sip:u@h>', 'CSeq: x OPTIONS'])
    const request = parseMessage(text)
    expect(() => request.from).toThrow(expect.objectContaining({ header: 'From', status: 400 }))
    expect(() => request.callId).toThrow(expect.objectContaining({ header: 'Call-ID' }))
    const at = (offset: number): unknown =>
      expect.objectContaining({
        code: 'ERR_SIP_PARSE',
        offset: expect.any(Number) as number,
        header: text[offset] === '"' ? 'To' : 'CSeq',
      })
    expect(() => request.to).toThrow(at(text.indexOf('"')))
    expect(() => request.cseq).toThrow(at(text.indexOf('x OPT')))
    expect(() => (parseMessage(wire(['OPTIONS sip: SIP/2.0'])) as SipRequest).uri).toThrow(
      expect.objectContaining({ header: 'Request-URI' }),
    )
  })

  test('M167 an error in an element of a list says where on its row that stands', () => {
    const rows = {
      Via: 'SIP/2.0/UDP a;x="bad, " , bad',
      Contact: '<sip:bad@h>;x="bad" ,\t"bad',
      Route: '<sip:a@h;lr>,<sip:b@h>;bad;BAD, <sip:c@h>',
      Path: '<sip:bad@h>, <sip:b@h>,,"bad',
      'WWW-Authenticate': 'Digest realm="r", nonce="bad", \tDigest realm="r", bad="n"',
    }
    const text = wire(['OPTIONS sip:h SIP/2.0', ...Object.entries(rows).map((row) => row.join(': '))])
    const message = parseMessage(text)
    const reads = {
      Via: [() => message.vias, 'bad\r'],
      Contact: [() => message.contacts, '"bad\r'],
      Route: [() => message.routes, 'BAD, <'],
      Path: [() => message.read(Path), ',"bad'],
      'WWW-Authenticate': [() => message.read(WwwAuthenticate), 'Digest realm="r", bad'],
    } as const
    for (const [header, [read, found]] of Object.entries(reads)) {
      const offset = text.indexOf(found, text.indexOf(`${header}: `))
      expect(read, header).toThrow(expect.objectContaining({ header, offset }))
    }
    message.headers.set('Route', '<sip:a@h>, "bad')
    expect(() => message.routes).toThrow(expect.objectContaining({ header: 'Route', offset: 11 }))
  })

  test('M069 M070b M070c numbers that are none', () => {
    const request = invite()
    for (const text of ['256', '-1', '0x1', '', '7 0']) {
      request.headers.set('Max-Forwards', text)
      expect(request.maxForwards).toBeUndefined()
    }
    request.maxForwards = 69
    expect(line(request, 'Max-Forwards')).toBe('Max-Forwards: 69')
    expect(request.expires).toBeUndefined()
    for (const [text, seconds] of [
      ['0', 0],
      ['soon', 3600],
      ['99999999999', 4294967295],
    ] as const) {
      request.headers.set('Expires', text)
      expect(request.expires).toBe(seconds)
    }
    expect(() => (request.expires = -1)).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
    request.expires = undefined
    expect(request.headers.has('Expires')).toBe(false)
  })

  test('challenges and credentials of both kinds', () => {
    const answer = new SipResponse({
      status: 401,
      headers: {
        'Proxy-Authenticate': 'Digest realm="p", nonce="1"',
        'WWW-Authenticate': [
          'Digest realm="w", nonce="2", qop="auth,auth-int"',
          'Digest realm="w", nonce="3", algorithm=SHA-256',
        ],
      },
    })
    expect(
      [...answer.read(WwwAuthenticate), ...answer.read(ProxyAuthenticate)].map(({ kind, nonce }) => [kind, nonce]),
    ).toEqual([
      ['www', '2'],
      ['www', '3'],
      ['proxy', '1'],
    ])
    const request = invite()
    request.headers.append('Authorization', 'Digest username="a", realm="r", nonce="n", uri="sip:h", response="00"')
    expect(request.read(Authorization)).toMatchObject([{ kind: 'www', username: 'a' }])
  })
})

describe('the top Via', () => {
  test('is replaced in its place', () => {
    const request = invite()
    request.via = request.via!.with({ received: '192.0.2.1', rport: 5099 })
    expect(request.vias.map((via) => via.received)).toEqual(['192.0.2.1', '192.0.2.2'])
    expect(request.vias[0]!.rport).toBe(5099)
  })

  test('is pushed and popped', () => {
    const request = invite()
    request.pushVia(new Via({ protocol: 'TCP', host: 'proxy.example.com', params: { branch: 'z9hG4bKp' } }))
    expect(request.vias.map((via) => via.host)).toEqual([
      'proxy.example.com',
      'pc33.atlanta.example.com',
      'bigbox3.atlanta.example.com',
    ])
    expect(request.toString()).toMatch(/^INVITE [^\r]+\r\nVia: SIP\/2\.0\/TCP proxy/)
    for (let i = 0; i < 4; i++) request.popVia()
    expect([request.via, request.vias.length]).toEqual([undefined, 0])
  })

  test('M034 of several in one row is the first of them', () => {
    const request = parseMessage(
      wire(['OPTIONS sip:h SIP/2.0', 'v: SIP/2.0/UDP a;x="1,2" , SIP/2.0/UDP b', 'Via: SIP/2.0/UDP c']),
    ) as SipRequest
    expect(request.via!.host).toBe('a')
    request.via = request.via!.with({ host: 'z' })
    expect(request.vias.map((via) => via.host)).toEqual(['z', 'b', 'c'])
    request.popVia()
    expect(request.vias.map((via) => via.host)).toEqual(['b', 'c'])
  })
})

test('M037 M178 a message that is forwarded leaves with the lines it came with, but for those that were changed', () => {
  const text = INVITE.replace('Subject', 'x').replace(
    'Allow: INVITE',
    'P-Odd :  \t"unclosed, <x\r\n\tfolded\r\nAllow: INVITE',
  )
  const forwarded = (parseMessage(text) as SipRequest).clone()
  forwarded.maxForwards = forwarded.maxForwards! - 1
  forwarded.uri = new SipUri({ user: 'bob', host: '192.0.2.4' })
  forwarded.pushVia(new Via({ protocol: 'UDP', host: 'p', params: { branch: 'z9hG4bK7' } }))
  const expected = text
    .replace('Max-Forwards: 70', 'Max-Forwards: 69')
    .replace('sip:bob@biloxi.example.com SIP', 'sip:bob@192.0.2.4 SIP')
    .replace('Via: ', 'Via: SIP/2.0/UDP p;branch=z9hG4bK7\r\nVia: ')
  expect(Buffer.from(forwarded.toBytes()).toString()).toBe(expected)
})

test('a clone is apart from its original', () => {
  const request = invite()
  void request.from
  const copy = request.clone()
  copy.method = 'BYE'
  copy.headers.delete('Via')
  copy.from = copy.from.with({ tag: 'x' })
  expect(request.toString()).toBe(INVITE)
  expect(copy).toMatchObject({ method: 'BYE', vias: [] })
  const answer = request.createResponse(200).clone()
  expect(answer).toMatchObject({ status: 200, reason: 'OK' })
})

test('M168 Content-Length follows the body', () => {
  const request = invite()
  request.body = Buffer.from('longer than it was')
  expect(line(request, 'Content-Length')).toBe('Content-Length: 18')
  request.headers.set('l', 5)
  request.headers.append('Content-Length', 7)
  expect(request.toString().match(/^(l|Content-Length): .*$/gim)).toEqual(['Content-Length: 18'])
  request.body = 'grüße'
  expect(line(request, 'Content-Length')).toBe('Content-Length: 7')
  expect(request.text).toBe('grüße')
})

test('guards tell messages apart, also those of another copy of the package', () => {
  const answer = invite().createResponse(200)
  expect([isSipRequest(invite()), isSipResponse(invite()), isSipMessage(invite())]).toEqual([true, false, true])
  expect([isSipRequest(answer), isSipResponse(answer), isSipMessage(answer)]).toEqual([false, true, true])
  expect([null, undefined, 'INVITE', {}, { type: 'request' }].some(isSipMessage)).toBe(false)
  expect(isSipRequest({ [Symbol.for('netsip.SipRequest')]: true })).toBe(true)
})

const bare = (): SipRequest => new SipRequest({ method: 'OPTIONS', uri: 'sip:h' })

test('who adds to a list that is not there adds to no other', () => {
  for (const list of [bare().read(HistoryInfo), bare().routes, bare().allow]) {
    try {
      ;(list as unknown[]).push('x')
    } catch {
      // refused is as good
    }
  }
  expect([bare().read(HistoryInfo), bare().routes, bare().allow, bare().vias]).toEqual([[], [], [], []])
})

test('what is undefined is left out', () => {
  const none = { headers: undefined, body: undefined }
  const request = new SipRequest({ method: 'OPTIONS', uri: 'sip:h', ...none })
  expect(String(request)).toBe('OPTIONS sip:h SIP/2.0\r\nContent-Length: 0\r\n\r\n')
  const response = 'SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n'
  expect(String(new SipResponse({ status: 200, reason: undefined, ...none }))).toBe(response)
  expect(String(request.createResponse(200, { reason: undefined, toTag: undefined, ...none }))).toBe(response)
  expect(String(parseMessage(response, { maxBody: undefined, strict: undefined }))).toBe(response)
})
