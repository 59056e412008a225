import { checkOptions, type Clock } from '@netsip/runtime'

/** How wrong passwords are slowed down. */
export interface GuessLimit {
  /** Wrong answers that cost nothing; 5 by default. */
  free?: number
  /** Seconds to wait after the first that does; doubled with each further one. 1 by default. */
  delay?: number
  /** The longest wait in seconds; 60 by default. */
  maxDelay?: number
}

interface Guesses {
  count: number
  blockedUntil: number
}

/** Clients that are remembered; the one that was longest quiet goes first. */
const CAPACITY = 10_000

/**
 * Makes guessing slow without making anybody wait: after some wrong answers of one user from one source, what comes
 * from there is not looked at for a while that doubles each time.
 */
export class GuessGuard {
  readonly #guesses = new Map<string, Guesses>()
  readonly #clock: Clock
  readonly #free: number
  readonly #delay: number
  readonly #maxDelay: number

  constructor(clock: Clock, limit: GuessLimit = {}) {
    checkOptions("'guessLimit'", limit, { free: 0, delay: 0, maxDelay: 0 })
    this.#clock = clock
    this.#free = limit.free ?? 5
    this.#delay = (limit.delay ?? 1) * 1000
    this.#maxDelay = (limit.maxDelay ?? 60) * 1000
  }

  /** Whether answers of this client are not looked at now. */
  isBlocked(client: string): boolean {
    const guesses = this.#guesses.get(client)
    return guesses !== undefined && this.#clock.monotonic() < guesses.blockedUntil
  }

  /** Counts a wrong answer. */
  failed(client: string): void {
    const count = (this.#guesses.get(client)?.count ?? 0) + 1
    const over = count - this.#free
    const wait = over <= 0 ? 0 : Math.min(this.#delay * 2 ** Math.min(over - 1, 30), this.#maxDelay)
    this.#guesses.delete(client)
    if (this.#guesses.size >= CAPACITY) this.#guesses.delete(this.#guesses.keys().next().value!)
    this.#guesses.set(client, { count, blockedUntil: this.#clock.monotonic() + wait })
  }

  /** Forgets the wrong answers of a client that gave a right one. */
  passed(client: string): void {
    this.#guesses.delete(client)
  }
}
