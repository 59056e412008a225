import type { Dialog } from '@netsip/endpoint'
import type { NameAddr, SipUri, Uri } from '@netsip/message'
import type { AudioSink, AudioSource, MediaSession } from '@netsip/media'
import { type Clock, SipError } from '@netsip/runtime'
import { checkSink, checkSource } from './check-audio.ts'
import { type CallError, callError, statusError } from './call-error.ts'
import type { CallEvents } from './call-events.ts'
import type { CallSignalling } from './call-signalling.ts'
import type { AnswerOptions, CallEnd, CallState, CallStats, DigitEvent, DtmfOptions, HoldEvent } from './call-types.ts'
import { asError, Emitter } from '../emitter.ts'
import { offerSound } from './offer-sound.ts'
import { referralOutcome } from './referral-outcome.ts'
import { Deferred, handled, type Waiting } from '../settle.ts'
import { targetUri } from '../target-uri.ts'
import type { TransferRequest } from './transfer-request.ts'

const hungUp = (): SipError => new SipError('ERR_SIP_CANCELLED', 'hung up before the answer')

/** What a call is made of; the phone brings it together. */
export interface CallInit {
  readonly id: string
  readonly direction: 'in' | 'out'
  readonly local: NameAddr
  readonly remote: NameAddr
  /** Our address of record: a bare user is looked for in its domain. */
  readonly aor: SipUri
  readonly replaces?: Call | undefined
  readonly session: MediaSession
  readonly clock: Clock
  readonly waiting: Waiting
  /** Is told of what listeners throw. */
  readonly report: (error: Error) => void
}

/**
 * One call: its state, its sound, and what can be done with it. `phone.call()` makes one, `phone.on('call')` brings one.
 * All its promises may be left alone: none of them becomes an unhandled rejection.
 */
export class Call extends Emitter<CallEvents> {
  /** The Call-ID. */
  readonly id: string
  readonly direction: 'in' | 'out'
  /** Our side: what we call ourselves, or what the caller dialled. */
  readonly local: NameAddr
  /** The other side, as From or To names it. */
  readonly remote: NameAddr
  /**
   * The call of ours that this one, which came in, takes the place of when it is answered (RFC 3891). Its peer has been
   * transferred; but whoever has seen that call can claim so.
   */
  readonly replaces: Call | undefined
  readonly #aor: SipUri
  readonly #session: MediaSession
  readonly #clock: Clock
  readonly #waiting: Waiting
  readonly #answered = new Deferred<void>()
  readonly #ended = new Deferred<CallEnd>()
  #signalling: CallSignalling | undefined
  #state: CallState
  #answeredAt: number | undefined
  #hungUpAt: number | undefined
  /** What the peer is to hear, unless the call is muted or on hold. */
  #source: AudioSource | undefined
  #muted = false
  #hold: HoldEvent = { local: false, remote: false }
  /** Descriptions are offered one after the other (RFC 3261 14.1). */
  #offering: Promise<void> = Promise.resolve()

