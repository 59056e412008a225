import { VirtualClock } from '@netsip/runtime/testing'
import { expect, test } from 'vitest'
import { GuessGuard } from './guess-guard.ts'

/** Guesses until it takes, and tells for how many seconds it did not. */
function blockedFor(guard: GuessGuard, clock: VirtualClock): number {
  guard.failed('bob')
  let seconds = 0
  for (; guard.isBlocked('bob'); seconds++) clock.advance(1000)
  return seconds
}

test('a few wrong answers are free, then each costs twice the time, up to a limit', () => {
  const clock = new VirtualClock()
  const guard = new GuessGuard(clock)
  const waits = Array.from({ length: 14 }, () => blockedFor(guard, clock))
  expect(waits).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60])
})

test('a right answer clears the count; others are not concerned', () => {
  const clock = new VirtualClock()
  const guard = new GuessGuard(clock, { free: 1, delay: 10 })
  guard.failed('bob')
  guard.failed('bob')
  expect(guard.isBlocked('bob')).toBe(true)
  expect(guard.isBlocked('alice')).toBe(false)
  guard.passed('bob')
  expect(guard.isBlocked('bob')).toBe(false)
  expect(blockedFor(guard, clock)).toBe(0)
})

test('of 10,000 that guess the one that was longest quiet is forgotten', () => {
  const guard = new GuessGuard(new VirtualClock(), { free: 0 })
  guard.failed('alice')
  guard.failed('bob')
  for (let i = 0; i < 9998; i++) guard.failed(`${i}`)
  guard.failed('bob')
  guard.failed('carol')
  guard.failed('dave')
  expect(['alice', 'bob', 'carol', '0', '1'].filter((name) => guard.isBlocked(name))).toEqual(['bob', 'carol', '1'])
})
