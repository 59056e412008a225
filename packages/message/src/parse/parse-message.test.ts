import { describe, expect, test } from 'vitest'
import {
  type NameAddr,
  parseMessage,
  type ParseOptions,
  SipParseError,
  type SipRequest,
  type SipResponse,
  StreamParser,
} from '../index.ts'
import { INVITE, octets, wire } from '../testing/samples.ts'

function refused(data: Uint8Array | string, options?: Parameters<typeof parseMessage>[1]): SipParseError {
  try {
    parseMessage(data, options)
  } catch (error) {
    if (error instanceof SipParseError) return error
    throw error
  }
  throw new Error('it was not refused')
}

const MINIMAL = [
  'Via: SIP/2.0/UDP h;branch=z9hG4bKx',
  'From: <sip:a@h>;tag=1',
  'To: <sip:b@h>',
  'Call-ID: c',
  'CSeq: 1 OPTIONS',
]

describe('a request', () => {
  test('has headers whose names begin like the one before, or repeat it in another case', () => {
    const rows = ['Via', 'VIA', 'Via', 'Viable', 'To', 'Topic', 'to ', 'To', 'T'].map((name) => `${name}: x`)
    const request = parseMessage(wire(['OPTIONS sip:h SIP/2.0', ...rows]))
    expect([...request.headers].map(([name]) => name)).toEqual([
      'Via',
      'VIA',
      'Via',
      'Viable',
      'To',
      'Topic',
      'to',
      'To',
      'T',
    ])
    expect(['Via', 'To', 'Topic'].map((name) => request.headers.getAll(name).length)).toEqual([3, 4, 1])
  })

  test('M015 M155 reads start line, headers and body', () => {
    const request = parseMessage(INVITE) as SipRequest
    expect(request).toMatchObject({
      type: 'request',
      method: 'INVITE',
      callId: 'a84b4c76e66710@pc33.atlanta.example.com',
    })
    expect(request.uri).toMatchObject({ scheme: 'sip', user: 'bob', host: 'biloxi.example.com' })
    expect(request.vias.map((via) => [via.protocol, via.host, via.port, via.branch, via.received])).toEqual([
      ['UDP', 'pc33.atlanta.example.com', 5060, 'z9hG4bK776asdhds', undefined],
      ['TCP', 'bigbox3.atlanta.example.com', undefined, 'z9hG4bK77ef4c2312983.1', '192.0.2.2'],
    ])
    expect(request.via).toMatchObject({ rport: true })
    expect(request.from).toMatchObject({ displayName: 'Alice Liddell', tag: '1928301774' })
    expect(request.to.tag).toBeUndefined()
    expect(request.cseq).toMatchObject({ seq: 314159, method: 'INVITE' })
    expect(request.contact!.uri.toString()).toBe('sip:alice@pc33.atlanta.example.com:5060;transport=udp')
    expect(request.recordRoutes.map((route) => route.uri.toString())).toEqual([
      'sip:p2.example.com;lr',
      'sip:p1.example.com;lr',
    ])
    expect(request.routes).toEqual([])
    expect(request.maxForwards).toBe(70)
    expect(request.allow).toEqual(['INVITE', 'ACK', 'CANCEL', 'OPTIONS', 'BYE'])
    expect(request.supported).toEqual(['replaces', '100rel'])
    expect(request.contentType).toBe('application/sdp')
    expect(request.text).toBe('v=0\r\n!')
    expect(request.contentLength).toBe(6)
  })

  test('M178 comes back byte for byte when nothing is changed', () => {
    expect(parseMessage(INVITE).toString()).toBe(INVITE)
    expect(parseMessage(octets(INVITE)).toBytes()).toEqual(Buffer.from(INVITE))
  })

  test.each([
    ['M016 two spaces before the URI', 'OPTIONS  sip:h SIP/2.0', 400],
    ['M016 white space at the end', 'OPTIONS sip:h SIP/2.0 ', 400],
    ['M022 white space in the URI', 'OPTIONS sip:a@h; lr SIP/2.0', 400],
    ['M022 angle brackets around the URI', 'OPTIONS <sip:h> SIP/2.0', 400],
    ['M022 a tab in the URI', 'OPTIONS sip:\th SIP/2.0', 400],
    ['a method that is no token', 'OPT@ONS sip:h SIP/2.0', 400],
    ['M019 another version', 'OPTIONS sip:h SIP/7.0', 505],
    ['M021 another protocol', 'GET / HTTP/1.1', 0],
    ['M021 no version', 'OPTIONS sip:h', 0],
  ])('%s is refused', (_, line, status) => {
    expect(refused(wire([line, ...MINIMAL]))).toMatchObject({ code: 'ERR_SIP_PARSE', status })
  })

  test('M017 M017c takes any token for a method, case kept', () => {
    const method = "!interesting-Method0123456789_*+`.%indeed'~"
    expect(parseMessage(wire([`${method} sip:h SIP/2.0`, ...MINIMAL]))).toMatchObject({ method })
    expect(parseMessage(wire(['invite sip:h SIP/2.0', ...MINIMAL]))).toMatchObject({ method: 'invite' })
  })

  test('M018 reads the version in any case and writes SIP/2.0', () => {
    expect(parseMessage(wire(['OPTIONS sip:h sip/2.0', ...MINIMAL])).toString()).toMatch(/^OPTIONS sip:h SIP\/2\.0\r\n/)
  })
})

