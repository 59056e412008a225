import type { SipRequest, SipResponse } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'
import type { Core } from '../core.ts'
import { wayBack } from './server-transaction.ts'

/** Answers without keeping anything: what is malformed, and what there is no room for (RFC 3261 8.2.7). */
export class StatelessResponder {
  readonly #core: Core
  readonly #secret: number
  // Whether any response has gone out that no transaction stands for.
  #hasAnswered = false

  constructor(core: Core) {
    this.#core = core
    this.#secret = core.random.uint32()
  }

  /** A request that cannot be taken as it is. An ACK is never answered. */
  refuse(request: SipRequest, status: number, reason: string | undefined, leg: Leg, source: Source): void {
    if (request.method === 'ACK') return
    this.#core.stats.malformed++
    this.respond(
      request.createResponse(status, { ...(reason ? { reason } : {}), toTag: this.tag(request) }),
      leg,
      source,
    )
  }

  /** A request, not an ACK, for which there is no transaction left: it may come again after a while. */
  shed(request: SipRequest, leg: Leg, source: Source): void {
    this.#core.stats.shed++
    // RFC 7339: Retry-After would keep all of it away, where a share is meant.
    const headers = this.#core.overload ? {} : { 'Retry-After': this.#core.admission.retryAfter }
    this.respond(request.createResponse(503, { headers, toTag: this.tag(request) }), leg, source)
  }

  /** Sends a response to where its request came from, or by its Via when that is not known. */
  respond(response: SipResponse, leg: Leg, source: Source | undefined): void {
    this.#hasAnswered = true
    this.#core.stats.countResponse(this.#core.stats.responsesOut, response.status)
    const bytes = this.#core.octetsOf(response)
    const target = source && wayBack(response, source)
    if (target) leg.send(bytes, target)
    else this.#core.sendByBackup(bytes, leg, undefined, () => this.#core.drop('no-way-back', source))
  }

  /** Whether this ACK answers a response of ours that no transaction stands for. */
  isAckOfOurs(ack: SipRequest): boolean {
    return this.#hasAnswered && ack.to.tag === this.tag(ack)
  }

  /** The same tag for every copy of a request, as a stateless UAS owes it (RFC 3261 8.2.7). */
  private tag(request: SipRequest): string {
    const text = `${request.via?.branch ?? ''} ${request.headers.get('Call-ID') ?? ''}`
    return `${hash(text, this.#secret)}${hash(text, ~this.#secret)}`
  }
}

/** FNV-1a over the characters: spread, not secrecy, is what is needed here. */
function hash(text: string, seed: number): string {
  let value = 0x811c9dc5 ^ seed
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return (value >>> 0).toString(16).padStart(8, '0')
}
