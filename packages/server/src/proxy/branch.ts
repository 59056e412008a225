import type { Delivery, DeliverOptions, Dispatcher } from '@netsip/dispatcher'
import { SipParseError, type SipRequest, type SipResponse, type Via } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import type { Flow, Leg, Target } from '@netsip/transport'
import { downFlow } from './forward.ts'
import { TimerC } from './timer-c.ts'

/** What a branch that brought no response counts as; `held back`: it was not sent, as there is no room for it here or there. */
export type Loss = 408 | 502 | 503 | 'held back'

/** Who is told how a branch fares. */
export interface BranchOwner {
  /** 101 to 199. */
  provisional(response: SipResponse): void
  /** Each 2xx: an INVITE may bring several. */
  success(branch: Branch, response: SipResponse): void
  /** The one final response that is no success; `undefined` for an attempt given up before it was sent. */
  failure(branch: Branch, response: SipResponse | undefined): void
  /** Nothing of use came back: 408 for silence, 503 for a transport that failed (RFC 3261 16.9), 502 for a broken response. */
  lost(branch: Branch, loss: Loss): void
}

/** What a branch is made from. */
export interface BranchInit {
  readonly dispatcher: Dispatcher
  readonly owner: BranchOwner
  readonly request: SipRequest
  /** The Via that must be on top of a response once ours is taken off. */
  readonly upstream: Via | undefined
  readonly loopPart: string
  readonly flow: Flow | undefined
  readonly timerC: number
  /** Called for each attempt, once the way out is known. */
  readonly prepare: (request: SipRequest, leg: Leg, target: Target) => void
}

/**
 * One client transaction of a forwarded request: *trying* until a response comes, *proceeding* after a provisional, *done* with
 * the first final one. A CANCEL waits for the first provisional (RFC 3261 9.1) and is sent once.
 */
export class Branch {
  readonly #init: BranchInit
  readonly #timer: TimerC | undefined
  #state: 'trying' | 'proceeding' | 'done' = 'trying'
  #delivery: Delivery | undefined
  #left = false
  #cancel: 'no' | 'wanted' | 'sent' = 'no'
  #reasons: readonly string[] = []

  constructor(init: BranchInit) {
    this.#init = init
    const { dispatcher, request, timerC } = init
    if (request.method === 'INVITE') this.#timer = new TimerC(dispatcher.clock, timerC, () => this.#timerCFired())
  }

  get isDone(): boolean {
    return this.#state === 'done'
  }

  start(): void {
    const { dispatcher, request, flow } = this.#init
    this.#timer?.start()
    const options: DeliverOptions = {
      branchSuffix: this.#init.loopPart,
      prepare: (stamped, leg, target) => this.#leaving(stamped, leg, target),
      onResponse: (response) => this.#received(response),
      onError: (error) => this.#failed(error),
      ...downFlow(flow),
    }
    this.#delivery = dispatcher.deliver(request, options)
  }

  /**
   * Asks the other side to give up (RFC 3261 16.10). Only an INVITE can be asked.
   * @param reasons Reason header field values to pass on (RFC 3326).
   */
  cancel(reasons: readonly string[] = []): void {
    if (this.#state === 'done' || this.#cancel !== 'no' || this.#init.request.method !== 'INVITE') return
    this.#cancel = 'wanted'
    this.#reasons = reasons
    if (this.#state === 'proceeding') this.#sendCancel()
    else if (!this.#left) this.#giveUp()
  }

  /** Ends without a word to anybody. */
  close(): void {
    if (this.#state === 'done') return
    this.#end()
    this.#drop()
  }

  #leaving(request: SipRequest, leg: Leg, target: Target): void {
    this.#left = true
    this.#init.prepare(request, leg, target)
  }

  #received(response: SipResponse): void {
    response.popVia()
    if (!leadsBack(response, this.#init.upstream)) this.#broken(response)
    else if (response.status >= 200 && response.status < 300) this.#succeeded(response)
    else if (this.#state === 'done') return
    else if (response.status < 200) this.#provisional(response)
    else {
      this.#end()
      this.#init.owner.failure(this, response)
    }
  }

  /** Sent on, it would go wherever its sender likes, and the caller would wait for ever. */
  #broken(response: SipResponse): void {
    if (this.#state === 'done' || response.status < 200) return
    this.#end()
    this.#init.owner.lost(this, 502)
  }

  #provisional(response: SipResponse): void {
    this.#state = 'proceeding'
    if (this.#cancel === 'wanted') this.#sendCancel()
    if (response.status === 100) return
    if (this.#cancel === 'no') this.#timer?.start()
    this.#init.owner.provisional(response)
  }

  #succeeded(response: SipResponse): void {
    if (this.#state === 'done' && this.#init.request.method !== 'INVITE') return
    this.#end()
    this.#init.owner.success(this, response)
  }

  #failed(error: SipError): void {
    if (this.#state === 'done') return
    this.#end()
    this.#init.owner.lost(this, lossOf(error))
  }

  /** RFC 3261 16.8: a branch that rings is cancelled, a silent one counts as timed out; so does one that ignores the CANCEL. */
  #timerCFired(): void {
    if (this.#state === 'proceeding' && this.#cancel === 'no') return this.cancel()
    this.#end()
    this.#drop()
    this.#init.owner.lost(this, 408)
  }

  #sendCancel(): void {
    this.#cancel = 'sent'
    const { dispatcher, request } = this.#init
    const cancel = request.createCancel()
    for (const reason of this.#reasons) cancel.headers.append('Reason', reason)
    // RFC 3261 9.1: without a final response after 64*T1 the INVITE counts as cancelled
    this.#timer?.start(dispatcher.timers.timeout)
    dispatcher.deliver(cancel, { onResponse: ignore, onError: ignore })
  }

  #giveUp(): void {
    this.#end()
    this.#drop()
    this.#init.owner.failure(this, undefined)
  }

  #drop(): void {
    if (this.#delivery) this.#init.dispatcher.cancelDelivery(this.#delivery)
  }

  #end(): void {
    this.#state = 'done'
    this.#timer?.stop()
  }
}

/** Whether the top Via is the one the request came with. */
function leadsBack(response: SipResponse, upstream: Via | undefined): boolean {
  try {
    const { via } = response
    return via !== undefined && via.branch === upstream?.branch && via.sentBy === upstream?.sentBy
  } catch (error) {
    if (error instanceof SipParseError) return false
    throw error
  }
}

/** The INVITE's own response or timeout tells how the cancelling went. */
function ignore(): void {
  return undefined
}

function lossOf({ code }: SipError): Loss {
  if (code === 'ERR_SIP_TIMEOUT') return 408
  return code === 'ERR_SIP_OVERLOAD' ? 'held back' : 503
}
