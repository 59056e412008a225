import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { toHex, type Clock, type Random } from '@netsip/runtime'

/** What a nonce turned out to be. */
export type NonceState = 'valid' | 'expired' | 'foreign'

const TIME_DIGITS = 12
const SALT_OCTETS = 6
const BODY_DIGITS = TIME_DIGITS + 2 * SALT_OCTETS
const MAC_DIGITS = 32

const NONE = new Uint8Array()

/** Machines that share a secret may differ by this much in their clocks, ms. */
const SKEW = 5000

/**
 * Makes nonces that need no memory: the time and a salt, signed by an HMAC with a secret of the server
 * (RFC 7616 5.4). A nonce that was never handed out, or for another realm, does not pass.
 */
export class Nonces {
  /** Primed with the secret: each use is of a copy, which spares hashing the key again. */
  readonly #keyed: ReturnType<typeof hmac.create>
  readonly #realm: string
  readonly #lifetime: number
  readonly #clock: Clock
  readonly #random: Random

  /** @param lifetime in ms */
  constructor(options: { secret: Uint8Array; realm: string; lifetime: number; clock: Clock; random: Random }) {
    this.#keyed = hmac.create(sha256, options.secret)
    this.#realm = options.realm
    this.#lifetime = options.lifetime
    this.#clock = options.clock
    this.#random = options.random
  }

  /** A nonce that is valid from now on. */
  issue(): string {
    const time = Math.floor(this.#clock.wall()).toString(16).padStart(TIME_DIGITS, '0')
    const body = time + this.#random.hex(SALT_OCTETS)
    return body + this.#mac(body)
  }

  /** Whether a nonce is one of ours, and still good. */
  check(nonce: string): NonceState {
    const body = nonce.slice(0, BODY_DIGITS)
    if (nonce.length !== BODY_DIGITS + MAC_DIGITS || !equalInConstantTime(nonce.slice(BODY_DIGITS), this.#mac(body))) {
      return 'foreign'
    }
    const age = this.#clock.wall() - this.issuedAt(nonce)
    return age >= -SKEW && age < this.#lifetime ? 'valid' : 'expired'
  }

  /** When a nonce of ours was made, ms since 1970. */
  issuedAt(nonce: string): number {
    return Number.parseInt(nonce.slice(0, TIME_DIGITS), 16)
  }

  /** A short text that only this server can make from `text` and the octets behind it, and always makes the same. */
  seal(text: string, octets?: Uint8Array): string {
    return this.#mac(`seal ${text}`, octets)
  }

  #mac(text: string, octets: Uint8Array = NONE): string {
    const mac = this.#keyed
      .clone()
      .update(new TextEncoder().encode(`${this.#realm}\n${text}`))
      .update(octets)
      .digest()
    return toHex(mac).slice(0, MAC_DIGITS)
  }
}

/** Compares texts in a time that depends on nothing but their lengths. */
export function equalInConstantTime(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < b.length; i++) difference |= (a.charCodeAt(i) | 0) ^ b.charCodeAt(i)
  return difference === 0
}
