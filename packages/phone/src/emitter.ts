import { GuardedEmitter } from '@netsip/runtime'

/**
 * Typed events whose listeners cannot hurt the stack: one that throws, or is async and rejects, is reported and the
 * others are called all the same.
 */
export class Emitter<Events extends { [E in keyof Events]: unknown[] }> {
  readonly #events = new GuardedEmitter<Events>()
  readonly #report: (thrown: unknown) => void

  /** `report` is told of what listeners throw. @internal */
  constructor(report: (error: Error) => void) {
    this.#report = (thrown) => report(asError(thrown))
  }

  /** Calls the listener at each event from now on. */
  on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => unknown): this {
    this.#events.on(event, listener)
    return this
  }

  /** Calls the listener at the next event only. */
  once<E extends keyof Events>(event: E, listener: (...args: Events[E]) => unknown): this {
    this.#events.once(event, listener)
    return this
  }

  /** Takes a listener off. */
  off<E extends keyof Events>(event: E, listener: (...args: Events[E]) => unknown): this {
    this.#events.off(event, listener)
    return this
  }

  /** How many listeners an event has. */
  listenerCount(event: keyof Events): number {
    return this.#events.count(event)
  }

  /** @internal */
  protected tell<E extends keyof Events>(event: E, ...args: Events[E]): void {
    this.#events.emit(this.#report, event, ...args)
  }
}

/** What was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
