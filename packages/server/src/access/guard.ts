import type { Dispatcher } from '@netsip/dispatcher'
import type { SipMessage, SipRequest } from '@netsip/message'
import { checkOptions, type RulesOf } from '@netsip/runtime'
import { type Leg, networkOf, type Source } from '@netsip/transport'
import { answer, type Rejection } from '../answer.ts'
import type { Handler } from '../handler.ts'
import { type Rate, RateLimiter } from './rate-limiter.ts'

/** Options of {@link Guard}. What is left out is not checked. */
export interface GuardOptions {
  readonly dispatcher: Dispatcher
  /** The only methods that pass; others are 405. ACK and CANCEL always pass. */
  readonly methods?: readonly string[]
  /** Largest body, in octets; 413 when larger. */
  readonly maxBody?: number
  /** Whether requests from here are let in; 403 when not. */
  readonly source?: (from: Source) => boolean
  /** How many requests an address may send; 503 with Retry-After over that. Of IPv6, a /64 counts as one address. */
  readonly rate?: Rate
  /** Most addresses counted at a time. Default 10 000. */
  readonly maxSources?: number
}

const rules: RulesOf<GuardOptions> = {
  dispatcher: 'object',
  methods: 'array',
  maxBody: 0,
  source: 'function',
  rate: 'object',
  maxSources: 1,
}

/** What a guard has refused, by the status it answered. */
export type GuardStats = Readonly<Record<403 | 405 | 413 | 503, number>>

/** The first of a chain: turns away what the others need not look at. ACK and CANCEL pass, as they end what has begun. */
export class Guard implements Handler {
  readonly #options: GuardOptions
  readonly #limiter: RateLimiter | undefined
  readonly #refused: Record<403 | 405 | 413 | 503, number> = { 403: 0, 405: 0, 413: 0, 503: 0 }

  /** @throws SipError `ERR_SIP_ARGUMENT` for a limit that would be none */
  constructor(options: GuardOptions) {
    checkOptions('new Guard', options, rules)
    const { dispatcher, rate, maxSources = 10_000 } = options
    this.#options = options
    this.#limiter = rate && new RateLimiter(dispatcher.clock, rate, maxSources)
  }

  stats(): GuardStats {
    return { ...this.#refused }
  }

  handle(packet: SipMessage, _leg: Leg, from: Source): boolean {
    if (packet.type !== 'request' || packet.method === 'ACK' || packet.method === 'CANCEL') return false
    const rejection = this.#judge(packet, from)
    if (!rejection) return false
    this.#refused[rejection.status]++
    answer(packet, this.#options.dispatcher, rejection)
    return true
  }

  #judge(request: SipRequest, from: Source): (Rejection & { status: keyof GuardStats }) | undefined {
    const { source, methods, maxBody } = this.#options
    if (source && !source(from)) return { status: 403 }
    if (this.#limiter && !this.#limiter.take(networkOf(from.addr)))
      return { status: 503, headers: { 'Retry-After': 1 } }
    if (methods && !methods.includes(request.method)) return { status: 405, headers: { Allow: methods.join(', ') } }
    if (maxBody !== undefined && request.body.length > maxBody) return { status: 413 }
    return undefined
  }
}
