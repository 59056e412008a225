import type { Clock, Timer } from '@netsip/runtime'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { expect, test } from 'vitest'
import { Pacer } from './pacer.ts'

/** Timers that come up to `lateMs` late, as they do on a busy machine. */
function lateClock(clock: VirtualClock, lateMs: () => number): Clock {
  return {
    monotonic: () => clock.monotonic(),
    wall: () => clock.wall(),
    setTimer: (ms, run): Timer => clock.setTimer(ms + lateMs(), run),
  }
}

function record(
  clock: Clock,
  maxCatchUp?: number,
): { pacer: Pacer; ticks: [index: number, due: number, at: number][] } {
  const ticks: [number, number, number][] = []
  const pacer = new Pacer({
    clock,
    intervalMs: 20,
    ...(maxCatchUp !== undefined && { maxCatchUp }),
    tick: (index, due) => ticks.push([index, due, clock.monotonic()]),
  })
  return { pacer, ticks }
}

test('A042 ticks at start and then every interval', () => {
  const clock = new VirtualClock()
  clock.advance(7)
  const { pacer, ticks } = record(clock)
  pacer.start()
  clock.advance(60)
  expect(ticks).toEqual([0, 1, 2, 3].map((i) => [i, 7 + i * 20, 7 + i * 20]))
  pacer.stop()
  expect(clock.pending).toBe(0)
})

test('A042 after a minute of late timers it is not one packet behind', () => {
  const clock = new VirtualClock()
  const random = new SeededRandom(5)
  const { pacer, ticks } = record(lateClock(clock, () => random.float() * 35))
  pacer.start()
  clock.advance(60_000)
  pacer.stop()
  expect(ticks.length).toBeGreaterThanOrEqual(2999)
  expect(ticks.length).toBeLessThanOrEqual(3001)
  expect(ticks.map(([index]) => index)).toEqual(ticks.map((_, i) => i))
  expect(ticks.every(([index, due, at]) => due === index * 20 && at >= due - 0.5 && at - due < 40)).toBe(true)
})

test('A042 makes up for a stall at once, and skips what is too much', () => {
  const clock = new VirtualClock()
  let late = 0
  const { pacer, ticks } = record(
    lateClock(clock, () => late),
    5,
  )
  pacer.start()
  clock.advance(0)
  late = 50
  clock.advance(20)
  late = 500
  clock.advance(70)
  late = 0
  clock.advance(600)
  pacer.stop()
  const indexes = ticks.map(([index]) => index)
  expect(indexes).toEqual([...new Set(indexes)].sort((a, b) => a - b))
  // 20 ms late by 500: the last five of the 26 that were due are made up for
  const jump = indexes.findIndex((index, i) => i > 0 && index > indexes[i - 1]! + 1)
  expect(ticks.filter(([, , at]) => at === ticks[jump]![2])).toHaveLength(5)
})

test('stop from within a tick is final, and it can start again', () => {
  const clock = new VirtualClock()
  let ticks = 0
  const pacer = new Pacer({
    clock,
    intervalMs: 20,
    tick: () => {
      if (++ticks === 3) pacer.stop()
    },
  })
  pacer.start()
  pacer.start()
  clock.advance(1000)
  expect(ticks).toBe(3)
  expect(clock.pending).toBe(0)
  pacer.start()
  clock.advance(40)
  expect(ticks).toBe(6)
  pacer.stop()
})
