import type { Clock, Timer } from './clock.ts'
import { SipError } from './sip-error.ts'
import { TimerHeap, type HeapEntry } from './timer-heap.ts'

interface VirtualTimer extends HeapEntry {
  readonly run: () => void
  done: boolean
}

const hour = 3_600_000

// The machine's own, taken at load: a test may put fakes in their place later, and would then wait for ever.
const { setImmediate: realImmediate, setTimeout: realTimeout } = globalThis

/**
 * A clock that stands still until it is told to go on. Timers run in the order they are due, those due at the same
 * moment in the order they were set; what a timer sets is run too when it falls into the span.
 * An exception in a timer leaves the `advance` that ran it, with the clock at that moment.
 */
export class VirtualClock implements Clock {
  readonly #heap = new TimerHeap<VirtualTimer>()
  readonly #startWall: number
  #now = 0
  #order = 0
  #running = false

  /** @param startWall what `wall()` says at first, milliseconds since 1970; default 2026-01-01T00:00:00Z */
  constructor(startWall: number = Date.UTC(2026, 0, 1)) {
    this.#startWall = startWall
  }

  monotonic(): number {
    return this.#now
  }

  wall(): number {
    return this.#startWall + this.#now
  }

  setTimer(ms: number, run: () => void): Timer {
    const timer: VirtualTimer = {
      due: this.#now + (ms > 0 ? ms : 0),
      order: this.#order++,
      run,
      cancelled: false,
      done: false,
    }
    this.#heap.add(timer)
    return {
      cancel: () => {
        if (!timer.done && !timer.cancelled) this.#heap.cancel(timer)
      },
    }
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#heap.size
  }

  /**
   * Goes on by `ms` milliseconds and runs every timer that falls due on the way, each at its own moment.
   * @throws SipError `ERR_SIP_ARGUMENT` for what is no span of time: less than 0, no number, or endless
   */
  advance(ms: number): void {
    const until = this.#after(ms)
    this.#exclusive(() => {
      while (this.#runNext(until)) continue
    })
    this.#now = until
  }

  /** The same, but after each timer every promise that can settle does, so that `async` code keeps up. */
  async advanceAsync(ms: number): Promise<void> {
    const until = this.#after(ms)
    await settle()
    while (this.#exclusive(() => this.#runNext(until))) await settle()
    this.#now = Math.max(this.#now, until)
  }

  /**
   * Goes on until no timer waits, and returns the milliseconds that took.
   * @throws Error when timers still wait after `limitMs` (one hour unless told)
   */
  runUntilIdle(limitMs: number = hour): number {
    const start = this.#now
    this.#exclusive(() => {
      while (this.#runNext(start + limitMs)) continue
    })
    return this.#idleSince(start, limitMs)
  }

  /** {@link runUntilIdle}, letting promises settle after each timer. */
  async runUntilIdleAsync(limitMs: number = hour): Promise<number> {
    const start = this.#now
    await settle()
    while (this.#exclusive(() => this.#runNext(start + limitMs))) await settle()
    return this.#idleSince(start, limitMs)
  }

  #after(ms: number): number {
    if (ms >= 0 && Number.isFinite(ms)) return this.#now + ms
    throw new SipError('ERR_SIP_ARGUMENT', `a VirtualClock goes on by milliseconds from 0 up, not by ${ms}`)
  }

  #idleSince(start: number, limitMs: number): number {
    if (this.pending > 0) {
      throw new Error(`${this.pending} timers still wait after ${limitMs} ms, the next at ${this.#heap.peek()?.due} ms`)
    }
    return this.#now - start
  }

  #runNext(until: number): boolean {
    const next = this.#heap.peek()
    if (!next || next.due > until || next.due === Infinity) return false
    this.#heap.take()
    next.done = true
    this.#now = Math.max(this.#now, next.due)
    next.run()
    return true
  }

  #exclusive<Result>(run: () => Result): Result {
    if (this.#running) throw new Error('a timer of a VirtualClock may not advance it')
    this.#running = true
    try {
      return run()
    } finally {
      this.#running = false
    }
  }
}

/** One turn of the event loop: all that was ready to run has run. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof realImmediate === 'function') realImmediate(resolve)
    else realTimeout(resolve, 0)
  })
}
