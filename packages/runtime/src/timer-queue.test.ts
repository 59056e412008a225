import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TimerEntry, TimerQueue } from './timer-queue.ts'
import { VirtualClock } from './virtual-clock.ts'

class Entry extends TimerEntry {
  readonly #run: () => void

  constructor(run: () => void) {
    super()
    this.#run = run
  }

  onTimer(): void {
    this.#run()
  }
}

function rig(): {
  clock: VirtualClock
  queue: TimerQueue
  fired: string[]
  entry: (name: string, then?: () => void) => Entry
} {
  const clock = new VirtualClock()
  const fired: string[] = []
  const entry = (name: string, then?: () => void): Entry =>
    new Entry(() => {
      fired.push(`${name} ${clock.monotonic()}`)
      then?.()
    })
  return { clock, queue: new TimerQueue(clock), fired, entry }
}

describe('the timer queue', () => {
  test('any number of timers of one length need one of the clock', () => {
    const { clock, queue, fired, entry } = rig()
    for (let i = 0; i < 100; i++) {
      queue.arm(entry(`${i}`), 500)
      clock.advance(1)
    }
    expect(clock.pending).toBe(1)
    clock.advance(400)
    expect(fired).toEqual(['0 500'])
    clock.runUntilIdle()
    expect([fired.length, fired.at(-1)]).toEqual([100, '99 599'])
  })

  test('long timers that end close together end together, none early and none more than 1/256 late', () => {
    const { clock, queue, fired, entry } = rig()
    for (let i = 0; i < 1000; i++) {
      queue.arm(entry(`${i}`), 32_000)
      clock.advance(1)
    }
    clock.runUntilIdle()
    const late = fired.map((text) => text.split(' ').map(Number)).map(([i, at]) => at! - i! - 32_000)
    expect(late).toHaveLength(1000)
    expect(late[0]).toBe(0)
    expect([Math.min(...late), Math.max(...late) <= 125]).toEqual([0, true])
    expect(new Set(fired.map((text) => text.split(' ')[1])).size).toBeLessThanOrEqual(9)
  })

  test('arming again moves a timer, disarming stops it, and no timer of the clock is left', () => {
    const { clock, queue, fired, entry } = rig()
    const [one, two] = [entry('one'), entry('two')]
    queue.arm(one, 500)
    queue.arm(two, 500)
    clock.advance(300)
    queue.arm(one, 500)
    queue.disarm(two)
    queue.disarm(two)
    clock.runUntilIdle()
    expect(fired).toEqual(['one 800'])
    clock.advance(100)
    queue.arm(one, 500)
    queue.disarm(one)
    expect(clock.pending).toBe(0)
  })

  test('a queue that is empty again and again sets its timers once, and they run out or are stopped', () => {
    const { clock, queue, fired, entry } = rig()
    const one = entry('one')
    let set = 0
    const setTimer = clock.setTimer.bind(clock)
    clock.setTimer = (ms, run) => {
      set++
      return setTimer(ms, run)
    }
    for (let i = 0; i < 90; i++) {
      queue.arm(one, 500)
      queue.disarm(one)
      clock.advance(1)
    }
    expect([set, clock.pending]).toEqual([2, 1])
    clock.advance(500)
    expect([set, clock.pending, fired.length]).toEqual([2, 0, 0])
    queue.arm(one, 500)
    queue.disarm(one)
    queue.arm(one, 500)
    queue.rest()
    expect(clock.pending).toBe(1)
    queue.disarm(one)
    queue.rest()
    expect([clock.pending, fired.length]).toEqual([0, 0])
  })

  test('a timer may arm itself and disarm the next from within', () => {
    const { clock, queue, fired, entry } = rig()
    const last = entry('last')
    let rounds = 0
    const first: Entry = entry('first', () => {
      queue.disarm(last)
      if (++rounds < 3) queue.arm(first, 100)
    })
    queue.arm(first, 100)
    queue.arm(last, 100)
    clock.runUntilIdle()
    expect(fired).toEqual(['first 100', 'first 200', 'first 300'])
  })

  test('a timer that throws costs no other its turn', () => {
    const { clock, queue, fired, entry } = rig()
    queue.arm(
      entry('bad', () => {
        throw new Error('bug')
      }),
      100,
    )
    queue.arm(entry('good'), 100)
    expect(() => clock.advance(100)).toThrow('bug')
    clock.advance(1)
    expect(fired.map((text) => text.split(' ')[0])).toEqual(['bad', 'good'])
  })

  test('does what single timers would do, whatever is armed and disarmed', () => {
    const step = fc.record({
      which: fc.nat(7),
      ms: fc.constantFrom(0, 1, 100, 250, 500),
      disarm: fc.boolean(),
      wait: fc.nat(200),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const { clock, queue, fired, entry } = rig()
        const entries = Array.from({ length: 8 }, (_, index) => entry(`${index}`))
        const due = new Map<number, number>()
        const expected: string[] = []
        const runTo = (now: number): void => {
          for (const [index, at] of [...due].filter(([, at]) => at <= now)) {
            expected.push(`${index} ${at}`)
            due.delete(index)
          }
        }
        for (const { which, ms, disarm, wait } of steps) {
          if (disarm) queue.disarm(entries[which] as Entry)
          else queue.arm(entries[which] as Entry, ms)
          due.delete(which)
          if (!disarm) due.set(which, clock.monotonic() + ms)
          clock.advance(wait)
          runTo(clock.monotonic())
        }
        clock.runUntilIdle()
        runTo(Infinity)
        expect(fired.toSorted()).toEqual(expected.toSorted())
        expect(clock.pending).toBe(0)
      }),
    )
  })
})
