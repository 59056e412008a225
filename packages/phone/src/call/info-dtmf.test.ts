import { expect, test } from 'vitest'
import { readInfoDigit, writeInfoDigit } from './info-dtmf.ts'

test('reads what it writes', () => {
  for (const digit of '0123456789*#ABCD') {
    expect(readInfoDigit('application/dtmf-relay', writeInfoDigit(digit, 120))).toEqual({ digit, durationMs: 120 })
  }
})

test.each([
  ['application/dtmf-relay', 'Signal= 1\r\nDuration= 250', { digit: '1', durationMs: 250 }],
  ['application/dtmf-relay;charset=utf-8', 'signal=*', { digit: '*', durationMs: 160 }],
  ['application/dtmf', ' d ', { digit: 'D', durationMs: 160 }],
  ['application/dtmf-relay', 'Signal=5\nDuration=99999', { digit: '5', durationMs: 10_000 }],
])('%s %j', (type, body, digit) => {
  expect(readInfoDigit(type, body)).toEqual(digit)
})

test.each([
  ['application/dtmf-relay', 'Signal=12'],
  ['application/dtmf-relay', ''],
  ['application/dtmf', 'hello'],
  ['text/plain', '1'],
  [undefined, '1'],
])('%s %j is no digit', (type, body) => {
  expect(readInfoDigit(type, body)).toBeUndefined()
})
