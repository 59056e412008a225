import { EventEmitter } from 'eventemitter3'

type Listener = (...args: never[]) => unknown

const nobody = (): void => undefined

/** What stands in the emitter for a listener. */
interface Guard {
  (...args: unknown[]): void
  listener?: Listener
}

/**
 * Events whose listeners can do no harm: what one throws, or what a promise of it rejects with, is reported, and the next
 * one is called all the same.
 */
export class GuardedEmitter<Events extends { readonly [E in keyof Events]: unknown[] }> {
  /** Made with the first listener: most contexts have none. */
  #emitter: EventEmitter | undefined
  #report: (error: unknown) => void = nobody

  on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => unknown): void {
    this.#listened().on(event as string, this.#guard(listener as Listener))
  }

  once<E extends keyof Events>(event: E, listener: (...args: Events[E]) => unknown): void {
    this.#listened().once(event as string, this.#guard(listener as Listener))
  }

  off<E extends keyof Events>(event: E, listener: (...args: Events[E]) => unknown): void {
    for (const guard of this.#emitter?.listeners(event as string) ?? []) {
      if ((guard as Guard).listener === listener) this.#emitter?.off(event as string, guard)
    }
  }

  get isListenedTo(): boolean {
    return this.#emitter !== undefined
  }

  emit<E extends keyof Events>(report: (error: unknown) => void, event: E, ...args: Events[E]): void {
    if (this.#emitter === undefined) return
    this.#report = report
    this.#emitter.emit(event as string, ...args)
  }

  #listened(): EventEmitter {
    return (this.#emitter ??= new EventEmitter())
  }

  #guard(listener: Listener): Guard {
    const guard: Guard = (...args) => {
      const report = this.#report
      try {
        const result = listener(...(args as never[]))
        if (result instanceof Promise) result.catch(report)
      } catch (error) {
        report(error)
      }
    }
    guard.listener = listener
    return guard
  }
}
