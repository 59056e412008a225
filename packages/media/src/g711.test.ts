import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { decodeAlaw, decodeUlaw, encodeAlaw, encodeUlaw } from './g711.ts'

const all = Uint8Array.from({ length: 256 }, (_, code) => code)

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.split(' '), (each) => Number.parseInt(each, 16))
}

function digest(samples: Int16Array): string {
  const little = new DataView(new ArrayBuffer(samples.length * 2))
  for (const [i, sample] of samples.entries()) little.setInt16(i * 2, sample, true)
  return createHash('sha256').update(new Uint8Array(little.buffer)).digest('hex')
}

describe('mu-law', () => {
  test('A063 decodes the vectors of G.711', () => {
    const codes = bytes('00 01 0F 10 7E 7F 80 8F EF F0 FE FF')
    const samples = [-32124, -31100, -16764, -15996, -8, 0, 32124, 16764, 132, 120, 8, 0]
    expect([...decodeUlaw(codes)]).toEqual(samples)
  })

  test('A065 encodes the vectors of G.711, clipping at 32635', () => {
    const samples = Int16Array.of(0, -1, 4, 8, 100, -100, 1000, -1000, 8000, -8000, 32767, -32768)
    expect(encodeUlaw(samples)).toEqual(bytes('FF 7F FE FE F2 72 CE 4E A0 20 80 00'))
  })

  test('A067 what is decoded encodes to the same code, but for the negative zero', () => {
    const again = encodeUlaw(decodeUlaw(all))
    expect([...again]).toEqual([...all].map((code) => (code === 0x7f ? 0xff : code)))
  })

  test('A068 the whole table has the digest of the reference', () => {
    expect(digest(decodeUlaw(all))).toBe('3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827')
  })
})

describe('A-law', () => {
  test('A064 decodes the vectors of G.711', () => {
    const codes = bytes('00 2A 2B 54 55 7F 80 AA AB D4 D5 FF')
    const samples = [-5504, -32256, -31232, -24, -8, -848, 5504, 32256, 31232, 24, 8, 848]
    expect([...decodeAlaw(codes)]).toEqual(samples)
  })

  test('A066 encodes the vectors of G.711', () => {
    const samples = Int16Array.of(0, -1, 15, 16, 100, -100, 1000, -1000, 8000, -8000, 32767, -32768)
    expect(encodeAlaw(samples)).toEqual(bytes('D5 55 D5 D4 D3 53 FA 7A 8A 0A AA 2A'))
  })

  test('A067 what is decoded encodes to the same code', () => {
    expect([...encodeAlaw(decodeAlaw(all))]).toEqual([...all])
  })

  test('A068 the whole table has the digest of the reference', () => {
    expect(digest(decodeAlaw(all))).toBe('e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174')
  })
})

test('A069 silence is FF in mu-law and D5 in A-law, and any length is taken', () => {
  const silent = new Int16Array(80)
  expect(new Set(encodeUlaw(silent))).toEqual(new Set([0xff]))
  expect(new Set(encodeAlaw(silent))).toEqual(new Set([0xd5]))
  expect(encodeUlaw(silent)).toHaveLength(80)
})
