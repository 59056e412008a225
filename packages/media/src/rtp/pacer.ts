import type { Clock, Timer } from '@netsip/runtime'

/** Settings of a {@link Pacer}. */
export interface PacerOptions {
  clock: Clock
  /** ms from one tick to the next */
  intervalMs: number
  /** most missed ticks that are made up for at once after a stall; further ones are skipped (default 50) */
  maxCatchUp?: number
  /**
   * @param index the number of the tick since the start, skipped ones included
   * @param due when the tick should have come, on the monotonic clock
   */
  tick(index: number, due: number): void
}

/**
 * Calls `tick` at start, start + interval, start + 2 intervals ... Each due time is computed from
 * the start and not from the tick before, so that late timers do not add up. After a stall the missed ticks come at once.
 */
export class Pacer {
  readonly #options: PacerOptions
  #timer: Timer | undefined
  #start = 0
  #next = 0

  constructor(options: PacerOptions) {
    this.#options = options
  }

  get running(): boolean {
    return this.#timer !== undefined
  }

  /** Starts. The first tick comes as soon as the code that runs now has ended. */
  start(): void {
    if (this.#timer) return
    this.#start = this.#options.clock.monotonic()
    this.#next = 0
    this.#arm(0)
  }

  /** Stops; no tick comes after this, not even when called from within one. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #run(): void {
    const { clock, intervalMs, maxCatchUp = 50 } = this.#options
    // a timer may fire a fraction of a millisecond early
    const due = Math.floor((clock.monotonic() - this.#start + 0.5) / intervalMs)
    this.#next = Math.max(this.#next, due - maxCatchUp + 1)
    while (this.#timer && this.#next <= due) {
      const index = this.#next++
      this.#options.tick(index, this.#start + index * intervalMs)
    }
    if (this.#timer) this.#arm(this.#start + this.#next * intervalMs - clock.monotonic())
  }

  #arm(ms: number): void {
    this.#timer?.cancel()
    this.#timer = this.#options.clock.setTimer(Math.max(0, ms), () => this.#run())
  }
}
