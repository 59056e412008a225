import type { SipRequest, Via } from '@netsip/message'
import { checkOptions, type RulesOf } from '@netsip/runtime'
import { type Leg, networkOf, type Source, type Target } from '@netsip/transport'
import { flat, sentByOf } from './sent-by.ts'

/** Bounds of a dispatcher. */
export interface DispatcherLimits {
  /**
   * Transactions alive at once, both roles together; default 250,000. A request beyond it is answered 503 with
   * Retry-After from a path that keeps nothing, and one of ours fails with `ERR_SIP_OVERLOAD`. Requests within a dialog,
   * and CANCEL, are let in and out up to an eighth more, since most of them end calls.
   */
  readonly transactions?: number | undefined
  /** Server transactions alive at once for one source address (for one /64 of IPv6); default 4/5 of `transactions`. */
  readonly perSource?: number | undefined
  /** What Retry-After of such a 503 says, in seconds; default 5. */
  readonly retryAfter?: number | undefined
}

/** The way an answer went, and who had asked: one object for all answers of which both are the same. */
export interface AnswerPath {
  readonly leg: Leg
  readonly target: Target
  readonly origin: SourceCount
}

/** The server transactions of one source. */
export class SourceCount {
  readonly key: string
  count = 0
  #target: Target | undefined
  #path: AnswerPath | undefined
  #host = ''
  #port: number | undefined
  #sentBy = ''

  constructor(key: string) {
    this.key = key
  }

  /** The sent-by of a Via for comparing: one string for all transactions that name the same, as most of one source do. */
  sentBy(via: Via): string {
    if (via.host !== this.#host || via.port !== this.#port) {
      this.#host = flat(via.host)
      this.#port = via.port
      this.#sentBy = flat(sentByOf(via))
    }
    return this.#sentBy
  }

  /** The same target for all transactions whose responses go to the same place, as most of one source do. */
  share(target: Target | undefined): Target | undefined {
    const last = this.#target
    if (target && last && isSame(target, last)) return last
    this.#target = target ?? last
    return target
  }

  /** The same way back for all answers that go it. */
  path(leg: Leg, target: Target): AnswerPath {
    const last = this.#path
    if (last?.leg === leg && last.target === target) return last
    return (this.#path = { leg, target, origin: this })
  }
}

function isSame(one: Target, other: Target): boolean {
  return (
    one.addr === other.addr && one.port === other.port && one.protocol === other.protocol && one.flow === other.flow
  )
}

const SPARE = 1.125

/** Most requests within a dialog do, and every CANCEL that works. */
function endsCalls(request: SipRequest): boolean {
  return request.to.tag !== undefined || request.method === 'CANCEL'
}

const rules: RulesOf<DispatcherLimits> = { transactions: 1, perSource: 1, retryAfter: 1 }

/** Decides which requests may have a transaction. */
export class Admission {
  readonly retryAfter: number
  readonly transactions: number
  readonly #perSource: number
  readonly #sources = new Map<string, SourceCount>()

  constructor(limits: DispatcherLimits = {}) {
    checkOptions('limits', limits, rules)
    this.transactions = limits.transactions ?? 250_000
    this.#perSource = limits.perSource ?? Math.ceil(this.transactions * 0.8)
    this.retryAfter = limits.retryAfter ?? 5
  }

  /** Whether the client transaction of one more request fits beside the `total` there are. */
  hasRoom(total: number, request: SipRequest): boolean {
    return total < this.transactions || (total < this.transactions * SPARE && endsCalls(request))
  }

  /** Counts a server transaction in; undefined when it does not fit. Give what it returns to {@link release} at its end. */
  admit(source: Source, request: SipRequest, total: number): SourceCount | undefined {
    const spare = endsCalls(request) ? SPARE : 1
    if (total >= this.transactions * spare) return undefined
    const key = source.family === 'IPv6' ? networkOf(source.addr) : source.addr
    let origin = this.#sources.get(key)
    if (!origin) this.#sources.set(key, (origin = new SourceCount(key)))
    if (origin.count >= this.#perSource * spare) return undefined
    origin.count++
    return origin
  }

  release(origin: SourceCount): void {
    if (--origin.count === 0) this.#sources.delete(origin.key)
  }
}
