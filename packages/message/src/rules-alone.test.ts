import { describe, expect, test } from 'vitest'
import * as api from './index.ts'
import { BodyPart, isKeepAlive, parseMessage, parseMultipart, SipParseError, SipRequest, validate } from './index.ts'
import { INVITE, octets, wire } from './testing/samples.ts'

// Each of these rules was broken by hand once without a test of its name failing.

const invite = (): SipRequest => parseMessage(INVITE) as SipRequest
const refused = expect.objectContaining({ code: 'ERR_SIP_PARSE', status: 400 })

function read<T>(header: api.SingleHeader<T> | api.ListHeader<T>, row: string): unknown {
  const message = invite()
  message.headers.append(header.name, row)
  return header.list ? message.read(header) : message.read(header)
}

const found = (text: string): string[] =>
  validate(parseMessage(text)).map(({ header, message }) => `${header}: ${message}`)

describe('what comes in', () => {
  test('M008 NULs, alone and among line ends, are a keep-alive', () => {
    for (const text of ['', '\0', '\0\0\0\0', '\r\n\0', '\r\n\r\n']) expect(isKeepAlive(octets(text)), text).toBe(true)
    for (const text of ['\0a', ' ', 'a\r\n']) expect(isKeepAlive(octets(text)), text).toBe(false)
  })

  test('M012 a CR within a line that ends in a bare LF', () => {
    for (const bad of ['Subject: a\rb\n', 'Subject: a\n b\rc\n', 'Sub\rject: a\n', 'Subject: a\r\r\n']) {
      expect(() => parseMessage(INVITE.replace('Max-Forwards:', `${bad}Max-Forwards:`)), bad).toThrow(refused)
    }
    expect(() => parseMessage(INVITE.replace(' SIP/2.0\r\n', '\r SIP/2.0\n'))).toThrow(SipParseError)
  })

  test.each([60, 900])(
    'M002 M026 what is no UTF-8 leaves as it came, among %d octets that nobody touched',
    (length) => {
      const lines = [
        'SIP/2.0 200 \xff\xfe',
        'Via: SIP/2.0/UDP h;x=\xff',
        `Subject: \xc3${'-'.repeat(length)}\x80`,
        'l: 0',
      ]
      const data = Buffer.from(wire(lines), 'latin1')
      const message = parseMessage(data)
      expect(Buffer.from(message.toBytes())).toEqual(data)
      message.headers.append('X-Added', 'y')
      const added = data.toString('latin1').replace('l: 0\r\n', 'l: 0\r\nX-Added: y\r\n')
      expect(Buffer.from(message.toBytes()).toString('latin1')).toBe(added)
      expect(Buffer.from(message.clone().toBytes({ compact: true })).toString('latin1')).toContain(
        `s: \xc3${'-'.repeat(length)}\x80`,
      )
    },
  )
})

