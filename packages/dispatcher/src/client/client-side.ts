import type { SipResponse } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'
import type { ClientTransaction } from './client-transaction.ts'
import type { Core } from '../core.ts'

/** Takes in responses: each goes to the client transaction of its top Via, or nowhere (RFC 3261 17.1.3, 18.1.2). */
export class ClientSide {
  readonly #core: Core
  readonly #passStray: boolean

  /** `passStray`: responses that no transaction waits for go to the receiver, as a stateless proxy needs it. */
  constructor(core: Core, passStray: boolean) {
    this.#core = core
    this.#passStray = passStray
  }

  receive(response: SipResponse, leg: Leg, source: Source): void {
    const core = this.#core
    core.stats.countResponse(core.stats.responsesIn, response.status)
    try {
      const transaction = this.#find(response)
      if (!transaction) {
        if (!this.#isLate(response, leg, source)) this.#stray(response, leg, source)
      } else if (isForged(response, transaction)) core.drop('forged-response', source)
      else {
        // Anybody can send a response: only one that was asked for says where we are.
        if (response.via) transaction.leg.learn(response.via)
        core.overload?.learn(response, transaction.target)
        transaction.receive(response, leg, source, !this.#passStray)
      }
    } catch {
      // Something a response must have could not be read (RFC 3261 8.1.3.3 would have it dropped).
      core.drop('malformed', source)
    }
  }

  #find(response: SipResponse): ClientTransaction | undefined {
    const branch = response.via?.branch
    return branch === undefined ? undefined : this.#core.clients.get(branch, response.cseq.method)
  }

  /** What comes to an INVITE of which octets are left; false when there is none. */
  #isLate(response: SipResponse, leg: Leg, source: Source): boolean {
    const core = this.#core
    const branch = response.via?.branch ?? ''
    const acks = response.cseq.method === 'INVITE' ? core.clients.acksOf(branch) : []
    const [first] = acks
    if (!first) return false
    const { heir, request } = first
    if (!core.isOwnVia(response) || response.callId !== request.callId || response.from.tag !== request.from.tag) {
      core.drop('forged-response', source)
    } else if (response.status >= 200 && response.status < 300) {
      core.handResponse(response, leg, source, (...arrival) =>
        heir.receive(...arrival, acks, (ack) => core.clients.keep(branch, heir, ack)),
      )
    }
    return true
  }

  #stray(response: SipResponse, leg: Leg, source: Source): void {
    const core = this.#core
    if (!core.isOwnVia(response)) core.drop('foreign-response', source)
    else if (!this.#passStray || !core.hand(response, leg, source)) core.drop('stray-response', source)
  }
}

/** A branch can be guessed or overheard; Call-ID, From tag and sent-by would have to be too. */
function isForged(response: SipResponse, transaction: ClientTransaction): boolean {
  const { via } = response
  return !via || !transaction.leg.isOwnSentBy(via) || transaction.isForeign(response)
}
