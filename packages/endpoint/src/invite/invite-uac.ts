import type { Delivery, DeliverOptions } from '@netsip/dispatcher'
import { CSeq, MinSE, type SipRequest, type SipResponse, type Uri } from '@netsip/message'
import { SipError, type Timer } from '@netsip/runtime'
import type { Leg, Target } from '@netsip/transport'
import { AckSender } from './ack.ts'
import { sendBye } from './bye.ts'
import { cancelInvite } from './cancel.ts'
import { type Arrival, ClientRequest, type ResponseHandler } from '../request/client-request.ts'
import { failed, type Pending, resolveOutcome } from '../context/completion.ts'
import { inside } from '../context/context.ts'
import { isThenable } from '../core.ts'
import { Dialog } from '../dialog/dialog.ts'
import { endBroken } from '../context/end-broken.ts'
import { hangUpOn } from '../context/hang-up.ts'
import { glarePause } from '../request/glare.ts'
import { LateAnswers, MAX_FORKS } from './late-answers.ts'
import { hasSession } from '../dialog/offer-answer.ts'
import { createPrack, ReliableSequence, sendPrack } from './prack-uac.ts'
import type { RedirectPolicy, RequestArgs } from '../request/request-args.ts'
import { runSession } from '../dialog/session-timer.ts'

/** Who rings says so every minute (RFC 3261 13.3.1.1): who has not been heard for so many ms is not waited for. */
const SILENCE = 600_000

/** How an INVITE is sent. */
export interface InviteOptions {
  readonly pending: Pending
  readonly request: SipRequest
  /** The dialog of a re-INVITE. */
  readonly dialog?: Dialog | undefined
  /** `'fail'` for the retry after a 491 too. */
  readonly glare?: RequestArgs['glare'] | undefined
  readonly forks?: 'first' | 'all' | undefined
  readonly leg?: Leg | undefined
  readonly target?: Target | undefined
  readonly redirect?: RedirectPolicy | undefined
  readonly hop?: Uri | undefined
  readonly prepare?: DeliverOptions['prepare']
  /** Aborting it hangs up, or cancels the re-INVITE. */
  readonly signal?: AbortSignal | undefined
}

/** Sends an INVITE or re-INVITE and sees it through: early dialogs, every 2xx of every fork, ACKs, the end (RFC 3261 13.2, 14.1). */
export function sendInvite(options: InviteOptions): ClientRequest {
  return new InviteUac(options).start()
}

/** One of the places that answered, by its To tag. */
interface Fork {
  readonly tag: string
  dialog: Dialog
  /** Its session description has come reliably: others repeat it. */
  described: boolean
  /** Its reliable provisional responses, once there is one. */
  sequence: ReliableSequence | undefined
  /** Sent for its 2xx. */
  ack: AckSender | undefined
}

class InviteUac implements ResponseHandler {
  readonly #pending: Pending
  readonly #dialog: Dialog | undefined
  readonly #options: InviteOptions
  readonly #client: ClientRequest
  readonly #forks: Fork[] = []
  #accepted = false
  #timer: Timer | undefined
  // A final response may be lost with its connection, and the transaction waits for ever.
  #silence: Timer | undefined

  constructor(options: InviteOptions) {
    const { pending, request, dialog, leg, target, redirect, hop, prepare } = options
    this.#options = options
    this.#pending = pending
    this.#dialog = dialog
    const { core, ctx, callback } = pending
    const way = { leg, target, redirect, hop, prepare }
    this.#client = new ClientRequest({ core, ctx, request, handler: this, dialog, callback, ...way })
  }