describe('values', () => {
  test('M043 credentials are one value, however many commas they have', () => {
    const row = 'Digest username="a", realm="r", nonce="n", uri="sip:h", response="0"'
    for (const header of [api.Authorization, api.ProxyAuthorization]) {
      const message = invite()
      message.headers.append(header.name, row)
      message.headers.append(header.name, row.replace('"r"', '"s, t"'))
      expect(message.read(header).map(({ realm }) => realm)).toEqual(['r', 's, t'])
      expect(message.headers.getAll(header.name).length).toBe(2)
    }
  })

  test('M075 M144 the numbers of RSeq and RAck', () => {
    for (const text of ['0', '4294967296', '-1', '1.5', '0x1', ''])
      expect(() => read(api.RSeq, text), text).toThrow(refused)
    expect(read(api.RSeq, '4294967295')).toBe(0xffff_ffff)
    for (const text of ['1.5 1 INVITE', '0x1 1 INVITE', '4294967296 1 INVITE', '-1 1 INVITE', ' 1 INVITE', '1 1']) {
      expect(() => read(api.RAck, text), text).toThrow(refused)
    }
  })

  test('M078 a date in another form, of another zone, or that is none', () => {
    const good = 'Sat, 13 Nov 2010 23:29:00 GMT'
    expect(read(api.DateHeader, good)).toEqual(new Date(good))
    const bad = ['Sat, 13 Nov 2010 23:29:00 UTC', 'Sat, 13 Nov 2010 23:29:00 +00', 'Sun, 13 Nov 2010 23:29:00 GMT']
    bad.push('sat, 13 Nov 2010 23:29:00 GMT', 'Tue, 31 Feb 2010 23:29:00 GMT', '2010-11-13T23:29:00Z', '0')
    for (const text of bad) {
      expect(() => read(api.DateHeader, text), text).toThrow(refused)
      expect(found(INVITE.replace('Max-Forwards:', `Date: ${text}\r\nMax-Forwards:`)).length, text).toBe(1)
    }
  })

  test('M090 each parameter of a URI once, in any case and escaped', () => {
    for (const params of [';a;a', ';a=1;A=2', ';transport=udp;TransPort=tcp', ';lr;%6Cr', ';x=1;y;%78=2']) {
      for (const uri of [`sip:h${params}`, `sips:u@h${params.replace('udp', 'tls')}`, `tel:+1${params}`]) {
        expect(() => api.parseUri(uri), uri).toThrow(refused)
      }
    }
  })

  test('M099 the password of a URI is not in what is for logs', () => {
    const uri = api.SipUri.parse('sip:bob:hunter2@h;transport=tcp?a=b')
    expect(uri.redacted()).toBe('sip:bob:***@h;transport=tcp?a=b')
    expect(api.NameAddr.parse(`"x" <${uri.toString()}>;tag=1`).redacted()).toBe(`"x" <${uri.redacted()}>;tag=1`)
    expect(api.SipUri.parse(`sip:${'b'.repeat(400)}:${'p'.repeat(400)}@h`).redacted()).not.toContain('p'.repeat(4))
  })

  test('M124 M149 a route without <>', () => {
    for (const header of [api.Path, api.ServiceRoute]) {
      for (const text of ['sip:h;lr', '<sip:h;lr>, sip:h']) expect(() => read(header, text), text).toThrow(refused)
      expect(read(header, '<sip:h;lr>, <sip:h>')).toMatchObject([{}, {}])
    }
    for (const name of ['Route', 'Record-Route']) {
      const text = INVITE.replace('Max-Forwards:', `${name}: sip:h;lr\r\nMax-Forwards:`)
      expect(found(text)).toEqual([`${name}: an address that must stand in <>`])
    }
  })

  test('M146 a dialog is named by both of its tags', () => {
    for (const [header, one, other] of [
      [api.Replaces, 'to-tag', 'from-tag'],
      [api.Join, 'to-tag', 'from-tag'],
      [api.TargetDialog, 'local-tag', 'remote-tag'],
    ] as const) {
      for (const text of [`a;${one}=1`, `a;${other}=1`, `a;${one}=1;${other}`, `;${one}=1;${other}=2`, 'a']) {
        expect(() => read<unknown>(header, text), text).toThrow(refused)
      }
      expect(read<unknown>(header, `a;${other}=1;${one}=2`)).toMatchObject({ callId: 'a' })
    }
  })

  test('M147 a refresher is uac or uas', () => {
    expect(read(api.SessionExpires, '90;refresher=UAS')).toEqual({ seconds: 90, refresher: 'uas' })
    for (const text of ['90;refresher=proxy', '90;refresher', '90;refresher=""', ';refresher=uac', '90s']) {
      expect(() => read(api.SessionExpires, text), text).toThrow(refused)
    }
  })

  test('M150 a Warning has three digits, an agent and a text in quotes', () => {
    for (const text of ['30 h "x"', '3070 h "x"', '307 "x"', '307 h x', '307 h "x" y', '307 h "x']) {
      expect(() => read(api.Warning, text), text).toThrow(refused)
    }
  })

  test('M154 an Identity without a signature, or with what is none', () => {
    for (const text of [
      ';info=<https://h>',
      '"a";info=<https://h>',
      'a b;info=<https://h>',
      'a,b;info=<https://h>',
      'ab',
    ]) {
      expect(() => read(api.Identity, text), text).toThrow(refused)
    }
  })
})

describe('a message', () => {
  test.each(['To', 'From', 'Call-ID', 'CSeq', 'Via'])('M156 without %s', (name) => {
    const text = INVITE.replaceAll(new RegExp(`^${name}:.*\\r\\n`, 'gm'), '')
    expect(found(text)).toEqual([`${name}: ${name} is missing`])
    expect(() => parseMessage(text, { strict: true })).toThrow(refused)
  })

  test.each(['INVITE', 'REFER', 'SUBSCRIBE'])('M159 %s without a Contact', (method) => {
    const more = 'Event: presence\r\nRefer-To: <sip:c@h>\r\nMax-Forwards:'
    const text = INVITE.replaceAll('INVITE', method).replace('Max-Forwards:', more)
    expect(found(text)).toEqual([])
    expect(found(text.replace(/^Contact:.*\r\n/m, ''))).toEqual(['Contact: Contact is missing'])
  })

  test('M180 a list of no words is no header', () => {
    const message = invite()
    for (const list of ['allow', 'supported', 'require', 'proxyRequire', 'unsupported'] as const) {
      message[list] = ['x']
      message[list] = []
    }
    for (const name of ['Allow', 'Supported', 'Require', 'Proxy-Require', 'Unsupported']) {
      expect(message.headers.has(name), name).toBe(false)
    }
  })

  test('M182 a value of a list that would read as two', () => {
    const words: api.ListHeader<string> = { name: 'X-Words', list: true, parse: String, format: String }
    const message = invite()
    message.write(words, ['a', 'b'])
    const bad = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' })
    for (const text of ['a, b', 'a,', '']) expect(() => message.write(words, ['c', text]), text).toThrow(bad)
    expect(message.read(words)).toEqual(['a', 'b'])
  })

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('M185 of the method %s', (method) => {
    const text = INVITE.replaceAll('INVITE', method)
    expect(found(text)).toEqual([])
    expect(parseMessage(text, { strict: true })).toMatchObject({ method })
  })
})

