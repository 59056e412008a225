import type { Flow, Leg, Source, Target } from '@netsip/transport'
import type { SipError } from '@netsip/runtime'
import type { Transaction, Way } from './transaction.ts'

/** Which transactions use which connection, so that they can end with it. Each knows its way, and its seat among those that use it. */
export class FlowIndex {
  readonly #users = new Map<Way, Transaction[]>()

  /** Notes a transaction on a connection-oriented leg. */
  add(transaction: Transaction, leg: Leg, peer: Source | Target): void {
    if (leg.reliable) this.#put(transaction, peer.flow ?? address(leg, peer))
  }

  /** The leg says over which connection it sends for a transaction: there may be several to one address, or one to many. */
  uses(transaction: Transaction, flow: Flow): void {
    const { way } = transaction
    if (way === undefined || way === flow) return
    this.delete(transaction)
    this.#put(transaction, flow)
  }

  delete(transaction: Transaction): void {
    const { way, seat } = transaction
    const users = way && this.#users.get(way)
    if (!users) return
    transaction.way = undefined
    // The last one takes its seat.
    const last = users.pop()
    if (last && last !== transaction) {
      users[seat] = last
      last.seat = seat
    }
    if (users.length === 0) this.#users.delete(way)
  }

  /** Ends what used a connection that is gone. */
  closed(flow: Flow, error: SipError): void {
    const users = [flow, address(flow.leg, flow.remote)].flatMap((way) => this.#users.get(way) ?? [])
    for (const transaction of users) transaction.onFlowClosed(error)
  }

  #put(transaction: Transaction, way: Way): void {
    let users = this.#users.get(way)
    if (!users) this.#users.set(way, (users = []))
    transaction.way = way
    transaction.seat = users.push(transaction) - 1
  }
}

function address(leg: Leg, { addr, port }: Source | Target): string {
  return `${leg.key} ${addr} ${port}`
}
