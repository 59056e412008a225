import type { ClientTransaction } from './client-transaction.ts'

/** RFC 3261 17.1.3: the branch alone would let the response to a CANCEL hit its INVITE, which has the same. */
function clientKey(branch: string, method: string): string {
  return method === 'CANCEL' ? `${branch} CANCEL` : branch
}

/** The client transactions, found by the branch and the CSeq method of a response. */
export class ClientTable {
  readonly #byKey = new Map<string, ClientTransaction>()

  get(branch: string, method: string): ClientTransaction | undefined {
    const found = this.#byKey.get(clientKey(branch, method))
    return found?.method === method ? found : undefined
  }

  add(transaction: ClientTransaction, branch: string): void {
    transaction.key = clientKey(branch, transaction.method)
    this.#byKey.set(transaction.key, transaction)
  }

  delete(transaction: ClientTransaction): void {
    if (this.#byKey.get(transaction.key) === transaction) this.#byKey.delete(transaction.key)
  }

  values(): IterableIterator<ClientTransaction> {
    return this.#byKey.values()
  }
}
