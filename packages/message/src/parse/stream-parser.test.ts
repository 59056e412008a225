import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseMessage, type SipParseError, type SipRequest, type StreamEvent, StreamParser } from '../index.ts'
import { INVITE, octets, wire } from '../testing/samples.ts'

const MINIMAL = [
  'Via: SIP/2.0/TCP h;branch=z9hG4bKx',
  'From: <sip:a@h>;tag=1',
  'To: <sip:b@h>',
  'Call-ID: c',
  'CSeq: 1 OPTIONS',
]
const options = (...lines: string[]): string => wire(['OPTIONS sip:h SIP/2.0', ...MINIMAL, ...lines])

function pushAll(text: string, size = text.length, parser = new StreamParser()): StreamEvent[] {
  const events: StreamEvent[] = []
  for (let at = 0; at < text.length; at += size) events.push(...parser.push(octets(text.slice(at, at + size))))
  return events
}

function show(events: readonly StreamEvent[]): string[] {
  return events.map((event) => (event.type === 'message' ? event.message.toString() : event.type))
}

describe('messages', () => {
  const utf8 = Buffer.from(options('Subject: ☎ ü', 'l: 4') + 'ü\r\n').toString('latin1')
  const stream = INVITE + options('Content-Length: 0') + utf8 + INVITE

  test('M009 several in one chunk come out one by one', () => {
    const events = pushAll(stream)
    expect(events.map((event) => event.type)).toEqual(['message', 'message', 'message', 'message'])
    expect(show(events)[0]).toBe(INVITE)
    const third = events[2]!
    expect(third.type === 'message' && third.message.text).toBe('ü\r\n')
    expect(third.type === 'message' && Buffer.from(third.bytes).toString('latin1')).toBe(utf8)
  })

  test('M009 cut anywhere they are the same', () => {
    const whole = show(pushAll(stream))
    for (const size of [1, 2, 3, 7, 100, 1000]) expect(show(pushAll(stream, size))).toEqual(whole)
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 6 }), (cuts) => {
        const parser = new StreamParser()
        const ends = [...cuts.sort((a, b) => a - b), stream.length]
        const events = ends.flatMap((end, i) => parser.push(octets(stream.slice(ends[i - 1] ?? 0, end))))
        expect(show(events)).toEqual(whole)
        expect(parser.partial).toBe(false)
      }),
    )
  })

  test('keep their octets when the buffer goes on being used', () => {
    const parser = new StreamParser()
    const events = pushAll(INVITE + INVITE.replaceAll('a84b', 'ffff'), 10, parser)
    expect(show(events)).toEqual([INVITE, INVITE.replaceAll('a84b', 'ffff')])
  })

  test('M188c partial says whether one has begun', () => {
    const parser = new StreamParser()
    expect(parser.partial).toBe(false)
    pushAll(INVITE.slice(0, 50), 50, parser)
    expect(parser.partial).toBe(true)
    pushAll(INVITE.slice(50), 50, parser)
    expect(parser.partial).toBe(false)
  })

  test('bare LF line ends are taken here too', () => {
    expect(show(pushAll(options('l: 0').replaceAll('\r\n', '\n'), 1))).toEqual([options('l: 0')])
  })
})

describe('keep-alives', () => {
  test('M007 a double CRLF is a ping, a single one before a message a pong', () => {
    expect(show(pushAll('\r\n\r\n'))).toEqual(['ping'])
    expect(show(pushAll(`\r\n\r\n${INVITE}\r\n${INVITE}`))).toEqual(['ping', INVITE, 'pong', INVITE])
    expect(show(pushAll('\r\n\r\n\r\n\r\n'))).toEqual(['ping', 'ping'])
  })

  test('M007 M009 cut anywhere a ping is one ping', () => {
    const stream = `\r\n\r\n${INVITE}\r\n\r\n\r\n\r\n\r\n${INVITE}`
    const whole = ['ping', INVITE, 'ping', 'ping', 'pong', INVITE]
    for (const size of [1, 2, 3, 4, 5, 7, INVITE.length + 1, INVITE.length + 2]) {
      expect(show(pushAll(stream, size)), String(size)).toEqual(whole)
    }
    for (const size of [1, 2, 3]) expect(show(pushAll('\r\n\r\n', size))).toEqual(['ping'])
  })

  test('M007 who awaits a pong is told of it as soon as it is there', () => {
    const parser = new StreamParser()
    expect(show(pushAll('\r\n', 2, parser))).toEqual([])
    expect(show(pushAll('\r\n', 2, parser))).toEqual(['ping'])
    for (const size of [1, 2]) {
      parser.expectPong()
      expect(show(pushAll('\r\n', size, parser))).toEqual(['pong'])
      expect(parser.partial).toBe(false)
    }
    expect(show(pushAll(`\r\n\r\n${INVITE}`, 2, parser))).toEqual(['ping', INVITE])
    parser.expectPong()
    expect(show(pushAll('\r\n\r\n\r\n', 6, parser))).toEqual(['ping', 'pong'])
  })

  test('M007 stray LF before a message is skipped', () => {
    expect(show(pushAll(`\n\n${INVITE}`, 1))).toEqual([INVITE])
  })
})

