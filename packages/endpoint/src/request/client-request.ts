import type { Delivery, DeliverOptions } from '@netsip/dispatcher'
import { CSeq, type SipRequest, type SipResponse, SipUri, type Uri } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import type { Leg, Source, Target } from '@netsip/transport'
import { amend } from './amend.ts'
import type { ChallengeAnswer } from './account.ts'
import { answerChallenge, challengeError, isChallenge } from './challenge.ts'
import { type Context, type ContextCallback, inside, type OutgoingRequest } from '../context/context.ts'
import { type Core, isThenable } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { BorrowedHeaders } from './borrowed-headers.ts'
import { cancelledError, statusError } from '../errors.ts'
import { hasMoreVias } from './more-vias.ts'
import { nextSeq } from './next-seq.ts'
import { RedirectTargets } from './redirect.ts'
import type { RedirectPolicy } from './request-args.ts'
import { reportingTo, type TransactionUser } from './transaction-user.ts'

/** A response with the way it came. */
export interface Arrival {
  readonly response: SipResponse
  readonly leg: Leg
  readonly from: Source
}

/** What a verb does with the responses to its request, when authentication and redirection are through. */
export interface ResponseHandler {
  provisional?(arrival: Arrival): void
  /** A 2xx; for INVITE every one, repeated ones and other forks included. */
  success(arrival: Arrival): void
  /** The end without a 2xx, once: `arrival` is missing when there was no response. */
  failure(error: SipError, arrival?: Arrival): void
  /** The request is about to be sent again: what the last try left behind is void. */
  restart?(): void
  /** The transaction is over and no response can come any more. */
  terminated?(): void
  /** The context is closed: it lets go of what was sent, if it can. */
  release?(invite: Delivery): void
}

/** Where and how a request is sent, and sent again. */
export interface ClientOptions {
  readonly core: Core
  readonly ctx: Context
  readonly request: SipRequest
  readonly handler: ResponseHandler
  readonly dialog?: Dialog | undefined
  readonly callback?: ContextCallback | undefined
  readonly leg?: Leg | undefined
  readonly target?: Target | undefined
  /** The next hop outside a dialog, when Route and Request-URI do not say it. */
  readonly hop?: Uri | undefined
  readonly redirect?: RedirectPolicy | undefined
  /** Called when the leg is known, before the request is written: completes what depends on it. */
  readonly prepare?: DeliverOptions['prepare']
  /** Called once when there is no try to come and nothing waited for, before the handler hears of it. */
  readonly onOver?: (() => void) | undefined
}

/** Retries for any reason, after which the last answer stands. */
const MAX_TRIES = 10

/** One request of ours from its first sending to its final answer: challenges and redirections are followed on the way. */
export class ClientRequest implements OutgoingRequest, TransactionUser {
  readonly core: Core
  readonly ctx: Context
  readonly dialog: Dialog | undefined
  readonly callback: ContextCallback | undefined
  readonly #handler: ResponseHandler
  readonly #policy: RedirectPolicy | undefined
  #redirects: RedirectTargets | undefined
  readonly #leg: Leg | undefined
  #borrowed: BorrowedHeaders | undefined
  #onOver: (() => void) | undefined
  #hop: Uri | undefined
  readonly prepare: DeliverOptions['prepare']
  #target: Target | undefined
  #request: SipRequest
  #earlier: SipRequest[] | undefined
  #delivery: Delivery | undefined
  #tries = 0
  #provisional = false
  #done = false
  #abandoned = false
  #waiting = false
  #cancelled = false
  #onProvisional: (() => void) | undefined

  constructor(options: ClientOptions) {
    this.core = options.core
    this.ctx = options.ctx
    this.dialog = options.dialog
    this.callback = options.callback
    this.#handler = options.handler
    this.#request = options.request
    this.#leg = options.leg
    this.#hop = options.dialog?.hop ?? options.hop
    this.prepare = options.prepare
    this.#onOver = options.onOver
    this.#target = options.target
    this.#policy = options.redirect ?? options.core.settings.redirect
  }

  get method(): string {
    return this.#request.method
  }

  /** The request as it was sent last. */
  get request(): SipRequest {
    return this.#request
  }

  get done(): boolean {
    return this.#done
  }

  /** Somebody asked to cancel it: no further tries, and a 2xx is not wanted any more. */
  get cancelled(): boolean {
    return this.#cancelled
  }

  get leg(): Leg | undefined {
    return this.#delivery?.leg ?? this.#leg
  }

  start(): void {
    this.hold()
    this.#send()
  }

