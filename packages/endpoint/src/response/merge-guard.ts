import type { SipRequest } from '@netsip/message'
import type { Clock, Random, Timer } from '@netsip/runtime'

/**
 * Tells a request that reached us twice by different ways (RFC 3261 8.2.2.2) from a new one. Of each there is no more than
 * two numbers, for what lives as long as a transaction costs the collector of garbage more than the rest of its way here.
 */
export class MergeGuard {
  readonly #clock: Clock
  readonly #lifetime: number
  readonly #seed: number
  // What names a request, and the way it came. They are forgotten all at once, one map after the other.
  #young = new Map<number, number>()
  #old = this.#young
  #timer: Timer | undefined

  /** `lifetime`: how long a request is remembered at least, in ms; as long as its transaction may live. */
  constructor(clock: Clock, random: Random, lifetime: number) {
    this.#clock = clock
    this.#lifetime = lifetime
    this.#seed = random.uint32()
  }

  /** Notes a request without a To tag; `true` when it is a further copy of one noted before. */
  isMerged({ callId, from, cseq, via }: SipRequest): boolean {
    const name = hash(`${callId}\n${from.tag}\n${cseq.seq} ${cseq.method}`, this.#seed)
    const way = hash(`${via?.branch}\n${via?.host}\n${via?.port}`, this.#seed)
    const seen = this.#young.get(name) ?? this.#old.get(name)
    if (seen !== undefined) return seen !== way
    this.#young.set(name, way)
    this.#timer ??= this.#clock.setTimer(this.#lifetime, () => this.#turn())
    return false
  }

  close(): void {
    this.#timer?.cancel()
    this.#young = this.#old = new Map()
  }

  #turn(): void {
    this.#old = this.#young
    this.#young = new Map()
    this.#timer = this.#old.size > 0 ? this.#clock.setTimer(this.#lifetime, () => this.#turn()) : undefined
  }
}

/** A number of 53 bits: among a million requests no two have the same. */
function hash(text: string, seed: number): number {
  let high = seed
  let low = ~seed
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    high = Math.imul(high ^ code, 0x01000193)
    low = Math.imul(low ^ code, 0x5bd1e995)
    low ^= low >>> 15
  }
  return (high >>> 0) * 2 ** 21 + (low >>> 11)
}
