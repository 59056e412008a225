import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BusyMap } from './busy-map.ts'

describe('a busy map', () => {
  test('holds what a Map holds, however often it was made anew', () => {
    const step = fc.record({ key: fc.nat(9), set: fc.boolean(), times: fc.constantFrom(1, 600, 1500) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const [busy, plain] = [new BusyMap<number, number>(), new Map<number, number>()]
        steps.forEach(({ key, set, times }, value) => {
          for (let i = 0; i < times; i++) {
            busy.delete(key)
            plain.delete(key)
            if (!set) continue
            busy.set(key, value)
            plain.set(key, value)
          }
          expect([...busy.values()]).toEqual([...plain.values()])
          expect(busy.get(key)).toBe(plain.get(key))
        })
      }),
      { numRuns: 30 },
    )
  })

  test('goes on without being made anew while much is in it', () => {
    const busy = new BusyMap<number, number>()
    for (let key = 0; key < 5000; key++) busy.set(key, key)
    for (let key = 0; key < 4990; key++) busy.delete(key)
    expect([...busy.values()]).toEqual([4990, 4991, 4992, 4993, 4994, 4995, 4996, 4997, 4998, 4999])
  })
})
