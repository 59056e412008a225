import { describe, expect, test } from 'vitest'
import {
  Accept,
  ContentDisposition,
  type Finding,
  NameAddr,
  parseMessage,
  parseMultipart,
  parseUri,
  ServiceRoute,
  SipHeaders,
  SipParseError,
  SipRequest,
  SipUri,
  StreamParser,
  TelUri,
  validate,
  Via,
} from './index.ts'
import { INVITE, octets, wire } from './testing/samples.ts'

const invite = (): SipRequest => parseMessage(INVITE) as SipRequest
const found = (text: string): Finding[] => validate(parseMessage(text))
const sections = (text: string): string[] => found(text).map(({ header, section }) => `${header} ${section}`)
const same = (a: string, b: string): boolean => parseUri(a).equals(parseUri(b))

const withLength = (length: number): string =>
  INVITE.slice(0, INVITE.indexOf('Content-Length')) + `l: ${length}\r\n\r\n`

describe('lines', () => {
  test('M010 headers end at the first empty line', () => {
    const message = parseMessage(
      INVITE.replace('v=0', 'Subject: in the body\r\n\r\nv=0').replace('Length: 6', 'Length: 30'),
    )
    expect([message.headers.has('Subject'), message.text.startsWith('Subject: in the body')]).toEqual([false, true])
  })

  test('M017b M017d % is part of a method, and so is any token', () => {
    expect(parseMessage('RE%47IST%45R sip:h SIP/2.0\r\n\r\n')).toMatchObject({ method: 'RE%47IST%45R' })
  })

  test('M036 a header that does not belong in this kind of message is left alone', () => {
    const answer = parseMessage(wire(['SIP/2.0 200 OK', 'Max-Forwards: 70', 'Route: <sip:h;lr>', 'Authorization: x']))
    expect(answer.toString()).toContain('Route: <sip:h;lr>\r\nAuthorization: x\r\n')
  })

  test('M040 C%6Fntact is not Contact', () => {
    expect(new SipHeaders({ 'C%6Fntact': 'x' }).get('Contact')).toBeUndefined()
  })

  test('M186 a datagram may have 65535 octets', () => {
    const head = INVITE.slice(0, INVITE.indexOf('Content-Length'))
    const body = 65_535 - head.length - 'Content-Length: 64000\r\n\r\n'.length
    const text = `${head}Content-Length: ${body}\r\n\r\n${'x'.repeat(body)}`
    expect([text.length, parseMessage(octets(text)).body.length]).toEqual([65_535, body])
  })

  test('M187e M188 M188b a body on a stream may have 1 MiB and no octet more', () => {
    const parser = new StreamParser()
    expect(parser.push(octets(withLength(1_048_576)))).toEqual([])
    expect(parser.push(new Uint8Array(1_048_576))).toMatchObject([{ type: 'message' }])
    expect(parser.push(octets(withLength(1_048_577)))).toMatchObject([{ type: 'error', error: { status: 413 } }])
  })

  test('M187f multiparts nest 8 deep', () => {
    const nest = (depth: number): string =>
      depth === 0
        ? 'x'
        : `--b${depth}\r\nContent-Type: ${depth === 1 ? 'text/plain' : `multipart/mixed;boundary=b${depth - 1}`}\r\n\r\n${nest(depth - 1)}\r\n--b${depth}--`
    const open = (depth: number): string => {
      let [part] = parseMultipart(octets(nest(depth)), `multipart/mixed;boundary=b${depth}`)
      while (part!.isMultipart) [part] = part!.parts
      return part!.text
    }
    expect(open(8)).toBe('x')
    expect(() => open(9)).toThrow(SipParseError)
  })

  test('M191 a body shorter than Content-Length says is refused, one that is longer is cut', () => {
    expect(() => parseMessage(INVITE.replace('Length: 6', 'Length: 7'))).toThrow(SipParseError)
    expect(parseMessage(INVITE.replace('Length: 6', 'Length: 3')).text).toBe('v=0')
  })

  test('M169 Transfer-Encoding means nothing', () => {
    const message = parseMessage(INVITE.replace('Content-Length', 'Transfer-Encoding: chunked\r\nContent-Length'))
    expect(message.text).toBe('v=0\r\n!')
  })
})

