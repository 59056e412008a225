import type { Clock, Timer } from '@netsip/runtime'

/** Longer than three minutes, as RFC 3261 16.6 step 11 wants: ms. */
export const DEFAULT_TIMER_C = 185_000

/** Ends an INVITE branch that rings without end (RFC 3261 16.6 step 11, 16.8). One timer, which each provisional sets back. */
export class TimerC {
  readonly #clock: Clock
  readonly #ms: number
  readonly #fire: () => void
  #timer: Timer | undefined

  constructor(clock: Clock, ms: number, fire: () => void) {
    this.#clock = clock
    this.#ms = ms
    this.#fire = fire
  }

  /** Starts, or starts anew. @param ms how long this time; the length it was made with by default. */
  start(ms: number = this.#ms): void {
    this.#timer?.cancel()
    this.#timer = this.#clock.setTimer(ms, this.#fire)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
