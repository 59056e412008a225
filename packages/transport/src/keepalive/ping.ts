import type { SipError, Clock, Random, Timer } from '@netsip/runtime'
import type { KeepAliveOptions } from './keep-alive.ts'
import { pongTimeout, streamInterval } from './intervals.ts'

/** The connection, as {@link PingKeepAlive} uses it. */
export interface PingedConnection {
  send(): void
  /** Closes it; `ended` follows. */
  fail(): void
}

/** Keeps one connection alive with double CRLFs, each answered by one CRLF (RFC 5626 3.5.1, 4.4.1). */
export class PingKeepAlive {
  readonly #clock: Clock
  readonly #random: Random
  readonly #options: KeepAliveOptions
  readonly #connection: PingedConnection
  #timer: Timer | undefined
  #over = false

  constructor(clock: Clock, random: Random, options: KeepAliveOptions, connection: PingedConnection) {
    this.#clock = clock
    this.#random = random
    this.#options = options
    this.#connection = connection
    this.#rest()
  }

  stop(): void {
    this.#over = true
    this.#timer?.cancel()
  }

  answered(): void {
    if (!this.#over) this.#rest()
  }

  /** The connection is no more. */
  ended(error: SipError): void {
    if (this.#over) return
    this.stop()
    this.#options.onFailed?.(error)
  }

  #rest(): void {
    this.#after(streamInterval(this.#options.flowTimer, this.#random.float()), () => this.#ping())
  }

  #ping(): void {
    this.#after(pongTimeout, () => this.#connection.fail())
    this.#connection.send()
  }

  #after(ms: number, run: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.#clock.setTimer(ms, run)
  }
}
