import { describe, expect, test } from 'vitest'
import {
  BodyPart,
  bodyParts,
  findPart,
  parseMessage,
  parseMultipart,
  parseSipfrag,
  type SipMessage,
  SipParseError,
  SipRequest,
  SipResponse,
  unsupportedPart,
  writeMultipart,
  writeSipfrag,
} from '../index.ts'
import { INVITE, octets } from '../testing/samples.ts'

const SDP = 'v=0\r\ns=-\r\n'

function carrying(contentType: string, body: Uint8Array | string): SipMessage {
  const message = new SipRequest({ method: 'INVITE', uri: 'sip:h', headers: { 'Content-Type': contentType }, body })
  return parseMessage(message.toBytes())
}

function wrap(parts: readonly BodyPart[], subtype: string): BodyPart {
  const { contentType, body } = writeMultipart(parts, { subtype })
  return new BodyPart({ contentType, body })
}

const parse = (text: string, boundary = 'b'): BodyPart[] =>
  parseMultipart(octets(text), `multipart/mixed;boundary=${boundary}`)
const texts = (parts: readonly BodyPart[]): string[] => parts.map((part) => Buffer.from(part.body).toString('latin1'))

const coded = (encoding: string, body: string): BodyPart =>
  new BodyPart({ contentType: 'text/plain', headers: { 'Content-Transfer-Encoding': encoding }, body })

describe('parseMultipart', () => {
  test('M171 M171b passes over preamble and epilogue', () => {
    expect(texts(parse('hello --b\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n\r\n--b--\r\nbye --b\r\n--b\r\n'))).toEqual([
      'one',
      'two\r\n',
    ])
  })

  test('M171c a boundary counts at the start of a line only, and whole', () => {
    expect(texts(parse('--b\r\n\r\nx--b\r\n --b\r\n--bc\r\n--b--x\r\n\r\n--b--'))).toEqual([
      'x--b\r\n --b\r\n--bc\r\n--b--x\r\n',
    ])
  })

  test('M171d M171e white space may follow it, the last line end may be missing', () => {
    expect(texts(parse('--b \t\r\n\r\none\r\n--b-- '))).toEqual(['one'])
    expect(texts(parse('--b\n\none\n--b--'))).toEqual(['one'])
  })

  test.each([
    ['M171f no closing delimiter', '--b\r\n\r\none\r\n--b\r\n\r\ntwo'],
    ['nothing at all', ''],
    ['a header line that is none', '--b\r\nbad line\r\n\r\none\r\n--b--'],
  ])('%s is refused', (_, text) => {
    expect(() => parse(text)).toThrow(SipParseError)
  })

  test('a type without a usable boundary is refused', () => {
    for (const type of [
      'multipart/mixed',
      'multipart/mixed;boundary=""',
      `multipart/mixed;boundary=${'x'.repeat(71)}`,
    ]) {
      expect(() => parseMultipart(octets('--b--'), type)).toThrow(SipParseError)
    }
  })

  test('M172 binary parts come out as they are', () => {
    const binary = '\0\x82\xff\r\n\0--b'
    expect(texts(parse(`--b\r\nContent-Type: application/octet-stream\r\n\r\n${binary}\r\n--b--\r\n`))).toEqual([
      binary,
    ])
  })

  test('M173 headers have their defaults; a part without body may lack the empty line', () => {
    const [bare, full, empty] = parse(
      '--b\r\n\r\nx\r\n--b\r\nc: Application/SDP\r\nContent-ID: <a@h>\r\n\r\nv=0\r\n--b\r\nSubject: y\r\n--b--',
    )
    expect(bare).toMatchObject({
      contentType: 'text/plain',
      type: 'text/plain',
      disposition: { type: 'render', handling: 'required' },
    })
    expect(full).toMatchObject({
      type: 'application/sdp',
      contentId: 'a@h',
      disposition: { type: 'session' },
      text: 'v=0',
    })
    expect([empty!.headers.get('subject'), empty!.body.length]).toEqual(['y', 0])
  })

  test('M172c M172b transfer encodings are undone', () => {
    expect(coded('Base64', 'R3LDvMOf\r\nZQ==').text).toBe('Grüße')
    expect(coded('quoted-printable', 'a=3D=C3=BC=\r\nb').text).toBe('a=üb')
    expect(coded('binary', 'as is=3D').text).toBe('as is=3D')
    expect(() => coded('base64', '??').text).toThrow(expect.objectContaining({ status: 400 }))
    expect(() => coded('quoted-printable', 'a=G1').text).toThrow(expect.objectContaining({ status: 400 }))
    expect(() => coded('x-uuencode', 'a').text).toThrow(expect.objectContaining({ status: 415 }))
  })

  test('M171 M175 what is written within one another is found again, however deep', () => {
    const sdp = new BodyPart({
      contentType: 'application/sdp',
      headers: { 'Content-Disposition': 'session' },
      body: SDP,
    })
    const binary = new BodyPart({ contentType: 'image/png', body: Uint8Array.of(0, 13, 10, 45, 45, 255) })
    const plain = new BodyPart({ contentType: 'text/plain', body: '--part-0-of-2\r\n' })
    const alternative = wrap([plain, wrap([binary, sdp], 'related')], 'alternative')
    const { contentType, body } = writeMultipart([new BodyPart({ contentType: 'a/b', body: 'x' }), alternative])
    const message = carrying(contentType, body)
    expect(findPart(message, 'application/SDP')).toMatchObject({ text: SDP, disposition: { type: 'session' } })
    expect([...findPart(message, 'image/png')!.body]).toEqual([...binary.body])
    expect(findPart(message, 'text/plain')!.text).toBe('--part-0-of-2\r\n')
    expect(findPart(message, 'multipart/related')!.parts.map(({ type }) => type)).toEqual([
      'image/png',
      'application/sdp',
    ])
    expect(findPart(message, 'text/html')).toBeUndefined()
    expect(unsupportedPart(message, ['a/b', 'text/plain', 'image/png'])!.type).toBe('application/sdp')
  })

  test('M175 depth and count are bounded', () => {
    let nested = '--b\r\n\r\nx\r\n--b--\r\n'
    for (let i = 0; i < 9; i++)
      nested = `--b\r\nContent-Type: multipart/mixed;boundary=b${i}\r\n\r\n${nested.replaceAll('--b', `--b${i}`)}\r\n--b--\r\n`
    expect(() => findPart(carrying('multipart/mixed;boundary=b', nested), 'application/sdp')).toThrow(SipParseError)
    expect(() => parse('--b\r\n\r\n'.repeat(70) + '--b--')).toThrow(/too many/)
  })
})

