import type { Clock } from '@netsip/runtime'

interface Entry<Value> {
  value: Promise<Value>
  /** On the monotonic clock; Infinity while it is asked for. */
  until: number
}

/** Remembers answers as long as each may be, at most `limit` of them, and asks only once at a time for each. */
export class DnsCache<Value> {
  readonly #clock: Clock
  readonly #limit: number
  readonly #entries = new Map<string, Entry<Value>>()

  constructor(clock: Clock, limit: number) {
    this.#clock = clock
    this.#limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  /**
   * @param ask called when nothing is remembered
   * @param lifetime how many ms the answer may be remembered; a failure is for `failureLifetime`
   */
  get(
    key: string,
    ask: () => Promise<Value>,
    lifetime: (value: Value) => number,
    failureLifetime: number,
  ): Promise<Value> {
    const known = this.#entries.get(key)
    if (known && known.until > this.#clock.monotonic()) return known.value
    const entry: Entry<Value> = { value: ask(), until: Infinity }
    const rememberFor = (ms: number): void => {
      entry.until = this.#clock.monotonic() + ms
    }
    entry.value.then(
      (value) => rememberFor(lifetime(value)),
      () => rememberFor(failureLifetime),
    )
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    if (this.#entries.size > this.#limit) this.#dropOldest()
    return entry.value
  }

  #dropOldest(): void {
    for (const key of this.#entries.keys()) {
      this.#entries.delete(key)
      return
    }
  }
}
