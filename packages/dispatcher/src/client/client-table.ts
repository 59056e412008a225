import type { ClientTransaction } from './client-transaction.ts'
import { KeptAck, type ResponseHeir, type SentAck } from './kept-ack.ts'
import { OctetLog, type OctetLogLayer } from '../kept/octet-log.ts'
import type { BranchHash } from '../kept/branch-hash.ts'
import { BranchIndex } from '../kept/branch-index.ts'
import type { Stats } from '../stats.ts'
import type { TransactionLayer } from '../transaction.ts'

/**
 * The client transactions, found by the branch and the CSeq method of a response. Accepted INVITEs that nobody holds any
 * more are octets until timer M: objects that live so long cost the collector of garbage more than the request did.
 */
export class ClientTable {
  readonly #byBranch = new BranchIndex<ClientTransaction>()
  readonly #hash: BranchHash
  readonly #stats: Stats
  readonly #acks: OctetLog<KeptAck, ResponseHeir>

  constructor(hash: BranchHash, layer: TransactionLayer & OctetLogLayer) {
    this.#hash = hash
    this.#stats = layer.stats
    this.#acks = new OctetLog<KeptAck, ResponseHeir>(layer, KeptAck)
  }

  /** RFC 3261 17.1.3: by the branch alone the response to a CANCEL would hit its INVITE, which has the same. */
  get(branch: string, method: string): ClientTransaction | undefined {
    const index = this.#byBranch
    const hash = this.#hash.of(branch)
    for (let slot = index.slotOf(hash); slot >= 0; slot = index.slotOf(hash, slot)) {
      const one = index.entryAt(slot)
      if (one.key === branch && one.method === method) return one
    }
    return undefined
  }

  add(transaction: ClientTransaction, branch: string): void {
    transaction.key = branch
    transaction.hash = this.#hash.of(branch)
    this.#byBranch.add(transaction)
  }

  delete(transaction: ClientTransaction): void {
    this.#byBranch.delete(transaction)
  }

  values(): IterableIterator<ClientTransaction> {
    return this.#byBranch.values()
  }

  /** Keeps of an accepted INVITE its ACKs, until its timer M. */
  file(transaction: ClientTransaction, heir: ResponseHeir, acks: readonly SentAck[]): void {
    const { due, key } = transaction
    transaction.terminate()
    for (const ack of acks) this.keep(key, heir, ack, due)
  }

  /** Keeps the ACK of a 2xx to the INVITE with this branch. */
  keep(branch: string, heir: ResponseHeir, { request }: SentAck, due?: number): void {
    this.#stats.total++
    this.#stats.inviteClient['Accepted']!++
    this.#acks.add(this.#hash.of(branch), request.toBytes(), heir, due)
  }

  /** The ACKs that are kept for the INVITE with this branch. */
  acksOf(branch: string): KeptAck[] {
    const hash = this.#hash.of(branch)
    const acks: KeptAck[] = []
    for (let slot = this.#acks.slotOf(hash); slot >= 0; slot = this.#acks.slotOf(hash, slot)) {
      const ack = this.#acks.entryAt(slot)
      if (ack) acks.push(ack)
    }
    return acks
  }

  /** Forgets what is left of transactions. */
  clear(): void {
    this.#acks.clear()
  }
}