describe('bodies', () => {
  test('M172 every octet of a part is kept', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i)
    const { contentType, body } = api.writeMultipart([new BodyPart({ contentType: 'a/b', body: all })])
    const [part] = parseMultipart(body, contentType)
    expect([[...part!.body], [...part!.decoded]]).toEqual([[...all], [...all]])
  })

  test('M175 M187f multiparts eight deep are read, nine deep are not', () => {
    const nested = (depth: number): BodyPart => {
      if (depth === 0) return new BodyPart({ contentType: 'application/sdp', body: 'v=0' })
      return new BodyPart(api.writeMultipart([nested(depth - 1)]))
    }
    const inside = (depth: number): string | undefined => {
      const { contentType, body } = nested(depth)
      return api.findPart(
        new SipRequest({ method: 'INFO', uri: 'sip:h', headers: { 'Content-Type': contentType }, body }),
        'application/sdp',
      )?.text
    }
    expect(inside(8)).toBe('v=0')
    expect(() => inside(9)).toThrow(refused)
  })
})

test('M065 M069 M070c numbers leave as they came, and none is written that could not be read', () => {
  const text = INVITE.replace(/^Content-Length: (\d+)/m, 'Content-Length: 00$1')
  expect(parseMessage(text).toString()).toBe(text)
  const message = invite()
  const refusal = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' })
  for (const hops of [256, -1, 0.5, Number.NaN])
    expect(() => (message.maxForwards = hops), String(hops)).toThrow(refusal)
  for (const seconds of [2 ** 32, -1, 0.5, Infinity])
    expect(() => (message.expires = seconds), String(seconds)).toThrow(refusal)
  message.maxForwards = 255
  message.expires = 0xffff_ffff
  expect([message.maxForwards, message.expires]).toEqual([255, 0xffff_ffff])
  message.headers.set('Content-Length', '1e1')
  message.body = octets('0123456789')
  expect(message.toString()).toContain('Content-Length: 10\r\n')
})

const start = (line: string): string => INVITE.replace(/^.*/, line).replace(/^Content-Length:.*\r\n/m, '')

test('M006 M162 a stream ends with a message without Content-Length, and a request is answered', () => {
  const [event, ...more] = new api.StreamParser().push(octets(start('INVITE sip:h SIP/2.0')))
  expect(event).toMatchObject({ type: 'error', error: { status: 400, request: { method: 'INVITE' } } })
  expect(more).toEqual([])
  const [dropped] = new api.StreamParser().push(octets(start('SIP/2.0 200 OK')))
  expect(dropped).toMatchObject({ type: 'error', error: { status: 0, request: undefined } })
})

const equal = (a: string, b: string): boolean => api.parseUri(a).equals(api.parseUri(b))

test('M108 M116 schemes and the names of headers keep URIs apart', () => {
  expect([equal('sip:a@h', 'sips:a@h'), equal('sips:a@h', 'sip:a@h'), equal('SIPS:a@h', 'sips:a@h')]).toEqual([
    false,
    false,
    true,
  ])
  expect([equal('sip:h?to=a', 'sip:h?from=a'), equal('sip:h?to=a', 'sip:h?TO=A')]).toEqual([false, true])
})

test('M132 a transport that is not known is read, one that is no token is not written', () => {
  expect(api.Via.parse('SIP/2.0/x-new h').protocol).toBe('X-NEW')
  const bad = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' })
  for (const protocol of ['', 'a b', 'a/b', 'UDP h;x=']) {
    expect(() => new api.Via({ protocol, host: 'h' }), protocol).toThrow(bad)
    expect(() => api.Via.parse('SIP/2.0/UDP h').with({ protocol }), protocol).toThrow(bad)
  }
})

test('M151 what stands behind the comment of Retry-After', () => {
  const value = { seconds: 120, comment: 'in (a) meeting', duration: 60 }
  expect(read(api.RetryAfter, '120 (in \\(a\\) meeting) ; duration = 60')).toEqual(value)
  expect(read(api.RetryAfter, '120(in (a) meeting);duration=60')).toEqual(value)
  for (const text of ['120 (a) b', '120 (a;duration=1', '(a)', '120;duration=1 (a)']) {
    expect(() => read(api.RetryAfter, text), text).toThrow(refused)
  }
})

test('M161 an answer has one of each, though the request has two', () => {
  const text = INVITE.replace(
    'Max-Forwards:',
    'To: <sip:c@h>\r\nCall-ID: z\r\nFrom: <sip:c@h>\r\nCSeq: 9 BYE\r\nMax-Forwards:',
  )
  const answer = (parseMessage(text) as SipRequest).createResponse(400)
  expect(answer.headers.repeated()).toBeUndefined()
  expect(['To', 'From', 'Call-ID', 'CSeq'].map((name) => answer.headers.count(name))).toEqual([1, 1, 1, 1])
})

test('M176 a fragment whose body was left out, but not its length', () => {
  const { message, body } = api.parseSipfrag('SIP/2.0 200 OK\r\nContent-Length: 500\r\n\r\nabc')
  expect([body.length, message?.toString()]).toEqual([3, 'SIP/2.0 200 OK\r\nContent-Length: 3\r\n\r\nabc'])
})
