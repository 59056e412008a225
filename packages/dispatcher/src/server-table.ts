import type { SipRequest, SipResponse, Via } from '@netsip/message'
import type { Random } from '@netsip/runtime'
import { hasCookie } from './branch.ts'
import { BranchIndex } from './branch-index.ts'
import { LegacyTable } from './legacy-table.ts'
import { flat, sentByOf } from './sent-by.ts'
import type { ServerTransaction } from './server-transaction.ts'

/**
 * So many may look alike: an INVITE and its CANCEL share a branch, and nobody else should. Whoever sends thousands that do would
 * have each of them compared with all the others.
 */
const mostAlike = 16

/** The server transactions, found by the rules of RFC 3261 17.2.3: branch, sent-by and method. */
export class ServerTable {
  readonly #byBranch: BranchIndex<ServerTransaction>
  readonly #legacy = new LegacyTable()
  // Most responses are given while their request is being received, and share its Via: no need to look for them.
  #lastVia: Via | undefined
  #last: ServerTransaction | undefined
  // The Via that was last looked for in vain, and the hash of its branch: the one that is added next.
  #newVia: Via | undefined
  #newHash = 0

  /** Whether there are too many like the one that was last looked for, and not found, to take in another. */
  crowded = false

  constructor(random: Random) {
    this.#byBranch = new BranchIndex(random)
  }

  /** The transaction a request belongs to; pass INVITE as `method` for an ACK or a CANCEL. */
  find(request: SipRequest, method: string): ServerTransaction | undefined {
    const { via } = request
    const branch = via?.branch
    if (hasCookie(branch)) return this.#get(branch, via as Via, method)
    this.crowded = this.#legacy.alike(request, method) >= mostAlike
    return this.#legacy.find(request, method)
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
    const branch = via?.branch
    if (!via || !hasCookie(branch)) return this.#legacy.add(transaction, request)
    transaction.sentBy = transaction.origin.sentBy(via)
    transaction.key = flat(branch)
    this.#byBranch.add(via === this.#newVia ? this.#newHash : this.#byBranch.hashOf(branch), transaction)
  }

  delete(transaction: ServerTransaction): void {
    if (this.#last === transaction) this.#last = this.#lastVia = undefined
    if (transaction.legacy) this.#legacy.delete(transaction)
    else this.#byBranch.delete(transaction)
  }

  *values(): IterableIterator<ServerTransaction> {
    yield* this.#byBranch.values()
    yield* this.#legacy.values()
  }

  #get(branch: string, via: Via, method: string): ServerTransaction | undefined {
    const index = this.#byBranch
    const hash = index.hashOf(branch)
    let alike = 0
    for (let slot = index.slotOf(hash); slot >= 0; slot = index.slotOf(hash, slot)) {
      const one = index.entryAt(slot)
      if (one.key === branch && one.method === method && one.sentBy === sentByOf(via)) return one
      alike++
    }
    this.crowded = alike >= mostAlike
    this.#newVia = via
    this.#newHash = hash
    return undefined
  }
}
