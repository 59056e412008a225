import { SipError } from '@netsip/runtime'
import { expect, test } from 'vitest'
import { failureOf } from './failure.ts'

test.each([
  [
    "self-signed certificate: to trust its issuer, hand it in as 'ca'",
    /to trust its issuer, give its certificate with --ca$/,
  ],
  [
    'no final response from udp 127.0.0.1:5060 within 32000 ms',
    /\(no final response from udp 127\.0\.0\.1:5060 within 32 s\)$/,
  ],
  ['did not answer within 500 ms', /within 500 ms\)$/],
])('what is said to a programmer is said to who typed: %s', (message, line) => {
  const code = message.includes('within') ? 'ERR_SIP_TIMEOUT' : 'ERR_SIP_REFUSED'
  expect(failureOf(new SipError(code, message), { what: 'the call' }).line).toMatch(line)
})

test('what was given up when we closed had no answer, and its address stands in what it was about', () => {
  const message = 'REGISTER to sip:h was given up: it had no answer yet when its context was closed'
  const about = { what: 'unregistering sip:a@h' }
  expect(failureOf(new SipError('ERR_SIP_CLOSED', message), about)).toMatchObject({
    code: 'ERR_SIP_CLOSED',
    line: 'unregistering sip:a@h failed: no answer',
  })
  expect(failureOf(new SipError('ERR_SIP_CLOSED', 'the phone is closed'), about).line).toMatch(
    /failed: the phone is closed$/,
  )
})
