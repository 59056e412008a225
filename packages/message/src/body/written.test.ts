import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BodyPart,
  findPart,
  parseMessage,
  parseMultipart,
  parseSipfrag,
  type SipResponse,
  writeMultipart,
  writeSipfrag,
} from '../index.ts'
import { anyText, invite, isLength, madeBy, RUNS, utf8 } from '../testing/holds.ts'

describe('M181 M182 what goes into a body is refused, or comes back as it was and as nothing more', () => {
  test('parts', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, fc.string(), (name, text, contentType, body) => {
        fc.pre(!isLength(name))
        const part = madeBy(() => new BodyPart({ contentType, headers: [[name, text]], body }))
        if (part === undefined) return
        const multipart = writeMultipart([part, new BodyPart({ contentType: 'a/b', body: 'x' })])
        const parts = parseMultipart(multipart.body, multipart.contentType)
        expect(parts).toHaveLength(2)
        expect([...parts[0]!.headers]).toEqual([...part.headers])
        expect([...parts[0]!.body]).toEqual([...part.body])
      }),
      { numRuns: 5 * RUNS },
    )
  })

  test('multiparts', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (boundary, subtype, body) => {
        const message = invite()
        const written = madeBy(() => {
          const parts = [new BodyPart({ contentType: 'a/b', body }), new BodyPart({ contentType: 'c/d', body: 'x' })]
          const multipart = writeMultipart(parts, { boundary, subtype })
          message.contentType = multipart.contentType
          message.body = multipart.body
          return true
        })
        if (written === undefined) return
        const back = parseMessage(message.toBytes())
        expect(back.contentType).toBe(`multipart/${subtype};boundary="${boundary}"`)
        expect(findPart(back, 'a/b')!.text).toBe(utf8(body))
        expect(findPart(back, 'c/d')!.text).toBe('x')
      }),
      { numRuns: 20 * RUNS },
    )
  })

  test('M171c a boundary that stands in a part is refused', () => {
    const part = new BodyPart({ contentType: 'a/b', body: 'one\r\n--x\r\ntwo' })
    expect(() => writeMultipart([part], { boundary: 'x' })).toThrow(
      expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }),
    )
  })

  test('M176 fragments', () => {
    fc.assert(
      fc.property(anyText, anyText, (reason, name) => {
        fc.pre(!isLength(name))
        const response = madeBy(() => invite().createResponse(200, { reason, headers: { [name]: 'x' } }))
        if (response === undefined) return
        const { message, headers } = parseSipfrag(writeSipfrag(response, ['To', name]))
        expect((message as SipResponse).reason).toBe(utf8(reason))
        expect(headers.get(name)).toBeDefined()
        expect(headers.size).toBe(
          headers.getAll('To').length + (/^(to|t)$/i.test(name) ? 0 : headers.getAll(name).length),
        )
      }),
      { numRuns: 5 * RUNS },
    )
  })
})
