import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CSeq, parseMessage, parseUri, requestFromUri, SipRequest, SipResponse, SipUri } from './index.ts'
import { anyText, fields, holds, invite, isLength, madeBy, RUNS, trimmed, utf8 } from './testing/holds.ts'

// The message with a line of that name, made in each way.
function named(name: string): SipRequest[] {
  const [appended, prepended, set] = [invite(), invite(), invite()]
  appended.headers.append(name, 'x')
  prepended.headers.prepend(name, 'x')
  set.headers.set(name, 'x')
  return [appended, prepended, set]
}

describe('M181 M182 what goes into a message is refused, or comes back as it was and as nothing more', () => {
  test('header lines', () => {
    expect.hasAssertions()
    for (const name of ['X-Any', 'Subject', 'To', 'Call-ID', 'CSeq', 'Max-Forwards']) {
      const place = { header: name.toLowerCase(), wanted: (text: string) => [utf8(trimmed(text))] }
      const read = (message: SipRequest): string[] => message.headers.getAll(name)
      holds((message, text) => message.headers.set(name, text), read, place)
      holds((message, text) => message.headers.set(name, [text]), read, place)
    }
    const place = { header: 'x-any', wanted: (text: string) => utf8(trimmed(text)) }
    holds(
      ({ headers }, text) => headers.append('X-Any', text),
      ({ headers }) => headers.get('x-any'),
      place,
    )
    holds(
      ({ headers }, text) => headers.prepend('X-Any', text),
      ({ headers }) => headers.get('x-any'),
      place,
    )
  })

  test('header names', () => {
    fc.assert(
      fc.property(anyText, (name) => {
        fc.pre(!isLength(name))
        for (const message of madeBy(() => named(name)) ?? []) {
          const back = parseMessage(message.toBytes())
          expect(fields(back)).toEqual(fields(message))
          expect(back.headers.getAll(name)).toContain('x')
        }
      }),
      { numRuns: 5 * RUNS },
    )
  })

  test('what messages are made from', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (text, name, body) => {
        const init = { headers: [[name, text]] as [string, string][], body }
        const makers = [
          () => new SipRequest({ method: text, uri: 'sip:h', body }),
          () => new SipRequest({ method: 'X', uri: text, body }),
          () => new SipRequest({ method: 'X', uri: 'sip:h', ...init }),
          () => new SipRequest({ method: 'X', uri: 'sip:h', headers: { [name]: text }, body }),
          () => new SipRequest({ method: 'X', uri: 'sip:h', headers: { A: [text, text] }, body }),
          () => new SipResponse({ status: 200, reason: text, body }),
          () => new SipResponse({ status: 200, ...init }),
          () => invite().createResponse(200, text),
          () => invite().createResponse(200, { reason: text, body }),
          () => invite().createResponse(200, { toTag: text, body }),
          () => invite().createResponse(200, 'OK', init),
        ]
        for (const make of makers) {
          const message = madeBy<SipRequest | SipResponse>(make)
          if (message === undefined) continue
          const [plain, compact] = [parseMessage(message.toBytes()), parseMessage(message.toBytes({ compact: true }))]
          expect(fields(plain)).toEqual(fields(message))
          expect(fields(compact)).toHaveLength(fields(message).length)
          expect(plain.text).toBe(message.text)
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('the start line', () => {
    holds(
      (message, text) => (message.method = text),
      (message) => message.method,
      {},
    )
    holds(
      (message, text) => (message.uri = text),
      (message) => String(message.uri),
      {},
    )
    holds(
      (message, user) => (message.uri = new SipUri({ user, host: 'h' })),
      (message) => (message.uri as SipUri).user,
      {},
    )
    fc.assert(
      fc.property(anyText, (reason) => {
        const response = new SipResponse({ status: 200 })
        const done = madeBy(() => (response.reason = reason)) !== undefined
        const back = parseMessage(response.toBytes())
        expect(back).toMatchObject({ status: 200, reason: done ? utf8(reason) : 'OK' })
        expect(back.headers.size).toBe(1)
      }),
      { numRuns: 5 * RUNS },
    )
  })

  test('typed values', () => {
    expect.hasAssertions()
    holds(
      (message, text) => (message.callId = text),
      (message) => message.callId,
      { header: 'call-id' },
    )
    holds(
      (message, text) => (message.contentType = text),
      (message) => message.contentType,
      {
        header: 'content-type',
        wanted: (text) => utf8(trimmed(text)),
      },
    )
    holds(
      (message, text) => (message.cseq = new CSeq(1, text)),
      ({ cseq }) => [cseq.seq, cseq.method],
      {
        header: 'cseq',
        wanted: (text) => [1, text],
      },
    )
    for (const name of ['allow', 'supported', 'require', 'proxyRequire', 'unsupported'] as const) {
      holds(
        (message, text) => (message[name] = ['x', text]),
        (message) => message[name],
        {
          header: name === 'proxyRequire' ? 'proxy-require' : name,
          wanted: (text) => ['x', text],
        },
      )
    }
  })

  test('M183 requests from URIs', () => {
    fc.assert(
      fc.property(anyText, anyText, (name, text) => {
        const request = madeBy(() => requestFromUri(new SipUri({ host: 'h', headers: { [name]: text } })))
        if (request === undefined) return
        const back = parseMessage(request.toBytes())
        expect(fields(back)).toEqual(fields(request))
        expect(back.headers.size).toBeLessThanOrEqual(2)
      }),
      { numRuns: 5 * RUNS },
    )
  })

  test('URIs from text', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom('', 'sip:', 'sips:a@', 'tel:', 'urn:'), (text, scheme) => {
        const uri = madeBy(() => parseUri(scheme + text))
        expect(String(uri ?? scheme + text)).toBe(scheme + text)
        expect(String(uri ?? '')).not.toMatch(/[\0-\x20\x7f<>]/)
      }),
      { numRuns: 20 * RUNS },
    )
  })
})

test('M181 a reason phrase that is no string is refused', () => {
  const reason = new Error('x\r\nRoute: <sip:evil>') as unknown as string
  expect(() => new SipResponse({ status: 500, reason })).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
})
