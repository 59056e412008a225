import type { SipRequest, SipResponse } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import { describeTarget, type Leg, type Source, type Target } from '@netsip/transport'
import { Transaction, type TransactionLayer } from '../transaction.ts'

/** Who is told what becomes of a client transaction. */
export interface ClientUser {
  onResponse(response: SipResponse, leg: Leg, source: Source): void
  /** Timeout or transport error; the transaction is over. */
  onFailure(error: SipError): void
  /** The transaction is over after a final response. */
  onEnd(): void
}

/** The sending side of RFC 3261 17.1. */
export abstract class ClientTransaction<Input extends string = string> extends Transaction<Input> {
  declare readonly target: Target
  /** The request while anything of it may still be needed. */
  request: SipRequest | undefined
  user: ClientUser | undefined
  /** Of the branch, as its table finds it. */
  hash = 0
  // What a response is told by once the request is gone.
  #callId: string | undefined
  #fromTag: string | undefined

  constructor(layer: TransactionLayer, leg: Leg, target: Target, request: SipRequest, user: ClientUser) {
    super(layer, request.method, leg, target)
    this.request = request
    this.user = user
  }

  abstract start(bytes: Uint8Array): void
  /** Runs the state's function; true when the user is to be told. */
  protected abstract input(input: Input | 'transportError', response?: SipResponse): boolean
  protected abstract inputOf(status: number): Input

  /** Whether a response names another call or another caller; a branch can be guessed or overheard. */
  isForeign(response: SipResponse): boolean {
    const { request } = this
    if (request) return response.callId !== request.callId || !isSameFrom(response, request)
    if (this.#callId === undefined) return false
    return response.callId !== this.#callId || response.from.tag !== this.#fromTag
  }

  /** Of the request no more is needed than what tells its responses. */
  forgetRequest(): void {
    if (!this.request) return
    this.#callId = this.request.callId
    this.#fromTag = this.request.from.tag
    this.request = undefined
  }

  /** `alone`: nobody else takes what comes again, so that timer K has nothing to wait for when the user is through with it. */
  receive(response: SipResponse, leg: Leg, source: Source, alone: boolean): void {
    if (this.input(this.inputOf(response.status), response)) this.user?.onResponse(response, leg, source)
    // Timers D and K are zero where nothing can be lost; the user has its response first (RFC 3261 17.1).
    if (this.state === 'Completed' && (this.leg.reliable || (alone && !this.user && !this.bytes))) this.terminate()
  }

  override onTimer(): void {
    if (this.timer && this.input(this.timer)) this.#timedOut()
  }

  override onSendError(error: SipError): void {
    if (this.ended) return
    this.layer.stats.transportErrors++
    if (this.input('transportError')) this.#fail(error)
  }

  override onFlowClosed(error: SipError): void {
    this.onSendError(error)
  }

  /** Sends the request no more; its timeout stays. */
  quiet(): void {
    if (this.state === 'Calling' || this.state === 'Trying' || this.state === 'Proceeding') this.bytes = undefined
  }

  /** Ends the transaction, or lets it absorb what still comes, without another word to its user. */
  abandon(): void {
    this.user = undefined
    if (this.state !== 'Completed' && this.state !== 'Accepted') this.terminate()
  }

  protected override onEnd(): void {
    const user = this.user
    this.user = undefined
    this.request = undefined
    user?.onEnd()
  }

  #timedOut(): void {
    this.layer.stats.timeouts++
    const { timeout } = this.layer.timers
    this.#fail(
      new SipError('ERR_SIP_TIMEOUT', `no final response from ${describeTarget(this.target)} within ${timeout} ms`),
    )
  }

  #fail(error: SipError): void {
    const user = this.user
    this.user = undefined
    this.terminate()
    user?.onFailure(error)
  }
}

/** It comes back as it was sent (RFC 3261 8.2.6.2): nearly always there is no need to look for the tag. */
function isSameFrom(response: SipResponse, request: SipRequest): boolean {
  return response.headers.get('From') === request.headers.get('From') || response.from.tag === request.from.tag
}
