import type { Clock, Timer } from '@netsip/runtime'

/**
 * One moment by which something must have happened, moved often and missed rarely: moving it later costs nothing, as
 * the armed timer looks again when it fires.
 */
export class Deadline {
  readonly #clock: Clock
  readonly #missed: () => void
  #due = Infinity
  #armedFor = Infinity
  #timer: Timer | undefined

  constructor(clock: Clock, missed: () => void) {
    this.#clock = clock
    this.#missed = missed
  }

  /** `Infinity` for none. */
  set(ms: number): void {
    this.#due = this.#clock.monotonic() + ms
    if (this.#due < this.#armedFor) this.#arm()
  }

  clear(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#armedFor = Infinity
    this.#due = Infinity
  }

  #arm(): void {
    this.#timer?.cancel()
    this.#armedFor = this.#due
    this.#timer = this.#clock.setTimer(this.#due - this.#clock.monotonic(), () => this.#look())
  }

  #look(): void {
    this.#timer = undefined
    this.#armedFor = Infinity
    if (this.#due === Infinity) return
    // A real timer may fire a fraction of a millisecond early.
    if (this.#clock.monotonic() + 1 < this.#due) return this.#arm()
    this.#due = Infinity
    this.#missed()
  }
}
