type Listener = (...args: unknown[]) => unknown

interface Entry {
  readonly listener: Listener
  readonly once: boolean
}

/**
 * Events whose listeners can do no harm: what one throws, or what a promise of it rejects with, is reported, and the next
 * one is called all the same.
 */
export class GuardedEmitter<Events extends { readonly [E in keyof Events]: unknown[] }> {
  /** Made with the first listener: most emitters have none. A list is replaced, never changed: it may be gone through just now. */
  #listeners: Map<keyof Events, readonly Entry[]> | undefined

  /** Calls the listener at each event from now on. */
  on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => unknown): void {
    this.#add(event, { listener: listener as Listener, once: false })
  }

  /** Calls the listener at the next event only. */
  once<E extends keyof Events>(event: E, listener: (...args: Events[E]) => unknown): void {
    this.#add(event, { listener: listener as Listener, once: true })
  }

  /** Takes a listener off, however often it was put on. */
  off<E extends keyof Events>(event: E, listener: (...args: Events[E]) => unknown): void {
    this.#keep(event, (one) => one.listener !== listener)
  }

  /** Whether an event has a listener. */
  hears(event: keyof Events): boolean {
    return this.#of(event).length > 0
  }

  /** How many listeners an event has. */
  count(event: keyof Events): number {
    return this.#of(event).length
  }

  /** Calls the listeners of an event; `report` is told of what they throw. */
  emit<E extends keyof Events>(report: (error: unknown) => void, event: E, ...args: Events[E]): void {
    for (const entry of this.#of(event)) {
      if (entry.once) this.#keep(event, (one) => one !== entry)
      try {
        const result = entry.listener(...args)
        if (result instanceof Promise) result.catch(report)
      } catch (error) {
        report(error)
      }
    }
  }

  #add(event: keyof Events, entry: Entry): void {
    this.#listeners ??= new Map()
    this.#listeners.set(event, [...this.#of(event), entry])
  }

  #keep(event: keyof Events, wanted: (entry: Entry) => boolean): void {
    this.#listeners?.set(event, this.#of(event).filter(wanted))
  }

  #of(event: keyof Events): readonly Entry[] {
    return this.#listeners?.get(event) ?? []
  }
}
