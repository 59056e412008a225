import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ReplayGuard } from './replay-guard.ts'

test('D065 a count is used once, in whatever order they come', () => {
  const guard = new ReplayGuard(10)
  const admit = (count: number) => guard.admit('n', 1, count, `request ${count}`)
  expect([3, 1, 2, 5, 4].map(admit)).toEqual([true, true, true, true, true])
  for (const used of [1, 2, 3, 4, 5]) expect(guard.admit('n', 1, used, 'another request')).toBe(false)
  expect(guard.admit('n', 1, 0, 'zero')).toBe(false)
})

test('D066 the same request may come twice, as it does when it was forked', () => {
  const guard = new ReplayGuard(10)
  expect(guard.admit('n', 1, 1, 'request')).toBe(true)
  expect(guard.admit('n', 1, 1, 'request')).toBe(true)
})

test('D065 a count far behind is refused, one that was skipped is not', () => {
  const guard = new ReplayGuard(10)
  expect(guard.admit('n', 1, 100, 'a')).toBe(true)
  expect(guard.admit('n', 1, 84, 'b')).toBe(false)
  expect(guard.admit('n', 1, 85, 'c')).toBe(true)
  expect(guard.admit('n', 1, 101, 'd')).toBe(true)
  expect(guard.admit('n', 1, 85, 'c')).toBe(false)
  expect(guard.admit('n', 1, 86, 'e')).toBe(true)
})

test('D065 whatever comes, no count serves two requests', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 200, size: 'max' }), (counts) => {
      const guard = new ReplayGuard(10)
      const admitted = counts.filter((count, i) => guard.admit('n', 1, count, `request ${i}`))
      expect(new Set(admitted).size).toBe(admitted.length)
    }),
  )
})

test('what is remembered is bounded, and what was forgotten is refused', () => {
  const guard = new ReplayGuard(3)
  for (let i = 1; i <= 5; i++) expect(guard.admit(`n${i}`, i, 1, 'r')).toBe(true)
  expect(guard.size).toBe(3)
  expect(guard.admit('n1', 1, 1, 'replay')).toBe(false)
  expect(guard.admit('n2', 2, 2, 'r')).toBe(false)
  expect(guard.admit('n5', 5, 2, 'r')).toBe(true)
  expect(guard.admit('n6', 6, 1, 'r')).toBe(true)
  guard.expire(6)
  expect(guard.size).toBe(1)
})
