import type { SipRequest, SipResponse, Via } from '@netsip/message'
import type { Target } from '@netsip/transport'
import type { AnswerPath } from '../admission.ts'
import { AcceptedInvite } from './accepted-invite.ts'
import { OctetLog, type OctetLogLayer } from '../kept/octet-log.ts'
import { AnsweredRequest } from './answered-request.ts'
import { hasCookie } from '../branch.ts'
import type { BranchHash } from '../kept/branch-hash.ts'
import { BranchIndex } from '../kept/branch-index.ts'
import { LegacyTable } from './legacy-table.ts'
import { flat, sentByOf } from '../sent-by.ts'
import type { ServerLayer, ServerTransaction } from './server-transaction.ts'

/**
 * So many may look alike: an INVITE and its CANCEL share a branch, and nobody else should. Whoever sends thousands that do would
 * have each of them compared with all the others.
 */
const mostAlike = 16

/** What a {@link ServerTable} needs of the layer it lives in. */
export interface ServerTableLayer extends ServerLayer, OctetLogLayer {}

type AnswerLog = OctetLog<AnsweredRequest, AnswerPath, ServerTableLayer>

/** The server transactions, found by the rules of RFC 3261 17.2.3: branch, sent-by and method. */
export class ServerTable {
  readonly #hash: BranchHash
  readonly #byBranch = new BranchIndex<ServerTransaction>()
  // Apart, so that what a busy server asks for, which is nearly always new, is looked for among few.
  readonly #answers: AnswerLog
  readonly #accepted: AnswerLog
  readonly #legacy = new LegacyTable()
  // Most responses are given while their request is being received, and share its Via: no need to look for them.
  #lastVia: Via | undefined
  #last: ServerTransaction | undefined
  // The same, as long as it is not in the index: most have answered before another is looked for, and never need to be.
  #unsettled: ServerTransaction | undefined
  // The Via that was last looked for in vain, and the hash of its branch: the one that is added next.
  #newVia: Via | undefined
  #newHash = 0

  /** Whether there are too many like the one that was last looked for, and not found, to take in another. */
  crowded = false

  constructor(hash: BranchHash, layer: ServerTableLayer) {
    this.#hash = hash
    this.#answers = new OctetLog(layer, AnsweredRequest)
    this.#accepted = new OctetLog(layer, AcceptedInvite)
  }

  /** The transaction a request belongs to; pass INVITE as `method` for an ACK or a CANCEL. */
  find(request: SipRequest, method: string): ServerTransaction | AnsweredRequest | undefined {
    const { via } = request
    const branch = via?.branch
    if (hasCookie(branch)) return this.#get(branch, via as Via, method)
    this.crowded = this.#legacy.alike(request, method) >= mostAlike
    return this.#legacy.find(request, method)
  }

  /** The transaction a response answers. */
  findFor(response: SipResponse): ServerTransaction | AnsweredRequest | undefined {
    const { via } = response
    const { method } = response.cseq
    if (via && via === this.#lastVia && this.#last?.method === method) return this.#last
    const branch = via?.branch
    return hasCookie(branch) ? this.#get(branch, via as Via, method) : this.#legacy.findFor(response, method)
  }

  /** Takes in the transaction of a request that {@link find} knows none of. */
  add(transaction: ServerTransaction, request: SipRequest): void {
    const { via } = request
    this.#settle()
    this.#last = transaction
    this.#lastVia = via
    if (!via || via !== this.#newVia) return this.#legacy.add(transaction, request)
    transaction.hash = this.#newHash
    this.#unsettled = transaction
  }

  delete(transaction: ServerTransaction): void {
    if (transaction.legacy) this.#legacy.delete(transaction)
    else if (transaction !== this.#unsettled) this.#byBranch.delete(transaction)
    if (transaction === this.#last) this.#last = this.#lastVia = this.#unsettled = undefined
  }

  /** Takes a transaction that has sent its last out of the table, and keeps the answer alone. */
  file(transaction: ServerTransaction, octets: Uint8Array, target: Target): void {
    this.delete(transaction)
    const { leg, origin, hash, method } = transaction
    transaction.filed = this.#logOf(method).add(hash, octets, origin.path(leg, target))
  }

  /** Whether the answer that was filed of a transaction is still kept. */
  keeps({ method, filed }: ServerTransaction): boolean {
    return filed !== undefined && this.#logOf(method).holds(filed)
  }

  *values(): IterableIterator<ServerTransaction> {
    this.#settle()
    yield* this.#byBranch.values()
    yield* this.#legacy.values()
  }

  /** Forgets what was filed. */
  clear(): void {
    this.#answers.clear()
    this.#accepted.clear()
  }

  #logOf(method: string): AnswerLog {
    return method === 'INVITE' ? this.#accepted : this.#answers
  }

  #settle(): void {
    const transaction = this.#unsettled
    if (!transaction) return
    this.#unsettled = undefined
    const via = this.#lastVia as Via
    transaction.sentBy = transaction.origin.sentBy(via)
    transaction.key = flat(via.branch as string)
    this.#byBranch.add(transaction)
  }

  #get(branch: string, via: Via, method: string): ServerTransaction | AnsweredRequest | undefined {
    this.#settle()
    const index = this.#byBranch
    const answers = this.#logOf(method)
    const hash = this.#hash.of(branch)
    let alike = 0
    for (let slot = index.slotOf(hash); slot >= 0; slot = index.slotOf(hash, slot)) {
      const one = index.entryAt(slot)
      if (one.key === branch && one.method === method && one.sentBy === sentByOf(via)) return one
      alike++
    }
    for (let slot = answers.slotOf(hash); slot >= 0; slot = answers.slotOf(hash, slot)) {
      const one = answers.entryAt(slot)
      if (one?.matches(via, method)) return one
      alike++
    }
    this.crowded = alike >= mostAlike
    this.#newVia = via
    this.#newHash = hash
    return undefined
  }
}