test('M175 M187f as many parts, and as deep, as the limits say, and no more', () => {
  const part = new BodyPart({ body: 'x' })
  const three = writeMultipart([part, part, part])
  expect(parseMultipart(three.body, three.contentType, { maxParts: 3 })).toHaveLength(3)
  expect(() => parseMultipart(three.body, three.contentType, { maxParts: 2 })).toThrow('too many')
  expect(parseMultipart(three.body, three.contentType, { maxDepth: 1 })).toHaveLength(3)
  expect(() => parseMultipart(three.body, three.contentType, { maxDepth: 0 })).toThrow('too deep')
  const boundary = 'b'.repeat(70)
  const longest = writeMultipart([part], { boundary })
  expect(parseMultipart(longest.body, longest.contentType)).toHaveLength(1)
  expect(() => writeMultipart([part], { boundary: `${boundary}b` })).toThrow('boundary')
  expect(() => parseMultipart(longest.body, `multipart/mixed;boundary=${boundary}b`)).toThrow('without a boundary')
})

test('M175 SDP is found wherever it is', () => {
  const inner = writeMultipart(
    [
      new BodyPart({ contentType: 'text/plain', body: 'x' }),
      new BodyPart({ contentType: 'application/sdp', body: SDP }),
    ],
    { subtype: 'alternative' },
  )
  const outer = writeMultipart([new BodyPart({ contentType: 'text/html', body: '<p>' }), new BodyPart(inner)])
  expect(findPart(carrying(outer.contentType, outer.body), 'Application/SDP')!.text).toBe(SDP)
  expect(findPart(carrying('application/sdp', SDP), 'application/sdp')!.text).toBe(SDP)
  expect(findPart(carrying('text/plain', 'x'), 'application/sdp')).toBeUndefined()
  expect(bodyParts(new SipResponse({ status: 200 }))).toEqual([])
  expect(bodyParts(parseMessage(INVITE))).toMatchObject([{ type: 'application/sdp' }])
})

