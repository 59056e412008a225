/** How far behind the highest nonce count one may come in, as requests overtake each other on UDP. */
const WINDOW = 16

interface Seen {
  issuedAt: number
  highest: number
  /** What used each of the last counts, by count modulo the window. */
  users: (string | undefined)[]
}

/**
 * Remembers which nonce counts were used, for nonces whose digest was right (RFC 7616 3.3 nc, 5.5). Nothing is kept for
 * strangers, and not more than `capacity` nonces: one that had to be forgotten can no longer be used.
 */
export class ReplayGuard {
  readonly #seen = new Map<string, Seen>()
  readonly #capacity: number
  /** Nonces made up to this time may have been forgotten. */
  #forgotten = -1

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** How many nonces are remembered. */
  get size(): number {
    return this.#seen.size
  }

  /**
   * Whether a count may be used: it is new, or `user` (what tells one request from another) is who used it before,
   * as when a proxy forked the request and both branches end here.
   */
  admit(nonce: string, issuedAt: number, count: number, user: string): boolean {
    const seen = this.#seen.get(nonce)
    if (seen === undefined) {
      if (issuedAt <= this.#forgotten || count === 0) return false
      this.#add(nonce, { issuedAt, highest: count, users: slots(count, user) })
      return true
    }
    if (count <= seen.highest - WINDOW || count === 0) return false
    const slot = count % WINDOW
    if (count > seen.highest) {
      for (let skipped = Math.max(seen.highest + 1, count - WINDOW + 1); skipped < count; skipped++) {
        seen.users[skipped % WINDOW] = undefined
      }
      seen.highest = count
      seen.users[slot] = user
      return true
    }
    seen.users[slot] ??= user
    return seen.users[slot] === user
  }

  /** Forgets nonces that were made before `time`, which are refused for their age: the oldest in use come first. */
  expire(time: number): void {
    for (const [nonce, { issuedAt }] of this.#seen) {
      if (issuedAt >= time) return
      this.#seen.delete(nonce)
    }
  }

  #add(nonce: string, seen: Seen): void {
    if (this.#seen.size >= this.#capacity) {
      const [oldest, { issuedAt }] = this.#seen.entries().next().value!
      this.#seen.delete(oldest)
      this.#forgotten = Math.max(this.#forgotten, issuedAt)
    }
    this.#seen.set(nonce, seen)
  }
}

function slots(count: number, user: string): (string | undefined)[] {
  const users = Array<string | undefined>(WINDOW).fill(undefined)
  users[count % WINDOW] = user
  return users
}
