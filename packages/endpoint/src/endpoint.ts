import type { Dispatcher, Receiver } from '@netsip/dispatcher'
import type { SipMessage, SipRequest, SipResponse } from '@netsip/message'
import { GuardedEmitter } from '@netsip/runtime'
import type { Leg, Source } from '@netsip/transport'
import type { Body } from './request/body.ts'
import { cancelInvite } from './invite/cancel.ts'
import { closeContext } from './context/close-context.ts'
import { type Context, type ContextCallback, inside, type UserAgent } from './context/context.ts'
import type { Address, ContextInit } from './context/context-init.ts'
import { Core } from './core.ts'
import { argumentError } from './errors.ts'
import { giveUpAll, hangUp, hangUpAll } from './context/hang-up.ts'
import { type Callback, invokeCallback } from './invoke-callback.ts'
import { LateAnswers } from './invite/late-answers.ts'
import { newRequest } from './request/new-request.ts'
import type { Notifier } from './subscription/notifier.ts'
import type { KeepOptions } from './registration/outbound.ts'
import { Publication, type PublicationInit } from './subscription/publication.ts'
import { receiveRequest } from './response/receive-request.ts'
import { acceptRefer, refer, type ReferArgs, type Transfer } from './subscription/refer.ts'
import { register, type RegisterArgs, RegistrationTable } from './registration/register.ts'
import { Registration } from './registration/registration.ts'
import { headerFields, type RequestArgs } from './request/request-args.ts'
import { respond } from './response/respond.ts'
import { refreshSession } from './dialog/session-refresh.ts'
import { type EndpointOptions, readSettings } from './settings.ts'
import { acceptSubscription, type AcceptArgs, subscribe, type SubscribeArgs } from './subscription/subscribe.ts'
import type { Subscription } from './subscription/subscription.ts'

/** What an application is called with, in the order of Net::SIP. */
export type ApplicationArgs = [endpoint: Endpoint, ctx: Context, request: SipRequest, leg: Leg, from: Source]

/**
 * The upper layer: an object with `receive`, or any callback form. It is handed every request of a peer once. ACK, BYE and CANCEL
 * need no answer. The endpoint answers OPTIONS, PRACK and an UPDATE without a body itself, if the application has not done so when
 * it returns, or when the promise it returns resolves. INVITE and all others wait for `newResponse`, which may come at any time.
 */
export type Application = { receive(...args: ApplicationArgs): unknown } | Callback<ApplicationArgs>

/** Events of an Endpoint. */
export interface EndpointEvents {
  /** A request of a peer has created a context. The application gets the request next. */
  context: [ctx: Context, request: SipRequest]
  /** The application, a callback or a listener threw, or a message could not be sent. The endpoint keeps running. */
  error: [error: unknown, ctx: Context | undefined]
}

/** How much an endpoint holds. */
export interface EndpointStats {
  readonly contexts: number
  readonly dialogs: number
  /** 2xx responses of ours that wait for their ACK. */
  readonly pendingAcks: number
  /** Errors reported by the `error` event so far. */
  readonly errors: number
}

/** A communication endpoint for SIP: user agent client and server in one, on top of a Dispatcher. */
export class Endpoint implements Receiver, UserAgent {
  readonly dispatcher: Dispatcher
  readonly #core: Core
  readonly #emitter = new GuardedEmitter<EndpointEvents>()
  readonly #registrations = new RegistrationTable()
  #errors = 0

