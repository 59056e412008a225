import type { AuthKind, DigestCredentials, SipRequest, SipResponse } from '@netsip/message'
import { type Random, systemRandom } from '@netsip/runtime'
import { type ChallengePolicy, type Choice, chooseChallenges } from './choose.ts'
import { type Credentials, type UserCredentials, checkCredentials, fits, userOf } from './credentials.ts'
import { hashOf } from './hashes.ts'
import { KnownNonce } from './known-nonce.ts'
import { authenticationInfoOf, challengesOf, credentialsOf, putCredentials } from './rows.ts'

/** What a DigestSession may be told besides the credentials. */
export interface DigestSessionOptions extends ChallengePolicy {
  random?: Random
}

/** What came of a challenge: another try is ready, it would be of no use, or nothing is known for its realms. */
export type DigestAnswer = 'retry' | 'rejected' | 'no-credentials'

/** More realms than this are not remembered: the oldest goes. */
const MAX_REALMS = 32

/** A nonce just given that is called stale this often in a row ends the tries (RFC 3261 22.1 asks for an end). */
const MAX_STALE = 2

/**
 * The client's side of digest authentication for one user agent core, call or registration: remembers the nonces of
 * each realm, counts their use, and tells a password that was rejected from a nonce that was too old
 * (RFC 3261 22, RFC 7616, RFC 8760).
 *
 * It answers whoever asks: use one per peer or domain that the credentials are meant for, or give them by realm.
 */
export class DigestSession {
  readonly #credentials: Credentials
  readonly #policy: ChallengePolicy
  readonly #random: Random
  readonly #known = new Map<string, KnownNonce>()

  /** @throws SipError `ERR_SIP_ARGUMENT` for what are no credentials, such as `'user:password'` */
  constructor(credentials: Credentials, options: DigestSessionOptions = {}) {
    checkCredentials(credentials)
    this.#credentials = credentials
    this.#policy = options
    this.#random = options.random ?? systemRandom
  }

