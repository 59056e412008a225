import type { Flow, Leg, SendSink, Target } from '@netsip/transport'
import { type SipError, TimerEntry, type TimerQueue } from '@netsip/runtime'
import type { StateGauge, Stats } from './stats.ts'
import type { Timers } from './timers.ts'

/** A connection, or where one leads as long as the leg has not said which it is. */
export type Way = Flow | string

/** What a transaction needs of the layer it lives in. */
export interface TransactionLayer {
  readonly timers: Timers
  readonly queue: TimerQueue
  readonly stats: Stats
  /** Takes a transaction that ended out of the tables. */
  forget(transaction: Transaction): void
  /** Notes the connection that a transaction sends over. */
  usesFlow(transaction: Transaction, flow: Flow): void
}

/**
 * What the four machines of RFC 3261 17 share: a state, the bytes that are sent again, and at most one armed timer.
 *
 * A machine is a table of functions, one a state, that take an input and return whether it goes on: a response or an
 * error to the transaction user, a response of the user to the wire.
 */
export abstract class Transaction<Input extends string = string> extends TimerEntry implements SendSink {
  readonly layer: TransactionLayer
  readonly method: string
  /** Under which the transaction is found (RFC 3261 17.1.3 and 17.2.3); its table sets it. */
  key = ''
  readonly leg: Leg
  target: Target | undefined
  /** What it sends over on a connection-oriented leg, and its place among those that do. */
  way: Way | undefined = undefined
  seat = 0
  state = ''
  /** The input that the armed timer stands for. */
  timer: Input | undefined = undefined
  // Both count nominal time, so that the lengths of timers stay few and the schedule is exactly that of the RFC.
  interval = 0
  elapsed = 0
  // The bytes as a place in their buffer: a view of them would take more memory than any other part of a transaction.
  private buffer: ArrayBufferLike | undefined = undefined
  private offset = 0
  private length = 0

  constructor(layer: TransactionLayer, method: string, leg: Leg, target: Target | undefined) {
    super()
    this.layer = layer
    this.method = method
    this.leg = leg
    this.target = target
  }

  protected abstract readonly gauge: StateGauge
  /** Tells the user that the transaction is over. */
  protected abstract onEnd(): void
  abstract onSendError(error: SipError): void
  /** The connection the transaction uses is gone. */
  abstract onFlowClosed(error: SipError): void

  onFlow(flow: Flow): void {
    this.layer.usesFlow(this, flow)
  }

  get ended(): boolean {
    return this.state === 'Terminated'
  }

  /** What goes out again, byte for byte. */
  get bytes(): Uint8Array | undefined {
    return this.buffer && new Uint8Array(this.buffer, this.offset, this.length)
  }

  set bytes(bytes: Uint8Array | undefined) {
    this.buffer = bytes?.buffer
    this.offset = bytes?.byteOffset ?? 0
    this.length = bytes?.length ?? 0
  }

  enter(state: string): void {
    const gauge = this.gauge
    if (this.state) gauge[this.state] = (gauge[this.state] ?? 0) - 1
    if (state !== 'Terminated') gauge[state] = (gauge[state] ?? 0) + 1
    this.state = state
  }

  arm(timer: Input, ms: number): void {
    this.timer = timer
    this.layer.queue.arm(this, ms)
  }

  disarm(): void {
    this.layer.queue.disarm(this)
  }

  transmit(bytes: Uint8Array): void {
    if (this.target) this.leg.send(bytes, this.target, this)
  }

  retransmit(): void {
    const { bytes } = this
    if (!bytes) return
    this.layer.stats.retransmissionsOut++
    this.transmit(bytes)
  }

  /** Starts timers A and B, E and F, or G and H as one: whichever comes first is armed. A reliable leg has only the second. */
  startRetransmitting(again: Input, timeout: Input): void {
    this.elapsed = 0
    this.armNext(this.leg.reliable ? this.layer.timers.timeout : this.layer.timers.t1, again, timeout)
  }

  /** Arms the next retransmission after `interval`, or the timeout when that comes first. */
  armNext(interval: number, again: Input, timeout: Input): void {
    const left = this.layer.timers.timeout - this.elapsed
    this.interval = interval
    if (interval < left) {
      this.elapsed += interval
      this.arm(again, interval)
    } else {
      this.elapsed += left
      this.arm(timeout, left)
    }
  }

  terminate(): void {
    if (this.ended) return
    this.disarm()
    this.enter('Terminated')
    this.bytes = undefined
    this.layer.forget(this)
    this.onEnd()
  }
}
