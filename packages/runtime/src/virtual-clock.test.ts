import * as fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { VirtualClock } from './virtual-clock.ts'

afterEach(() => void vi.useRealTimers())

describe('VirtualClock', () => {
  test('stands still until it is advanced', () => {
    const clock = new VirtualClock(1000)
    expect([clock.monotonic(), clock.wall(), clock.pending]).toEqual([0, 1000, 0])
    clock.advance(250)
    expect([clock.monotonic(), clock.wall()]).toEqual([250, 1250])
  })

  test('runs timers at their own moment, in order, with those they set', () => {
    const clock = new VirtualClock()
    const seen: string[] = []
    const note = (what: string) => () => void seen.push(`${what}@${clock.monotonic()}`)
    clock.setTimer(30, note('c'))
    clock.setTimer(10, () => {
      note('a')()
      clock.setTimer(10, note('b'))
    })
    clock.setTimer(30, note('d'))
    clock.setTimer(31, note('late'))
    clock.advance(30)
    expect(seen).toEqual(['a@10', 'b@20', 'c@30', 'd@30'])
    expect(clock.pending).toBe(1)
  })

  test('a cancelled timer never runs, and cancelling again changes nothing', () => {
    const clock = new VirtualClock()
    let runs = 0
    const timer = clock.setTimer(5, () => runs++)
    const other = clock.setTimer(6, () => runs++)
    timer.cancel()
    timer.cancel()
    expect(clock.pending).toBe(1)
    clock.advance(10)
    other.cancel()
    expect([runs, clock.pending]).toEqual([1, 0])
  })

  test('counts a negative or unreadable delay as 0', () => {
    const clock = new VirtualClock()
    let runs = 0
    clock.setTimer(-5, () => runs++)
    clock.setTimer(Number.NaN, () => runs++)
    clock.advance(0)
    expect([runs, clock.monotonic()]).toEqual([2, 0])
  })

  test('lets promises settle between timers', async () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    async function pace(): Promise<void> {
      for (let turn = 0; turn < 3; turn++) {
        await new Promise<void>((resolve) => clock.setTimer(10, resolve))
        seen.push(clock.monotonic())
      }
    }
    const paced = pace()
    await clock.advanceAsync(25)
    expect(seen).toEqual([10, 20])
    await clock.runUntilIdleAsync()
    await paced
    expect(seen).toEqual([10, 20, 30])
  })

  test('runs until idle, and says so when it never is', () => {
    const clock = new VirtualClock()
    clock.setTimer(1234, () => {})
    expect(clock.runUntilIdle()).toBe(1234)
    const again = (): void => void clock.setTimer(1000, again)
    again()
    expect(() => clock.runUntilIdle(5000)).toThrow('1 timers still wait after 5000 ms, the next at 7234 ms')
  })

  test('goes on by spans of time alone, and stands where it was when told anything else', async () => {
    const clock = new VirtualClock()
    for (const ms of [-1, Number.NaN, Infinity]) {
      expect(() => clock.advance(ms)).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
      await expect(clock.advanceAsync(ms)).rejects.toThrow('from 0 up')
    }
    expect(clock.monotonic()).toBe(0)
  })

  test('lets promises settle while the timers of the machine are fakes', async () => {
    vi.useFakeTimers()
    const clock = new VirtualClock()
    const seen: string[] = []
    clock.setTimer(10, () => void Promise.resolve().then(() => clock.setTimer(10, () => seen.push('then'))))
    await clock.advanceAsync(20)
    expect(seen).toEqual(['then'])
    clock.setTimer(30, () => seen.push('last'))
    expect(await clock.runUntilIdleAsync()).toBe(30)
    expect(seen).toEqual(['then', 'last'])
  })

  test('may not be advanced by its own timers', () => {
    const clock = new VirtualClock()
    clock.setTimer(1, () => clock.advance(1))
    expect(() => clock.advance(5)).toThrow('may not advance')
    clock.advance(5)
  })

  test('keeps the order of any mix of set and cancelled timers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ ms: fc.nat(50), cancel: fc.boolean() }), { maxLength: 300, size: 'max' }),
        (plan) => {
          const clock = new VirtualClock()
          const seen: number[] = []
          const timers = plan.map(({ ms }, index) => clock.setTimer(ms, () => seen.push(index)))
          plan.forEach(({ cancel }, index) => cancel && timers[index]?.cancel())
          const expected = plan
            .map(({ ms, cancel }, index) => ({ ms, cancel, index }))
            .filter(({ cancel }) => !cancel)
            .toSorted((a, b) => a.ms - b.ms || a.index - b.index)
            .map(({ index }) => index)
          expect(clock.pending).toBe(expected.length)
          clock.advance(50)
          expect(seen).toEqual(expected)
        },
      ),
    )
  })
})
