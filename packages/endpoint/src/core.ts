import type { Credentials } from '@netsip/auth'
import type { Dispatcher, Receiver, ResponseHeir } from '@netsip/dispatcher'
import type { SipRequest, SipResponse } from '@netsip/message'
import { type Clock, type Random, type SipError, type Timer, TimerQueue } from '@netsip/runtime'
import type { Leg, Source } from '@netsip/transport'
import { Account } from './request/account.ts'
import { BusyMap } from './busy-map.ts'
import { Context, type ContextCallback, type ContextUsage, inside, type UserAgent } from './context/context.ts'
import type { ContextInit } from './context/context-init.ts'
import { ContextTable } from './context/context-table.ts'
import type { Dialog } from './dialog/dialog.ts'
import { DialogTable } from './dialog/dialog-table.ts'
import type { ContextEvents, EndReason } from './context/events.ts'
import { Identities } from './registration/identity.ts'
import { invokeCallback } from './invoke-callback.ts'
import { MergeGuard } from './response/merge-guard.ts'
import { MessageQueue } from './message-queue.ts'
import type { RAck } from './invite/rack.ts'
import type { Settings } from './settings.ts'

/** Hands a request of the peer to the application; its result tells when it is done with it. */
export type ApplicationHook = (ctx: Context, request: SipRequest, leg: Leg, from: Source) => unknown

/** Reliable provisional responses, as PRACK knows them. */
export interface PendingPrack {
  matches(rack: RAck): boolean
  acknowledged(): void
}

/** A 2xx that waits for its ACK. */
export interface PendingAck {
  readonly seq: number
  acknowledge(): void
  /** Runs when the ACK is there, or given up on. */
  whenDone(run: () => void): void
  stop(): void
}

/** What goes on by itself until it is told to rest. */
interface Kept {
  rest(): void
  unregister?(): Promise<void>
}

interface CoreInit {
  readonly endpoint: UserAgent & Receiver
  readonly dispatcher: Dispatcher
  readonly clock: Clock
  readonly random: Random
  readonly settings: Settings
  readonly onError: (error: unknown, ctx: Context | undefined) => void
}

/** What the verbs of an endpoint share: tables, clock, dispatcher, and the one way to call into foreign code. */
export class Core {
  readonly endpoint: UserAgent & Receiver
  readonly dispatcher: Dispatcher
  readonly clock: Clock
  readonly random: Random
  readonly settings: Settings
  readonly contexts: ContextTable = new ContextTable()
  dialogs: DialogTable<Context> = new DialogTable()
  readonly pendingAcks: BusyMap<Dialog, PendingAck> = new BusyMap()
  /** Reliable provisional responses that a dialog of ours has sent. */
  readonly reliable: WeakMap<Dialog, PendingPrack> = new WeakMap()
  readonly latePracks: Map<string, PendingPrack> = new Map()
  readonly identities: Identities = new Identities()
  readonly merged: MergeGuard
  /** For the timers that each call has and that hardly ever fire. */
  readonly queue: TimerQueue
  readonly messages: MessageQueue = new MessageQueue()
  application: ApplicationHook | undefined
  /** Answers the 2xx to INVITEs that were sent with no more than is to be seen in them. */
  lateAnswers!: ResponseHeir
  /** Sends the refresh of a session timer. */
  refreshSession: ((ctx: Context, dialog: Dialog) => void) | undefined
  /** Registrations and publications that go on by themselves. */
  readonly kept: Set<Kept> = new Set()
  /** It is being closed: nothing new is begun. */
  closing = false
  closed = false
  readonly #timers = new Set<Timer>()
  readonly #onError: (error: unknown, ctx: Context | undefined) => void

  constructor(init: CoreInit) {
    this.endpoint = init.endpoint
    this.dispatcher = init.dispatcher
    this.clock = init.clock
    this.random = init.random
    this.settings = init.settings
    this.#onError = init.onError
    this.merged = new MergeGuard(init.clock, init.random, 64 * init.dispatcher.timers.t1)
    this.queue = init.clock === init.dispatcher.clock ? init.dispatcher.queue : new TimerQueue(init.clock)
  }

  /** Reports a failure of foreign code, or of ours, where nobody else can be told. */
  report(error: unknown, ctx?: Context): void {
    this.#onError(error, ctx)
  }

  /** The INVITE was refused while a PRACK is on its way: it is answered all the same (RFC 3262 3). */
  expectPrack(dialog: Dialog, pending: PendingPrack): void {
    const { id } = dialog
    this.latePracks.set(id, pending)
    const timer = this.clock.setTimer(64 * this.dispatcher.timers.t1, () => {
      this.latePracks.delete(id)
      this.#timers.delete(timer)
    })
    this.#timers.add(timer)
  }