  /** @internal */
  constructor(init: CallInit) {
    super(init.report)
    this.id = init.id
    this.direction = init.direction
    this.local = init.local
    this.remote = init.remote
    this.replaces = init.replaces
    this.#aor = init.aor
    this.#session = init.session
    this.#clock = init.clock
    this.#waiting = init.waiting
    this.#state = init.direction === 'in' ? 'ringing' : 'calling'
    init.session.on('dtmf', (event) => this.#digit(event))
    init.session.on('error', (error) => this.tell('error', error))
    init.session.on('codec', () => this.#codec())
    init.session.on('sourceEnd', (source) => this.#played(source))
  }

  get state(): CallState {
    return this.#state
  }

  /** Resolves when the call is answered; rejects with a {@link CallError} (`code`, `status`, `reason`) when it never is. */
  get answered(): Promise<void> {
    return this.#answered.promise
  }

  /** Resolves when the call is over, however it ended. Never rejects. */
  get ended(): Promise<CallEnd> {
    return this.#ended.promise
  }

  /** The codec in use, once it is agreed. */
  get codec(): string | undefined {
    return this.#session.codec
  }

  /** Milliseconds since the answer; 0 before it. */
  get durationMs(): number {
    if (this.#answeredAt === undefined) return 0
    return Math.max(0, (this.#hungUpAt ?? this.#clock.monotonic()) - this.#answeredAt)
  }

  /**
   * Accepts a call that came in. Resolves when the caller has confirmed it (ACK).
   * @throws {CallError} when the caller gives up first, or no ACK comes
   * @throws {SipError} ERR_SIP_STATE for a call of ours or one that is answered or over
   */
  answer(options: AnswerOptions = {}): Promise<void> {
    return handled(this.#answer(options))
  }

  /** Tells the caller that it rings (180 Ringing). @throws {SipError} ERR_SIP_STATE unless the call waits for an answer */
  ring(): void {
    this.#mustRing('ring')
    this.#signalling?.ring()
  }

  /** Refuses a call that came in; 486 Busy Here unless told. @throws {SipError} ERR_SIP_STATE unless the call waits for an answer */
  reject(status: number = 486, reason?: string): void {
    this.#mustRing('reject')
    if (!Number.isInteger(status) || status < 300 || status > 699) {
      throw new SipError('ERR_SIP_ARGUMENT', `a call is refused with a status from 300 to 699, not ${status}`)
    }
    this.#signalling?.reject(status, reason)
  }

  /** Ends the call: CANCEL before the answer, BYE after it, 480 for a call that still rings here. Resolves when it is over. */
  async hangup(): Promise<void> {
    if (this.#state !== 'ended') {
      this.#hungUpAt ??= this.#clock.monotonic()
      // RFC 3261 15.1.1: once the BYE is on its way no sound is sent or heard. If closing fails, the end of the call reports it.
      if (this.#state === 'answered') this.#session.close().catch(() => {})
      else this.play(undefined)
      // Nobody has to wait for a silent peer's answer any more; only the CANCEL has to (RFC 3261 9.1).
      if (this.direction === 'out') this.#answered.reject(callError(hungUp(), 'the call'))
      this.#signalling?.hangup()
    }
    await this.ended
  }

  /**
   * Sends DTMF digits, as telephone-events (RFC 4733) where the peer takes them, by INFO where not. Resolves when all are out.
   * @throws {SipError} ERR_SIP_STATE unless the call is answered
   */
  sendDtmf(digits: string, options: DtmfOptions = {}): Promise<void> {
    return handled(this.#sendDtmf(digits, options))
  }

  /** Plays a source to the peer from now on; `undefined` for silence. The event `played` tells when it has come to its end. */
  play(source: AudioSource | undefined): void {
    checkSource(source)
    this.#source = source
    this.#feed()
  }

  /** We have put the call on hold. */
  get held(): boolean {
    return this.#hold.local
  }

  /** The peer has put the call on hold. */
  get heldByPeer(): boolean {
    return this.#hold.remote
  }

  /**
   * Puts the call on hold (RFC 3264 8.4): nothing of ours is played from now on, and the peer is asked to send nothing.
   * Does nothing when it is. Resolves when the peer has agreed.
   * @throws {SipError} ERR_SIP_STATE unless the call is answered, {@link CallError} when the peer refuses: it then goes on as before
   */
  hold(): Promise<void> {
    return handled(this.#setHold(true))
  }

  /** Takes the call off hold. Does nothing when it is not. Resolves and throws as {@link hold} does. */
  resume(): Promise<void> {
    return handled(this.#setHold(false))
  }

  /** The peer hears silence instead of what is played. */
  get muted(): boolean {
    return this.#muted
  }

  /** Sends silence instead of what is played; `mute(false)` ends that. The peer is not told. */
  mute(on: boolean = true): void {
    this.#muted = on
    this.#feed()
  }

  /**
   * Hands the peer over to somebody else: to an address, as {@link Phone.call} takes it, or to the peer of another answered call
   * of ours (attended transfer, RFC 5589). Resolves when the two are connected; the calls given away are then hung up.
   * @throws {SipError} ERR_SIP_STATE unless the calls are answered, ERR_SIP_ARGUMENT for an address that is none,
   * {@link CallError} when the peer refuses, or says that it could not reach the target: both calls then go on
   */
  transfer(target: string | Call): Promise<void> {
    return handled(this.#transfer(target))
  }

  /** Sends what the peer says to a sink, beside those that get it already. @returns a function that removes the sink */
  record(sink: AudioSink): () => void {
    checkSink(sink)
    return this.#session.addSink(sink)
  }

  /** What went out and came in, what was lost. */
  stats(): CallStats {
    return this.#session.stats()
  }

  /** Hangs up: for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangup()
  }

  /** @internal */
  attach(signalling: CallSignalling): void {
    this.#signalling = signalling
  }

  /** @internal */
  has(dialog: Dialog): boolean {
    return this.#signalling?.inside.has(dialog) ?? false
  }

  /** @internal A provisional response came or went out. */
  progress(status: number, reason: string, early: boolean): void {
    if (this.#state === 'answered' || this.#state === 'ended') return
    this.#state = early ? 'early' : 'ringing'
    this.tell('ringing', status, reason)
  }

  /** @internal The call is up. */
  establish(): void {
    if (this.#state === 'answered' || this.#state === 'ended') return
    this.#state = 'answered'
    this.#answeredAt = this.#clock.monotonic()
    this.#answered.resolve()
    this.tell('answered')
  }

  /** @internal The call is over. `error` says why it was never answered. Resolves when its sound is closed too. */
  finish(end: Omit<CallEnd, 'durationMs'>, error: CallError): Promise<CallEnd> {
    if (this.#state !== 'ended') {
      const durationMs = this.durationMs
      this.#state = 'ended'
      this.#answered.reject(error)
      void this.#over({ ...end, durationMs })
    }
    return this.ended
  }

  /** @internal The peer has offered another description, and has got its answer. */
  renegotiated(): void {
    const { activeDirection } = this.#session
    const remote = activeDirection === 'recvonly' || activeDirection === 'inactive'
    if (remote !== this.#hold.remote) this.#holds({ ...this.#hold, remote })
  }

  /** @internal */
  askedToTransfer(request: TransferRequest): void {
    this.tell('transfer', request)
  }

  /** @internal */
  digitByInfo(digit: string, durationMs: number): void {
    this.#digit({ digit, durationMs, via: 'info' })
  }

  async #answer(options: AnswerOptions): Promise<void> {
    this.#mustRing('answer')
    if (options.source) this.play(options.source)
    await this.#signalling?.answer(options)
    await this.answered
  }

  async #sendDtmf(digits: string, options: DtmfOptions): Promise<void> {
    this.#mustBeUp('digits need')
    try {
      await this.#session.sendDtmf(digits, options)
    } catch (error) {
      if ((error as Partial<SipError>).code !== 'ERR_MEDIA_DTMF') throw error
      const { inside } = this.#mustBeUp('digits need')
      for (const digit of digits) await this.#waiting.until(inside.info(digit, options.durationMs ?? 100))
    }
  }

  async #setHold(on: boolean): Promise<void> {
    this.#mustBeUp(`to ${on ? 'hold' : 'resume'} needs`)
    const earlier = this.#offering
    const offering = earlier.then(() => this.#offerHold(on))
    this.#offering = offering.catch(() => {})
    await offering
  }

  async #offerHold(on: boolean): Promise<void> {
    if (this.#hold.local === on) return
    const { inside } = this.#mustBeUp(`to ${on ? 'hold' : 'resume'} needs`)
    const session = this.#session
    const { direction } = session
    session.direction = on ? 'sendonly' : 'sendrecv'
    if (on) session.setSource(undefined)
    try {
      await offerSound(session, inside, this.#waiting)
    } catch (error) {
      session.direction = direction
      session.rollback()
      if (this.#isUp) this.#feed()
      throw callError(error, on ? 'hold' : 'resume')
    }
    this.#holds({ ...this.#hold, local: on })
    this.#feed()
    this.renegotiated()
  }

  #holds(hold: HoldEvent): void {
    this.#hold = hold
    this.tell('hold', hold)
  }

  #played(source: AudioSource): void {
    // After a hold it would be played, and end, once more.
    if (this.#source === source) this.#source = undefined
    this.tell('played', source)
  }

  #feed(): void {
    this.#session.setSource(this.#muted || this.#hold.local ? undefined : this.#source)
  }

  async #transfer(target: string | Call): Promise<void> {
    const { inside } = this.#mustBeUp('a transfer needs')
    if (target === this) throw new SipError('ERR_SIP_ARGUMENT', 'a call cannot be transferred to itself')
    const { uri, dialog, other } = this.#targetOf(target)
    const what = `the transfer to ${uri.toString()}`
    try {
      const referral = inside.refer(uri, this.local, dialog, (status, reason) => statusError(status, reason, what))
      await referralOutcome(referral, this.#clock, this.#waiting)
    } catch (error) {
      throw callError(error, what)
    }
    await Promise.all([this.hangup(), other?.hangup()])
  }

  #targetOf(target: string | Call): { uri: Uri; dialog?: Dialog; other?: Call } {
    if (!(target instanceof Call)) return { uri: targetUri(target, this.#aor) }
    const { dialog } = target.#mustBeUp('a transfer needs').inside
    if (!dialog) throw new SipError('ERR_SIP_STATE', 'the call to transfer to is ending')
    return { uri: dialog.remoteTarget, dialog, other: target }
  }

  get #isUp(): boolean {
    return this.#state === 'answered' && this.#hungUpAt === undefined
  }

  #mustBeUp(what: string): CallSignalling {
    if (this.#isUp && this.#signalling) return this.#signalling
    const state = this.#state === 'answered' ? 'ending' : this.#state
    throw new SipError('ERR_SIP_STATE', `${what} an answered call, this one is ${state}`)
  }

  async #over(end: CallEnd): Promise<void> {
    try {
      await this.#session.close()
    } catch (error) {
      this.tell('error', asError(error))
    }
    this.#ended.resolve(end)
    this.tell('ended', end)
  }

  #digit(event: DigitEvent): void {
    this.tell('dtmf', event)
  }

  #codec(): void {
    const codec = this.#session.codec
    if (codec !== undefined) this.tell('media', { codec })
  }

  #mustRing(what: string): void {
    if (this.direction !== 'in') throw new SipError('ERR_SIP_STATE', `cannot ${what} a call that we made`)
    if (this.#state !== 'ringing') throw new SipError('ERR_SIP_STATE', `cannot ${what} a call that is ${this.#state}`)
  }
}
