import { expect, test } from 'vitest'
import { equalsIgnoreCase, isToken, parseDigits } from './token.ts'

const read = (text: string) => parseDigits(text, 0, text.length, 300)

test('M053 a token ends at a separator', () => {
  expect(isToken("!interesting-Method0123456789_*+`.%indeed'~")).toBe(true)
  for (const bad of ['', 'a b', 'a,b', 'a@b', 'a:b', 'a"b', 'ü', 'a/b', 'a(b']) expect(isToken(bad), bad).toBe(false)
})

test('M063 only letters compare without regard to case', () => {
  expect(equalsIgnoreCase('Branch', 'bRANCH')).toBe(true)
  expect(equalsIgnoreCase('a[', 'a{')).toBe(false)
  expect(equalsIgnoreCase('@', '`')).toBe(false)
  expect(equalsIgnoreCase('a', 'ab')).toBe(false)
})

test('M065 numbers are digits and nothing else', () => {
  expect(read('0068')).toBe(68)
  expect(read('300')).toBe(300)
  for (const bad of ['', '+5', '-1', '0x10', '1e3', '5.0', ' ', '301', '٣', '99999999999999999999999']) {
    expect(read(bad), bad).toBeUndefined()
  }
})
