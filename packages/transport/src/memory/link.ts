import { checkOptions, SipError, type Clock, type OptionRules, type Random, type RulesOf } from '@netsip/runtime'
import type { Filled } from '../leg/leg-limits.ts'

/** How a simulated link treats what is sent over it. Times in ms, chances from 0 to 1. */
export interface LinkOptions {
  /** One way; default 0. */
  delay?: number | undefined
  /** Up to this much more, evenly spread; order is kept. Default 0. */
  jitter?: number | undefined
  /** How often a datagram is lost, or a segment of a stream sent again. Default 0. */
  loss?: number | undefined
  /** How often a datagram arrives twice. Default 0. */
  duplicate?: number | undefined
  /** How often a datagram is held up so that later ones overtake it. Default 0. */
  reorder?: number | undefined
  /** The longest datagram that passes, in bytes; default 65,507. */
  mtu?: number | undefined
}

export const linkRules: RulesOf<LinkOptions> = { delay: 0, jitter: 0, loss: 0, duplicate: 0, reorder: 0, mtu: 1 }

/**
 * Refuses what no link can be like; `rules` are those of whose options they are.
 * @throws SipError `ERR_SIP_ARGUMENT`
 */
export function checkLink(of: string, options: LinkOptions, rules: OptionRules): void {
  checkOptions(of, options, rules)
  for (const name of ['loss', 'duplicate', 'reorder'] as const) {
    const chance = options[name] ?? 0
    if (chance > 1) throw new SipError('ERR_SIP_ARGUMENT', `${of}: '${name}' is a chance from 0 to 1, not ${chance}`)
  }
  for (const name of ['delay', 'jitter'] as const) {
    if (options[name] === Infinity)
      throw new SipError('ERR_SIP_ARGUMENT', `${of}: '${name}' must end: nothing would arrive`)
  }
}

/** What became of a datagram. */
export type Fate = { lost: string } | { arrivals: readonly number[] }

/** One direction between two hosts. */
export class Link {
  readonly #clock: Clock
  readonly #random: Random
  readonly #options: Filled<LinkOptions>
  #lastArrival = 0
  cut = false

  constructor(clock: Clock, random: Random, options: LinkOptions) {
    this.#clock = clock
    this.#random = random
    const { delay, jitter, loss, duplicate, reorder, mtu } = options
    this.#options = {
      delay: delay ?? 0,
      jitter: jitter ?? 0,
      loss: loss ?? 0,
      duplicate: duplicate ?? 0,
      reorder: reorder ?? 0,
      mtu: mtu ?? 65_507,
    }
  }

  /** Whether and when, in ms from now, a datagram arrives. */
  datagram(size: number): Fate {
    if (this.cut) return { lost: 'partition' }
    if (size > this.#options.mtu) return { lost: 'mtu' }
    if (this.#chance(this.#options.loss)) return { lost: 'loss' }
    const copies = this.#chance(this.#options.duplicate) ? 2 : 1
    return { arrivals: Array.from({ length: copies }, () => this.#arrival()) }
  }

  /** When a segment of a stream arrives if it is not lost this time. */
  segment(): number | undefined {
    if (this.cut || this.#chance(this.#options.loss)) return undefined
    return this.#arrival()
  }

  #arrival(): number {
    const now = this.#clock.monotonic()
    const { delay, jitter, reorder } = this.#options
    const soonest = now + delay + this.#random.float() * jitter
    // Held up for long enough that what is sent meanwhile comes first.
    if (this.#chance(reorder)) return soonest - now + (delay + jitter + 1) * (1 + 2 * this.#random.float())
    this.#lastArrival = Math.max(this.#lastArrival, soonest)
    return this.#lastArrival - now
  }

  #chance(probability: number): boolean {
    return probability > 0 && this.#random.float() < probability
  }
}