  /** Belongs to its context from now on, and is sent by `start` when its turn comes. */
  hold(): void {
    const { account, outgoing } = inside(this.ctx)
    if (outgoing.includes(this)) return
    account?.leaves(() => this.#nextHost())
    outgoing.unshift(this)
  }

  /** Is this one of the requests it has sent? */
  sent(request: SipRequest): boolean {
    return request === this.#request || this.#earlier?.includes(request) === true
  }

  matches(response: SipResponse): boolean {
    const { seq, method } = response.cseq
    if (method !== this.method || seq !== this.#request.cseq.seq) return false
    const branch = this.#delivery?.branch
    return branch === undefined || response.via?.branch === branch
  }

  receive(response: SipResponse, leg: Leg, from: Source): void {
    if (this.#abandoned) return
    const arrival = { response, leg, from }
    const over = this.#done
    try {
      if (hasMoreVias(response)) this.#astray(response)
      else this.#take(arrival)
    } catch (error) {
      this.#unreadable(error, arrival, over)
    }
  }

  #take(arrival: Arrival): void {
    const { response, leg, from } = arrival
    if (this.dialog !== undefined && response.status < 300) this.dialog.path = { leg, from }
    if (response.status < 200) {
      if (this.#done) return
      this.#mayCancel()
      this.#handler.provisional?.(arrival)
    } else if (response.status < 300) {
      if (this.#done && this.method !== 'INVITE') return
      if (!this.#done) this.#checkProof(response)
      this.#finish()
      this.#handler.success(arrival)
    } else if (!this.#done) {
      this.#refused(arrival)
    }
  }

  /** RFC 3261 8.1.3.3: not for us. Yet the transaction has taken it, and after a final one nothing better will come. */
  #astray({ status }: SipResponse): void {
    const error = new SipError('ERR_SIP_PARSE', `a ${status} to ${this.method} came with more than one Via`)
    this.core.report(error, this.ctx)
    if (status < 200) return this.#mayCancel()
    if (!this.#done) this.#failed(error)
  }

  /** The transaction has had a provisional response: a CANCEL that waited for it leaves now. */
  #mayCancel(): void {
    this.#provisional = true
    const send = this.#onProvisional
    this.#onProvisional = undefined
    send?.()
  }

  /** A header of the response that matters is garbage: a provisional response is passed over, the first final one is the end. */
  #unreadable(cause: unknown, arrival: Arrival, over: boolean): void {
    this.core.report(cause, this.ctx)
    const { response } = arrival
    if (response.status < 200) return this.#mayCancel()
    if (over) return
    if (response.status >= 300) return this.#failed(statusError(response, this.method) as SipError, arrival)
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `the ${response.status} to ${this.method} cannot be read: ${why}`
    this.#failed(new SipError('ERR_SIP_PARSE', message, { cause }), arrival)
  }

  /** Runs `send` as soon as a CANCEL may be sent: now, or with the first provisional response (RFC 3261 9.1). */
  cancelWhenAllowed(send: () => void): void {
    this.#cancelled = true
    if (this.#waiting) this.giveUp()
    else if (this.#provisional) send()
    else this.#onProvisional = send
  }

  giveUp(): void {
    const ends = this.method === 'BYE' || this.#request.expires === 0
    if (this.#waiting && !ends) this.fail(new SipError('ERR_SIP_CANCELLED', `${this.method} was cancelled`))
  }

  /** Sends nothing again; a 2xx that still comes is seen. */
  quiet(): void {
    if (this.#delivery !== undefined) this.core.dispatcher.quietDelivery(this.#delivery)
  }

  /** The context is closed: what its last transaction still hears is for somebody who keeps less. */
  release(): void {
    if (this.#done && this.#delivery !== undefined) this.#handler.release?.(this.#delivery)
  }

  /** Ends the request as failed, whatever may still come. */
  fail(error: SipError): void {
    if (this.#done) return
    this.#abandoned = true
    this.#over()
    this.#forget()
    if (this.#delivery !== undefined) this.core.dispatcher.cancelDelivery(this.#delivery)
    this.#handler.failure(error)
  }

  #send(): void {
    const request = this.#request
    this.#tries += 1
    this.#provisional = false
    const way = { leg: this.#leg, hop: this.#hop, path: this.dialog?.path, target: this.#target }
    this.#delivery = this.core.dispatcher.deliver(request, reportingTo(this, request, way))
  }

  undelivered(request: SipRequest, error: SipError): void {
    if (request !== this.#request || this.#done) return
    if (!this.#cancelled && this.#redirected()) return
    this.#failed(this.#cancelled ? new SipError('ERR_SIP_CANCELLED', error.message, { cause: error }) : error)
  }

  terminated(request: SipRequest): void {
    if (request !== this.#request) return
    this.#forget()
    this.#handler.terminated?.()
  }

  #refused(arrival: Arrival): void {
    const { response } = arrival
    if (this.#cancelled) return this.#failed(cancelledError(response, this.method), arrival)
    if (isChallenge(response) && this.method !== 'CANCEL' && this.#tries < MAX_TRIES) return this.#challenged(arrival)
    if (response.status < 400) this.#redirectsFrom().add(response)
    if (response.status < 600 && this.#redirected()) return
    if (this.#tries < MAX_TRIES) {
      const retry = this.#nextTry()
      if (amend(response, retry, this.dialog)) {
        inside(this.ctx).account?.repeat(retry)
        return this.#again(retry)
      }
    }
    this.#failed(statusError(response, this.method) as SipError, arrival)
  }

  #challenged(arrival: Arrival): void {
    const retry = this.#nextTry()
    const failed = (cause: unknown): void => {
      this.core.report(cause, this.ctx)
      this.#answered('no-credentials', retry, arrival)
    }
    try {
      const answer = answerChallenge(inside(this.ctx).account, retry, arrival.response, this.#nextHost())
      if (!isThenable(answer)) return this.#answered(answer, retry, arrival)
      this.#waiting = true
      answer.then((late) => this.#answered(late, retry, arrival)).catch(failed)
    } catch (cause) {
      failed(cause)
    }
  }

  /** The host that the last try went to. One that is sent to a given place is meant for whom it names all the same. */
  #nextHost(): string {
    const { uri } = this.#request
    if (this.#target !== undefined) return uri instanceof SipUri ? uri.host : this.#target.addr
    try {
      return this.core.dispatcher.nextHop(this.#request, this.#hop)
    } catch {
      return ''
    }
  }

  /** RFC 7616 3.5: a server that accepts us without knowing our secret is not the one it says it is. */
  #checkProof(response: SipResponse): void {
    if (inside(this.ctx).account?.accepted(this.#request, response) !== false) return
    const message = `the ${response.status} to ${this.method} does not prove that its sender knows our password (rspauth)`
    this.core.report(new SipError('ERR_SIP_AUTH', message), this.ctx)
  }

  #answered(answer: ChallengeAnswer, retry: SipRequest, arrival: Arrival): void {
    this.#waiting = false
    if (this.#done) return
    if (answer === 'retry') return this.#again(retry)
    if (this.#redirected()) return
    this.#failed(challengeError(retry, arrival.response, answer), arrival)
  }

  /** Made with the first redirection, before which the Request-URI is the one we were given. */
  #redirectsFrom(): RedirectTargets {
    return (this.#redirects ??= new RedirectTargets(this.#policy, this.#request.uri))
  }

  /** Goes on to the next contact of a redirection, if there is one. */
  #redirected(): boolean {
    const next = this.#redirects?.next()
    if (next === undefined || this.#tries >= MAX_TRIES) return false
    const retry = this.#nextTry()
    if (next.proxy) this.#hop = next.uri
    else retry.uri = next.uri
    this.#borrowed ??= new BorrowedHeaders()
    this.#borrowed.lend(retry, next.headers)
    // RFC 3261 22.1: credentials are for the server that asked; the next one asks for itself.
    for (const name of ['Authorization', 'Proxy-Authorization']) retry.headers.delete(name)
    this.#target = undefined
    this.#again(retry)
    return true
  }

  /** The same request for a new transaction: same call and tags, no Via yet (RFC 3261 8.1.3.5). */
  #nextTry(): SipRequest {
    const retry = this.#request.clone()
    if (this.#delivery !== undefined) retry.popVia()
    if (retry.maxForwards !== undefined) retry.maxForwards = 70
    return retry
  }

  #again(request: SipRequest): void {
    this.#earlier = [...(this.#earlier ?? []), this.#request]
    request.cseq = new CSeq(this.dialog?.nextSeq() ?? nextSeq(this.ctx), this.method)
    this.#request = request
    this.#handler.restart?.()
    this.#send()
  }

  #failed(error: SipError, arrival?: Arrival): void {
    this.#finish()
    this.#forget()
    this.#handler.failure(error, arrival)
  }

  #over(): void {
    this.#done = true
    const tell = this.#onOver
    this.#onOver = undefined
    tell?.()
  }

  #finish(): void {
    this.#over()
    // An INVITE stays known until its transaction ends: further 2xx need their ACK.
    if (this.method !== 'INVITE') this.#forget()
  }

  #forget(): void {
    const { outgoing } = inside(this.ctx)
    const at = outgoing.indexOf(this)
    if (at >= 0) outgoing.splice(at, 1)
  }
}
