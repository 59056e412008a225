import { MAGIC_COOKIE, type SipRequest, type SipResponse, type Via } from '@netsip/message'
import type { ClientTransaction } from './client-transaction.ts'
import type { ServerTransaction } from './server-transaction.ts'

/** Whether a branch is unique by itself, as RFC 3261 8.1.1.7 promises; otherwise the rules of RFC 2543 apply. */
export function hasCookie(branch: string | undefined): branch is string {
  return branch !== undefined && branch.length > MAGIC_COOKIE.length && branch.startsWith(MAGIC_COOKIE)
}

/** RFC 3261 17.1.3: the branch alone would let the response to a CANCEL hit its INVITE. */
export function clientKey(branch: string, method: string): string {
  return `${branch} ${method}`
}

/** The client transactions, found by the branch and the CSeq method of a response. */
export class ClientTable {
  readonly #byKey = new Map<string, ClientTransaction>()

  get(branch: string, method: string): ClientTransaction | undefined {
    return this.#byKey.get(clientKey(branch, method))
  }

  add(transaction: ClientTransaction): void {
    this.#byKey.set(transaction.key, transaction)
  }

  delete(transaction: ClientTransaction): void {
    if (this.#byKey.get(transaction.key) === transaction) this.#byKey.delete(transaction.key)
  }

  values(): IterableIterator<ClientTransaction> {
    return this.#byKey.values()
  }
}

/** Under which the server transaction of a request is kept, and whether that is by the rules of RFC 2543. */
export interface ServerKey {
  readonly key: string
  readonly legacy: boolean
}

/** The server transactions, found by the rules of RFC 3261 17.2.3. */
export class ServerTable {
  readonly #byKey = new Map<string, ServerTransaction>()
  readonly #legacy = new Map<string, ServerTransaction[]>()
  // Most responses are given while their request is being received, and share its Via: no need to look for them.
  #lastVia: Via | undefined
  #last: ServerTransaction | undefined

  /** The transaction a request belongs to; pass INVITE as `method` for an ACK or a CANCEL. */
  find(request: SipRequest, method: string): ServerTransaction | undefined {
    return this.findBy(serverKeyOf(request, method), request)
  }

  findBy({ key, legacy }: ServerKey, request: SipRequest): ServerTransaction | undefined {
    if (!legacy) return this.#byKey.get(key)
    return this.#legacy.get(key)?.find((one) => isSameLegacy(one, request))
  }

  /** The transaction a response answers. */
  findFor(response: SipResponse): ServerTransaction | undefined {
    const via = response.via
    const { method } = response.cseq
    if (via && via === this.#lastVia && this.#last?.request?.method === method) return this.#last
    if (hasCookie(via?.branch)) return this.#byKey.get(serverKey(via, method))
    const identity = via && viaIdentity(via)
    return this.#legacy
      .get(legacyKey(response, method))
      ?.find((one) => one.legacy?.request.via && viaIdentity(one.legacy.request.via) === identity)
  }

  get(key: string): ServerTransaction | undefined {
    return this.#byKey.get(key)
  }

  add(transaction: ServerTransaction): void {
    this.#last = transaction
    this.#lastVia = transaction.request?.via
    if (!transaction.legacy) this.#byKey.set(transaction.key, transaction)
    else {
      const sharing = this.#legacy.get(transaction.key)
      if (sharing) sharing.push(transaction)
      else this.#legacy.set(transaction.key, [transaction])
    }
  }

  delete(transaction: ServerTransaction): void {
    if (this.#last === transaction) this.#last = this.#lastVia = undefined
    if (!transaction.legacy) {
      if (this.#byKey.get(transaction.key) === transaction) this.#byKey.delete(transaction.key)
      return
    }
    const left = this.#legacy.get(transaction.key)?.filter((one) => one !== transaction) ?? []
    if (left.length > 0) this.#legacy.set(transaction.key, left)
    else this.#legacy.delete(transaction.key)
  }

  *values(): IterableIterator<ServerTransaction> {
    yield* this.#byKey.values()
    for (const sharing of this.#legacy.values()) yield* sharing
  }
}

export function serverKeyOf(request: SipRequest, method: string): ServerKey {
  const via = request.via
  if (hasCookie(via?.branch)) return { key: serverKey(via, method), legacy: false }
  return { key: legacyKey(request, method), legacy: true }
}

function serverKey(via: Via, method: string): string {
  // Joined, not concatenated: a key that is kept must not hold on to the pieces of its message.
  return [via.branch, via.sentBy.toLowerCase(), method].join(' ')
}

function legacyKey(message: SipRequest | SipResponse, method: string): string {
  return `${message.callId} ${message.cseq.seq} ${message.from.tag ?? ''} ${method}`
}

function isSameLegacy(transaction: ServerTransaction, request: SipRequest): boolean {
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
