import { expect, test } from 'vitest'
import { SipParseError } from './parse-error.ts'

test('M167 a parse error says status, offset and header', () => {
  const error = new SipParseError('unterminated quote', { offset: 3 })
  expect(error).toMatchObject({ name: 'SipParseError', code: 'ERR_SIP_PARSE', status: 400, offset: 3 })
  expect(error.within({ header: 'To', offset: 100 })).toMatchObject({ offset: 103, header: 'To', status: 400 })
})