describe('M006b framing that is lost', () => {
  test.each([
    ['no Content-Length', options('Subject: x'), 400],
    ['a negative one', options('Content-Length: -5'), 400],
    ['one that is no number', options('Content-Length: five'), 400],
    ['two, the first of them 0', options('l: 0', 'l: 5'), 400],
    ['two that differ', options('Content-Length: 5', 'l: 6'), 400],
    ['two that agree', options('Content-Length: 5', 'Content-Length: 5'), 400],
    ['M166b one beyond the limit', options('Content-Length: 99999999'), 413],
    ['M076 one beyond all numbers', options(`Content-Length: ${'9'.repeat(400)}`), 413],
    ['one that goes on behind a fold', options('Content-Length: 1\r\n 0', 'nonsense'), 400],
    ['one that is folded', options('Content-Length:\r\n 0', 'nonsense'), 400],
    ['one beside a line that may be another', options('Content-Length: 0', 'Content-Length\x0b: 5'), 400],
    ['one beside a line that nearly is another', options('l: 0', 'Content-Length 5'), 400],
    ['a stray CR', options('Content-Length: 0', 'Subject: x\rl: 5'), 400],
    ['a NUL', options('Content-Length: 0', 'Subject: x\0'), 400],
    ['a body beyond the limit behind a line that is none', options('nonsense', 'l: 99999999'), 400],
    ['M019 another version', options('l: 0').replace('SIP/2.0', 'SIP/3.0'), 505],
  ])('%s: an error to answer, and nothing more', (_, text, status) => {
    for (const size of [text.length, 1]) {
      const parser = new StreamParser()
      const events = pushAll(text, size, parser)
      expect(events).toMatchObject([{ type: 'error', error: { code: 'ERR_SIP_PARSE', status } }])
      const [event] = events
      const request = event?.type === 'error' ? event.error.request : undefined
      expect((request as SipRequest).createResponse(status).callId).toBe('c')
      expect(pushAll(INVITE, INVITE.length, parser)).toEqual([])
    }
  })

  test('M021 what is not SIP gets no answer', () => {
    expect(pushAll('GET / HTTP/1.1\r\nHost: h\r\n\r\n')).toMatchObject([{ type: 'error', error: { status: 0 } }])
    expect(pushAll('\rx')).toMatchObject([{ type: 'error', error: { status: 0 } }])
  })

  test.each([1, 7, 10_000])('an error comes with the header section of its message alone, cut every %i', (size) => {
    const bad = options('Content-Length: 99999999')
    const events = pushAll(`${INVITE}\r\n\r\n${bad}and its body`, size)
    expect(events.map(({ type }) => type)).toEqual(['message', 'ping', 'error'])
    const last = events.at(-1)
    expect(last?.type === 'error' && new TextDecoder().decode(last.bytes)).toBe(bad)
  })

  test('M188b a header section without end stops at its limit', () => {
    const parser = new StreamParser({ maxHeaderSection: 1000 })
    const events = pushAll(`OPTIONS sip:h SIP/2.0\r\n${'a: b\r\n'.repeat(500)}`, 10, parser)
    expect(events).toMatchObject([{ type: 'error', error: { status: 513 } }])
    expect(parser.partial).toBe(false)
    expect(pushAll('x'.repeat(70_000), 1000)).toMatchObject([{ type: 'error', error: { status: 0 } }])
  })
})

