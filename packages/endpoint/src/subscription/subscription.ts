import {
  Event,
  type EventValue,
  ReferSub,
  type SipRequest,
  type SipResponse,
  SubscriptionState,
  type SubscriptionStateValue,
} from '@netsip/message'
import { GuardedEmitter, SipError, type Timer } from '@netsip/runtime'
import { type Context, type ContextUsage, type IncomingRequest, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import { Dialog } from '../dialog/dialog.ts'
import { ResponseError } from '../errors.ts'
import { ifReadable } from '../if-readable.ts'
import { MAX_FORKS } from '../invite/late-answers.ts'
import type { ServerRequest } from '../response/server-request.ts'
import { answer } from '../response/respond.ts'
import { endsSubscription, retryPause, sameEvent, type SubscriptionPhase } from './subscription-events.ts'
import { sendUsageRequest } from './usage-request.ts'

/** The most seconds that the reports of a REFER are waited for, whatever the peer promises. */
const LONGEST_REPORTS = 3600

/** What a subscription is about. */
export interface SubscriptionInit {
  readonly core: Core
  readonly ctx: Context
  readonly event: EventValue
  /** Seconds that are asked for; `undefined`: the notifier decides, and nothing is refreshed (REFER). */
  readonly expires?: number | undefined
  /** The dialog it shares; without one the first NOTIFY or the 2xx makes it. */
  readonly dialog?: Dialog | undefined
  /** The request that asked for it. */
  readonly request: SipRequest
  /** What to do with a NOTIFY of a further fork. Default `'first'`: it is answered 481, which ends that fork's. */
  readonly forks?: 'first' | 'all' | undefined
}

/** Events of a Subscription, which is ours to somebody. */
export interface SubscriptionEvents {
  /** A NOTIFY came and was answered 200. */
  notify: [request: SipRequest, state: SubscriptionStateValue]
  /**
   * Another notifier has taken the same SUBSCRIBE (RFC 6665 4.4.1), and `forks: 'all'` keeps it: a subscription of its own. Its
   * first NOTIFY is told when the listeners have returned.
   */
  fork: [subscription: Subscription]
  /** It is over; `retryInMs` says when another try makes sense, `undefined` that none does (RFC 6665 4.1.3). */
  terminated: [reason: string, retryInMs: number | undefined]
  /** The SUBSCRIBE or its refresh was refused, or no NOTIFY came. */
  failed: [error: SipError]
}

/**
 * Our subscription to an event (RFC 6665 4.1): NOTIFYs are answered and told, it is refreshed before it expires, and it
 * ends when the notifier says so, does not know it any more, or never sends a NOTIFY.
 */
export class Subscription implements ContextUsage {
  readonly event: EventValue
  readonly #init: SubscriptionInit
  readonly #emitter = new GuardedEmitter<SubscriptionEvents>()
  #dialog: Dialog | undefined
  #phase: SubscriptionPhase = 'trying'
  #timer: Timer | undefined
  /** It is to end: unsubscribed, or a fetch, which asks for the state once (RFC 6665 4.4.3). */
  #unsubscribing: boolean
  /** A NOTIFY has come since the last SUBSCRIBE. */
  #heard = false
  /** When it expires unless it is refreshed, by the monotonic clock. */
  #until = 0
  /** The sequence number of the request that asked for it. */
  #seq: number
  /** Seconds that are asked for, as a 423 may have raised them. */
  #asked: number | undefined
  /** Seconds that the last 2xx granted. */
  #granted: number | undefined
  /** Until when another fork of the SUBSCRIBE may show up, by the monotonic clock (RFC 6665 4.1.2.4). */
  readonly #forksUntil: number
  #forks = 0

  constructor(init: SubscriptionInit) {
    this.#init = init
    this.event = init.event
    this.#dialog = init.dialog
    this.#seq = init.request.cseq.seq
    this.#unsubscribing = init.expires === 0
    this.#asked = init.expires
    const { clock, dispatcher } = init.core
    this.#forksUntil = init.forks === 'all' ? clock.monotonic() + 64 * dispatcher.timers.t1 : 0
    init.core.addUsage(init.ctx, this)
    this.#awaitNotify()
  }

  get phase(): SubscriptionPhase {
    return this.#phase
  }

  get dialog(): Dialog | undefined {
    return this.#dialog
  }

  /** Ends it: SUBSCRIBE with Expires 0; the last NOTIFY or its answer closes it (RFC 6665 4.1.2.3). */
  unsubscribe(): void {
    if (this.#phase === 'terminated' || this.#unsubscribing) return
    this.#unsubscribing = true
    if (this.#dialog === undefined || this.#asked === undefined) return this.#end('unsubscribed', undefined)
    this.#refresh(0)
  }

  on<E extends keyof SubscriptionEvents>(event: E, listener: (...args: SubscriptionEvents[E]) => unknown): this {
    this.#emitter.on(event, listener)
    return this
  }

  off<E extends keyof SubscriptionEvents>(event: E, listener: (...args: SubscriptionEvents[E]) => unknown): this {
    this.#emitter.off(event, listener)
    return this
  }

  /** @internal */
  matches(request: SipRequest, dialog: Dialog | undefined): boolean {
    if (request.method !== 'NOTIFY' || this.#phase === 'terminated') return false
    if (this.#dialog !== undefined && dialog !== this.#dialog && !this.#isFork(dialog)) return false
    const event = request.read(Event)
    return sameEvent(event, this.event) || this.#isOfRefer(event)
  }

  /** RFC 6665 4.1.4: the SUBSCRIBE has reached several notifiers, and this one makes a dialog of its own. */
  #isFork(dialog: Dialog | undefined): boolean {
    if (dialog !== undefined || this.#forks >= MAX_FORKS) return false
    return this.#init.core.clock.monotonic() < this.#forksUntil
  }

  #fork(server: ServerRequest): void {
    this.#forks += 1
    const fork = new Subscription({ ...this.#init, expires: this.#asked, dialog: undefined, forks: 'first' })
    this.#emit('fork', fork)
    fork.receive(server)
  }

  /**
   * RFC 3515 2.4.6: the number of the first REFER in a dialog may be left out, and may be there. The peer may count otherwise:
   * reports without a number are for the oldest REFER that waits for some.
   */
  #isOfRefer(event: EventValue | undefined): boolean {
    if (this.event.type !== 'refer' || event?.type !== 'refer') return false
    return event.id === undefined || event.id === String(this.#seq)
  }

  /** A NOTIFY: 200 at once, nobody is asked (RFC 6665 4.1.3). @internal */
  receive(incoming: IncomingRequest): void {
    const server = incoming as ServerRequest
    const { request } = server
    const state = ifReadable(() => request.read(SubscriptionState))
    if (state === undefined) return answer(server, request.createResponse(400))
    if (this.#dialog !== undefined && server.dialog !== this.#dialog) return this.#fork(server)
    this.#adopt(server)
    server.dialog?.refreshTarget(request)
    answer(server, request.createResponse(200))
    this.#heard = true
    // One that is to end keeps waiting for its last NOTIFY: another may have crossed the SUBSCRIBE.
    if (!this.#unsubscribing) this.#stopTimer()
    this.#emit('notify', request, state)
    if (state.state === 'terminated') return this.#end(state.reason ?? 'terminated', retryPause(state))
    this.#phase = state.state === 'pending' ? 'pending' : 'active'
    if (!this.#unsubscribing) this.#plan(state.expires)
  }

  /** The 2xx to the SUBSCRIBE that asked for it. @internal */
  accepted(request: SipRequest, response: SipResponse): void {
    this.#seq = request.cseq.seq
    if (this.#asked !== undefined) this.#asked = request.expires ?? this.#asked
    this.#granted = response.expires
    if (withoutSubscription(request, response)) return this.#end('norefersub', undefined)
    if (this.#phase !== 'trying' || this.#dialog !== undefined || response.to.tag === undefined) return
    this.#take(Dialog.fromResponse(request, response))
  }

  /** The SUBSCRIBE was refused. @internal */
  refused(error: SipError): void {
    if (this.#phase === 'terminated') return
    this.#emit('failed', error)
    this.#end('refused', undefined)
  }

  /** @internal */
  end(): void {
    this.unsubscribe()
  }

  /** @internal */
  lost(): void {
    this.#end('gone', 0)
  }

  /** RFC 6665 4.4.1: the NOTIFY makes the dialog when it comes before the 2xx, or from another fork. */
  #adopt(server: ServerRequest): void {
    if (this.#dialog === undefined) {
      const { request } = server
      const dialog = Dialog.fromRequest(request, request.to, {
        path: { leg: server.leg, from: server.from },
        state: 'confirmed',
        // As it was sent last: a challenge has raised it.
        localSeq: inside(this.#init.ctx).cseq,
      })
      this.#take(dialog)
    }
    server.dialog = this.#dialog
  }

  #take(dialog: Dialog): void {
    this.#dialog = dialog
    this.#init.core.dialogs.add(dialog, this.#init.ctx)
  }

  /** Timer N: 64*T1 for the NOTIFY that follows each SUBSCRIBE. */
  #awaitNotify(): void {
    const { core } = this.#init
    this.#stopTimer()
    this.#heard = false
    this.#timer = core.clock.setTimer(64 * core.dispatcher.timers.t1, () => {
      if (!this.#heard) {
        this.#emit('failed', new SipError('ERR_SIP_TIMEOUT', `no NOTIFY for ${this.event.type} within 64*T1`))
      }
      this.#end('timeout', undefined)
    })
  }

  /** Refreshes early enough for the transaction to fail and be noticed. */
  #plan(left: number | undefined): void {
    const asked = this.#asked
    // Of what is asked for a notifier may take, not add (RFC 6665 4.2.1.1). A REFER asks for no time, and old peers name none.
    const seconds = Math.min(left ?? this.#granted ?? asked ?? 180, asked ?? LONGEST_REPORTS)
    const { clock } = this.#init.core
    this.#until = clock.monotonic() + 1000 * seconds
    if (asked === undefined) {
      this.#timer = clock.setTimer(1000 * seconds, () => this.#end('timeout', undefined))
    } else {
      this.#timer = clock.setTimer(850 * Math.max(1, seconds), () => this.#refresh(asked))
    }
  }

  #refresh(expires: number): void {
    const { core, ctx } = this.#init
    if (this.#dialog === undefined) return
    this.#awaitNotify()
    sendUsageRequest({
      core,
      ctx,
      dialog: this.#dialog,
      method: 'SUBSCRIBE',
      write: (request) => {
        request.write(Event, this.event)
        request.expires = expires
      },
      success: ({ response }) => this.#refreshed(expires, response.expires),
      failure: (error) => {
        if (this.#phase === 'terminated') return
        this.#emit('failed', error)
        const status = error instanceof ResponseError ? error.status : undefined
        if (endsSubscription(status) || expires === 0) this.lost()
        else this.#expireInTime()
      },
    })
  }

  /** A 423 on the way has raised what is asked for: so it stays. */
  #refreshed(asked: number, granted: number | undefined): void {
    if (asked > 0 && granted !== undefined && granted > asked) this.#asked = granted
    this.#granted = granted
  }

  /** RFC 6665 4.1.2.2: a refresh that was refused for another reason leaves what was granted before. */
  #expireInTime(): void {
    const { clock } = this.#init.core
    this.#stopTimer()
    const left = Math.max(0, this.#until - clock.monotonic())
    this.#timer = clock.setTimer(left, () => this.#end('timeout', undefined))
  }

  #end(reason: string, retryInMs: number | undefined): void {
    if (this.#phase === 'terminated') return
    this.#phase = 'terminated'
    this.#stopTimer()
    const { core, ctx } = this.#init
    core.removeUsage(ctx, this)
    this.#emit('terminated', reason, retryInMs)
    core.detachIfIdle(ctx)
  }

  #stopTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #emit<E extends keyof SubscriptionEvents>(event: E, ...args: SubscriptionEvents[E]): void {
    if (inside(this.#init.ctx).muted) return
    const { core, ctx } = this.#init
    this.#emitter.emit((error) => core.report(error, ctx), event, ...args)
  }
}

/** RFC 4488 4: the REFER asked for no reports, and there will be none. */
function withoutSubscription(request: SipRequest, response: SipResponse): boolean {
  return request.method === 'REFER' && request.read(ReferSub) === false && response.read(ReferSub) === false
}
