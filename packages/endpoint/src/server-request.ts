import type { NameAddr, SipRequest, SipResponse } from '@netsip/message'
import type { Timer } from '@netsip/runtime'
import type { Leg, Source } from '@netsip/transport'
import { type Context, type IncomingRequest, inside } from './context.ts'
import type { Core } from './core.ts'
import type { Dialog } from './dialog.ts'
import type { ReliableProvisionals } from './reliable-provisional.ts'

const KEEP_ALIVE = 60_000

/** Answers remembered per context, to tell a second answer from a stray one. */
const REMEMBERED = 16

/** What names the transaction of a request and of its responses: top branch, number and method. */
export function transactionKey(message: SipRequest | SipResponse): string {
  return `${message.via?.branch ?? ''}\n${message.cseq.toString()}`
}

/** A request of the peer from its arrival to its final answer. */
export class ServerRequest implements IncomingRequest {
  readonly core: Core
  readonly ctx: Context
  readonly request: SipRequest
  readonly leg: Leg
  readonly from: Source
  readonly key: string
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
  #repeat: Timer | undefined
  #answered = false

  constructor(core: Core, ctx: Context, request: SipRequest, leg: Leg, from: Source, dialog?: Dialog) {
    this.core = core
    this.ctx = ctx
    this.request = request
    this.leg = leg
    this.from = from
    this.key = transactionKey(request)
    this.dialog = dialog
    inside(ctx).incoming.set(this.key, this)
  }

  get answered(): boolean {
    return this.#answered
  }

  /** Runs once after `ms`, unless the request is answered before; replaces what was set before. */
  after(ms: number, run: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.core.clock.setTimer(ms, run)
  }

  /** Sends a provisional response again each minute, so that proxies on the way do not give up (RFC 3261 13.3.1.1). */
  keepAlive(response: SipResponse): void {
    this.#repeat?.cancel()
    this.#repeat = this.core.clock.setTimer(KEEP_ALIVE, () => {
      this.send(response)
      this.keepAlive(response)
    })
  }

  get waiting(): boolean {
    return this.#timer !== undefined
  }

  /** Sends a response; a final one ends this request. */
  send(response: SipResponse, as: 'answered' | 'cancelled' = 'answered'): void {
    if (response.status >= 200) this.#finish(as)
    // The transaction keeps this for its 32 s: no more than names the context, or each call would leave both messages there.
    const { core, ctx, leg } = this
    const { callId } = ctx
    const { tag } = ctx.local
    core.dispatcher.deliver(response, { leg, onError: (error) => core.report(error, core.contexts.find(callId, tag)) })
  }

  #finish(as: 'answered' | 'cancelled'): void {
    this.#answered = true
    this.#timer?.cancel()
    this.#timer = undefined
    this.#repeat?.cancel()
    const { incoming, answered } = inside(this.ctx)
    incoming.delete(this.key)
    if (answered.size >= REMEMBERED) answered.delete(answered.keys().next().value as string)
    answered.set(this.key, as)
  }
}

/** The unanswered request with this key, of any method. */
export function pendingRequest(ctx: Context, key: string): ServerRequest | undefined {
  const found = inside(ctx).incoming.get(key)
  return found instanceof ServerRequest ? found : undefined
}
