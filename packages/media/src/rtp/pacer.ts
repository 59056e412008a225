import type { Clock, Timer } from '@netsip/runtime'

/** Settings of a {@link Pacer}. */
export interface PacerOptions {
  clock: Clock
  /** ms from one tick to the next */
  intervalMs: number
  /** ticks that may be made up for at once after a stall; what is beyond is skipped (default 50) */
  maxCatchUp?: number
  /**
   * @param index which tick since the start, counting the skipped ones
   * @param due when it should have been, on the monotonic clock
   */
  tick(index: number, due: number): void
}

/**
 * Calls `tick` at start, start + interval, start + 2 intervals ... Each due time is counted from the start and not from
 * the tick before, so late timers never add up to drift: after a stall the missed ticks are made up for at once.
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

  /** Starts; the first tick comes at once, but after what runs now. */
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
