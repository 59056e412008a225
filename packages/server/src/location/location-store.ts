import type { Binding } from './binding.ts'

/** What happened to a binding. `expired` comes when the store notices, at the latest with its sweep. */
export interface LocationChange {
  readonly type: 'added' | 'refreshed' | 'removed' | 'expired'
  readonly binding: Binding
}

/**
 * Where the contacts of users are kept. A value or a promise of one may be returned by each method, so that a store in the
 * same process costs no promise. `locationStoreCases` of `@netsip/server/testing` holds what every store must satisfy.
 */
export interface LocationStore {
  /** The live bindings of a canonical address-of-record, highest q first, then the most recent. Expired ones never show. */
  lookup(aor: string): readonly Binding[] | Promise<readonly Binding[]>
  /**
   * Replaces all bindings of an address-of-record at once: `decide` is given the live ones and returns what takes their
   * place. Nothing changes when it throws, or returns the very list it was given. It must be pure: a store that commits
   * optimistically may call it again.
   *
   * @returns the live bindings afterwards, in the order of {@link lookup}.
   * @throws {SipError} `ERR_SIP_OVERLOAD` when the store is full; nothing is changed then.
   */
  update(
    aor: string,
    decide: (current: readonly Binding[]) => readonly Binding[],
  ): readonly Binding[] | Promise<readonly Binding[]>
  /**
   * Who is registered: the live bindings of one user after the other, in no order, each list as {@link lookup} has it. Made while
   * it is read, so that it takes no more room the more users there are; who comes or goes meanwhile is in it or not. A store may
   * leave it out: nothing but an operator asks.
   */
  users?(): Iterable<readonly Binding[]> | AsyncIterable<readonly Binding[]>
  /** Calls the listener after each change. The function it returns ends that. */
  onChange(listener: (change: LocationChange) => void): () => void
}