  /**
   * Makes an endpoint and sets it as the receiver of the dispatcher, in place of any other.
   *
   * @throws TypeError with the code `ERR_SIP_ARGUMENT` when `dispatcher` is not a Dispatcher, SipError `ERR_SIP_ARGUMENT` for an
   *   option that has an impossible value
   */
  constructor(dispatcher: Dispatcher, options: EndpointOptions = {}) {
    if (typeof dispatcher?.deliver !== 'function') {
      throw Object.assign(new TypeError('an Endpoint needs a Dispatcher'), { code: 'ERR_SIP_ARGUMENT' })
    }
    this.dispatcher = dispatcher
    this.#core = new Core({
      endpoint: this,
      dispatcher,
      clock: options.clock ?? dispatcher.clock,
      random: options.random ?? dispatcher.random,
      settings: readSettings(options),
      onError: (error, ctx) => this.#report(error, ctx),
    })
    this.#core.lateAnswers = new LateAnswers(this.#core)
    this.#core.refreshSession = (ctx, dialog) => refreshSession(this.#core, ctx, dialog)
    dispatcher.setReceiver(this)
    dispatcher.on('close', this.#drop)
  }

  /** Sets the upper layer, also for calls that are already up; `undefined` removes it. */
  setApplication(app: Application | null | undefined): void {
    if (app === undefined || app === null) {
      this.#core.application = undefined
      return
    }
    checkApplication(app)
    const call = typeof app !== 'function' && 'receive' in app ? app.receive.bind(app) : undefined
    this.#core.application = (ctx, request, leg, from) =>
      call === undefined
        ? invokeCallback(app as Callback<ApplicationArgs>, this, ctx, request, leg, from)
        : call(this, ctx, request, leg, from)
  }

  /**
   * `newRequest('INVITE', ...)`. One that rings until its `Expires`, or of which nothing more is heard for ten minutes, is cancelled.
   */
  invite(
    ctx: Context | ContextInit,
    callback?: ContextCallback | null,
    body?: Body | null,
    args?: RequestArgs,
  ): Context {
    return this.newRequest('INVITE', ctx, callback, body, args)
  }

  /**
   * Sends one REGISTER and returns its context. The next one for the same address and registrar has the same Call-ID.
   *
   * @throws SipError `ERR_SIP_ARGUMENT` naming a mandatory argument that is missing; `ERR_SIP_STATE` while one is pending.
   */
  register(args: RegisterArgs): Context {
    return register(this.#core, this.#registrations, args)
  }

  /**
   * Registers and stays registered, until `unregister` or `close`. Call `register()` of what it returns to begin.
   *
   * @throws SipError `ERR_SIP_ARGUMENT` for a `regId` without `instance`, or out of range
   */
  keepRegistered(args: RegisterArgs, options: KeepOptions = {}): Registration {
    return new Registration(this.#core, this.#registrations, args, options)
  }

  /** Prepares to publish event state (RFC 3903); call `publish` on what this returns. */
  publication(init: PublicationInit): Publication {
    return new Publication(this.#core, init)
  }

  /**
   * Sends a request and returns its context. Nothing that happens on the network is thrown: it goes to the callback, the
   * events and `outcome` of the context.
   *
   * @param method - name of the method, or a ready SipRequest, which is sent as it is
   * @param ctx - a context of this endpoint, or what to make one from
   * @param callback - the context's default callback from now on
   * @throws SipError `ERR_SIP_ARGUMENT`, `ERR_SIP_STATE`, `ERR_SIP_CLOSED`, or `ERR_SIP_CANCELLED` for an aborted signal
   */
  newRequest(
    method: string | SipRequest,
    ctx: Context | ContextInit,
    callback?: ContextCallback | null,
    body?: Body | null,
    args?: RequestArgs,
  ): Context {
    return newRequest(this.#core, { method, ctx, callback, body, args })
  }

  /**
   * Cancels an INVITE: the one given, else the newest unanswered one. The CANCEL waits for a provisional response if none has
   * come. Returns how many were cancelled, 0 or 1. `callback` is told of the answer to the CANCEL, and the callback of the INVITE
   * of the 487.
   */
  cancelInvite(
    ctx: Context,
    request?: SipRequest | null,
    callback?: ContextCallback | null,
    args?: RequestArgs,
  ): 0 | 1 {
    return cancelInvite(this.#core, ctx, request, callback, headerFields(args ?? {}))
  }

  /** Takes a context out of the active calls, without hanging up; see {@link hangUp} for that. Closing twice does no harm. */
  closeContext(ctx: Context | undefined): void {
    if (ctx !== undefined) closeContext(this.#core, ctx)
  }

  /** Cancels, hangs up or refuses, as the state of the context asks; resolves when it is closed. Never rejects. */
  hangUp(ctx: Context): Promise<void> {
    return hangUp(this.#core, ctx)
  }

  /**
   * Subscribes to an event (RFC 6665), on a context of its own or in the dialog of a call, and keeps it refreshed.
   *
   * @throws SipError `ERR_SIP_ARGUMENT` without `event`, and what `newRequest` throws
   */
  subscribe(ctx: Context | ContextInit, args: SubscribeArgs): Subscription {
    return subscribe(this.#core, ctx, args)
  }

  /** Accepts a SUBSCRIBE the application was handed. Send the first NOTIFY at once: `notifier.notify({ body, contentType })`. */
  acceptSubscription(ctx: Context, request: SipRequest, args?: AcceptArgs): Notifier {
    return acceptSubscription(this.#core, ctx, request, args)
  }

  /**
   * Sends REFER (RFC 3515), which asks the peer to call `target`. In the dialog of a call this is a blind transfer, and with
   * `replaces` an attended one.
   */
  refer(
    ctx: Context | ContextInit,
    target: Address,
    callback?: ContextCallback | null,
    args?: ReferArgs,
  ): Subscription {
    return refer(this.#core, ctx, target, callback, args)
  }

  /** Accepts a REFER the application was handed. Call its target, and report each response by what this returns. */
  acceptRefer(ctx: Context, request: SipRequest, args?: AcceptArgs): Transfer {
    return acceptRefer(this.#core, ctx, request, args)
  }

  /** Called by the dispatcher with what comes in. `true` when it was for this endpoint. */
  receive(packet: SipMessage, leg: Leg, from: Source): boolean {
    return packet.type === 'request' ? this.receiveRequest(packet, leg, from) : this.receiveResponse(packet, leg, from)
  }

  receiveRequest(request: SipRequest, leg: Leg, from: Source): boolean {
    receiveRequest(this.#core, request, leg, from, (ctx) => this.#emit('context', ctx, request))
    return true
  }

  /** A response goes to the context with its Call-ID and the transaction it names; without one it is dropped. */
  receiveResponse(response: SipResponse, leg: Leg, from: Source): boolean {
    return this.#core.contexts.byCallId(response.callId).some((ctx) => ctx.handleResponse(response, leg, from))
  }

  /**
   * Answers a request of a context. Adds what RFC 3261 asks for and the response lacks: To tag, Contact, Record-Route, Allow.
   * A 2xx to INVITE is repeated until its ACK comes. A second final answer is dropped.
   *
   * @throws SipError `ERR_SIP_STATE` when no request waits for it, `ERR_SIP_CANCELLED` when the INVITE was cancelled.
   */
  newResponse(ctx: Context, response: SipResponse, _leg?: Leg, _addr?: Source): void {
    if (inside(ctx).owner !== this) throw argumentError('this context belongs to another endpoint')
    respond(ctx, response)
  }

  on<E extends keyof EndpointEvents>(event: E, listener: (...args: EndpointEvents[E]) => unknown): this {
    this.#emitter.on(event, listener)
    return this
  }

  once<E extends keyof EndpointEvents>(event: E, listener: (...args: EndpointEvents[E]) => unknown): this {
    this.#emitter.once(event, listener)
    return this
  }

  off<E extends keyof EndpointEvents>(event: E, listener: (...args: EndpointEvents[E]) => unknown): this {
    this.#emitter.off(event, listener)
    return this
  }

  stats(): EndpointStats {
    const { contexts, dialogs, pendingAcks } = this.#core
    return { contexts: contexts.size, dialogs: dialogs.size, pendingAcks: pendingAcks.size, errors: this.#errors }
  }

  /**
   * Unregisters, hangs up every call and waits for the answers; with `graceful: false` everything is dropped at once. A
   * MESSAGE that waits for another to the same address fails with `ERR_SIP_CLOSED`.
   * The dispatcher stays open: close it yourself. When it is closed first, everything is dropped.
   */
  async close({ graceful = true }: { graceful?: boolean } = {}): Promise<void> {
    const core = this.#core
    if (core.closed) return
    core.closing = true
    core.messages.close()
    if (graceful) {
      giveUpAll(core)
      await Promise.all([...core.kept].map(async (one) => one.unregister?.()))
      await hangUpAll(core)
    } else for (const ctx of Array.from(core.contexts)) closeContext(core, ctx)
    // At once when nothing is waited for: who waits for what is dropped here must find it closed.
    core.close()
    this.dispatcher.off('close', this.#drop)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** What would still be sent throws from now on, in timers too. */
  readonly #drop = (): void => void this.close({ graceful: false })

  #report(error: unknown, ctx: Context | undefined): void {
    this.#errors += 1
    this.#emit('error', error, ctx)
  }

  #emit<E extends keyof EndpointEvents>(event: E, ...args: EndpointEvents[E]): void {
    this.#emitter.emit(() => (this.#errors += 1), event, ...args)
  }
}

function checkApplication(app: Application): void {
  const form = typeof app === 'function' || (typeof app === 'object' && app !== null)
  if (!form) throw argumentError('an application is an object with receive, or a callback')
}