describe('what is written', () => {
  test('M177c names are written as registered', () => {
    const request = new SipRequest({ method: 'X', uri: 'sip:h' })
    request.maxForwards = 1
    request.callId = 'c'
    request.write(ServiceRoute, [NameAddr.parse('<sip:h>')])
    expect([...request.headers].map(([name]) => name)).toEqual(['Max-Forwards', 'Call-ID', 'Service-Route'])
  })

  test('M177d values of a list mean the same on one row and on several', () => {
    const joined = parseMessage(INVITE)
    const apart = parseMessage(INVITE.replace('<sip:p2.example.com;lr>, ', '<sip:p2.example.com;lr>\r\nRecord-Route: '))
    expect(apart.recordRoutes.map(String)).toEqual(joined.recordRoutes.map(String))
  })

  test('M177e Via and Route stand at the top', () => {
    const request = invite()
    request.routes = [NameAddr.parse('<sip:r;lr>')]
    request.pushVia(new Via({ protocol: 'UDP', host: 'h' }))
    expect([...request.headers].slice(0, 4).map(([name]) => name)).toEqual(['Via', 'Via', 'Via', 'Route'])
  })

  test('M180 single headers stay single, and nothing empty is written between separators', () => {
    const request = invite()
    request.headers.append('f', '<sip:second@h>;tag=2')
    request.from = request.from.with({ tag: undefined })
    expect(request.toString().match(/^(from|f):.*$/gim)).toEqual([
      'From: "Alice Liddell" <sip:alice@atlanta.example.com>',
    ])
    const value = new NameAddr({ uri: 'sip:h', params: { a: undefined, b: null, c: '' } })
    expect(String(value)).toBe('<sip:h>;b;c')
  })

  test('M127b M127c M127d display names are quoted, escaped and free of line breaks', () => {
    expect(String(new NameAddr({ displayName: 'a "b" \\', uri: 'sip:h' }))).toBe('"a \\"b\\" \\\\" <sip:h>')
    expect(String(new NameAddr({ displayName: 'one', uri: 'sip:h' }))).toBe('one <sip:h>')
    expect(() => new NameAddr({ displayName: 'a\r\nb', uri: 'sip:h' })).toThrow(TypeError)
  })

  test('M122 a URI with comma, semicolon or question mark stands in angle brackets', () => {
    for (const uri of ['sip:a,b@h', 'sip:h;lr', 'sip:h?x=y']) expect(String(new NameAddr({ uri }))).toBe(`<${uri}>`)
  })
})

describe('values', () => {
  test('M052 a parameter that is there twice is refused, not taken from the first', () => {
    expect(() => Via.parse('SIP/2.0/UDP h;branch=a;branch=b')).toThrow(SipParseError)
    expect(() => NameAddr.parse('<sip:h>;tag=a;TAG=b')).toThrow(SipParseError)
  })

  test('M057 M125b M125c display names', () => {
    expect(NameAddr.parse('"" <sip:h>').displayName).toBe('')
    expect(NameAddr.parse('caller<sip:h>').displayName).toBe('caller')
    expect(NameAddr.parse('J. Doe <sip:h>').displayName).toBe('J. Doe')
    for (const bad of ['Bell, A <sip:h>', 'a@b <sip:h>', 'a:b <sip:h>'])
      expect(() => NameAddr.parse(bad)).toThrow(SipParseError)
  })

  test('M059 parentheses outside of comments are characters like any other', () => {
    expect(new SipHeaders({ Subject: '(x) y (' }).get('Subject')).toBe('(x) y (')
    expect(SipUri.parse('sip:(a)@h').user).toBe('(a)')
  })

  test('M061 no space inside a URI', () => {
    for (const bad of ['sip:a @h', 'sip:a@h :5060', 'sip:a@h; lr', ' sip:h'])
      expect(() => SipUri.parse(bad)).toThrow(SipParseError)
  })

  test('M071 M072 q has three decimals at most; another counts as none', () => {
    const request = new SipRequest({
      method: 'X',
      uri: 'sip:h',
      headers: { Accept: ['a/b;q=1.000, a/b;q=0.25, a/b;q=0', 'a/b;q=1.001, a/b;q=.5, a/b;q=0.3333'] },
    })
    expect(request.read(Accept).map(({ q }) => q)).toEqual([1, 0.25, 0, undefined, undefined, undefined])
  })

  test('M089b M089c three colons before an IPv4 tail pass, zones do not', () => {
    expect(SipUri.parse('sip:[2001:db8:::192.0.2.1]').host).toBe('[2001:db8:::192.0.2.1]')
    expect(() => SipUri.parse('sip:[fe80::1%25eth0]')).toThrow(SipParseError)
  })

  test('M093b a header of a URI may be empty', () => {
    expect(SipUri.parse('sip:h?Subject=').headers.get('Subject')).toBe('')
  })

  test('M097b a host is never escaped', () => {
    expect(() => new SipUri({ host: 'a b' })).toThrow(TypeError)
    expect(() => new SipUri({ host: 'a%20b' })).toThrow(TypeError)
  })

  test('M101b parameters of a tel URI in order: isub and postd first, the others by name', () => {
    expect(String(TelUri.parse('tel:+358-555-1234567;POSTD=PP22;b=1;a=2').toSipUri({ host: 'foo.com' }))).toBe(
      'sip:+358-555-1234567;postd=pp22;a=2;b=1@foo.com;user=phone',
    )
  })

  test('M138 M138b M138c M138d Call-ID is one word or two around an @, as it came', () => {
    const odd = 'a<>:\\"/[]?{}()b@C'
    expect(parseMessage(INVITE.replace(/Call-ID: .*/, `Call-ID: ${odd}`)).callId).toBe(odd)
    expect(sections(INVITE.replace(/Call-ID: .*/, `Call-ID: ${odd}`))).toEqual([])
    for (const bad of ['a@b@c', 'a b', ''])
      expect(sections(INVITE.replace(/Call-ID: .*/, `Call-ID: ${bad}`))).toEqual(['Call-ID 20.8'])
  })

  test('M142c a body must be understood unless its handling is optional', () => {
    expect(ContentDisposition.parse('icon').handling).toBe('required')
  })

  test('M152 methods in Allow keep their case', () => {
    expect(parseMessage(INVITE.replace('ACK, CANCEL', 'ack, Cancel')).allow).toEqual([
      'INVITE',
      'ack',
      'Cancel',
      'OPTIONS',
      'BYE',
    ])
  })
})

