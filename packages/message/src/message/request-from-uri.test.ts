import { expect, test } from 'vitest'
import { requestFromUri, SipParseError, SipUri } from '../index.ts'

test('M093c M183 a URI with headers makes a request', () => {
  const uri = SipUri.parse(
    'sip:bob@example.com;transport=tcp;method=MESSAGE?Subject=next%20meeting&to=sip:b%40h&body=hi%0D%0Athere',
  )
  const request = requestFromUri(uri)
  expect(request.toString()).toBe(
    'MESSAGE sip:bob@example.com;transport=tcp SIP/2.0\r\nSubject: next meeting\r\nTo: sip:b@h\r\nContent-Length: 9\r\n\r\nhi\r\nthere',
  )
  expect(requestFromUri(SipUri.parse('sips:h')).method).toBe('INVITE')
  expect(requestFromUri(SipUri.parse('sip:h'), 'OPTIONS').method).toBe('OPTIONS')
})

test('M183b what would be dangerous is left out, in compact form too', () => {
  const names = ['From', 'f', 'Call-ID', 'CSeq', 'Via', 'v', 'Record-Route', 'Route', 'Accept', 'Allow', 'Contact', 'm']
  const more = ['Organization', 'Supported', 'k', 'User-Agent', 'Authorization', 'Content-Length']
  const request = requestFromUri(
    SipUri.parse(`sip:h?${[...names, ...more].map((name) => `${name}=x`).join('&')}&Priority=urgent`),
  )
  expect([...request.headers]).toEqual([['Priority', 'urgent']])
})

test('M183 a line break in a header, or a header that is none, is refused', () => {
  for (const text of [
    'sip:h?Subject=x%0D%0ARoute:%20%3Csip:evil%3E',
    'sip:h?Sub%0Aject=x',
    'sip:h?a%20b=c',
    'sip:h?X=%00',
  ]) {
    expect(() => requestFromUri(SipUri.parse(text)), text).toThrow(SipParseError)
  }
})

test('M183 what the Request-URI keeps, and what of the URI makes the message', () => {
  const uri = SipUri.parse(
    'sips:bob:pw@example.com:5061;transport=tcp;maddr=192.0.2.1;ttl=5;user=phone;x=y;lr;method=NOTIFY?Event=presence',
  )
  const request = requestFromUri(uri, 'OPTIONS')
  expect([request.method, String(request.uri), request.headers.get('Event')]).toEqual([
    'NOTIFY',
    'sips:bob:pw@example.com:5061;transport=tcp;maddr=192.0.2.1;ttl=5;user=phone;x=y;lr',
    'presence',
  ])
  expect(String(uri)).toContain(';method=NOTIFY?Event=presence')
  const { headers } = requestFromUri(SipUri.parse('sip:h?Require=a&require=b&Reason=SIP'))
  expect(headers.getAll('Require')).toEqual(['a', 'b'])
})

test('M183b headers of the way, of who calls and of what this element can do are left out in any case and escaped', () => {
  for (const name of [
    'VIA',
    'record-ROUTE',
    'r%6Fute',
    'Accept-Encoding',
    'accept-language',
    'F',
    'Proxy-Authorization',
    'P-Preferred-Identity',
    'P-Asserted-Identity',
    'Remote-Party-ID',
  ]) {
    expect([...requestFromUri(SipUri.parse(`sip:h?${name}=x`)).headers], name).toEqual([])
  }
})

test('M183 who made the link does not say how far the request may go', () => {
  expect([...requestFromUri(SipUri.parse('sip:h?Max-Forwards=255&Authorization=x')).headers]).toEqual([])
})

test('M183 a method that is no token is refused', () => {
  for (const method of ['%20', 'IN%0D%0AVITE', 'a%2Fb']) {
    expect(() => requestFromUri(SipUri.parse(`sip:h;method=${method}`)), method).toThrow(SipParseError)
  }
})

test('M180 M183 a URI that asks for a header twice that may be there once is invalid', () => {
  for (const headers of ['To=a&t=b', 'Subject=a&s%75bject=b', 'Expires=1&EXPIRES=1']) {
    expect(() => requestFromUri(SipUri.parse(`sip:h?${headers}`)), headers).toThrow(SipParseError)
  }
})
