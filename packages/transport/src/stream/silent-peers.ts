import type { Clock } from '@netsip/runtime'

/** How long a peer may take to say something even when its place is wanted by another, in ms. */
const grace = 1000

/**
 * Peers that have connected and not said anything yet, the longest silent first: one of them gives way when there is no
 * room for a newcomer, so that connections that are only held keep nobody out.
 */
export class SilentPeers<Peer> {
  readonly #clock: Clock
  readonly #since = new Map<Peer, number>()
  readonly #bySource = new Map<string, Set<Peer>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(peer: Peer, address: string): void {
    this.#since.set(peer, this.#clock.monotonic())
    const sameSource = this.#bySource.get(address)
    if (sameSource) sameSource.add(peer)
    else this.#bySource.set(address, new Set([peer]))
  }

  delete(peer: Peer, address: string): void {
    if (!this.#since.delete(peer)) return
    const sameSource = this.#bySource.get(address)
    sameSource?.delete(peer)
    if (sameSource?.size === 0) this.#bySource.delete(address)
  }

  /** The one that has been silent for longest, of one address if that is given; `undefined` when all have just come. */
  longest(address?: string): Peer | undefined {
    const peers = address === undefined ? this.#since.keys() : (this.#bySource.get(address)?.values() ?? [])
    for (const peer of peers) {
      const since = this.#since.get(peer) ?? Infinity
      return this.#clock.monotonic() - since >= grace ? peer : undefined
    }
    return undefined
  }
}
