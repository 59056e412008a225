import { ServerTransaction } from './server-transaction.ts'
import type { StateGauge } from '../stats.ts'

type Input =
  | 'request'
  | 'ack'
  | '1xx'
  | '2xx'
  | '3xx-6xx'
  | 'challenge'
  | 'timer100'
  | 'timerG'
  | 'timerH'
  | 'timerI'
  | 'timerL'
  | 'transportError'

/** INVITE server transaction: RFC 3261 17.2.1 as RFC 6026 7.1 changed it. */
export class InviteServer extends ServerTransaction<Input> {
  protected override get gauge(): StateGauge {
    return this.layer.stats.inviteServer
  }

  override start(): void {
    this.enter('Proceeding')
  }

  override await(): void {
    if (this.state === 'Proceeding' && !this.bytes) this.arm('timer100', this.layer.timers.tryingAfter)
  }

  /** Takes an ACK; true when it is for a 2xx and so for the user. */
  acknowledge(): boolean {
    return this.input('ack')
  }

  /** Sends the final response no more, but goes on absorbing what belongs to it. */
  silence(): void {
    if (this.state === 'Completed') this.bytes = undefined
  }

  protected override inputOf(status: number): Input {
    if (status < 200) return '1xx'
    if (status < 300) return '2xx'
    return this.#isBareChallenge(status) ? 'challenge' : '3xx-6xx'
  }

  /**
   * RFC 3261 26.3.2.4: a challenge is sent once and not again and again to whoever the Via names, as that may be the victim
   * of a forged one. Nothing is lost: without a 1xx from us the client sends its INVITE again, and gets it again.
   */
  #isBareChallenge(status: number): boolean {
    return (status === 401 || status === 407) && !this.bytes
  }

  protected override sent(_status: number, octets: Uint8Array): void {
    // Whoever hears of the sending may have sent another 2xx.
    if (this.state !== 'Accepted' || this.timer === 'timerL' || this.filed !== undefined) return
    if (!this.file(octets)) this.arm('timerL', this.layer.timers.timeout)
  }

  protected override input(input: Input): boolean {
    return states[this.state]?.(this, input) ?? false
  }
}

type State = (tx: InviteServer, input: Input) => boolean

const proceeding: State = (tx, input) => {
  switch (input) {
    case 'request':
      tx.retransmit()
      return false
    case 'timer100':
      tx.sendTrying()
      return false
    case '1xx':
      tx.disarm()
      return true
    case '2xx':
      tx.disarm()
      tx.enter('Accepted')
      return true
    case '3xx-6xx':
      tx.enter('Completed')
      tx.startRetransmitting('timerG', 'timerH')
      return true
    case 'challenge':
      tx.enter('Completed')
      tx.arm('timerH', tx.layer.timers.timeout)
      return true
    default:
      return false
  }
}

const completed: State = (tx, input) => {
  switch (input) {
    case 'request':
      tx.retransmit()
      return false
    case 'timerG':
      tx.retransmit()
      if (!tx.ended) tx.armNext(Math.min(tx.interval * 2, tx.layer.timers.t2), 'timerG', 'timerH')
      return false
    case 'timerH':
      return true
    case 'ack':
      confirm(tx)
      return false
    default:
      return false
  }
}

const confirmed: State = (tx, input) => {
  if (input === 'timerI') tx.terminate()
  return false
}

// RFC 6026 7.1: repeated INVITEs are absorbed and not answered, further 2xx of the user are let through.
const accepted: State = (tx, input) => {
  switch (input) {
    case '2xx':
    case 'ack':
      return true
    case 'timerL':
      tx.terminate()
      return false
    default:
      return false
  }
}

const states: Record<string, State> = {
  Proceeding: proceeding,
  Completed: completed,
  Confirmed: confirmed,
  Accepted: accepted,
}

function confirm(tx: InviteServer): void {
  tx.bytes = undefined
  tx.enter('Confirmed')
  if (tx.leg.reliable) tx.terminate()
  else tx.arm('timerI', tx.layer.timers.t4)
}
