import type { Transfer } from '@netsip/endpoint'
import { type NameAddr, requestUri } from '@netsip/message'
import { type Clock, SipError, type Timer } from '@netsip/runtime'
import type { CallError } from './call-error.ts'
import type { CallOptions } from './call-types.ts'
import type { Call } from './call.ts'
import { handled } from '../settle.ts'

/** Makes the call that is asked for. */
export type Place = (target: NameAddr, options: CallOptions) => Promise<Call>

/** How long the peer is kept waiting, ms: less than the 180 s for which the endpoint reports. */
const longestWait = 175_000

/** The peer of a call asks us to call somebody else instead (REFER, RFC 3515): {@link accept} or {@link reject} it. */
export class TransferRequest {
  /** Whom to call. */
  readonly target: NameAddr
  /** Who asks, as the peer says (RFC 3892); nothing proves it. */
  readonly referredBy: string | undefined
  /** The new call takes the place of one that the target has with the peer (RFC 3891). */
  readonly attended: boolean
  readonly #asked: Transfer
  readonly #place: Place
  readonly #waiting: Timer
  #placed: Call | undefined
  #decided = false
  #over = false

  /** @internal */
  constructor(asked: Transfer, place: Place, call: Call, clock: Clock) {
    // What its URI asks to be sent goes into headers; the Request-URI has neither those nor the method (RFC 3261 19.1.1).
    this.target = asked.target.with({ uri: requestUri(asked.target.uri) })
    this.referredBy = asked.headers['Referred-By']
    this.attended = asked.headers['Replaces'] !== undefined
    this.#asked = asked
    this.#place = place
    // A peer that hears nothing more goes on with our call, and a target that answered then would leave us in two calls. A peer that
    // has hung up has let us go.
    this.#waiting = clock.setTimer(longestWait, () => this.#giveUp())
    void call.ended.then(() => this.#waiting.cancel())
  }

  /**
   * Makes the call, and tells the peer how it goes; when it is answered the peer ends the call that it asked in. Unless it has
   * ended that one before, the new one is given up when it is not answered within 175 s of the question.
   * @throws {SipError} ERR_SIP_STATE when it is decided already, or too late, and what {@link Phone.call} throws
   */
  accept(options: CallOptions = {}): Promise<Call> {
    return handled(this.#accept(options))
  }

  /** Calls nobody: 603 Decline unless told. @throws {SipError} ERR_SIP_STATE when it is decided already, or too late */
  reject(status: number = 603): void {
    this.#decide()
    this.#report(status)
  }

  async #accept(options: CallOptions): Promise<Call> {
    this.#decide()
    try {
      const call = await this.#place(this.target, {
        ...options,
        headers: { ...options.headers, ...this.#asked.headers },
      })
      this.#placed = call
      if (this.#over) void call.hangup()
      call.on('ringing', (status, reason) => this.#report(status, reason))
      call.answered.then(
        () => this.#report(200),
        ({ status, reason }: CallError) => this.#report(status, reason),
      )
      return call
    } catch (error) {
      this.#report(500)
      throw error
    }
  }

  /** @internal The peer has been told how it ended. */
  get over(): boolean {
    return this.#over
  }

  #report(status: number, reason?: string): void {
    if (status >= 200) {
      this.#over = true
      this.#waiting.cancel()
    }
    this.#asked.report(status, reason)
  }

  #giveUp(): void {
    this.#decided = true
    this.#report(408)
    void this.#placed?.hangup()
  }

  #decide(): void {
    if (this.#decided)
      throw new SipError('ERR_SIP_STATE', 'the transfer is accepted or rejected already, or was given up')
    this.#decided = true
  }
}
