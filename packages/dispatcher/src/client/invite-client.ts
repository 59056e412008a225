import type { SipResponse } from '@netsip/message'
import { ClientTransaction } from './client-transaction.ts'
import type { StateGauge } from '../stats.ts'

type Input =
  | '1xx'
  | '2xx'
  | '3xx-6xx'
  | 'timerA'
  | 'timerB'
  | 'timerD'
  | 'timerM'
  | 'cancel'
  | 'cancelLimit'
  | 'transportError'

/** INVITE client transaction: RFC 3261 17.1.1 as RFC 6026 7.2 and 8.4 changed it. */
export class InviteClient extends ClientTransaction<Input> {
  protected override get gauge(): StateGauge {
    return this.layer.stats.inviteClient
  }

  override start(bytes: Uint8Array): void {
    this.bytes = bytes
    this.enter('Calling')
    this.startRetransmitting('timerA', 'timerB')
    this.transmit(bytes)
  }

  /** Before a provisional response, when timer B still runs. */
  cancelled = false

  /** A CANCEL for this INVITE went out: from now on the final response must come within 64*T1 (RFC 3261 9.1). */
  cancelSent(): void {
    this.input('cancel')
  }

  protected override inputOf(status: number): Input {
    if (status < 200) return '1xx'
    return status < 300 ? '2xx' : '3xx-6xx'
  }

  protected override input(input: Input, response?: SipResponse): boolean {
    return states[this.state]?.(this, input, response) ?? false
  }
}

type State = (tx: InviteClient, input: Input, response?: SipResponse) => boolean

const calling: State = (tx, input, response) => {
  switch (input) {
    case '1xx':
      tx.disarm()
      tx.bytes = undefined
      tx.enter('Proceeding')
      if (tx.cancelled) tx.cancelSent()
      return true
    case 'cancel':
      tx.cancelled = true
      return false
    case '2xx':
      return accept(tx)
    case '3xx-6xx':
      return complete(tx, response)
    case 'timerA':
      tx.retransmit()
      if (!tx.ended) tx.armNext(tx.interval * 2, 'timerA', 'timerB')
      return false
    case 'timerB':
    case 'transportError':
      return true
    default:
      return false
  }
}

// No timer of its own: how long a phone may ring is for the user to say (RFC 3261 13.3.1.1, timer C of a proxy).
const proceeding: State = (tx, input, response) => {
  switch (input) {
    case '1xx':
      return true
    case '2xx':
      return accept(tx)
    case '3xx-6xx':
      return complete(tx, response)
    case 'cancel':
      tx.arm('cancelLimit', tx.layer.timers.timeout)
      return false
    case 'cancelLimit':
    case 'transportError':
      return true
    default:
      return false
  }
}

const completed: State = (tx, input) => {
  switch (input) {
    case '3xx-6xx':
      tx.retransmit()
      return false
    case 'timerD':
    case 'transportError':
      tx.terminate()
      return false
    default:
      return false
  }
}

// RFC 6026 7.2: every 2xx goes up, as each may be from another branch of a fork. The user acknowledges them.
const accepted: State = (tx, input) => {
  switch (input) {
    case '2xx':
      return true
    case 'timerM':
      tx.terminate()
      return false
    default:
      return false
  }
}

const states: Record<string, State> = {
  Calling: calling,
  Proceeding: proceeding,
  Completed: completed,
  Accepted: accepted,
}

function accept(tx: InviteClient): boolean {
  tx.bytes = undefined
  tx.forgetRequest()
  tx.enter('Accepted')
  tx.arm('timerM', tx.layer.timers.timeout)
  return true
}

function complete(tx: InviteClient, response: SipResponse | undefined): boolean {
  if (!tx.request || !response) return false
  const ack = tx.request.createAck(response).toBytes()
  tx.bytes = ack
  tx.request = undefined
  tx.enter('Completed')
  tx.arm('timerD', tx.layer.timers.timerD)
  tx.layer.stats.countRequest(tx.layer.stats.requestsOut, 'ACK')
  tx.transmit(ack)
  return true
}
