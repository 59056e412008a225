import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quote, scanQuoted, unquote } from './quoted.ts'

test('M054 M056 a quoted string is read without its quotes and escapes', () => {
  expect(unquote('"J Rosenberg \\\\\\""')).toBe('J Rosenberg \\"')
  expect(unquote('""')).toBe('')
  expect(unquote('"\\\\"')).toBe('\\')
  expect(unquote('bare')).toBe('bare')
})

test('M056b quotes, backslashes and control characters are escaped', () => {
  expect(quote('J Rosenberg \\"')).toBe('"J Rosenberg \\\\\\""')
  expect(quote('\u0007\u007fü\t')).toBe('"\\\u0007\\\u007fü\t"')
})

test('M055 an unterminated quoted string is refused', () => {
  for (const bad of ['"', '"abc', '"abc\\"', '"abc\\']) {
    expect(() => scanQuoted(bad, 0), bad).toThrow(expect.objectContaining({ code: 'ERR_SIP_PARSE', status: 400 }))
  }
})

test('M014 M054 a line break is never part of a quoted string, a NUL only escaped', () => {
  for (const bad of ['"a\rb"', '"a\nb"', '"a\\\nb"', '"a\0b"']) {
    expect(() => scanQuoted(bad, 0), JSON.stringify(bad)).toThrow(expect.objectContaining({ code: 'ERR_SIP_PARSE' }))
  }
  expect(scanQuoted('"\\\0" rest', 0)).toBe(4)
})

test('M181 a line break cannot be quoted', () => {
  expect(() => quote('a\r\nb')).toThrow(expect.objectContaining({ code: 'ERR_SIP_INJECTION' }))
})

test('M056c what is quoted reads back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(!/[\r\n\0]/.test(text))
      const quoted = quote(text)
      expect(scanQuoted(quoted, 0)).toBe(quoted.length)
      expect(unquote(quoted)).toBe(text)
    }),
  )
})
