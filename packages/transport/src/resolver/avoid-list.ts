import type { Clock } from '@netsip/runtime'
import type { Target } from '../leg/leg.ts'

/** How long a target that failed is put last, in ms. */
const avoidFor = 30_000

/** Targets that failed lately. They are tried last, not never: they may be all there is. */
export class AvoidList {
  readonly #clock: Clock
  readonly #limit: number
  readonly #until = new Map<string, number>()

  constructor(clock: Clock, limit = 1000) {
    this.#clock = clock
    this.#limit = limit
  }

  /** Puts a target last for `ms` from now, such as the Retry-After of its 503 (RFC 3261 21.5.4). */
  add(target: Target, ms: number = avoidFor): void {
    const key = keyOf(target)
    this.#until.delete(key)
    this.#until.set(key, this.#clock.monotonic() + ms)
    if (this.#until.size > this.#limit) this.#forgetOldest()
  }

  has(target: Target): boolean {
    const until = this.#until.get(keyOf(target))
    if (until === undefined) return false
    if (until > this.#clock.monotonic()) return true
    this.#until.delete(keyOf(target))
    return false
  }

  /** The same targets, those to avoid last, otherwise in order. */
  sort(targets: readonly Target[]): Target[] {
    if (this.#until.size === 0) return [...targets]
    const avoided = targets.filter((target) => this.has(target))
    return [...targets.filter((target) => !avoided.includes(target)), ...avoided]
  }

  #forgetOldest(): void {
    for (const key of this.#until.keys()) {
      this.#until.delete(key)
      return
    }
  }
}

function keyOf(target: Target): string {
  return `${target.protocol}|${target.addr}|${target.port}`
}
