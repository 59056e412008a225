import type { Dispatcher, Receiver } from '@netsip/dispatcher'
import { type SipMessage, SipParseError, type SipRequest } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'
import { answer } from './answer.ts'
import type { Handler } from './handler.ts'

/** The methods that exist for a server that does not implement them: 405 for these, 501 for all others (RFC 3261 21.5.2). */
const KNOWN = new Set(
  'INVITE ACK BYE CANCEL OPTIONS REGISTER PRACK SUBSCRIBE NOTIFY PUBLISH INFO REFER MESSAGE UPDATE'.split(' '),
)

/**
 * A row of handlers behind one dispatcher: each message goes to the first one that takes it. A request that nobody takes is
 * answered: 200 or 481 for a CANCEL, 405 or 501 when no handler knows the method, else 404; one whose headers a handler cannot
 * read, 400. An ACK is never answered.
 *
 * The chain does not make itself the dispatcher's receiver: `dispatcher.setReceiver(chain)` does.
 */
export class Chain implements Receiver {
  readonly #dispatcher: Dispatcher
  readonly #handlers: readonly Handler[]

  constructor(dispatcher: Dispatcher, handlers: readonly Handler[]) {
    this.#dispatcher = dispatcher
    this.#handlers = [...handlers]
  }

  receive(packet: SipMessage, leg: Leg, from: Source): void | Promise<void> {
    try {
      return this.#from(0, packet, leg, from)?.catch((error: unknown) => this.#unreadable(error, packet))
    } catch (error) {
      return this.#unreadable(error, packet)
    }
  }

  /** Headers are read when a handler asks for them: that one of them is garbage is the fault of its sender. */
  #unreadable(error: unknown, packet: SipMessage): void {
    if (!(error instanceof SipParseError) || packet.type === 'response') throw error
    if (packet.method !== 'ACK')
      answer(packet, this.#dispatcher, { status: 400, reason: `Bad ${error.header ?? 'Request'}` })
  }

  /** Stays synchronous as long as the handlers do: most packets of a call need no promise. */
  #from(start: number, packet: SipMessage, leg: Leg, from: Source): void | Promise<void> {
    for (let index = start; index < this.#handlers.length; index++) {
      const handled = this.#handlers[index]?.handle(packet, leg, from) ?? false
      if (handled === true) return undefined
      if (handled !== false) return this.#afterwards(handled, index, packet, leg, from)
    }
    if (packet.type === 'request') this.#refuse(packet)
    return undefined
  }

  async #afterwards(
    handled: Promise<boolean>,
    index: number,
    packet: SipMessage,
    leg: Leg,
    from: Source,
  ): Promise<void> {
    if (!(await handled)) await this.#from(index + 1, packet, leg, from)
  }

  #refuse(request: SipRequest): void {
    if (request.method === 'ACK') return
    const allow = this.#allowed()
    if (request.method === 'CANCEL') answer(request, this.#dispatcher, { status: this.#isKnown(request) ? 200 : 481 })
    else if (!allow || allow.includes(request.method)) answer(request, this.#dispatcher, { status: 404 })
    else {
      const status = KNOWN.has(request.method) ? 405 : 501
      answer(request, this.#dispatcher, { status, headers: { Allow: allow.join(', ') } })
    }
  }

  /** What a CANCEL is for may be known though there is nothing left to cancel, or never was (RFC 3261 9.2). */
  #isKnown(cancel: SipRequest): boolean {
    return this.#dispatcher.findInvite(cancel) !== undefined || this.#dispatcher.namesRequest(cancel)
  }

  /** All methods that some handler takes; `undefined` when one of them takes any. */
  #allowed(): string[] | undefined {
    const allow = new Set<string>()
    for (const { methods } of this.#handlers) {
      if (!methods) return undefined
      for (const method of methods) allow.add(method)
    }
    return [...allow]
  }
}
