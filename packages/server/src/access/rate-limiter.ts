import { checkOptions, type Clock } from '@netsip/runtime'

/** How many requests a source may send. */
export interface Rate {
  /** Requests a second, in the long run. */
  readonly perSecond: number
  /** Requests at once, after a pause. Default: twice `perSecond`. */
  readonly burst?: number
}

interface Bucket {
  tokens: number
  at: number
}

/** A token bucket for each source. Of more sources than it may know it forgets the one that was silent longest. */
export class RateLimiter {
  readonly #clock: Clock
  readonly #perMs: number
  readonly #burst: number
  readonly #maxSources: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(clock: Clock, rate: Rate, maxSources: number) {
    checkOptions('a rate', { ...rate, perSecond: rate.perSecond ?? Number.NaN }, { perSecond: 0, burst: 0 })
    this.#clock = clock
    this.#perMs = rate.perSecond / 1000
    this.#burst = Math.max(1, rate.burst ?? rate.perSecond * 2)
    this.#maxSources = maxSources
  }

  get size(): number {
    return this.#buckets.size
  }

  /** Takes one request of this source; `false` when it has sent too many. */
  take(source: string): boolean {
    const now = this.#clock.monotonic()
    const bucket = this.#buckets.get(source) ?? { tokens: this.#burst, at: now }
    this.#buckets.delete(source)
    this.#buckets.set(source, bucket)
    if (this.#buckets.size > this.#maxSources) this.#forgetOldest()
    bucket.tokens = Math.min(this.#burst, bucket.tokens + (now - bucket.at) * this.#perMs)
    bucket.at = now
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }

  #forgetOldest(): void {
    for (const source of this.#buckets.keys()) {
      this.#buckets.delete(source)
      return
    }
  }
}
