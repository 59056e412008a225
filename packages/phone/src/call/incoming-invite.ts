import type { Context, Endpoint } from '@netsip/endpoint'
import { reasonPhrase, type SipRequest } from '@netsip/message'
import type { MediaSession } from '@netsip/media'
import { SipError } from '@netsip/runtime'
import type { Leg, Source } from '@netsip/transport'
import { callError, statusError } from './call-error.ts'
import type { CallSignalling } from './call-signalling.ts'
import type { AnswerOptions, CallEnd } from './call-types.ts'
import type { Call } from './call.ts'
import { DialogRequests } from './dialog-requests.ts'
import { sdpOf, sdpType } from './sdp-body.ts'

interface IncomingInit {
  endpoint: Endpoint
  ctx: Context
  request: SipRequest
  leg: Leg
  from: Source
  session: MediaSession
  /** Our answer to the caller's offer; undefined when the caller made none and we make it (RFC 3264, late offer). */
  answer: string | undefined
  call: Call
}

const cancelled = { by: 'remote', status: 487, reason: 'Request Terminated' } as const

/** The signalling of a call that comes in (RFC 3261 13.3). */
export class IncomingInvite implements CallSignalling {
  readonly #init: IncomingInit
  readonly inside: DialogRequests
  readonly #what: string
  #accepted = false
  #hungUp = false
  #broken: Error | undefined
  /** How the call ended before it was answered. */
  #refusal: Omit<CallEnd, 'durationMs'> | undefined

  constructor(init: IncomingInit) {
    this.#init = init
    this.inside = new DialogRequests(init.endpoint, init.ctx)
    this.#what = `the call from ${init.request.from.uri.toString()}`
    init.ctx
      .on('cancelled', () => this.#finish(cancelled))
      .on('ended', (_, reason) => this.#ended(reason.by, reason.error))
  }

  ring(): void {
    this.#respond(180)
    this.#init.call.progress(180, 'Ringing', false)
  }

  async answer(options: AnswerOptions): Promise<void> {
    if (this.#accepted) throw new SipError('ERR_SIP_STATE', 'the call is being answered already')
    this.#accepted = true
    const { session, call, answer } = this.#init
    const description = answer ?? (await session.createOffer())
    if (call.state === 'ended') return
    if (answer !== undefined && this.#isProven) session.start()
    this.#respond(200, { ...options.headers, 'Content-Type': sdpType }, description)
  }

  reject(status: number, reason?: string): void {
    if (this.#accepted) throw new SipError('ERR_SIP_STATE', 'the call is being answered already')
    this.#refusal = { by: 'local', status, reason: reason ?? reasonPhrase(status) }
    this.#respond(status, {}, undefined, reason)
    this.#finish(this.#refusal)
  }

  hangup(): void {
    if (this.#hungUp) return
    if (!this.#accepted) return this.reject(480)
    this.#hungUp = true
    // RFC 3261 15: the callee's BYE waits for the ACK.
    if (this.#init.call.state === 'answered') this.inside.bye()
  }

  /** The ACK of our 200 has come: the call is up. */
  acknowledged(ack: SipRequest): void {
    if (!this.#accepted || this.#init.call.state !== 'ringing') return
    if (this.#init.answer === undefined) this.#describe(ack)
    else this.#init.session.start()
    if (this.#hungUp || this.#broken) this.inside.bye()
    if (!this.#broken) this.#init.call.establish()
  }

  /**
   * A datagram may name any source, and its offer any victim: until the ACK, which knows the tag of our 200, no sound is sent
   * on the word of one. What the caller sends meanwhile is kept.
   */
  get #isProven(): boolean {
    return this.#init.leg.reliable
  }

  /** Where the offer was ours, the ACK carries the caller's answer (RFC 3261 13.2.2.4). */
  #describe(ack: SipRequest): void {
    const { session } = this.#init
    const description = sdpOf(ack)
    try {
      if (description === undefined) throw new SipError('ERR_MEDIA_SDP', 'the ACK says nothing about the sound')
      session.acceptAnswer(description)
      session.start()
    } catch (error) {
      this.#broken = callError(error, this.#what)
    }
  }

  #ended(by: CallEnd['by'], cause: Error | undefined): void {
    if (this.#refusal) this.#finish(this.#refusal)
    else if (this.#broken) this.#finish({ by: 'error', reason: this.#broken.message })
    else if (!this.#accepted && by === 'remote') this.#finish(cancelled)
    else if (this.#hungUp) this.#finish({ by: 'local' })
    else if (cause) this.#finish({ by, reason: cause.message })
    else this.#finish({ by })
  }

  #finish(end: Omit<CallEnd, 'durationMs'>): void {
    void this.#init.call.finish(end, statusError(end.status ?? 487, end.reason ?? '', this.#what, this.#broken))
  }

  #respond(status: number, headers: Record<string, string> = {}, body?: string, reason?: string): void {
    const { endpoint, ctx, request, leg, from } = this.#init
    const response = request.createResponse(status, {
      headers,
      ...(reason !== undefined && { reason }),
      ...(body !== undefined && { body }),
    })
    endpoint.newResponse(ctx, response, leg, from)
  }
}