describe('M006c what is malformed while its length is beyond doubt is answered, and the stream goes on', () => {
  const via = 'Via: SIP/2.0/TCP h;branch=z9hG4bK2'
  test.each([
    ['a line that is none', options('Content-Length: 0', 'nonsense'), 400],
    ['a body behind it', options('nonsense', 'l : 4') + '\r\nab', 400],
    ['M017 a method that is no token', options('l: 0').replace('OPTIONS', 'OPT@ONS'), 400],
    ['M022 angle brackets', options('l: 0').replace('sip:h', '<sip:h>'), 400],
    ['M166 a long Request-URI', options('l: 0').replace('sip:h', `sip:${'h'.repeat(9000)}`), 414],
    ['M187b a long line', options('l: 0', `Subject: ${'x'.repeat(9000)}`), 513],
    ['M187c many lines', options('l: 0', ...Array.from({ length: 260 }, () => 'a: b')), 513],
    ['M187d many Vias', options('l: 0', ...Array.from({ length: 80 }, () => via)), 513],
  ])('%s', (_, text, status) => {
    for (const size of [text.length, 1, 100]) {
      const events = pushAll(text + INVITE, size)
      expect(events).toMatchObject([{ type: 'malformed', error: { status } }, { type: 'message' }])
      const [event] = events
      const { bytes, error } = event as { bytes: Uint8Array; error: SipParseError }
      expect(Buffer.from(bytes).toString('latin1')).toBe(text)
      // the answer holds nothing of the buffer that the next message was put in
      expect(error.request!.createResponse(status)).toMatchObject({ callId: 'c', via: { host: 'h' } })
      expect(events[1]).toMatchObject({ message: { callId: 'a84b4c76e66710@pc33.atlanta.example.com' } })
    }
  })

  test('M188b a body over the limits is not waited for', () => {
    const text = options('nonsense', 'l: 500')
    const ended = [{ type: 'error', error: { status: 400 } }]
    expect(pushAll(text, text.length, new StreamParser({ maxBody: 499 }))).toMatchObject(ended)
    const maxMessage = text.length + 499
    expect(pushAll(text, text.length, new StreamParser({ maxMessage }))).toMatchObject(ended)
    expect(pushAll(text, text.length, new StreamParser({ maxBody: 500, maxMessage: maxMessage + 1 }))).toEqual([])
  })

  test('M025 a response is dropped', () => {
    const text = options('l: 0').replace('OPTIONS sip:h SIP/2.0', 'SIP/2.0 4294967301 x')
    expect(pushAll(text + INVITE)).toMatchObject([{ type: 'malformed', error: { status: 0 } }, { type: 'message' }])
  })
})

test('M009 whatever a stream is made of, it reads the same however it is cut', () => {
  const good = [INVITE, options('l: 0'), options('Content-Length: 4') + '\r\n\r\n', '\r\n\r\n']
  const bad = [options('nonsense', 'l: 2') + '\r\n', options('l: 0').replace('sip:h', '<sip:h>'), options('l: x')]
  const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...good, ...bad), { maxLength: 8 }), cuts, (items, sizes) => {
      const stream = items.join('')
      const parser = new StreamParser()
      const events: StreamEvent[] = []
      for (let at = 0, i = 0; at < stream.length; i++) {
        const end = at + sizes[i % sizes.length]!
        events.push(...parser.push(octets(stream.slice(at, end))))
        at = end
      }
      expect(show(events)).toEqual(show(pushAll(stream)))
      const lost = items.findIndex((item) => item.includes('l: x'))
      const whole = lost < 0 ? items : items.slice(0, lost + 1)
      const wanted = whole.map((item) =>
        good.slice(0, 3).includes(item) ? item : item === good[3] ? 'ping' : item === bad[2] ? 'error' : 'malformed',
      )
      expect(show(events)).toEqual(wanted)
    }),
  )
})

test('strict refuses a bad message and goes on with the next', () => {
  const parser = new StreamParser({ strict: true })
  const bad = options('l: 0').replace('CSeq: 1 OPTIONS', 'CSeq: 1 INVITE')
  const events = pushAll(bad + INVITE, 1000, parser)
  expect(events).toMatchObject([{ type: 'malformed', error: { status: 400, header: 'CSeq' } }, { type: 'message' }])
})

test('limits that bound nothing are refused, and options that there are none of', () => {
  for (const wrong of [
    { maxBody: Number.NaN },
    { maxMessage: -1 },
    { maxHeaders: 1.5 },
    { maxLine: '9' },
    { strict: 1 },
    { maxbody: 5 },
    { toString: 5 },
  ]) {
    const refused = expect.objectContaining({ name: 'TypeError', code: 'ERR_SIP_ARGUMENT' }) as Error
    expect(() => new StreamParser(wrong as object)).toThrow(refused)
    expect(() => parseMessage(INVITE, wrong as object)).toThrow(refused)
  }
  for (const right of [{ maxBody: Infinity }, { maxBody: undefined }, { maxBody: null as never, strict: false }, {}]) {
    expect(show(pushAll(INVITE, 100, new StreamParser(right as object)))).toEqual([INVITE])
  }
})
