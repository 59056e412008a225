import { SipError } from '@netsip/runtime'

/** A request that can wait. */
interface Queued {
  /** Sends it. */
  start(): void
  /** It is not its turn yet. */
  hold(): void
  /** It is given up. */
  fail(error: SipError): void
}

interface Line {
  active: Queued
  waiting: Queued[]
}

/**
 * Messages outside of any dialog, one at a time to each address (RFC 3428 8): nothing else would keep their order, nor stop a
 * sender that floods. The next one leaves when the one before it is answered or given up.
 */
export class MessageQueue {
  readonly #lines = new Map<string, Line>()

  /** Sends a message now, or in its turn. `leave` is to be called when it is over. */
  enter(address: string, message: Queued): void {
    const line = this.#lines.get(address)
    if (line === undefined) {
      this.#lines.set(address, { active: message, waiting: [] })
      message.start()
    } else {
      line.waiting.push(message)
      message.hold()
    }
  }

  /** Nothing that waits is sent any more: each would wait as long for a dead peer as the one before it. */
  close(): void {
    const lines = [...this.#lines.values()]
    this.#lines.clear()
    for (const { waiting } of lines) {
      for (const message of waiting) {
        message.fail(new SipError('ERR_SIP_CLOSED', 'the endpoint was closed before it was the turn of this MESSAGE'))
      }
    }
  }

  /** A message to this address is over: answered, or given up, in its turn or before. */
  leave(address: string, message: Queued): void {
    const line = this.#lines.get(address)
    if (line === undefined) return
    if (line.active !== message) {
      line.waiting = line.waiting.filter((one) => one !== message)
      return
    }
    const next = line.waiting.shift()
    if (next === undefined) {
      this.#lines.delete(address)
    } else {
      line.active = next
      next.start()
    }
  }
}
