import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { parseMessage, SipParseError } from '../index.ts'

test('M167 a parse error says status, offset and header', () => {
  const error = new SipParseError('unterminated quote', { offset: 3 })
  expect(error).toMatchObject({ name: 'SipParseError', code: 'ERR_SIP_PARSE', status: 400, offset: 3 })
  expect(error.within({ header: 'To', offset: 100 })).toMatchObject({ offset: 103, header: 'To', status: 400 })
})

test('a parse error that nobody catches is printed without the request that it carries', () => {
  const text =
    'OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nAuthorization: Digest s3cret\r\nno header\r\n\r\n'
  let error: unknown
  try {
    parseMessage(text)
  } catch (caught) {
    error = caught
  }
  expect((error as SipParseError).request?.method).toBe('OPTIONS')
  // As Node prints an uncaught error: without asking objects how they want to be shown.
  expect(inspect(error, { customInspect: false })).not.toContain('s3cret')
})
