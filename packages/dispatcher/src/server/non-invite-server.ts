import type { SipError } from '@netsip/runtime'
import { ServerTransaction } from './server-transaction.ts'
import type { StateGauge } from '../stats.ts'

type Input =
  | 'request'
  | '100'
  | '2xx-6xx'
  | 'refused'
  | 'timer100'
  | 'timerF'
  | 'timerJ'
  | 'timerEnd'
  | 'transportError'

/** Non-INVITE server transaction: RFC 3261 17.2.2 with the rules of RFC 4320. */
export class NonInviteServer extends ServerTransaction<Input> {
  /** Timer F of the client has run out: no response can help it any more (RFC 4320 4.2). */
  late = false
  // Of an answer over a connection nothing is kept, but as long as it waits there it may be lost with it.
  #waiting: Uint8Array | undefined

  protected override get gauge(): StateGauge {
    return this.layer.stats.nonInviteServer
  }

  override start(): void {
    this.enter('Trying')
  }

  override await(): void {
    if (this.state === 'Trying') this.arm('timer100', this.layer.timers.lateTryingAfter)
  }

  protected override get refusal(): string {
    return this.late ? 'late-response' : super.refusal
  }

  protected override sent(status: number, octets: Uint8Array): void {
    // Whoever hears of the sending may have closed the dispatcher.
    if (status < 200 || this.ended) return
    // Timer J is zero where nothing can be lost.
    if (this.leg.reliable) {
      this.#waiting = octets
      this.terminate()
    } else if (!this.file(octets)) this.arm('timerJ', this.layer.timers.timeout)
  }

  override onSendError(error: SipError): void {
    super.onSendError(error)
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting) this.layer.sendByBackup(waiting, this.leg, this.target, () => {})
  }

  protected override inputOf(status: number): Input {
    if (status === 100) return '100'
    // RFC 4320 4.1: no other provisional response; 4.2: never a 408.
    return status < 200 || status === 408 ? 'refused' : '2xx-6xx'
  }

  protected override input(input: Input): boolean {
    return states[this.state]?.(this, input) ?? false
  }
}

type State = (tx: NonInviteServer, input: Input) => boolean

const trying: State = (tx, input) => {
  switch (input) {
    case '100':
      // RFC 4320 4.1: not over UDP before timer E of the client has grown to T2; then timer100 sends it.
      if (!tx.leg.reliable) return false
      proceed(tx, tx.layer.timers.timeout)
      return true
    case 'timer100':
      proceed(tx, tx.layer.timers.timeout - tx.layer.timers.lateTryingAfter)
      tx.sendTrying()
      return false
    case '2xx-6xx':
      return complete(tx)
    default:
      return false
  }
}

const proceeding: State = (tx, input) => {
  switch (input) {
    case 'request':
      tx.retransmit()
      return false
    case '100':
      return !tx.late
    case '2xx-6xx':
      return complete(tx)
    case 'timerF':
      tx.late = true
      tx.arm('timerEnd', tx.layer.timers.timeout)
      return false
    case 'timerEnd':
      tx.terminate()
      return false
    default:
      return false
  }
}

const completed: State = (tx, input) => {
  switch (input) {
    case 'request':
      tx.retransmit()
      return false
    case 'timerJ':
      tx.terminate()
      return false
    default:
      return false
  }
}

const states: Record<string, State> = { Trying: trying, Proceeding: proceeding, Completed: completed }

function proceed(tx: NonInviteServer, untilLate: number): void {
  tx.enter('Proceeding')
  tx.arm('timerF', untilLate)
}

function complete(tx: NonInviteServer): boolean {
  if (tx.late) return false
  tx.disarm()
  tx.enter('Completed')
  return true
}
