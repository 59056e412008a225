import type { SipRequest, SipResponse, Via } from '@netsip/message'
import { hasCookie } from './branch.ts'
import { LegacyTable } from './legacy-table.ts'
import { flat, sentByOf } from './sent-by.ts'
import type { ServerTransaction } from './server-transaction.ts'

/** The server transactions, found by the rules of RFC 3261 17.2.3: branch, sent-by and method. */
export class ServerTable {
  // Under the branch alone, which nobody else should have; those that do share one are under all three.
  readonly #byKey = new Map<string, ServerTransaction>()
  readonly #legacy = new LegacyTable()
  #sharing = 0
  // Most responses are given while their request is being received, and share its Via: no need to look for them.
  #lastVia: Via | undefined
  #last: ServerTransaction | undefined
  // The branch that was last looked for in vain, and its Via: that of the transaction that is added next.
  #freeVia: Via | undefined
  #free = ''

  /** The transaction a request belongs to; pass INVITE as `method` for an ACK or a CANCEL. */
  find(request: SipRequest, method: string): ServerTransaction | undefined {
    const { via } = request
    const branch = via?.branch
    return hasCookie(branch) ? this.#get(branch, via as Via, method) : this.#legacy.find(request, method)
  }

  /** The transaction a response answers. */
  findFor(response: SipResponse): ServerTransaction | undefined {
    const { via } = response
    const { method } = response.cseq
    if (via && via === this.#lastVia && this.#last?.method === method) return this.#last
    const branch = via?.branch
    return hasCookie(branch) ? this.#get(branch, via as Via, method) : this.#legacy.findFor(response, method)
  }

  /** Takes in the transaction of a request that {@link find} knows none of. */
  add(transaction: ServerTransaction, request: SipRequest): void {
    const { via } = request
    this.#last = transaction
    this.#lastVia = via
    const branch = via === this.#freeVia ? this.#free : via?.branch
    if (!via || !hasCookie(branch)) return this.#legacy.add(transaction, request)
    transaction.sentBy = transaction.origin.sentBy(via)
    transaction.key = via === this.#freeVia ? branch : this.#shared(branch, transaction.sentBy, transaction.method)
    this.#byKey.set(transaction.key, transaction)
  }

  delete(transaction: ServerTransaction): void {
    if (this.#last === transaction) this.#last = this.#lastVia = undefined
    if (transaction.legacy) return this.#legacy.delete(transaction)
    if (this.#byKey.delete(transaction.key) && transaction.key.includes(' ')) this.#sharing--
  }

  *values(): IterableIterator<ServerTransaction> {
    yield* this.#byKey.values()
    yield* this.#legacy.values()
  }

  #get(branch: string, via: Via, method: string): ServerTransaction | undefined {
    // Made for keeping right away, as most are kept: a string finds its hash only once.
    const key = flat(branch)
    const first = this.#byKey.get(key)
    if (first?.method === method && first.sentBy === sentByOf(via)) return first
    this.#freeVia = first ? undefined : via
    this.#free = key
    return this.#sharing > 0 ? this.#byKey.get(sharedKey(branch, sentByOf(via), method)) : undefined
  }

  #shared(branch: string, sentBy: string, method: string): string {
    this.#sharing++
    return sharedKey(branch, sentBy, method)
  }
}

// No branch has a space in it.
function sharedKey(branch: string, sentBy: string, method: string): string {
  return [branch, sentBy, method].join(' ')
}
