import type { Flow, Leg, Target } from '@netsip/transport'
import type { SipError } from '@netsip/runtime'
import type { Transaction } from './transaction.ts'

/** Which transactions use which connection, so that they can end with it. */
export class FlowIndex {
  readonly #byFlow = new Map<string, Set<Transaction>>()
  readonly #keys = new Map<Transaction, string>()

  /** Notes a transaction on a connection-oriented leg. */
  add(transaction: Transaction, leg: Leg, remote: Pick<Target, 'addr' | 'port'>): void {
    if (!leg.reliable) return
    const key = flowKey(leg, remote)
    this.#keys.set(transaction, key)
    const users = this.#byFlow.get(key)
    if (users) users.add(transaction)
    else this.#byFlow.set(key, new Set([transaction]))
  }

  delete(transaction: Transaction): void {
    if (!transaction.leg.reliable) return
    const key = this.#keys.get(transaction)
    if (key === undefined) return
    this.#keys.delete(transaction)
    const users = this.#byFlow.get(key)
    users?.delete(transaction)
    if (users?.size === 0) this.#byFlow.delete(key)
  }

  /** Ends what used a connection that is gone. */
  closed(flow: Flow, error: SipError): void {
    const users = this.#byFlow.get(flowKey(flow.leg, flow.remote))
    for (const transaction of users ? [...users] : []) transaction.onFlowClosed(error)
  }
}

function flowKey(leg: Leg, remote: Pick<Target, 'addr' | 'port'>): string {
  return `${leg.key} ${remote.addr} ${remote.port}`
}