  start(): ClientRequest {
    const { signal } = this.#options
    if (signal !== undefined) hangUpOn(this.#pending, signal, this.#dialog && this.#client)
    this.#dialog?.inviteStarts('local')
    this.#dialog?.session.saw(this.#client.request, 'local')
    this.#expireAfter(this.#client.request.expires)
    this.#client.start()
    return this.#client
  }

  provisional(arrival: Arrival): void {
    const { core, ctx, callback } = this.#pending
    const { response, leg, from } = arrival
    this.#silence?.cancel()
    if (!this.#accepted) this.#silence = this.#cancelAfter(SILENCE)
    const fork = this.#ringing(response)
    const dialog = fork?.dialog
    if (dialog !== undefined) dialog.path = { leg, from }
    const prack = fork === undefined ? undefined : this.#acknowledge(fork, response)
    if (prack === 'ignore') return
    dialog?.noteEarlyMedia(response)
    if (dialog !== undefined && prack === undefined) dialog.session.preview(response)
    const result = core.notify(ctx, callback, { packet: response, leg, from, ack: prack })
    if (response.status > 100) core.emit(ctx, 'progress', response, dialog, prack)
    if (dialog === undefined) return
    const settle = (): void => {
      if (prack !== undefined) sendPrack(core, ctx, dialog, prack, this.#client)
      if (response.status === 199) this.#endFork(dialog)
    }
    if (isThenable(result) && prack !== undefined) this.#after(result, settle)
    else settle()
  }

  /** RFC 6228 4: a proxy says that this fork was refused, while others go on. */
  #endFork(dialog: Dialog): void {
    const { core, ctx } = this.#pending
    if (this.#dialog === undefined && dialog.state === 'early') core.endDialog(ctx, dialog, { by: 'remote' })
  }

  success(arrival: Arrival): void {
    const tag = arrival.response.to.tag ?? ''
    const known = this.#forkOf(tag)
    if (known?.ack !== undefined) return known.ack.repeat()
    if (known !== undefined || this.#forks.length < 2 * MAX_FORKS) this.#succeed(arrival, tag)
  }

  #succeed(arrival: Arrival, tag: string): void {
    this.#stopTimer()
    const { response, leg, from } = arrival
    // A BYE went out while it rang, and crossed this (RFC 3261 15).
    const hungUp = this.#dialog === undefined && this.#forkOf(tag)?.dialog.ending === true
    const fork = this.#confirmed(response, tag)
    const { dialog } = fork
    dialog.path = { leg, from }
    dialog.notePeer(response)
    this.#describe(fork, response)
    dialog.minSE = this.#client.request.read(MinSE)?.seconds ?? dialog.minSE
    const ack = this.#ackIn(dialog)
    fork.ack = ack
    if (!hungUp && this.#isWanted(response)) this.#accept(arrival, dialog, ack)
    else this.#hangUp(arrival, dialog, ack)
    this.#accepted = true
  }

  /** A dialog whose route set is garbage can send nothing: it is over before it began. */
  #ackIn(dialog: Dialog): AckSender {
    const { core, ctx } = this.#pending
    try {
      return new AckSender(core, ctx, dialog, this.#client.request, this.#options)
    } catch (error) {
      if (this.#dialog === undefined) core.endDialog(ctx, dialog, { by: 'error' })
      throw error
    }
  }

  failure(error: SipError, arrival?: Arrival): void {
    this.#stopTimer()
    this.#dialog?.inviteEnds('local')
    this.#dialog?.session.refused()
    this.#endEarly(error)
    if (arrival?.response.status === 491 && this.#retryLater(error, arrival)) return
    const { core, ctx } = this.#pending
    if (this.#dialog !== undefined) endBroken(core, ctx, this.#dialog, error, 'INVITE')
    failed(this.#pending, this.#client.request, error, arrival)
  }

  /** RFC 3261 14.1: a re-INVITE that met one of the peer is tried once more after a while. */
  #retryLater(error: SipError, arrival: Arrival): boolean {
    const dialog = this.#dialog
    if (dialog === undefined || this.#options.glare === 'fail' || this.#client.cancelled) return false
    const { core, ctx } = this.#pending
    core.clock.setTimer(glarePause(core, dialog), () => {
      const possible = dialog.state === 'confirmed' && !dialog.ending && dialog.invitePending === undefined
      if (!possible || this.#options.signal?.aborted === true)
        return failed(this.#pending, this.#client.request, error, arrival)
      const request = this.#client.request.clone()
      request.popVia()
      request.cseq = new CSeq(dialog.nextSeq(), 'INVITE')
      inside(ctx).account?.repeat(request)
      new InviteUac({ ...this.#options, request, glare: 'fail' }).start()
    })
    return true
  }

  restart(): void {
    this.#endEarly(undefined)
    this.#forks.length = 0
  }

  terminated(): void {
    this.#stopTimer()
    this.#endEarly(undefined)
    this.#pending.core.detachIfIdle(this.#pending.ctx)
  }

  #forkOf(tag: string): Fork | undefined {
    return this.#forks.find((fork) => fork.tag === tag)
  }

  #addFork(tag: string, dialog: Dialog): Fork {
    const fork = { tag, dialog, described: false, sequence: undefined, ack: undefined }
    this.#forks.push(fork)
    return fork
  }

  release(invite: Delivery): void {
    const { core, ctx } = this.#pending
    const { leg, target } = this.#options
    const { account } = inside(ctx)
    const acks: AckSender[] = []
    for (const { ack } of this.#forks) if (ack !== undefined) acks.push(ack)
    if (acks.some((ack) => !ack.isWhole)) return
    const heir = account || leg || target ? new LateAnswers(core, account, { leg, target }) : core.lateAnswers
    core.dispatcher.passOn(invite, heir, acks)
  }

  /** RFC 3261 12.1: any response with a To tag above 100 makes an early dialog; a re-INVITE stays in its own. */
  #ringing(response: SipResponse): Fork | undefined {
    const tag = response.to.tag ?? ''
    const known = this.#forkOf(tag)
    if (known !== undefined) return known.ack === undefined || this.#dialog !== undefined ? known : undefined
    if (this.#forks.length >= MAX_FORKS) return undefined
    if (this.#dialog !== undefined) return this.#addFork(tag, this.#dialog)
    if (response.status === 100 || tag === '' || this.#accepted) return undefined
    return this.#addFork(tag, this.#newDialog(response))
  }

  /** The PRACK a reliable response asks for; `'ignore'` when it is a repetition or came out of order (RFC 3262 4). */
  #acknowledge(fork: Fork, response: SipResponse): SipRequest | 'ignore' | undefined {
    const { dialog } = fork
    const sequence = (fork.sequence ??= new ReliableSequence())
    const rseq = sequence.accept(response)
    if (rseq === 'none') return undefined
    if (rseq === 'ignore') return 'ignore'
    dialog.notePeer(response)
    // RFC 6141 4.7: the unreliable one before it need not have had a Contact.
    dialog.refreshTarget(response)
    this.#describe(fork, response)
    const { core, ctx } = this.#pending
    return createPrack(core, ctx, dialog, this.#client.request, rseq)
  }

  /** The first session description that arrives reliably in a dialog is the answer or the offer; others repeat it. */
  #describe(fork: Fork, response: SipResponse): void {
    if (fork.described || !hasSession(response)) return
    fork.described = true
    fork.dialog.session.saw(response, 'remote')
  }

  /** A dialog that a response has made; an offer in the INVITE is in flight in each of them. */
  #newDialog(response: SipResponse): Dialog {
    const dialog = Dialog.fromResponse(this.#client.request, response)
    dialog.notePeer(response)
    dialog.session.saw(this.#client.request, 'local')
    this.#pending.core.addDialog(this.#pending.ctx, dialog)
    return dialog
  }

  #confirmed(response: SipResponse, tag: string): Fork {
    const known = this.#forkOf(tag)
    if (this.#dialog !== undefined) {
      this.#dialog.inviteEnds('local')
      this.#dialog.refreshTarget(response)
      return known ?? this.#addFork(tag, this.#dialog)
    }
    if (known === undefined) return this.#addFork(tag, this.#newDialog(response))
    if (known.dialog.state === 'early') known.dialog.confirm(response)
    else {
      known.dialog = this.#newDialog(response)
      known.described = false
    }
    return known
  }

  #isWanted(response: SipResponse): boolean {
    const { closed, leaving } = inside(this.#pending.ctx)
    if (closed || leaving || (this.#client.cancelled && this.#dialog === undefined)) return false
    if (this.#requiresUnknown(response)) return false
    return !this.#accepted || this.#options.forks === 'all'
  }

  /** RFC 3261 8.1.3.3 and 20.32: an answer that requires what we do not know cannot be a call of ours. */
  #requiresUnknown(response: SipResponse): boolean {
    const { supported } = this.#pending.core.settings
    return response.require.some((tag) => !supported.includes(tag))
  }

  #accept(arrival: Arrival, dialog: Dialog, ack: AckSender): void {
    const { core, ctx, callback } = this.#pending
    const { response, leg, from } = arrival
    if (!this.#accepted && this.#forks.some((fork) => fork.dialog.state === 'early')) this.#limitEarly()
    const up = (): void => {
      // The end of the call has not waited for us.
      if (dialog.ack !== waiting) return
      dialog.ack = undefined
      ack.send()
      const isUp = dialog.state === 'confirmed' && !dialog.ending
      if (isUp) runSession(core, ctx, dialog, response, 'uac')
      if (dialog.session.state === 'asked') dialog.session.saw(ack.request, 'local')
      dialog.session.settle()
      resolveOutcome(this.#pending, arrival, dialog)
      if (isUp) core.emit(ctx, 'established', dialog)
    }
    const waiting = (dialog.ack = { send: up })
    const result = core.notify(ctx, callback, { packet: response, leg, from, ack: ack.request })
    core.emit(ctx, 'accepted', response, dialog, ack.request)
    if (isThenable(result)) this.#after(result, up)
    else up()
  }

  /** What fails here has nobody above it. */
  #after(result: PromiseLike<unknown>, run: () => void): void {
    const { core, ctx } = this.#pending
    void Promise.resolve(result).then(() => core.guard(run, ctx))
  }

  /** RFC 3261 13.2.2.4 and 15: a 2xx nobody wants is acknowledged, and its dialog ended. */
  #hangUp(arrival: Arrival, dialog: Dialog, ack: AckSender): void {
    const { core, ctx, callback } = this.#pending
    ack.send()
    // Of a re-INVITE the call may have been hung up meanwhile.
    if (dialog.state !== 'terminated' && !dialog.ending) sendBye(core, ctx, dialog)
    if (this.#accepted) return
    const error = this.#requiresUnknown(arrival.response)
      ? new SipError('ERR_SIP_STATE', `the answer requires ${arrival.response.require.join(', ')}; the call is hung up`)
      : new SipError('ERR_SIP_CANCELLED', 'the INVITE was cancelled, but answered before; the call is hung up')
    core.notify(ctx, callback, { error, packet: arrival.response, leg: arrival.leg, from: arrival.from })
    core.emit(ctx, 'failed', error, this.#client.request)
    this.#pending.outcome.reject(error)
  }

  /** RFC 3261 13.2.2.4: forks that have not answered 64*T1 after the first 2xx are over. */
  #limitEarly(): void {
    const { core } = this.#pending
    this.#timer = core.clock.setTimer(64 * core.dispatcher.timers.t1, () => this.#endEarly(undefined))
  }

  #endEarly(error: SipError | undefined): void {
    const { core, ctx } = this.#pending
    for (const { dialog } of this.#forks) {
      if (dialog.state === 'early') core.endDialog(ctx, dialog, { by: 'remote', ...(error !== undefined && { error }) })
    }
  }

  /** RFC 3261 13.2.1: an INVITE with Expires is cancelled when it elapses. */
  #expireAfter(seconds: number | undefined): void {
    if (seconds !== undefined && this.#dialog === undefined) this.#timer = this.#cancelAfter(seconds * 1000)
  }

  #cancelAfter(ms: number): Timer {
    const { core, ctx } = this.#pending
    return core.clock.setTimer(ms, () => void cancelInvite(core, ctx, this.#client.request))
  }

  #stopTimer(): void {
    this.#silence?.cancel()
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
