import type { Clock, Timer } from './clock.ts'

// setTimeout takes 31 bits; anything longer would fire at once.
const longestTimeout = 0x7fffffff

class SystemTimer implements Timer {
  readonly #run: () => void
  #handle: ReturnType<typeof setTimeout> | undefined
  #left: number

  constructor(ms: number, run: () => void) {
    this.#run = run
    this.#left = ms > 0 ? ms : 0
    this.#arm()
  }

  cancel(): void {
    clearTimeout(this.#handle)
    this.#handle = undefined
  }

  #arm(): void {
    const step = Math.min(this.#left, longestTimeout)
    this.#left -= step
    this.#handle = setTimeout(() => this.#elapsed(), step)
    // In a browser the handle is a number, which holds nothing alive anyway.
    if (typeof this.#handle === 'object') this.#handle.unref()
  }

  #elapsed(): void {
    if (this.#left > 0) this.#arm()
    else this.#run()
  }
}

/** The time of the machine: `performance.now()`, `Date.now()` and `setTimeout()`, unreferenced in Node. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  setTimer: (ms, run) => new SystemTimer(ms, run),
}
