import type { SipResponse } from '@netsip/message'
import { TimerEntry } from '@netsip/runtime'
import type { Leg } from '@netsip/transport'
import type { Core, PendingAck } from '../core.ts'

/**
 * Repeats a 2xx to INVITE on every transport until its ACK comes: after T1, doubling up to T2, for 64*T1
 * (RFC 3261 13.3.1.4). The transaction does not do it (RFC 6026), for it ends with the first 2xx.
 */
export class Retransmit2xx extends TimerEntry implements PendingAck {
  readonly seq: number
  readonly #core: Core
  readonly #response: SipResponse
  readonly #leg: Leg
  readonly #giveUp: () => void
  #waiting: (() => void)[] | undefined
  #interval: number
  #left: number

  constructor(core: Core, response: SipResponse, leg: Leg, giveUp: () => void) {
    super()
    const { t1 } = core.dispatcher.timers
    this.#core = core
    this.#response = response
    this.#leg = leg
    this.#giveUp = giveUp
    this.seq = response.cseq.seq
    this.#interval = t1
    this.#left = 64 * t1
    this.#wait()
  }

  acknowledge(): void {
    this.stop()
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const run of waiting) run()
  }

  whenDone(run: () => void): void {
    this.#waiting = [...(this.#waiting ?? []), run]
  }

  stop(): void {
    this.#core.queue.disarm(this)
  }

  #wait(): void {
    this.#core.queue.arm(this, Math.min(this.#interval, this.#left))
  }

  override onTimer(): void {
    this.#left -= this.#interval
    if (this.#left <= 0) {
      this.#giveUp()
      return this.acknowledge()
    }
    this.#core.dispatcher.deliver(this.#response, { leg: this.#leg, onError: (error) => this.#core.report(error) })
    this.#interval = Math.min(2 * this.#interval, this.#core.dispatcher.timers.t2)
    this.#wait()
  }
}
