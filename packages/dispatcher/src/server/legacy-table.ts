import type { SipRequest, SipResponse, Via } from '@netsip/message'
import type { ServerTransaction } from './server-transaction.ts'

/** The server transactions of requests without the magic cookie, found by the rules of RFC 2543 (RFC 3261 17.2.3). */
export class LegacyTable {
  readonly #byKey = new Map<string, ServerTransaction[]>()

  find(request: SipRequest, method: string): ServerTransaction | undefined {
    return this.#byKey.get(legacyKey(request, method))?.find((one) => isSame(one, request))
  }

  /** How many have to be compared to find one. */
  alike(request: SipRequest, method: string): number {
    return this.#byKey.get(legacyKey(request, method))?.length ?? 0
  }

  findFor(response: SipResponse, method: string): ServerTransaction | undefined {
    const identity = response.via && viaIdentity(response.via)
    return this.#byKey
      .get(legacyKey(response, method))
      ?.find((one) => one.legacy?.request.via && viaIdentity(one.legacy.request.via) === identity)
  }

  add(transaction: ServerTransaction, request: SipRequest): void {
    transaction.key = legacyKey(request, request.method)
    transaction.legacy = { request, sentToTag: undefined }
    const sharing = this.#byKey.get(transaction.key)
    if (sharing) sharing.push(transaction)
    else this.#byKey.set(transaction.key, [transaction])
  }

  delete(transaction: ServerTransaction): void {
    const left = this.#byKey.get(transaction.key)?.filter((one) => one !== transaction) ?? []
    if (left.length > 0) this.#byKey.set(transaction.key, left)
    else this.#byKey.delete(transaction.key)
  }

  *values(): IterableIterator<ServerTransaction> {
    for (const sharing of this.#byKey.values()) yield* sharing
  }
}

function legacyKey(message: SipRequest | SipResponse, method: string): string {
  return `${message.callId} ${message.cseq.seq} ${message.from.tag ?? ''} ${method}`
}

function isSame(transaction: ServerTransaction, request: SipRequest): boolean {
  const { legacy } = transaction
  const first = legacy?.request
  if (!first?.via || !request.via) return false
  if (!first.uri.equals(request.uri) || viaIdentity(first.via) !== viaIdentity(request.via)) return false
  // The To of an ACK carries the tag of our response, all else repeats the To of the request (RFC 3261 17.2.3).
  if (request.method === 'ACK') return request.to.tag === legacy?.sentToTag
  return request.to.tag === first.to.tag
}

/** A Via for comparing (RFC 3261 20.42), without what the receiving leg wrote into it. */
function viaIdentity(via: Via): string {
  const params: string[] = []
  for (const [name, value] of via.params) {
    const lower = name.toLowerCase()
    if (lower !== 'received' && lower !== 'rport') params.push(`${lower}=${value.toLowerCase()}`)
  }
  return `${via.protocol.toUpperCase()} ${via.sentBy.toLowerCase()} ${params.sort().join(';')}`
}
