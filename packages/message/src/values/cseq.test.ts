import { expect, test } from 'vitest'
import { CSeq } from './cseq.ts'

test('M067 CSeq is a number and a method', () => {
  expect(CSeq.parse('4711 INVITE')).toMatchObject({ seq: 4711, method: 'INVITE' })
  expect(CSeq.parse(' 0009\t \tINVITE ').toString()).toBe('9 INVITE')
  expect(CSeq.parse("8 !interesting-Method0123456789_*+`.%indeed'~").method).toBe(
    "!interesting-Method0123456789_*+`.%indeed'~",
  )
})

test('M066 the number is at most 2^32-1', () => {
  expect(CSeq.parse('4294967295 A').seq).toBe(4_294_967_295)
  for (const bad of [
    '4294967296 A',
    '36893488147419103232 REGISTER',
    '-1 A',
    '+1 A',
    '1',
    'A',
    '',
    '1A',
    '1 A B',
    '1 A,B',
    '0x1 A',
    '1.0 A',
  ]) {
    expect(() => CSeq.parse(bad), bad).toThrow(expect.objectContaining({ code: 'ERR_SIP_PARSE', status: 400 }))
  }
})

test('M182 a CSeq that cannot be written is refused', () => {
  const wrong = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' })
  for (const [seq, method] of [
    [-1, 'A'],
    [1.5, 'A'],
    [2 ** 32, 'A'],
    [Number.NaN, 'A'],
    [1, 'A\r\nB'],
    [1, ''],
  ] as const) {
    expect(() => new CSeq(seq, method)).toThrow(wrong)
  }
})
