import type { SipError } from '@netsip/runtime'
import type { Flow, KeepAliveOptions, Leg, Source, StopKeepAlive } from '@netsip/transport'
import { backTo } from '../request/contact.ts'

/** The way a registration was made by, watched until it breaks: the registrar reaches us by it (RFC 5626 4.4). */
export class RegistrationFlow {
  readonly #leg: Leg
  readonly #flow: Flow | undefined
  readonly #onLost: (error: SipError | undefined) => void
  readonly #stopKeepAlive: StopKeepAlive | undefined
  #over = false

  /** `keepAlive` says how the way is kept open; `undefined`: it is only watched. `onLost` is called once at most. */
  constructor(
    { leg, from }: { leg: Leg; from: Source },
    keepAlive: KeepAliveOptions | undefined,
    onLost: (error: SipError | undefined) => void,
  ) {
    this.#leg = leg
    this.#flow = from.flow
    this.#onLost = onLost
    if (this.#flow !== undefined) leg.on('flowClosed', this.#closed)
    // It may have broken while the answer was on its way to us.
    if (this.#flow?.open === false) queueMicrotask(() => this.#lost(undefined))
    if (keepAlive === undefined) return
    this.#stopKeepAlive = leg.keepAlive(backTo(from), { ...keepAlive, onFailed: (error) => this.#lost(error) })
  }

  stop(): void {
    this.#over = true
    this.#leg.off('flowClosed', this.#closed)
    this.#stopKeepAlive?.()
  }

  readonly #closed = (flow: Flow, error?: SipError): void => {
    if (flow === this.#flow) this.#lost(error)
  }

  #lost(error: SipError | undefined): void {
    if (this.#over) return
    this.stop()
    this.#onLost(error)
  }
}
