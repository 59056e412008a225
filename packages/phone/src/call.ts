import type { NameAddr } from '@netsip/message'
import type { AudioSink, AudioSource, MediaSession } from '@netsip/media'
import { type Clock, SipError } from '@netsip/runtime'
import type { CallError } from './call-error.ts'
import type { CallSignalling } from './call-signalling.ts'
import type { AnswerOptions, CallEnd, CallEvents, CallState, CallStats, DigitEvent, DtmfOptions } from './call-types.ts'
import { asError, Emitter } from './emitter.ts'
import { Deferred, handled } from './settle.ts'

/** What a call is made of; the phone brings it together. */
export interface CallInit {
  readonly id: string
  readonly direction: 'in' | 'out'
  readonly local: NameAddr
  readonly remote: NameAddr
  readonly session: MediaSession
  readonly clock: Clock
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
  readonly #session: MediaSession
  readonly #clock: Clock
  readonly #answered = new Deferred<void>()
  readonly #ended = new Deferred<CallEnd>()
  #signalling: CallSignalling | undefined
  #state: CallState
  #answeredAt: number | undefined
  #hungUpAt: number | undefined

  /** @internal */
  constructor(init: CallInit) {
    super(init.report)
    this.id = init.id
    this.direction = init.direction
    this.local = init.local
    this.remote = init.remote
    this.#session = init.session
    this.#clock = init.clock
    this.#state = init.direction === 'in' ? 'ringing' : 'calling'
    init.session.on('dtmf', (event) => this.#digit(event))
    init.session.on('error', (error) => this.tell('error', error))
    init.session.on('codec', () => this.#codec())
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
    this.#waiting('ring')
    this.#signalling?.ring()
  }

  /** Refuses a call that came in; 486 Busy Here unless told. @throws {SipError} ERR_SIP_STATE unless the call waits for an answer */
  reject(status: number = 486, reason?: string): void {
    this.#waiting('reject')
    if (!Number.isInteger(status) || status < 300 || status > 699) {
      throw new SipError('ERR_SIP_ARGUMENT', `a call is refused with a status from 300 to 699, not ${status}`)
    }
    this.#signalling?.reject(status, reason)
  }

  /** Ends the call: CANCEL before the answer, BYE after it, 480 for a call that still rings here. Resolves when it is over. */
  async hangup(): Promise<void> {
    if (this.#state !== 'ended') {
      this.#hungUpAt ??= this.#clock.monotonic()
      // RFC 3261 15.1.1: with the BYE on its way no sound is sent or heard. How closing went is told at the end of the call.
      if (this.#state === 'answered') this.#session.close().catch(() => {})
      else this.#session.setSource(undefined)
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

  /** Plays a source to the peer from now on; `undefined` for silence. */
  play(source: AudioSource | undefined): void {
    this.#session.setSource(source)
  }

  /** Hands what the peer says to a sink, beside those that have it already. @returns what takes it off again */
  record(sink: AudioSink): () => void {
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

  /** @internal */
  digitByInfo(digit: string, durationMs: number): void {
    this.#digit({ digit, durationMs, via: 'info' })
  }

  async #answer(options: AnswerOptions): Promise<void> {
    this.#waiting('answer')
    if (options.source) this.#session.setSource(options.source)
    await this.#signalling?.answer(options)
    await this.answered
  }

  async #sendDtmf(digits: string, options: DtmfOptions): Promise<void> {
    if (this.#state !== 'answered')
      throw new SipError('ERR_SIP_STATE', `digits need an answered call, this one is ${this.#state}`)
    try {
      await this.#session.sendDtmf(digits, options)
    } catch (error) {
      if ((error as Partial<SipError>).code !== 'ERR_MEDIA_DTMF') throw error
      for (const digit of digits) await this.#signalling?.info(digit, options.durationMs ?? 100)
    }
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

  #waiting(what: string): void {
    if (this.direction !== 'in') throw new SipError('ERR_SIP_STATE', `cannot ${what} a call that we made`)
    if (this.#state !== 'ringing') throw new SipError('ERR_SIP_STATE', `cannot ${what} a call that is ${this.#state}`)
  }
}
