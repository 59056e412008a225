/** Notices that nothing comes any more, once until something does. */
export class SilenceWatch {
  readonly #limitMs: number
  #since: number | undefined
  #told = false

  /** @param limitMs how long is too long; 0 never */
  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  /** Something came. `now`: monotonic, ms. */
  heard(now: number): void {
    this.#since = now
    this.#told = false
  }

  /** How long nothing came, ms, when that is to be told now; else 0. Time in which nothing may come does not count. */
  check(now: number, expected: boolean): number {
    if (!expected) this.#since = now
    const silentMs = now - (this.#since ??= now)
    if (this.#told || this.#limitMs <= 0 || silentMs < this.#limitMs) return 0
    this.#told = true
    return silentMs
  }
}
