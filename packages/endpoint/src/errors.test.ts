import { inspect } from 'node:util'
import { SipResponse } from '@netsip/message'
import { expect, test } from 'vitest'
import { statusError } from './errors.ts'

test('an error that nobody catches is printed without the message that it carries', () => {
  const response = new SipResponse({ status: 401, headers: { 'WWW-Authenticate': 'Digest realm="r", nonce="n0nce"' } })
  const error = statusError(response, 'INVITE')!
  expect(error.response).toBe(response)
  // As Node prints an uncaught error: without asking objects how they want to be shown.
  const printed = inspect(error, { customInspect: false })
  expect(printed).toContain('INVITE was answered 401 Unauthorized')
  expect(printed).not.toContain('n0nce')
})
