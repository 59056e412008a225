import type { Flow, Leg, Source, Target } from '@netsip/transport'
import type { SipError } from '@netsip/runtime'
import type { Transaction } from './transaction.ts'

/** A connection, or where one leads as long as the leg has not said which it is. */
type Way = Flow | string

/** Which transactions use which connection, so that they can end with it. */
export class FlowIndex {
  readonly #users = new Map<Way, Set<Transaction>>()
  readonly #ways = new Map<Transaction, Way>()

  /** Notes a transaction on a connection-oriented leg. */
  add(transaction: Transaction, leg: Leg, peer: Source | Target): void {
    if (leg.reliable) this.#put(transaction, peer.flow ?? address(leg, peer))
  }

  /** The leg says over which connection it sends for a transaction: there may be several to one address, or one to many. */
  uses(transaction: Transaction, flow: Flow): void {
    const known = this.#ways.get(transaction)
    if (known === undefined || known === flow) return
    this.delete(transaction)
    this.#put(transaction, flow)
  }

  delete(transaction: Transaction): void {
    if (!transaction.leg.reliable) return
    const way = this.#ways.get(transaction)
    if (way === undefined) return
    this.#ways.delete(transaction)
    const users = this.#users.get(way)
    users?.delete(transaction)
    if (users?.size === 0) this.#users.delete(way)
  }

  /** Ends what used a connection that is gone. */
  closed(flow: Flow, error: SipError): void {
    const users = [flow, address(flow.leg, flow.remote)].flatMap((way) => [...(this.#users.get(way) ?? [])])
    for (const transaction of users) transaction.onFlowClosed(error)
  }

  #put(transaction: Transaction, way: Way): void {
    this.#ways.set(transaction, way)
    const users = this.#users.get(way)
    if (users) users.add(transaction)
    else this.#users.set(way, new Set([transaction]))
  }
}

function address(leg: Leg, { addr, port }: Source | Target): string {
  return `${leg.key} ${addr} ${port}`
}
