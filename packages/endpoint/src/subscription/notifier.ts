import {
  Event,
  type EventValue,
  type SipRequest,
  SubscriptionState,
  type SubscriptionStateValue,
} from '@netsip/message'
import { GuardedEmitter, type Timer } from '@netsip/runtime'
import type { Body } from '../request/body.ts'
import { type Context, type ContextUsage, type IncomingRequest, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { ResponseError, stateError } from '../errors.ts'
import { answer } from '../response/respond.ts'
import type { ServerRequest } from '../response/server-request.ts'
import { endsSubscription, type NotifierEvents, sameEvent, type SubscriptionPhase } from './subscription-events.ts'
import { sendUsageRequest } from './usage-request.ts'

/** Reports of a transfer come no faster than one a second (RFC 3515 3.9); the last one waits for nothing. */
function leastGap(event: EventValue): number {
  return event.type === 'refer' ? 1000 : 0
}

/** What a notifier serves. */
export interface NotifierInit {
  readonly core: Core
  readonly ctx: Context
  readonly dialog: Dialog
  readonly event: EventValue
  /** Seconds granted. */
  readonly expires: number
}

/** What is notified: a body with its content type. */
export interface Notification {
  readonly body?: Body
  readonly contentType?: string
}

/** Somebody's subscription to us (RFC 6665 4.2): sends its NOTIFYs one after the other, grants refreshes, and ends in time. */
export class Notifier implements ContextUsage {
  readonly event: EventValue
  readonly dialog: Dialog
  readonly #init: NotifierInit
  readonly #emitter = new GuardedEmitter<NotifierEvents>()
  readonly #queue: (() => void)[] = []
  #state: 'active' | 'pending' = 'active'
  #over = false
  #last: Notification = {}
  #until: number
  #timer: Timer | undefined
  #sending = false
  /** When the last NOTIFY was handed over, by the monotonic clock. */
  #told = Number.NEGATIVE_INFINITY
  #pause: Timer | undefined

  constructor(init: NotifierInit) {
    this.#init = init
    this.event = init.event
    this.dialog = init.dialog
    this.#until = 0
    init.core.addUsage(init.ctx, this)
    this.#extend(init.expires)
  }

  get phase(): SubscriptionPhase {
    return this.#over ? 'terminated' : this.#state
  }

  /**
   * Sends a NOTIFY; `state` is `active`, or `pending` while nothing is decided. For a subscription of 0 seconds, which asks
   * for the state once, it is the last one. Notifications that come faster than the event package allows are delayed, and of
   * those only the latest is sent. @throws SipError ERR_SIP_STATE when it is over
   */
  notify(notification: Notification = {}, state: 'active' | 'pending' = 'active'): void {
    if (this.#over) throw stateError('this subscription is over')
    // A fetch gets one NOTIFY, which is its last (RFC 6665 4.4.3).
    if (this.#init.expires === 0) return this.terminate('timeout', notification)
    this.#state = state
    this.#last = notification
    const wait = this.#told + leastGap(this.event) - this.#init.core.clock.monotonic()
    if (wait <= 0) return this.#tell()
    this.#pause ??= this.#init.core.clock.setTimer(wait, () => this.#tell())
  }

  /** Sends the state as it is now. */
  #tell(): void {
    const state = this.#state
    this.#pause = undefined
    this.#told = this.#init.core.clock.monotonic()
    this.#push(() => ({ state, expires: this.#left() }), this.#last)
  }

  /** Ends the subscription with a last NOTIFY; `reason` as in RFC 6665 4.1.3 (`noresource`, `rejected`, `deactivated` ...). */
  terminate(reason: string, notification: Notification = this.#last): void {
    if (this.#over) return
    this.#end(reason)
    this.#push(() => ({ state: 'terminated', reason }), notification)
  }

  on<E extends keyof NotifierEvents>(event: E, listener: (...args: NotifierEvents[E]) => unknown): this {
    this.#emitter.on(event, listener)
    return this
  }

  off<E extends keyof NotifierEvents>(event: E, listener: (...args: NotifierEvents[E]) => unknown): this {
    this.#emitter.off(event, listener)
    return this
  }

  /** @internal */
  matches(request: SipRequest, dialog: Dialog | undefined): boolean {
    if (request.method !== 'SUBSCRIBE' || this.#over || dialog !== this.dialog) return false
    return sameEvent(request.read(Event), this.event)
  }

  /** A refresh or the end, asked for by the subscriber; a NOTIFY follows at once (RFC 6665 4.2.1.2). @internal */
  receive(incoming: IncomingRequest): void {
    const server = incoming as ServerRequest
    const { request } = server
    const expires = Math.min(request.expires ?? this.#init.expires, this.#init.expires)
    const response = request.createResponse(200)
    response.expires = expires
    answer(server, response)
    if (expires === 0) return this.terminate('timeout')
    this.#extend(expires)
    this.#emit('refreshed', request, expires)
    this.notify(this.#last, this.#state)
  }

  /** @internal */
  end(): void {
    // RFC 3515 2.4.5, RFC 6665 4.1.3: each report has a body, and nobody is to ask for a transfer again.
    if (this.event.type === 'refer') this.terminate('noresource')
    else this.terminate('deactivated', {})
  }

  /** @internal */
  lost(): void {
    this.#queue.length = 0
    this.#end('gone')
    this.#finish()
  }

  #left(): number {
    return Math.max(0, Math.round((this.#until - this.#init.core.clock.monotonic()) / 1000))
  }

  #extend(seconds: number): void {
    const { clock, dispatcher } = this.#init.core
    this.#timer?.cancel()
    this.#until = clock.monotonic() + 1000 * seconds
    // The subscriber of a fetch waits 64*T1 for its one NOTIFY.
    const left = seconds === 0 ? 32 * dispatcher.timers.t1 : 1000 * seconds
    this.#timer = clock.setTimer(left, () => this.terminate('timeout'))
  }

  /** RFC 6665 4.2.2: the next NOTIFY waits for the answer to the one before. */
  #push(state: () => SubscriptionStateValue, notification: Notification): void {
    this.#queue.push(() => this.#send(state(), notification))
    this.#next()
  }

  #next(): void {
    if (this.#sending) return
    const send = this.#queue.shift()
    if (send === undefined) return this.#finish()
    this.#sending = true
    send()
  }

  #send(state: SubscriptionStateValue, { body, contentType }: Notification): void {
    const { core, ctx } = this.#init
    sendUsageRequest({
      core,
      ctx,
      dialog: this.dialog,
      method: 'NOTIFY',
      body,
      write: (request) => {
        request.write(Event, this.event)
        request.write(SubscriptionState, state)
        if (contentType !== undefined && body !== undefined) request.contentType = contentType
      },
      success: () => this.#sent(),
      failure: (error) => {
        const status = error instanceof ResponseError ? error.status : undefined
        if (endsSubscription(status)) this.lost()
        this.#sent()
      },
    })
  }

  #sent(): void {
    this.#sending = false
    this.#next()
  }

  #end(reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#timer?.cancel()
    this.#pause?.cancel()
    this.#emit('terminated', reason)
  }

  /** Nothing is left to send: after the last NOTIFY the usage is gone. */
  #finish(): void {
    if (!this.#over) return
    const { core, ctx } = this.#init
    core.removeUsage(ctx, this)
    core.detachIfIdle(ctx)
  }

  #emit<E extends keyof NotifierEvents>(event: E, ...args: NotifierEvents[E]): void {
    if (inside(this.#init.ctx).muted) return
    const { core, ctx } = this.#init
    this.#emitter.emit((error) => core.report(error, ctx), event, ...args)
  }
}
