import type { DeliverOptions } from '@netsip/dispatcher'
import type { NameAddr, SipRequest, SipResponse } from '@netsip/message'
import { type SipError, type Timer, TimerEntry } from '@netsip/runtime'
import type { Leg, Source } from '@netsip/transport'
import { type Context, type IncomingRequest, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'
import type { ReliableProvisionals } from '../invite/reliable-provisional.ts'
import { isSameTransaction, transactionOf, type TransactionName } from './transaction-name.ts'

const KEEP_ALIVE = 60_000

/** Answers remembered per context, to tell a second answer from a stray one. */
const REMEMBERED = 16

/** A request of the peer from its arrival to its final answer. */
export class ServerRequest extends TimerEntry implements IncomingRequest {
  readonly core: Core
  readonly ctx: Context
  readonly request: SipRequest
  readonly leg: Leg
  readonly from: Source
  readonly transaction: TransactionName
  /** The dialog it came in, or made by a response above 100. */
  dialog: Dialog | undefined
  reliable: ReliableProvisionals | undefined
  /** Our Contact, the same in all responses to this request. */
  contact: NameAddr | undefined
  /** The call this one takes the place of when it is accepted (RFC 3891). */
  replaces: { readonly ctx: Context; readonly dialog: Dialog } | undefined
  /** A session description has gone out reliably: what follows it in answers to this request is a repetition. */
  described = false
  #timer: Timer | undefined
  #ringing: SipResponse | undefined
  #answered = false

  constructor(core: Core, ctx: Context, request: SipRequest, leg: Leg, from: Source, dialog?: Dialog) {
    super()
    this.core = core
    this.ctx = ctx
    this.request = request
    this.leg = leg
    this.from = from
    this.transaction = transactionOf(request)
    this.dialog = dialog
    inside(ctx).incoming.push(this)
  }

  get answered(): boolean {
    return this.#answered
  }

  /** The To of the request with our tag, the same in all responses and in the dialog. */
  localIn(to: NameAddr): NameAddr {
    const { local, parts } = inside(this.ctx)
    return to === parts.to ? local : to.with({ tag: local.tag })
  }

  /** Runs once after `ms`, unless the request is answered before; replaces what was set before. */
  after(ms: number, run: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.core.clock.setTimer(ms, run)
  }

  /** Sends a provisional response again each minute, so that proxies on the way do not give up (RFC 3261 13.3.1.1). */
  keepAlive(response: SipResponse): void {
    this.#ringing = response
    this.core.queue.arm(this, KEEP_ALIVE)
  }

  override onTimer(): void {
    if (this.#ringing === undefined) return
    this.send(this.#ringing)
    this.keepAlive(this.#ringing)
  }

  get waiting(): boolean {
    return this.#timer !== undefined
  }

  /** Sends a response; a final one ends this request. */
  send(response: SipResponse, as: 'answered' | 'cancelled' = 'answered'): void {
    if (response.status >= 200) this.#finish(as)
    this.core.dispatcher.deliver(response, answering(this))
  }

  #finish(as: 'answered' | 'cancelled'): void {
    this.#answered = true
    this.#timer?.cancel()
    this.#timer = undefined
    this.core.queue.disarm(this)
    const { incoming, answered } = inside(this.ctx)
    const at = incoming.indexOf(this)
    if (at >= 0) incoming.splice(at, 1)
    if (answered.length >= REMEMBERED) answered.shift()
    answered.push({ transaction: this.transaction, as })
  }
}

/** How the answers of a context leave by a leg: the same for all, as the transactions keep it for their 32 s. */
function answering({ core, ctx, leg }: ServerRequest): DeliverOptions {
  const own = inside(ctx)
  if (own.answering?.leg !== leg) own.answering = { leg, onError: reportFor(core, ctx.callId, own.local.tag) }
  return own.answering
}

/** Holds no more than names the context, or each call would leave its messages there. */
function reportFor(core: Core, callId: string, tag: string | undefined): (error: SipError) => void {
  return (error) => core.report(error, core.contexts.find(callId, tag))
}

/** The unanswered request of a transaction, of any method. */
export function pendingRequest(ctx: Context, transaction: TransactionName): ServerRequest | undefined {
  const found = inside(ctx).incoming.find((one) => isSameTransaction(one.transaction, transaction))
  return found instanceof ServerRequest ? found : undefined
}
