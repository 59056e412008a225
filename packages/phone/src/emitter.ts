type Listener<Args extends unknown[]> = (...args: Args) => unknown

interface Entry<Args extends unknown[]> {
  readonly listener: Listener<Args>
  readonly once: boolean
}

/**
 * Typed events whose listeners cannot hurt the stack: one that throws, or is async and rejects, is reported and the
 * others are called all the same.
 */
export class Emitter<Events extends { [E in keyof Events]: unknown[] }> {
  readonly #entries = new Map<keyof Events, Entry<never>[]>()
  readonly #report: (error: Error) => void

  /** `report` is told of what listeners throw. @internal */
  constructor(report: (error: Error) => void) {
    this.#report = report
  }

  /** Calls the listener at each event from now on. */
  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): this {
    return this.#add(event, { listener, once: false })
  }

  /** Calls the listener at the next event only. */
  once<E extends keyof Events>(event: E, listener: Listener<Events[E]>): this {
    return this.#add(event, { listener, once: true })
  }

  /** Takes a listener off. */
  off<E extends keyof Events>(event: E, listener: Listener<Events[E]>): this {
    const kept = (this.#entries.get(event) ?? []).filter((entry) => (entry.listener as unknown) !== listener)
    this.#entries.set(event, kept)
    return this
  }

  /** How many listeners an event has. */
  listenerCount(event: keyof Events): number {
    return this.#entries.get(event)?.length ?? 0
  }

  /** @internal */
  protected tell<E extends keyof Events>(event: E, ...args: Events[E]): void {
    const entries = this.#entries.get(event) as Entry<Events[E]>[] | undefined
    if (!entries || entries.length === 0) return
    if (entries.some((entry) => entry.once)) {
      this.#entries.set(
        event,
        entries.filter((entry) => !entry.once),
      )
    }
    for (const { listener } of entries) this.#call(listener, args)
  }

  #add<E extends keyof Events>(event: E, entry: Entry<Events[E]>): this {
    this.#entries.set(event, [...(this.#entries.get(event) ?? []), entry])
    return this
  }

  #call<Args extends unknown[]>(listener: Listener<Args>, args: Args): void {
    try {
      const result = listener(...args)
      if (result instanceof Promise) result.catch((error: unknown) => this.#report(asError(error)))
    } catch (error) {
      this.#report(asError(error))
    }
  }
}

/** What was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
