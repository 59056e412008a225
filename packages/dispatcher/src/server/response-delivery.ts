import type { SipResponse } from '@netsip/message'
import type { Leg, Target } from '@netsip/transport'
import type { Core } from '../core.ts'
import type { DeliverOptions, Delivery } from '../delivery.ts'
import { deliveryId, type DeliveryKey } from '../delivery-id.ts'
import { InviteServer } from './invite-server.ts'
import type { AnsweredRequest } from './answered-request.ts'
import type { ServerTransaction } from './server-transaction.ts'
import type { StatelessResponder } from './stateless.ts'

/** A response that was handed to its server transaction, or sent without one. */
export class ResponseDelivery implements Delivery {
  readonly message: SipResponse
  readonly #key: DeliveryKey
  readonly #transaction: ServerTransaction | AnsweredRequest | undefined

  constructor(key: DeliveryKey, message: SipResponse, transaction: ServerTransaction | AnsweredRequest | undefined) {
    this.message = message
    this.#key = key
    this.#transaction = transaction
  }

  get id(): string {
    return deliveryId(this.#key)
  }

  get state(): string {
    const transaction = this.#transaction
    if (!transaction) return 'Sent'
    return transaction.isKnown ? transaction.state : 'Terminated'
  }

  get branch(): string | undefined {
    return this.message.via?.branch
  }

  get leg(): Leg | undefined {
    return this.#transaction?.leg
  }

  get target(): Target | undefined {
    return this.#transaction?.target
  }

  cancel(): boolean {
    const transaction = this.#transaction
    if (!transaction?.isKnown) return false
    transaction.user = undefined
    if (transaction instanceof InviteServer) transaction.silence()
    return true
  }
}

/** Hands a response to the transaction of its request; without one it goes by its top Via (RFC 3261 18.2.2). */
export function deliverResponse(
  core: Core,
  responder: StatelessResponder,
  response: SipResponse,
  options: DeliverOptions,
  key: DeliveryKey,
): ResponseDelivery {
  const transaction = options.stateless ? undefined : core.servers.findFor(response)
  if (transaction) transaction.respond(response, options)
  else sendStateless(core, responder, response, options)
  return new ResponseDelivery(key, response, transaction)
}

function sendStateless(
  core: Core,
  responder: StatelessResponder,
  response: SipResponse,
  options: DeliverOptions,
): void {
  const leg = options.leg ?? options.target?.flow?.leg ?? legFor(core, response, options.target)
  if (!leg) core.drop('no-way-back')
  else if (options.target) leg.send(core.octetsOf(response), options.target)
  else responder.respond(response, leg, undefined)
}

function legFor(core: Core, response: SipResponse, target: Target | undefined): Leg | undefined {
  if (target) return core.legs.choose(target)
  const protocol = response.via?.protocol.toLowerCase()
  return core.legs.all.find((leg) => leg.protocol === protocol)
}
