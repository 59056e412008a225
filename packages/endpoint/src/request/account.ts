import {
  type AuthKind,
  type ChallengePolicy,
  checkCredentials,
  type Credentials,
  DigestSession,
  type UserCredentials,
} from '@netsip/auth'
import { type SipRequest, type SipResponse, SipUri, type Uri } from '@netsip/message'
import type { Random } from '@netsip/runtime'

/** What came of answering a challenge. */
export type ChallengeAnswer = 'retry' | 'rejected' | 'no-credentials' | 'withheld'

type Plain = readonly [user: string, password: string] | UserCredentials

interface AccountInit {
  readonly credentials: Credentials
  readonly policy: ChallengePolicy
  readonly random: Random
  /** The address the credentials are used for: its domain is ours. */
  readonly address: Uri
}

/**
 * The credentials of a context: what it answers challenges with, and whom.
 *
 * Credentials by realm, or from a function, go to the realms they name. A user and password alone are for the first realm
 * that asks (of each kind: server and proxy), on the way that the context was made for: straight to whom it calls, or by its
 * proxy, or to our own domain. A digest lets its receiver guess at the password, so nobody else gets one: not whom a
 * redirection leads to, nor a callee of another domain who asks from behind our proxy.
 */
export class Account {
  readonly #session: DigestSession
  readonly #domain: string | undefined
  readonly #plain: boolean
  /** The realms that are ours. */
  readonly #realms = new Map<AuthKind, string>()
  /** The host the first request of the context went to. */
  #origin: string | undefined
  /** The host that the request in question went to; `undefined`: whoever asks was chosen by the application. */
  #facing: string | undefined
  #withheld = false

  constructor({ credentials, policy, random, address }: AccountInit) {
    checkCredentials(credentials)
    this.#domain = hostOf(address)
    this.#plain = isPlain(credentials)
    const used: Credentials = isPlain(credentials)
      ? (realm, request, kind) => (this.#mayAsk(realm, request, kind) ? credentials : undefined)
      : credentials
    this.#session = new DigestSession(used, { ...policy, random })
  }

  /** A request of the context leaves; the first one says which way is meant. */
  leaves(host: () => string): void {
    if (this.#plain) this.#origin ??= plainHost(host())
  }

  /** Adds credentials for realms that have asked before. */
  prepare(request: SipRequest): void {
    this.#session.prepare(request)
  }

  /** Makes the credentials anew that a request carries which is sent once more. */
  repeat(request: SipRequest): void {
    this.#session.repeat(request)
  }

  /** Takes in what a 2xx says; `false` when the server did not prove that it knows the secret, though it tried. */
  accepted(request: SipRequest, response: SipResponse): boolean | undefined {
    return this.#session.accepted(request, response)
  }

  /** Puts credentials into `request`, the next try. `host` is where the last one went; without it the application vouches. */
  answer(
    request: SipRequest,
    response: SipResponse,
    host: string | undefined,
  ): ChallengeAnswer | Promise<ChallengeAnswer> {
    this.#facing = host === undefined ? undefined : plainHost(host)
    this.#withheld = false
    const answer = this.#session.answer(request, response)
    return answer === 'no-credentials' && this.#withheld ? 'withheld' : answer
  }

  #mayAsk(realm: string, request: SipRequest, kind: AuthKind): boolean {
    const may = this.#facing === undefined || this.#isOurs(realm, request, kind, this.#facing)
    if (may) this.#realms.set(kind, realm)
    else this.#withheld = true
    return may
  }

  #isOurs(realm: string, request: SipRequest, kind: AuthKind, facing: string): boolean {
    const known = this.#realms.get(kind)
    // Whom we registered with, or are in a call with, may ask again wherever it has moved in between.
    if (known === realm && request.to.tag !== undefined) return true
    if (facing !== this.#origin && facing !== this.#domain) return false
    if (request.method === 'REGISTER') return true
    if (known !== undefined && known !== realm) return false
    return kind === 'proxy' || this.#isAnsweredBy(request.uri, facing)
  }

  /** A 401 comes from whom the Request-URI names: that has to be who we are facing, or our own domain. */
  #isAnsweredBy(uri: Uri, facing: string): boolean {
    const host = hostOf(uri)
    // A telephone number is called at our own domain.
    return host === undefined || host === facing || host === this.#domain
  }
}

function isPlain(credentials: Credentials): credentials is Plain {
  if (typeof credentials === 'function') return false
  return Array.isArray(credentials) || typeof (credentials as UserCredentials).username === 'string'
}

function hostOf(uri: Uri): string | undefined {
  return uri instanceof SipUri ? plainHost(uri.host) : undefined
}

/** A host as a hop has it: without brackets, the case of letters aside. */
function plainHost(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase()
}
