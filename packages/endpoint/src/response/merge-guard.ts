import type { SipRequest, Via } from '@netsip/message'
import type { Clock, Timer } from '@netsip/runtime'

interface Seen {
  readonly branch: string | undefined
  readonly host: string | undefined
  readonly port: number | undefined
  readonly until: number
}

/** Tells a request that reached us twice by different ways (RFC 3261 8.2.2.2) from a new one. */
export class MergeGuard {
  readonly #clock: Clock
  readonly #lifetime: number
  readonly #seen = new Map<string, Seen>()
  #timer: Timer | undefined

  /** `lifetime`: how long a request is remembered, in ms; as long as its transaction may live. */
  constructor(clock: Clock, lifetime: number) {
    this.#clock = clock
    this.#lifetime = lifetime
  }

  get size(): number {
    return this.#seen.size
  }

  /** Notes a request without a To tag; `true` when it is a further copy of one noted before. */
  isMerged(request: SipRequest): boolean {
    const { callId, cseq, via } = request
    // Joined, not concatenated: a key that is kept must not hold on to the pieces of its message.
    const key = [callId, request.from.tag ?? '', cseq.seq, cseq.method].join('\n')
    // A whole number stands in the entry itself, a fraction would be an object of its own.
    const now = Math.ceil(this.#clock.monotonic())
    const seen = this.#seen.get(key)
    if (seen !== undefined && seen.until > now) return !isSameWay(seen, via)
    if (seen !== undefined) this.#seen.delete(key)
    this.#seen.set(key, { branch: via?.branch, host: via?.host, port: via?.port, until: now + this.#lifetime })
    this.#timer ??= this.#clock.setTimer(this.#lifetime, () => this.#sweep())
    return false
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#seen.clear()
  }

  #sweep(): void {
    this.#timer = undefined
    const now = this.#clock.monotonic()
    for (const [key, { until }] of this.#seen) {
      if (until > now) {
        // Not for each entry: an iterator has to pass by all that was deleted before it.
        this.#timer = this.#clock.setTimer(Math.max(until - now, this.#lifetime / 32), () => this.#sweep())
        return
      }
      this.#seen.delete(key)
    }
  }
}

function isSameWay(seen: Seen, via: Via | undefined): boolean {
  return seen.branch === via?.branch && seen.host === via?.host && seen.port === via?.port
}
