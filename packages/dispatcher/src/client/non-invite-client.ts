import { ClientTransaction } from './client-transaction.ts'
import type { StateGauge } from '../stats.ts'

type Input = '1xx' | '2xx-6xx' | 'timerE' | 'timerF' | 'timerK' | 'transportError'

/** Non-INVITE client transaction: RFC 3261 17.1.2. */
export class NonInviteClient extends ClientTransaction<Input> {
  protected override get gauge(): StateGauge {
    return this.layer.stats.nonInviteClient
  }

  override start(bytes: Uint8Array): void {
    this.bytes = bytes
    this.enter('Trying')
    this.startRetransmitting('timerE', 'timerF')
    this.transmit(bytes)
  }

  protected override inputOf(status: number): Input {
    return status < 200 ? '1xx' : '2xx-6xx'
  }

  protected override input(input: Input): boolean {
    return states[this.state]?.(this, input) ?? false
  }
}

type State = (tx: NonInviteClient, input: Input) => boolean

const trying: State = (tx, input) => {
  switch (input) {
    case '1xx':
      // Timer E goes on: a provisional response does not promise a final one (RFC 3261 17.1.2.2).
      tx.enter('Proceeding')
      return true
    case '2xx-6xx':
      return complete(tx)
    case 'timerE':
      tx.retransmit()
      if (!tx.ended) tx.armNext(Math.min(tx.interval * 2, tx.layer.timers.t2), 'timerE', 'timerF')
      return false
    case 'timerF':
    case 'transportError':
      return true
    default:
      return false
  }
}

const proceeding: State = (tx, input) => {
  switch (input) {
    case '1xx':
      return true
    case '2xx-6xx':
      return complete(tx)
    case 'timerE':
      tx.retransmit()
      if (!tx.ended) tx.armNext(tx.layer.timers.t2, 'timerE', 'timerF')
      return false
    case 'timerF':
    case 'transportError':
      return true
    default:
      return false
  }
}

const completed: State = (tx, input) => {
  if (input === 'timerK') tx.terminate()
  return false
}

const states: Record<string, State> = { Trying: trying, Proceeding: proceeding, Completed: completed }

function complete(tx: NonInviteClient): boolean {
  tx.bytes = undefined
  tx.request = undefined
  tx.enter('Completed')
  tx.arm('timerK', tx.layer.timers.t4)
  return true
}
