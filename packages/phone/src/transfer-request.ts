import type { Transfer } from '@netsip/endpoint'
import { type NameAddr, SipUri } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import type { CallError } from './call-error.ts'
import type { CallOptions } from './call-types.ts'
import type { Call } from './call.ts'
import { handled } from './settle.ts'

/** Makes the call that is asked for. */
export type Place = (target: NameAddr, options: CallOptions) => Promise<Call>

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
  #decided = false
  #over = false

  /** @internal */
  constructor(asked: Transfer, place: Place) {
    const { uri } = asked.target
    // What its URI asks to be sent goes into headers; the Request-URI has neither those nor the method (RFC 3261 19.1.1).
    const plain = uri instanceof SipUri ? uri.with({ headers: {}, params: uri.params.with('method', undefined) }) : uri
    this.target = asked.target.with({ uri: plain })
    this.referredBy = asked.headers['Referred-By']
    this.attended = asked.headers['Replaces'] !== undefined
    this.#asked = asked
    this.#place = place
  }

  /**
   * Makes the call, and tells the peer how it goes; when it is answered the peer ends the call that it asked in.
   * @throws {SipError} ERR_SIP_STATE when it is decided already, and what {@link Phone.call} throws
   */
  accept(options: CallOptions = {}): Promise<Call> {
    return handled(this.#accept(options))
  }

  /** Calls nobody: 603 Decline unless told. @throws {SipError} ERR_SIP_STATE when it is decided already */
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
    if (status >= 200) this.#over = true
    this.#asked.report(status, reason)
  }

  #decide(): void {
    if (this.#decided) throw new SipError('ERR_SIP_STATE', 'the transfer is accepted or rejected already')
    this.#decided = true
  }
}
