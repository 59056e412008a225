import type { SipRequest, SipResponse } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import { responseTarget, targetOf, type Leg, type Source, type Target } from '@netsip/transport'
import { Transaction, type TransactionLayer } from '../transaction.ts'
import type { SourceCount } from '../admission.ts'

/** What the user of a server transaction may hear about a response it gave. */
export interface ServerUser {
  onError?: ((error: SipError) => void) | undefined
  onTerminated?: (() => void) | undefined
}

/** What a server transaction needs beside {@link TransactionLayer}. */
export interface ServerLayer extends TransactionLayer {
  /** Sends a response another way than the one that failed, if any was known (RFC 3263 5); `failed` is called when there is none. */
  sendByBackup(bytes: Uint8Array, leg: Leg, tried: Target | undefined, failed: (error: SipError) => void): void
  /** Keeps of a transaction that has answered, and that nobody watches, what a copy of its request needs. */
  file(transaction: ServerTransaction, octets: Uint8Array, target: Target): void
  /** Whether what was filed of it is still kept. */
  keeps(transaction: ServerTransaction): boolean
  /** A response as it goes out, in which whoever controls overload has said how much can be taken. */
  octetsOf(response: SipResponse): Uint8Array
  /** Calls into the application, which must not be able to break the caller. */
  guard(run: () => void): void
}

/** The receiving side of RFC 3261 17.2. */
export abstract class ServerTransaction<Input extends string = string> extends Transaction<Input> {
  declare readonly layer: ServerLayer
  /** Until the first response, from which the way back is read once: later copies may come from elsewhere. */
  source: Source | undefined
  /** Until the final response. */
  request: SipRequest | undefined
  user: ServerUser | undefined = undefined
  readonly origin: SourceCount
  /** Of the branch, as its table finds it. */
  hash = 0
  /** Of the top Via, for comparing. */
  sentBy = ''
  /** Of a request by the rules of RFC 2543: what has to be compared. */
  legacy: LegacyIdentity | undefined = undefined
  /** Where it was filed, once it was; nothing is heard of it after that. */
  filed: number | undefined = undefined

  constructor(layer: ServerLayer, leg: Leg, source: Source, request: SipRequest, origin: SourceCount) {
    super(layer, request.method, leg, undefined)
    this.source = source
    this.request = request
    this.origin = origin
  }

  /** Enters the first state. */
  abstract start(): void
  /** Waits for the user, who has had the request and may have answered already. */
  abstract await(): void
  /** Runs the state's function; true when the response goes to the wire, or the user is to be told. */
  protected abstract input(input: Input | 'request' | 'transportError'): boolean
  protected abstract inputOf(status: number): Input

  /** The drop reason of a response that the state does not allow. */
  protected get refusal(): string {
    return 'response-refused'
  }

  /** Whether a copy of the request would still be known. */
  get isKnown(): boolean {
    return this.filed === undefined ? !this.ended : this.layer.keeps(this)
  }

  /** The same request came again. */
  repeat(): void {
    this.layer.stats.retransmissionsIn++
    this.input('request')
  }

  /** Takes a response of the user; false when the state allows no such response. */
  respond(response: SipResponse, user?: ServerUser): boolean {
    // First, as it throws for what cannot be written, and the user may answer otherwise.
    const octets = this.layer.octetsOf(response)
    if (!this.input(this.inputOf(response.status))) {
      this.layer.stats.countDrop(this.refusal)
      return false
    }
    // A 2xx that is repeated without callbacks leaves those of the first in place.
    if (user?.onError || user?.onTerminated) this.user = user
    this.send(response, octets)
    return true
  }

  /** A 100 that the user has not given. */
  sendTrying(): void {
    if (this.request) this.send(this.request.createResponse(100))
  }

  override onTimer(): void {
    if (this.timer && this.input(this.timer)) this.#timedOut()
  }

  override onSendError(error: SipError): void {
    this.layer.stats.transportErrors++
    if (!this.isKnown) return
    // RFC 6026 8.8: the transaction stays in its state, and goes on absorbing retransmissions.
    const { bytes } = this
    if (bytes) this.layer.sendByBackup(bytes, this.leg, this.target, (last) => this.#tell(last))
    else this.#tell(error)
  }

  override onFlowClosed(): void {
    this.terminate()
  }

  override transmit(octets: Uint8Array): void {
    if (this.target) super.transmit(octets)
    else this.layer.sendByBackup(octets, this.leg, undefined, (error) => this.#tell(error))
  }

  protected send(response: SipResponse, octets: Uint8Array = this.layer.octetsOf(response)): void {
    this.layer.stats.countResponse(this.layer.stats.responsesOut, response.status)
    this.bytes = octets
    if (this.source) {
      this.target = this.origin.share(wayBack(response, this.source))
      this.source = undefined
    }
    if (response.status >= 200) this.request = undefined
    if (this.legacy && response.status > 100) this.legacy.sentToTag = response.to.tag
    this.transmit(octets)
    this.sent(response.status, octets)
  }

  /** After a response went out. */
  protected sent(_status: number, _octets: Uint8Array): void {}

  /** Leaves it to the octets of its final response to stand for it, if nobody waits for its end. */
  protected file(octets: Uint8Array): boolean {
    if (!this.target || this.legacy || this.user?.onTerminated) return false
    this.disarm()
    this.layer.file(this, octets, this.target)
    return true
  }

  protected override onEnd(): void {
    const user = this.user
    this.user = undefined
    this.request = undefined
    if (user?.onTerminated) this.layer.guard(user.onTerminated)
  }

  #timedOut(): void {
    this.layer.stats.timeouts++
    const { timeout } = this.layer.timers
    const { user } = this
    this.user = undefined
    this.terminate()
    const error = new SipError('ERR_SIP_TIMEOUT', `no ACK for the final response within ${timeout} ms`)
    this.layer.guard(() => user?.onError?.(error))
    this.layer.guard(() => user?.onTerminated?.())
  }

  #tell(error: SipError): void {
    const onError = this.user?.onError
    if (onError) this.layer.guard(() => onError(error))
  }
}

/** The address a response goes to, undefined when a name has to be looked up first. */
export function wayBack(response: SipResponse, source: Source): Target | undefined {
  try {
    const target = responseTarget(response, source)
    return 'addr' in target ? target : undefined
  } catch {
    // The Via names no transport we know, yet the request came: where from is all there is to go by.
    return targetOf(source)
  }
}

/** What RFC 2543 compares where there is no branch with the magic cookie (RFC 3261 17.2.3). */
export interface LegacyIdentity {
  readonly request: SipRequest
  sentToTag: string | undefined
}