describe('URIs that are the same', () => {
  test('M108b M108c M108d but for case and escapes', () => {
    expect(same('sip:a@EXAMPLE.com;Transport=TCP', 'sip:a@example.COM;transport=tcp')).toBe(true)
    expect(same('sip:%61@h', 'sip:a@h')).toBe(true)
    expect(same('sip:a%3bb@h', 'sip:a;b@h')).toBe(false)
  })

  test('M109b M109c M119c an address is no name, nor IPv4 an IPv4-mapped IPv6 address', () => {
    expect(same('sip:phone21.boxesbybob.com', 'sip:192.0.2.4')).toBe(false)
    expect(same('sip:[::ffff:192.0.2.4]', 'sip:192.0.2.4')).toBe(false)
  })

  test('M110 M111b M111c M119b what is left out is not the default', () => {
    expect(same('sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060')).toBe(false)
    expect(same('sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp')).toBe(false)
    expect(same('sip:h', 'sip:h;other=1')).toBe(true)
    expect(same('sip:h;other=2', 'sip:h;other=1')).toBe(false)
    expect(same('sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting')).toBe(false)
  })
})

const asMethod = (method: string): string[] => sections(INVITE.replaceAll('INVITE', method))

describe('validate', () => {
  test('M023 neither headers nor a method in the Request-URI', () => {
    for (const tail of ['?Route=%3Csip:h%3E', ';method=BYE']) {
      expect(found(INVITE.replace('example.com SIP/2.0', `example.com${tail} SIP/2.0`))).toMatchObject([
        { header: 'Request-URI', status: 400, offset: 7 },
      ])
    }
  })

  test('M124 Route and Record-Route stand in angle brackets', () => {
    expect(sections(INVITE.replace('<sip:p2.example.com;lr>,', 'sip:p2.example.com,'))).toEqual(['Record-Route 20.30'])
  })

  test('M158 From may lack a tag', () => {
    expect(sections(INVITE.replace(';tag=1928301774', ''))).toEqual([])
  })

  test('M159 M160 exactly one Contact in INVITE, SUBSCRIBE and REFER', () => {
    const none = INVITE.replace(/Contact: .*\r\n/, '')
    const two = INVITE.replace('Contact: ', 'Contact: <sip:x@h>, ')
    expect([none, two].map(sections)).toEqual([['Contact 8.1.1.8'], ['Contact 8.1.1.8']])
    const register = two.replaceAll('INVITE', 'REGISTER')
    expect(sections(register)).toEqual([])
    expect(sections(none.replaceAll('INVITE', 'OPTIONS'))).toEqual([])
    expect(sections(INVITE.replace(/Contact: .*/, 'Contact: *'))).toEqual(['Contact 10.2.2'])
    expect(sections(register.replace(/Contact: .*/, 'Contact: *\r\nExpires: 0'))).toEqual([])
    expect(sections(register.replace(/Contact: .*/, 'Contact: *\r\nExpires: 1'))).toEqual(['Contact 10.2.2'])
  })

  test('M145 M143 M144 what a method cannot do without', () => {
    expect(asMethod('REFER')).toEqual(['Refer-To RFC 3515 2.4.1'])
    expect(asMethod('SUBSCRIBE')).toEqual(['Event RFC 6665 8.2.1'])
    expect(asMethod('NOTIFY')).toEqual(['Event RFC 6665 8.2.1', 'Subscription-State RFC 6665 8.2.3'])
    expect(asMethod('PRACK')).toEqual(['RAck RFC 3262 7.2'])
    expect(asMethod('constructor')).toEqual([])
  })
})
