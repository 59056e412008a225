import { describe, expect, test } from 'vitest'
import { toHex, type Random } from './random.ts'
import { SeededRandom } from './seeded-random.ts'
import { systemRandom } from './system-random.ts'

describe.each<[string, Random]>([
  ['systemRandom', systemRandom],
  ['SeededRandom', new SeededRandom(7)],
])('%s', (_, random) => {
  test('gives as many bytes as asked for, each time others', () => {
    for (const count of [0, 1, 3, 16, 4095, 4096, 10_000]) expect(random.bytes(count)).toHaveLength(count)
    expect(random.bytes(16)).not.toEqual(random.bytes(16))
    const held = random.bytes(32)
    const copy = held.slice()
    random.bytes(9000)
    expect(held).toEqual(copy)
  })

  test('fills all of a long array', () => {
    const seen = new Set(random.bytes(10_000).subarray(8192))
    expect(seen.size).toBeGreaterThan(200)
  })

  test('writes hexadecimal, two digits an octet', () => {
    expect(random.hex(20)).toMatch(/^[0-9a-f]{40}$/)
    expect(new Set(Array.from({ length: 1000 }, () => random.hex(8))).size).toBe(1000)
  })

  test('spreads floats over [0, 1) and uint32 over 32 bits', () => {
    const buckets = new Set<number>()
    for (let k = 0; k < 2000; k++) {
      const value = random.float()
      expect(value >= 0 && value < 1).toBe(true)
      buckets.add(Math.floor(value * 16))
      const word = random.uint32()
      expect(Number.isInteger(word) && word >= 0 && word <= 0xffffffff).toBe(true)
    }
    expect(buckets.size).toBe(16)
  })
})

function draw(seed: number): number[] {
  const random = new SeededRandom(seed)
  return Array.from({ length: 5 }, () => random.uint32())
}

test('SeededRandom repeats itself for the same seed only', () => {
  expect(draw(42)).toEqual(draw(42))
  expect(draw(42)).not.toEqual(draw(43))
  expect(draw(0).every((word) => word === 0)).toBe(false)
})

test.each([0, 1, 63, 64, 65, 128, 10_000])('writes %d octets as hexadecimal, of any view', (count) => {
  const around = new Uint8Array(new SharedArrayBuffer(count + 7)).fill(0xff)
  const octets = around.subarray(3, count + 3)
  octets.forEach((_, at) => (octets[at] = (at * 37) & 0xff))
  expect(toHex(octets)).toBe(Buffer.from(octets).toString('hex'))
})
