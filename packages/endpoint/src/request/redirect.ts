import { type NameAddr, requestUri, type SipResponse, SipUri, type Uri } from '@netsip/message'
import { headersOf } from './borrowed-headers.ts'
import type { HeaderField, RedirectPolicy } from './request-args.ts'

/** Redirections of redirections that are followed; addresses there are no more than a request has tries. */
const MAX_DEPTH = 5

/** Where a redirection leads. */
export interface RedirectTarget {
  readonly uri: Uri
  /** The next hop on the way to the same Request-URI, not a new one (305, RFC 3261 21.3.4). */
  readonly proxy: boolean
  /** Header fields that the request to it shall have. */
  readonly headers: readonly HeaderField[]
}

/** The target set of one request as redirections widen it (RFC 3261 8.1.3.4): each URI is tried once. */
export class RedirectTargets {
  readonly #policy: RedirectPolicy | undefined
  readonly #tried: Uri[]
  readonly #queue: RedirectTarget[] = []
  #depth = 0

  constructor(policy: RedirectPolicy | undefined, first: Uri) {
    this.#policy = policy
    this.#tried = [first]
  }

  /** Takes in the contacts of a 3xx that the policy lets us follow, best q first. */
  add(response: SipResponse): void {
    if (!this.#mayFollow(response.status) || this.#depth >= MAX_DEPTH) return
    const contacts = byPreference(response.contacts)
    const proxy = response.status === 305
    const added = contacts.flatMap((contact) => {
      const headers =
        contact.uri instanceof SipUri && this.#accepts(contact, response) ? headersOf(contact.uri) : undefined
      return headers === undefined ? [] : [{ uri: requestUri(contact.uri), proxy, headers: proxy ? [] : headers }]
    })
    if (added.length === 0) return
    this.#depth += 1
    this.#queue.unshift(...added)
  }

  /** The next URI to try, `undefined` when there is none left. */
  next(): RedirectTarget | undefined {
    while (this.#queue.length > 0) {
      const target = this.#queue.shift() as RedirectTarget
      if (this.#tried.some((one) => one.equals(target.uri))) continue
      this.#tried.push(target.uri)
      return target
    }
    return undefined
  }

  #mayFollow(status: number): boolean {
    // RFC 3261 21.3.4: anybody on the way could make himself our proxy, so only a policy that looks at it lets it through.
    if (status === 305) return typeof this.#policy === 'function'
    if (status !== 300 && status !== 301 && status !== 302) return false
    return this.#policy === undefined ? status === 302 : this.#policy !== 'none'
  }

  #accepts(contact: NameAddr, response: SipResponse): boolean {
    if (typeof this.#policy === 'function') return this.#policy(contact, response)
    // RFC 3261 8.1.3.4: a sips request is not sent on in the clear behind the caller's back.
    return this.#tried[0]?.scheme !== 'sips' || contact.uri.scheme === 'sips'
  }
}

/** Contacts in the order of their q, highest first; without q it counts as 1 (RFC 3261 20.10). */
function byPreference(contacts: readonly NameAddr[] | '*'): readonly NameAddr[] {
  if (contacts === '*') return []
  return contacts
    .map((contact) => ({ contact, q: quality(contact) }))
    .sort((a, b) => b.q - a.q)
    .map(({ contact }) => contact)
}

function quality(contact: NameAddr): number {
  const q = Number(contact.params.get('q') ?? '1')
  return Number.isFinite(q) ? q : 0
}