const ok = (line: string): SipResponse => parseMessage(wire([line, ...MINIMAL])) as SipResponse

describe('a response', () => {
  test('M024 M026 reads status and reason', () => {
    expect(ok('SIP/2.0 404 Not Here')).toMatchObject({ type: 'response', status: 404, reason: 'Not Here' })
    const phrase = '= 2**3 * 5**2 но сто девяносто девять %20'
    expect(ok(`SIP/2.0 200 ${phrase}`).reason).toBe(phrase)
    expect(ok(`SIP/2.0 200 ${phrase}`).toString()).toContain(`SIP/2.0 200 ${phrase}\r\n`)
  })

  test('M024b M024c takes an empty reason, with or without the space, and writes the space', () => {
    for (const line of ['SIP/2.0 100 ', 'SIP/2.0 100']) {
      expect(ok(line).reason).toBe('')
      expect(ok(line).toString()).toMatch(/^SIP\/2\.0 100 \r\n/)
    }
  })

  test.each([
    'SIP/2.0 4294967301 better',
    'SIP/2.0 99 x',
    'SIP/2.0 700 x',
    'SIP/2.0 20 x',
    'SIP/3.0 200 OK',
    'SIP/2.0 2x0 OK',
  ])('M020 M025 drops %j without an answer', (line) => {
    expect(refused(wire([line, ...MINIMAL]))).toMatchObject({ status: 0, request: undefined })
  })

  test('M004 is dropped, not answered, when its body is short', () => {
    expect(refused(wire(['SIP/2.0 200 OK', ...MINIMAL, 'Content-Length: 9'], 'short')).status).toBe(0)
  })
})

const read = (...lines: string[]): SipRequest =>
  parseMessage(wire(['OPTIONS sip:h SIP/2.0', ...lines, ...MINIMAL])) as SipRequest