const strange = (handling: string): BodyPart =>
  new BodyPart({
    contentType: 'application/x-strange',
    headers: { 'Content-Disposition': `render;handling=${handling}` },
    body: 'x',
  })

test('M174 a part that must be understood and is not is named', () => {
  const sdp = new BodyPart({ contentType: 'application/sdp', body: SDP })
  const message = (parts: BodyPart[]): SipMessage => {
    const { contentType, body } = writeMultipart(parts)
    return carrying(contentType, body)
  }
  expect(unsupportedPart(message([sdp, strange('required')]), ['application/sdp'])?.type).toBe('application/x-strange')
  expect(unsupportedPart(message([sdp, strange('optional')]), ['application/sdp'])).toBeUndefined()
  expect(unsupportedPart(carrying('text/plain', 'x'), ['application/sdp'])?.type).toBe('text/plain')
})

test('writeMultipart is read back by parseMultipart, whatever the parts hold', () => {
  const bodies = ['--part-0-of-2', 'x\r\n--part-1-of-2--\r\n']
  const written = writeMultipart(
    bodies.map((body) => new BodyPart({ contentType: 'text/plain', headers: { 'Content-ID': '<1>' }, body })),
  )
  const parts = parseMultipart(written.body, written.contentType)
  expect(texts(parts)).toEqual(bodies)
  expect(parts[0]!.headers.get('Content-ID')).toBe('<1>')
  expect(String(parts[0])).toBe('Content-Type: text/plain\r\nContent-ID: <1>\r\n\r\n--part-0-of-2')
})

test('M182 headers of a part cannot add a line, nor can a boundary', () => {
  expect(() => new BodyPart({ contentType: 'a/b\r\nX: y', body: '' })).toThrow(
    expect.objectContaining({ code: 'ERR_SIP_INJECTION' }),
  )
  expect(() => writeMultipart([new BodyPart({ body: '' })], { boundary: 'a\r\nb' })).toThrow(TypeError)
  expect(() => writeMultipart([])).toThrow(TypeError)
})

describe('M176 message/sipfrag', () => {
  test('is a status line, as a NOTIFY for a REFER has it', () => {
    for (const text of ['SIP/2.0 603 Declined', 'SIP/2.0 603 Declined\r\n', 'SIP/2.0 603 Declined\r\n\r\n']) {
      expect(parseSipfrag(text).message).toMatchObject({ type: 'response', status: 603, reason: 'Declined' })
    }
  })

  test('is headers only', () => {
    const { message, headers, body } = parseSipfrag('From: <sip:a@h>\r\nTo: <sip:b@h>\r\n\r\nrest')
    expect([message, headers.get('f'), headers.size, Buffer.from(body).toString()]).toEqual([
      undefined,
      '<sip:a@h>',
      2,
      'rest',
    ])
    expect(parseSipfrag('').headers.size).toBe(0)
    const cut = parseSipfrag('SIP/2.0 200 OK\r\nContent-Length: 349\r\nContent-Type: application/sdp\r\n\r\n')
    expect([cut.message!.type, cut.body.length]).toEqual(['response', 0])
  })

  test('is a request with some of its headers', () => {
    const fragment = writeSipfrag(parseMessage(INVITE), ['From', 'CSeq'])
    expect(fragment).toBe(
      'INVITE sip:bob@biloxi.example.com SIP/2.0\r\nFrom: "Alice Liddell" <sip:alice@atlanta.example.com>;tag=1928301774\r\nCSeq: 314159 INVITE\r\n',
    )
    expect(parseSipfrag(fragment).message).toMatchObject({ method: 'INVITE', cseq: { seq: 314159 } })
    expect(writeSipfrag(new SipResponse({ status: 100 }))).toBe('SIP/2.0 100 Trying\r\n')
  })

  test('that is neither is refused', () => {
    expect(() => parseSipfrag('what is this')).toThrow(SipParseError)
  })
})
