import type { Flow, Leg } from '@netsip/transport'

/**
 * The open connections that something refers to by a key: a binding of the location service, or a Record-Route that has to
 * lead back down the same connection (RFC 5626 5.3). A key is never used again, so that an old one cannot name a new connection.
 */
export class FlowTable {
  readonly #flows = new Map<string, Flow>()
  readonly #keys = new WeakMap<Flow, string>()
  readonly #watched = new Map<Leg, () => void>()
  readonly #listeners = new Set<(key: string) => void>()
  readonly #prefix: string
  #count = 0

  /** @param prefix makes the keys of this process different from those of an earlier or another one. */
  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** How many open connections are held. */
  get size(): number {
    return this.#flows.size
  }

  /** The key of a connection, made when first asked for. */
  keyOf(flow: Flow): string {
    const known = this.#keys.get(flow)
    if (known !== undefined) return known
    const key = `${this.#prefix}${(this.#count++).toString(36)}`
    this.#keys.set(flow, key)
    if (flow.open) this.#flows.set(key, flow)
    this.#watch(flow.leg)
    return key
  }

  /** The connection of a key while it is open. */
  get(key: string): Flow | undefined {
    const flow = this.#flows.get(key)
    return flow?.open ? flow : undefined
  }

  /** Calls the listener with the key of each connection that closed. The function it returns ends that. */
  onClosed(listener: (key: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Stops watching the legs and forgets all connections, without closing any. */
  close(): void {
    for (const unwatch of this.#watched.values()) unwatch()
    this.#watched.clear()
    this.#flows.clear()
    this.#listeners.clear()
  }

  #watch(leg: Leg): void {
    if (this.#watched.has(leg)) return
    const flowClosed = (flow: Flow): void => this.#forget(flow)
    const close = (): void => {
      for (const flow of this.#flows.values()) if (flow.leg === leg) this.#forget(flow)
      this.#watched.get(leg)?.()
      this.#watched.delete(leg)
    }
    leg.on('flowClosed', flowClosed)
    leg.on('close', close)
    this.#watched.set(leg, () => {
      leg.off('flowClosed', flowClosed)
      leg.off('close', close)
    })
  }

  #forget(flow: Flow): void {
    const key = this.#keys.get(flow)
    if (key === undefined || !this.#flows.delete(key)) return
    for (const listener of this.#listeners) listener(key)
  }
}