describe('header lines', () => {
  test('M027 M034 M038 a name reads the same whichever came before it', () => {
    const names = ['Subject', 'SUBJECT', 's', 'X-Subject', 'Subject ', 'Subjec', 'Subjects', 'Supported', 'Via']
    for (const before of names) {
      for (const name of names) {
        const lines = [before, name, before, name].map((each, row) => `${each}: ${row}`)
        const fields = [...parseMessage(wire(['OPTIONS sip:h SIP/2.0', ...lines])).headers]
        expect(fields).toEqual([before, name, before, name].map((each, row) => [each.trim(), String(row)]))
      }
      expect(() => parseMessage(wire(['OPTIONS sip:h SIP/2.0', `${before}: a`, ': b']))).toThrow('not a header line')
    }
  })

  test('M027 may have white space on both sides of the colon', () => {
    expect(read('Subject \t:\t  lunch  ').headers.get('subject')).toBe('lunch')
  })

  test('M028 M029 fold anywhere, and a fold counts as one space', () => {
    expect(read('Subject: I know\r\n  you are\r\n\t there').headers.get('Subject')).toBe('I know you are there')
    expect(read('Subject:\r\n  lunch').headers.get('Subject')).toBe('lunch')
    expect(read('Organization: "quoted\r\n text"').headers.get('Organization')).toBe('"quoted text"')
    expect(read('Subject: a\r\n \r\n b').headers.get('Subject')).toBe('a b')
  })

  test('M028 a folded line leaves as it came', () => {
    expect(read('Subject: I know\r\n  you').toString()).toContain('Subject: I know\r\n  you\r\n')
  })

  test.each([
    ['M030 a first line with white space', ' Subject: x'],
    ['M031 no colon', 'Subject'],
    ['M031 no name', ': x'],
    ['M031 a name that is no token', 'Sub@ject: x'],
    ['M012 a bare CR in a value', 'Subject: a\rb'],
    ['M012 a bare CR before a fold', 'Subject: a\r\r\n b'],
  ])('%s is refused with 400', (_, line) => {
    expect(() => read(line)).toThrow(expect.objectContaining({ status: 400 }))
  })

  test('M011 take a bare LF and write CRLF', () => {
    const message = parseMessage(`OPTIONS sip:h SIP/2.0\n${MINIMAL.join('\n')}\nSubject: a\n b\n\nbody`)
    expect(message.headers.get('Subject')).toBe('a b')
    expect(message.text).toBe('body')
    const head = message.toString().split('\r\n\r\n')[0]!
    expect(head.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(head).toContain('Subject: a b')
  })

  test('M001 M002 are UTF-8, and octets that are not leave as they came', () => {
    expect(read('Subject: Grüße ☎').headers.get('Subject')).toBe('Grüße ☎')
    const raw = octets(wire(['OPTIONS sip:h SIP/2.0', ...MINIMAL, 'Subject: a\xff\xfeb', 'Content-Length: 0']))
    const message = parseMessage(raw)
    expect(message.headers.get('Subject')).toBe('a\uFFFD\uFFFDb')
    message.maxForwards = 3
    expect(Buffer.from(message.toBytes()).includes(Buffer.from('Subject: a\xff\xfeb\r\n', 'latin1'))).toBe(true)
  })

  test('M035 unknown ones are kept as they are', () => {
    const message = read('X-oDd:   some thing ; @ "', 'C%6Fntact: x')
    expect(message.toString()).toContain('X-oDd:   some thing ; @ "\r\n')
    expect([...message.headers][0]).toEqual(['X-oDd', 'some thing ; @ "'])
    expect(message.contacts).toEqual([])
  })

  test('M014 a NUL may stand in a quoted pair only, and survives what is made of the message', () => {
    expect(() => read('Subject: a\0b')).toThrow(expect.objectContaining({ status: 400 }))
    expect(() => read('Call-ID: a\\\0').callId).toThrow(SipParseError)
    const request = parseMessage(
      wire(['OPTIONS sip:h SIP/2.0', 'Via: SIP/2.0/UDP h', 'To: "\\\0" <sip:h>']),
    ) as SipRequest
    expect(request.createResponse(200, { toTag: 't' }).headers.get('To')).toBe('"\\\0" <sip:h>;tag=t')
    request.to = request.to.with({ tag: 'x' })
    expect(request.to.displayName).toBe('\0')
    const before = request.toString()
    const unread = { toString: () => '<sip:x\0y@b>' } as NameAddr
    expect(() => (request.to = unread)).toThrow(expect.objectContaining({ code: 'ERR_SIP_INJECTION' }))
    expect(request.toString()).toBe(before)
  })

  test('M014 M161 the answer to a request with a NUL or a stray CR repeats neither', () => {
    for (const bad of ['\0', '\r']) {
      const lines = ['OPTIONS sip:h SIP/2.0', 'Via: SIP/2.0/UDP h', `From: <sip:a${bad}@h>`, 'To: "\\\0" <sip:h>']
      const { request, status } = refused(wire(lines))
      const answer = request!.createResponse(status)
      expect(answer.toString()).toBe(
        'SIP/2.0 400 Bad Request\r\nVia: SIP/2.0/UDP h\r\nTo: "\\\0" <sip:h>\r\nContent-Length: 0\r\n\r\n',
      )
    }
  })

  test('M014 a NUL in a quoted pair is no end', () => {
    expect(read('Organization: "a\\\0b"').headers.get('Organization')).toBe('"a\\\0b"')
  })
})

const send = (line: string, body: string): Uint8Array => octets(wire(['OPTIONS sip:h SIP/2.0', ...MINIMAL, line], body))

describe('a datagram', () => {
  test('M003 is cut at Content-Length, also when it is written again', () => {
    const message = parseMessage(send('Content-Length: 4', 'bodyINVITE sip:evil SIP/2.0\r\n'))
    expect(message.text).toBe('body')
    expect(message.toString()).not.toContain('evil')
  })

  test('M004 shorter than Content-Length gets 400', () => {
    expect(refused(send('Content-Length: 5', 'body'))).toMatchObject({ status: 400, header: 'Content-Length' })
  })

  test('M005 without Content-Length runs to its end, and is written with one', () => {
    const message = parseMessage(send('Subject: x', 'body'))
    expect(message.text).toBe('body')
    expect(message.contentLength).toBeUndefined()
    expect(message.toString()).toContain('\r\nContent-Length: 4\r\n\r\nbody')
  })

  test('M038 the compact l is Content-Length too', () => {
    expect(parseMessage(send('l: 2', 'body')).text).toBe('bo')
  })

  test.each(['-1', '1e3', '0x10', '+5', '5.0', '', '5 5'])('M065 M076 Content-Length %j gets 400', (value) => {
    expect(refused(send(`Content-Length: ${value}`, 'body12'))).toMatchObject({ status: 400, header: 'Content-Length' })
  })

  test('M065 leading zeroes are fine', () => {
    expect(parseMessage(send('Content-Length: 0002', 'body')).text).toBe('bo')
  })

  test('M050 two Content-Length get 400, even if they agree', () => {
    expect(refused(send('Content-Length: 4\r\nl: 4', 'body')).status).toBe(400)
  })

  test('M008 of line ends and NUL only is a keep-alive', () => {
    for (const data of ['', '\r\n\r\n', '\0', '\r\n\0\0']) expect(refused(data).status).toBe(0)
  })

  test('M007 may begin with line ends', () => {
    expect(parseMessage(`\r\n\r\n${INVITE}`).toString()).toBe(INVITE)
  })

  test('M013 without an empty line gets 400', () => {
    expect(refused('OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\n')).toMatchObject({ status: 400 })
  })
})

describe('limits', () => {
  const long = (line: string, count = 1): string =>
    wire(['OPTIONS sip:h SIP/2.0', ...MINIMAL, ...Array.from({ length: count }, () => line)])

  test.each([
    ['M166c a message', INVITE, { maxMessage: 100 }, 513],
    ['M187 a header section', long(`Subject: ${'x'.repeat(5000)}`, 20), {}, 513],
    [
      'M187 a header section without end',
      'OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n' + 'a:b\r\n'.repeat(20_000),
      { maxHeaders: 1e6 },
      513,
    ],
    ['M187b a line', long(`Subject: ${'x'.repeat(8200)}`), {}, 513],
    ['M187b a folded line', long(`Subject: ${'x\r\n '.repeat(2100)}`), {}, 513],
    ['M187c header lines', long('a: b', 300), {}, 513],
    ['M187d Via values', long('Via: SIP/2.0/UDP h;branch=z9hG4bKx', 80), {}, 513],
    ['M187d Via values in one line', long(`Via: ${'SIP/2.0/UDP h,'.repeat(80)}SIP/2.0/UDP h`), {}, 513],
    ['M166b a body', wire(['OPTIONS sip:h SIP/2.0', ...MINIMAL, 'Content-Length: 2000000'], 'x'), {}, 413],
    ['M166 a Request-URI', wire([`OPTIONS sip:${'h'.repeat(9000)} SIP/2.0`, ...MINIMAL]), {}, 414],
  ])('%s that is over its limit is answered', (_, data, options, status) => {
    expect(refused(data, options)).toMatchObject({ status, request: { type: 'request', method: expect.any(String) } })
  })

  test.each([
    ['M187c header lines', 'maxHeaders', (size: number) => long('a: b', size - 5)],
    ['M187b octets in a line', 'maxLine', (size: number) => long(`s: ${'x'.repeat(size - 5)}`)],
    ['M187b octets in a folded line', 'maxLine', (size: number) => long(`s: ${'x'.repeat(size - 9)}\r\n y`)],
    [
      'M187d Via values, as short as can be',
      'maxVias',
      (size: number) => long(`v: ${'a/b/c d,'.repeat(size - 2)}a/b/c d`),
    ],
    [
      'M187d Via values, several a line',
      'maxVias',
      (size: number) => long('v: a/b/c d,a/b/c d,a/b/c d', (size - 1) / 3),
    ],
  ] as const)('%s, as many as the limit says and no more', (_, limit, data) => {
    expect(parseMessage(data(100), { [limit]: 100 }).type).toBe('request')
    expect(refused(data(limit === 'maxVias' ? 103 : 101), { [limit]: 100 }).status).toBe(513)
  })

  test('M166 a Request-URI, a header section, a body and a message may be as long as the limit says', () => {
    const data = wire([`OPTIONS sip:${'h'.repeat(96)} SIP/2.0`, ...MINIMAL, 'l: 10'], '0123456789')
    const limits = { maxLine: 100, maxBody: 10, maxMessage: data.length, maxHeaderSection: data.length - 10 }
    const stream = (options: ParseOptions): unknown => new StreamParser(options).push(octets(data))[0]
    expect(parseMessage(data, limits).body).toHaveLength(10)
    expect(stream(limits)).toMatchObject({ type: 'message' })
    for (const [limit, status] of Object.entries({
      maxLine: 414,
      maxBody: 413,
      maxMessage: 513,
      maxHeaderSection: 513,
    })) {
      const less = { ...limits, [limit]: limits[limit as keyof typeof limits] - 1 }
      expect(refused(data, less).status).toBe(status)
      expect(stream(less)).toMatchObject({ error: { status } })
    }
  })

  test('M187d 70 Vias with long parameters pass', () => {
    expect(parseMessage(long(`Via: SIP/2.0/UDP h;branch=${'x'.repeat(200)}`, 69)).vias).toHaveLength(70)
  })

  test('M076 a huge Content-Length sets nothing aside', () => {
    const data = wire(['OPTIONS sip:h SIP/2.0', ...MINIMAL, `Content-Length: ${'9'.repeat(400)}`])
    expect(refused(data).status).toBe(413)
  })
})

describe('M161 M167 the error of a request', () => {
  test('carries what an answer needs', () => {
    const data = wire(['OPTIONS sip:h SIP/2.0', ...MINIMAL, 'Bad line', 'Subject: x'])
    const { request, offset } = refused(data)
    expect(offset).toBe(data.indexOf('Bad line') + 3)
    expect(request!.createResponse(400).toString()).toBe(
      wire(['SIP/2.0 400 Bad Request', ...MINIMAL, 'Content-Length: 0']),
    )
  })

  test('copies what is there when much is missing', () => {
    const { request } = refused(wire(['OPTIONS sip:h SIP/2.0', 'Via: SIP/2.0/UDP h;branch=z9hG4bKx', 'To : "b', 'x']))
    expect(request!.createResponse(400, { toTag: 't' }).headers.get('Via')).toBe('SIP/2.0/UDP h;branch=z9hG4bKx')
  })

  test('M136 M162 M163 has no request when there is none to answer', () => {
    expect(refused(wire(['OPTIONS sip:h SIP/2.0', 'bad']))).toMatchObject({ request: undefined })
    expect(refused(wire(['OPTIONS sip:h SIP/2.0', 'Via: nonsense', 'bad']))).toMatchObject({ request: undefined })
    expect(refused(wire(['ACK sip:h SIP/2.0', ...MINIMAL, 'bad']))).toMatchObject({ request: undefined })
  })

  test.each(['SIP/2.0 200', 'SIP/2.0 200 ', 'sip/2.0 200', 'SIP/2.0 200 SIP/2.0', 'SIP/2.0 200 OK'])(
    'M162 takes no response for a request: %j',
    (line) => {
      const nothing = { status: 0, request: undefined }
      expect(refused([line, ...MINIMAL, ''].join('\r\n'))).toMatchObject(nothing)
      expect(refused(wire([line, ...MINIMAL]), { maxMessage: 100 })).toMatchObject(nothing)
      expect(refused(wire([line, ...MINIMAL]), { maxHeaderSection: 100 })).toMatchObject(nothing)
      const [event] = new StreamParser({ maxHeaderSection: 100 }).push(octets(wire([line, ...MINIMAL])))
      expect(event).toMatchObject({ type: 'error', error: nothing })
    },
  )
})

test.each([
  ['a line that is none', wire(['SIP/2.0 200 OK', ...MINIMAL, 'nonsense']), {}],
  ['a body over the limit', wire(['SIP/2.0 200 OK', ...MINIMAL, 'l: 2'], 'xx'), { maxBody: 1 }],
  ['a value that strict refuses', wire(['SIP/2.0 200 OK', ...MINIMAL, 'Contact: <sip:']), { strict: true }],
])('M162 a response with %s is not answered', (_, data, options) => {
  expect(refused(data, options).status).toBe(0)
  expect(new StreamParser(options).push(octets(data.replace(/^l: 2|CSeq/m, 'l: 0\r\nCSeq')))[0]).not.toMatchObject({
    error: { status: expect.toSatisfy((status) => status !== 0) },
  })
})

test('M011 each line end that is a bare LF is written as CRLF, also of the first line and the last', () => {
  const data = wire(['OPTIONS sip:h SIP/2.0', 'l: 0', ...MINIMAL])
  for (const bare of ['l: 0', 'CSeq: 1 OPTIONS', 'Call-ID: c']) {
    expect(parseMessage(data.replace(`${bare}\r\n`, `${bare}\n`)).toString()).toBe(data)
  }
})

test('M011 so is one behind a line that continues another: who takes bare LFs for no line ends would read on', () => {
  const data = wire(['OPTIONS sip:h SIP/2.0', 'l: 0', 'Subject: a\r\n b\n c', 'Route: <sip:r;lr>', ...MINIMAL])
  for (const bare of [data, data.replace(' c\r\n', ' c\n'), data.replace('\n c\r\n', '\r\n c\n')]) {
    expect(parseMessage(bare).toString()).toBe(data.replace('a\r\n b\n c', 'a b c'))
  }
})

test('M010 M011 the empty line is written where it was a bare LF, or stood behind a line that was taken out', () => {
  for (const long of ['', `Subject: ${'s'.repeat(900)}`]) {
    const lines = ['OPTIONS sip:h SIP/2.0', 'l: 4', ...MINIMAL, ...(long ? [long] : [])]
    const data = wire(lines, 'body')
    expect(parseMessage(data.replace('\r\n\r\n', '\r\n\n')).toString()).toBe(data)
    const longer = parseMessage(wire([...lines, 'X-Last: x'], 'body'))
    longer.headers.delete('X-Last')
    expect(longer.toString()).toBe(data)
  }
})

test('M187c what is read of a message that does not parse has no more lines than one that does', () => {
  const rows = Array.from({ length: 2000 }, (_, n) => `v: SIP/2.0/UDP h${n};branch=z9hG4bK1`)
  const error = refused(wire(['OPTIONS sip:h SIP/2.0', ...MINIMAL, ...rows]))
  expect([error.status, error.request!.headers.size]).toEqual([513, 256])
})

test('M166 a Request-URI far beyond the limit is answered too', () => {
  const error = refused(wire([`OPTIONS sip:${'h'.repeat(30_000)} SIP/2.0`, ...MINIMAL]))
  expect(error.status).toBe(414)
  expect(error.request!.createResponse(414).headers.get('Call-ID')).toBe('c')
})

test('strict refuses what validate objects to', () => {
  const data = wire(['OPTIONS sip:h SIP/2.0', ...MINIMAL.slice(0, 4), 'CSeq: 1 INVITE'])
  expect(parseMessage(data)).toMatchObject({ type: 'request' })
  const error = refused(data, { strict: true })
  expect(error).toMatchObject({ status: 400, header: 'CSeq' })
  expect(error.request!.method).toBe('OPTIONS')
})