  /** Nothing is sent or received any more. */
  close(): void {
    this.closed = true
    this.merged.close()
    for (const pending of this.pendingAcks.values()) pending.stop()
    this.pendingAcks.clear()
    // Some wait for an answer that nobody waits for any more, and others for an ACK, with a BYE that is not sent.
    this.dialogs = new DialogTable()
    for (const timer of this.#timers) timer.cancel()
    for (const one of this.kept) one.rest()
    this.latePracks.clear()
    this.queue.rest()
    // Another endpoint may have taken our place.
    if (this.dispatcher.receiver === this.endpoint) this.dispatcher.setReceiver(undefined)
  }

  createAccount(ctx: Context, credentials: Credentials): Account {
    const { random, settings } = this
    return new Account({ credentials, random, policy: settings.digest, address: ctx.local.uri })
  }

  createContext(init: ContextInit): Context {
    const ctx = new Context(this.endpoint, init, this.random)
    if (init.auth !== undefined) inside(ctx).account = this.createAccount(ctx, init.auth)
    if (this.identities.size > 0) {
      const identity = this.identities.get(ctx.local.uri)
      inside(ctx).gruu = identity?.gruu ?? identity?.flow
    }
    this.contexts.add(ctx)
    return ctx
  }

  /** Takes a context out of the active ones. What its transactions still owe the protocol goes on. */
  detach(ctx: Context): void {
    const own = inside(ctx)
    if (own.closed) return
    own.closed = true
    this.contexts.delete(ctx)
    for (const one of own.outgoing) one.release()
    this.emit(ctx, 'close')
  }

  /** Closes a context that nothing holds open any more. */
  detachIfIdle(ctx: Context): void {
    const own = inside(ctx)
    if (own.keep || own.dialogs.length > 0 || own.usages.length > 0 || own.incoming.length > 0) return
    if (own.outgoing.some((one) => !one.done)) return
    this.detach(ctx)
  }

  addDialog(ctx: Context, dialog: Dialog): void {
    inside(ctx).dialogs.push(dialog)
    this.dialogs.add(dialog, ctx)
    this.emit(ctx, 'dialog', dialog)
  }

  endDialog(ctx: Context, dialog: Dialog, reason: EndReason): void {
    if (dialog.state === 'terminated') return
    dialog.terminate()
    // RFC 3261 13.2.2.4: each 2xx has its ACK, whoever hangs up while the application makes the answer in it.
    this.guard(() => dialog.ack?.send(), ctx)
    this.dialogs.noteEnd(dialog)
    const { dialogs, usages } = inside(ctx)
    // RFC 5057: the end of the call is not the end of the subscriptions in its dialog.
    if (!usages.some((usage) => usage.dialog === dialog)) this.dialogs.delete(dialog)
    const at = dialogs.indexOf(dialog)
    if (at >= 0) dialogs.splice(at, 1)
    this.emit(ctx, 'ended', dialog, reason)
  }

  addUsage(ctx: Context, usage: ContextUsage): void {
    inside(ctx).usages.push(usage)
  }

  removeUsage(ctx: Context, usage: ContextUsage): void {
    const { dialogs, usages } = inside(ctx)
    const at = usages.indexOf(usage)
    if (at >= 0) usages.splice(at, 1)
    const { dialog } = usage
    if (dialog === undefined || dialogs.includes(dialog) || usages.some((one) => one.dialog === dialog)) return
    this.dialogs.delete(dialog)
  }

  /** Runs foreign code; what it throws is reported and stops nothing. */
  guard(run: () => unknown, ctx?: Context): void {
    try {
      run()
    } catch (error) {
      this.report(error, ctx)
    }
  }

  /** Calls the listeners of a context; what they throw is reported and stops nothing. */
  emit<E extends keyof ContextEvents>(ctx: Context, event: E, ...args: ContextEvents[E]): void {
    const own = inside(ctx)
    if (!own.emitter.hears(event) || (own.muted && event !== 'close')) return
    own.emitter.emit((error) => this.report(error, ctx), event, ...args)
  }

  /** Calls a context callback; a promise it returns is watched, so that it can never end as an unhandled rejection. */
  notify(ctx: Context, callback: ContextCallback | undefined, news: CallbackNews): unknown {
    if (callback === undefined || inside(ctx).muted) return undefined
    const { error, packet, leg, from, ack } = news
    const status = packet?.type === 'response' ? packet.status : undefined
    try {
      const result = invokeCallback(callback, this.endpoint, ctx, error, status, packet, leg, from, ack)
      if (isThenable(result)) return Promise.resolve(result).catch((failure: unknown) => this.report(failure, ctx))
      return result
    } catch (failure) {
      this.report(failure, ctx)
      return undefined
    }
  }
}

/** What a context callback is told, beside endpoint and context. */
export interface CallbackNews {
  readonly error?: SipError | undefined
  readonly packet?: SipRequest | SipResponse | undefined
  readonly leg?: Leg | undefined
  readonly from?: Source | undefined
  readonly ack?: SipRequest | undefined
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