  /**
   * Prepares `request`, the next try, for the challenges of the `response` that the last try got: `request` still
   * carries the credentials of that try. Credentials for other realms stay, with their nonce count raised.
   *
   * - `retry`: credentials were added, send it (with a new CSeq number, which is the caller's to raise).
   * - `rejected`: credentials that answered a fresh nonce of this realm were refused: the password is wrong.
   * - `no-credentials`: no challenge is one that we know to answer, or have credentials for.
   *
   * A promise only where the credentials are a function that returns one.
   */
  answer(request: SipRequest, response: SipResponse): DigestAnswer | Promise<DigestAnswer> {
    const groups = chooseChallenges(challengesOf(response), this.#policy)
    if (groups.some((group) => this.#isRejected(request, group[0]!))) return 'rejected'
    const answered = this.#answerAll(request, groups, this.#credentials)
    return answered instanceof Promise ? answered.then(asAnswer) : asAnswer(answered)
  }

  /**
   * Adds credentials for each challenge of `response` that can be answered, whatever became of earlier ones. Returns
   * whether any was.
   */
  authorize(
    request: SipRequest,
    response: SipResponse,
    credentials: Credentials = this.#credentials,
  ): boolean | Promise<boolean> {
    return this.#answerAll(request, chooseChallenges(challengesOf(response), this.#policy), credentials)
  }

  /**
   * Adds credentials for every realm whose nonce is known, before anybody asks (RFC 3261 22.3). Does nothing for ACK and
   * CANCEL, which carry those of their INVITE (RFC 3261 22.1).
   */
  prepare(request: SipRequest): void {
    if (request.method === 'ACK' || request.method === 'CANCEL') return
    for (const known of this.#known.values()) putCredentials(request, known.sign(request))
  }

  /**
   * Makes the credentials anew that `request` carries, before it is sent once more for another reason than a challenge: their
   * nonce count must rise (RFC 7616 3.4), and its body may have changed.
   */
  repeat(request: SipRequest): void
  /** @internal But for those. */
  repeat(request: SipRequest, except: ReadonlySet<KnownNonce>): void
  repeat(request: SipRequest, except?: ReadonlySet<KnownNonce>): void {
    for (const known of this.#known.values()) {
      if (except?.has(known)) continue
      const sent = credentialsOf(request, known.kind)
      const carries = sent.some(({ realm, nonce }) => realm === known.realm && nonce === known.nonce)
      if (carries) putCredentials(request, known.sign(request))
    }
  }

  /**
   * Reads what a server that accepted `request` says about itself (Authentication-Info, RFC 7616 3.5): the nonce to use
   * next is taken over. Returns whether the server proved that it knows the secret too: `undefined` when it says
   * nothing about that, `false` when its proof is wrong.
   */
  accepted(request: SipRequest, response: SipResponse): boolean | undefined {
    let proved: boolean | undefined
    for (const kind of ['www', 'proxy'] as const) {
      const info = authenticationInfoOf(response, kind)
      const sent = info && this.#sentUnder(request, kind, info.cnonce)
      const known = sent && this.#known.get(keyOf(kind, sent.realm))
      if (info === undefined || sent === undefined || known === undefined) continue
      const { rspauth, nextnonce } = info
      if (rspauth !== undefined) proved = proved !== false && known.proves(rspauth, sent, response.body)
      if (nextnonce) known.renew(nextnonce)
    }
    return proved
  }

  /** The credentials of a request that an Authentication-Info speaks of: several realms are told apart by cnonce. */
  #sentUnder(request: SipRequest, kind: AuthKind, cnonce: string | undefined): DigestCredentials | undefined {
    const sent = credentialsOf(request, kind)
    return sent.length === 1 ? sent[0] : sent.find((credentials) => credentials.cnonce === cnonce)
  }

  #isRejected(request: SipRequest, { challenge }: Choice): boolean {
    const known = this.#known.get(keyOf(challenge.kind, challenge.realm))
    const sent = credentialsOf(request, challenge.kind).find(({ realm }) => realm === challenge.realm)
    // credentials that are not of this session, or of a nonce since replaced, prove nothing about ours
    if (known === undefined || sent === undefined || sent.nonce !== known.nonce) return false
    if (challenge.nonce === sent.nonce) return true
    // servers forget nonces without saying stale: only a refusal straight after the challenge is one of the password
    const direct = known.isFirst(sent)
    if (!challenge.stale) return direct
    known.staleInARow = direct ? known.staleInARow + 1 : 0
    return known.staleInARow > MAX_STALE
  }

  #answerAll(request: SipRequest, groups: readonly Choice[][], credentials: Credentials): boolean | Promise<boolean> {
    const users = groups.map((group) => {
      const { realm, kind } = group[0]!.challenge
      return userOf(credentials, realm, request, kind)
    })
    if (users.some((user) => user instanceof Promise)) {
      return Promise.all(users as Promise<UserCredentials | undefined>[]).then((resolved) =>
        this.#signAll(request, groups, resolved),
      )
    }
    return this.#signAll(request, groups, users as (UserCredentials | undefined)[])
  }

  #signAll(request: SipRequest, groups: readonly Choice[][], users: readonly (UserCredentials | undefined)[]): boolean {
    const fresh = new Set<KnownNonce>()
    for (const [i, group] of groups.entries()) {
      const user = users[i]
      const choice = user && group.find(({ algorithm }) => fits(user, hashOf(algorithm)))
      if (user !== undefined && choice !== undefined) fresh.add(this.#remember(choice, user))
    }
    if (fresh.size === 0) return false
    this.repeat(request, fresh)
    for (const known of fresh) putCredentials(request, known.sign(request))
    return true
  }

  #remember(choice: Choice, user: UserCredentials): KnownNonce {
    const { kind, realm } = choice.challenge
    const key = keyOf(kind, realm)
    const known = new KnownNonce(choice, user, this.#random)
    known.staleInARow = this.#known.get(key)?.staleInARow ?? 0
    this.#known.delete(key)
    if (this.#known.size >= MAX_REALMS) this.#known.delete(this.#known.keys().next().value!)
    this.#known.set(key, known)
    return known
  }
}

function keyOf(kind: AuthKind, realm: string): string {
  return `${kind} ${realm}`
}

function asAnswer(answered: boolean): DigestAnswer {
  return answered ? 'retry' : 'no-credentials'
}
