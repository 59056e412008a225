import { checkOptions, type Clock, SipError, systemClock, type Timer } from '@netsip/runtime'
import { type Binding, sameBinding } from './binding.ts'
import type { LocationChange, LocationStore } from './location-store.ts'

const SWEEP_PAUSE = 1000

/** Options of {@link MemoryLocationStore}. */
export interface MemoryLocationStoreOptions {
  readonly clock?: Clock
  /** Most bindings of all users together; more are refused with `ERR_SIP_OVERLOAD`. Default 100 000. */
  readonly maxBindings?: number
  /** Told of a change listener that threw. Without it the error is dropped: it never reaches the store's user. */
  readonly onListenerError?: (error: unknown) => void
}

/** A location store in the memory of this process: bounded, exact in expiry, gone with the process. */
export class MemoryLocationStore implements LocationStore {
  readonly #clock: Clock
  readonly #maxBindings: number
  readonly #onListenerError: (error: unknown) => void
  readonly #users = new Map<string, readonly Binding[]>()
  readonly #listeners = new Set<(change: LocationChange) => void>()
  #size = 0
  #sweptAt = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined
  #timerAt = Number.POSITIVE_INFINITY

  /** @throws SipError `ERR_SIP_ARGUMENT` for a limit that would be none */
  constructor(options: MemoryLocationStoreOptions = {}) {
    checkOptions('new MemoryLocationStore', options, { clock: 'object', maxBindings: 1, onListenerError: 'function' })
    this.#clock = options.clock ?? systemClock
    this.#maxBindings = options.maxBindings ?? 100_000
    this.#onListenerError = options.onListenerError ?? (() => undefined)
  }

  /** How many bindings are held, those that expired since the last sweep included. */
  get size(): number {
    return this.#size
  }

  lookup(aor: string): readonly Binding[] {
    const now = this.#clock.monotonic()
    const held = this.#users.get(aor) ?? []
    return held.every((binding) => binding.expiresAt > now) ? held : held.filter((binding) => binding.expiresAt > now)
  }

  update(aor: string, decide: (current: readonly Binding[]) => readonly Binding[]): readonly Binding[] {
    const before = this.lookup(aor)
    const decided = decide(before)
    if (decided === before) return before
    const after = [...decided].sort((a, b) => b.q - a.q || b.updatedAt - a.updatedAt)
    this.#makeRoom(after.length - (this.#users.get(aor)?.length ?? 0))
    const held = this.#users.get(aor) ?? []
    this.#put(aor, held, after)
    const expired = held.filter((binding) => !before.includes(binding))
    this.#tell(expired.map((binding) => ({ type: 'expired', binding })))
    this.#tell(differences(before, after))
    return after
  }

  *users(): IterableIterator<readonly Binding[]> {
    for (const aor of this.#users.keys()) {
      const live = this.lookup(aor)
      if (live.length > 0) yield live
    }
  }

  onChange(listener: (change: LocationChange) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Forgets all bindings, without a change event, and stops the sweep. */
  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
    this.#users.clear()
    this.#size = 0
  }

  #put(aor: string, held: readonly Binding[], after: readonly Binding[]): void {
    this.#size += after.length - held.length
    if (after.length === 0) this.#users.delete(aor)
    else this.#users.set(aor, after)
    for (const binding of after) this.#armFor(binding.expiresAt)
  }

  /** A flood must not pay for a scan with each request: at most one sweep a second, however full the store is. */
  #makeRoom(more: number): void {
    if (more <= 0 || this.#size + more <= this.#maxBindings) return
    if (this.#clock.monotonic() - this.#sweptAt >= SWEEP_PAUSE) this.#sweep()
    if (this.#size + more > this.#maxBindings)
      throw new SipError('ERR_SIP_OVERLOAD', `the location store holds its limit of ${this.#maxBindings} bindings`)
  }

  #armFor(expiresAt: number): void {
    if (expiresAt >= this.#timerAt) return
    const now = this.#clock.monotonic()
    this.#timer?.cancel()
    this.#timerAt = Math.max(expiresAt, this.#sweptAt + SWEEP_PAUSE)
    this.#timer = this.#clock.setTimer(Math.max(0, this.#timerAt - now), () => this.#sweep())
  }

  #sweep(): void {
    const now = this.#clock.monotonic()
    this.#timer?.cancel()
    this.#timerAt = Number.POSITIVE_INFINITY
    this.#sweptAt = now
    const expired: LocationChange[] = []
    let next = Number.POSITIVE_INFINITY
    for (const [aor, held] of this.#users) {
      const live = held.filter((binding) => binding.expiresAt > now)
      for (const binding of live) next = Math.min(next, binding.expiresAt)
      if (live.length === held.length) continue
      for (const binding of held) if (binding.expiresAt <= now) expired.push({ type: 'expired', binding })
      this.#size -= held.length - live.length
      if (live.length === 0) this.#users.delete(aor)
      else this.#users.set(aor, live)
    }
    if (next < Number.POSITIVE_INFINITY) this.#armFor(next)
    this.#tell(expired)
  }

  #tell(changes: readonly LocationChange[]): void {
    for (const change of changes) {
      for (const listener of this.#listeners) {
        try {
          listener(change)
        } catch (error) {
          this.#onListenerError(error)
        }
      }
    }
  }
}

/** A binding of the same contact (or the same instance and reg-id) in both lists was refreshed. */
function differences(before: readonly Binding[], after: readonly Binding[]): LocationChange[] {
  const changes: LocationChange[] = []
  const gone = new Set(before)
  for (const binding of after) {
    if (gone.delete(binding)) continue
    const old = [...gone].find((candidate) => sameBinding(candidate, binding))
    if (old) gone.delete(old)
    changes.push({ type: old ? 'refreshed' : 'added', binding })
  }
  for (const binding of gone) changes.push({ type: 'removed', binding })
  return changes
}
