import { afterEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from './system-clock.ts'

describe('systemClock', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('never steps back', () => {
    const first = systemClock.monotonic()
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(first)
    expect(Math.abs(systemClock.wall() - Date.now())).toBeLessThan(60_000)
  })

  test('runs a timer once, and a cancelled one never', async () => {
    const seen: string[] = []
    systemClock.setTimer(1, () => seen.push('cancelled')).cancel()
    await new Promise<void>((resolve) => void systemClock.setTimer(2, resolve))
    expect(seen).toEqual([])
  })

  test('waits longer than setTimeout can', () => {
    vi.useFakeTimers()
    const days = 60 * 86_400_000
    let runs = 0
    systemClock.setTimer(days, () => runs++)
    const cancelled = systemClock.setTimer(days, () => runs++)
    vi.advanceTimersByTime(days - 1)
    expect(runs).toBe(0)
    cancelled.cancel()
    vi.advanceTimersByTime(1)
    expect(runs).toBe(1)
  })

  test('does not keep the process alive', () => {
    const set = vi.spyOn(globalThis, 'setTimeout')
    const timer = systemClock.setTimer(1000, () => {})
    const handle = set.mock.results[0]?.value as NodeJS.Timeout
    set.mockRestore()
    expect(handle.hasRef()).toBe(false)
    timer.cancel()
  })
})

test('goes by the fake timers of a test, time and timers alike', () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'Date'] })
  const start = systemClock.monotonic()
  const fired: number[] = []
  systemClock.setTimer(5000, () => fired.push(systemClock.monotonic() - start))
  vi.advanceTimersByTime(6000)
  expect([...fired, systemClock.monotonic() - start]).toEqual([5000, 6000])
  vi.useRealTimers()
})
