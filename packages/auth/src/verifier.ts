import {
  type AuthKind,
  DigestChallenge,
  type DigestCredentials,
  type SipRequest,
  type SipResponse,
} from '@netsip/message'
import {
  checkOptions,
  type Clock,
  type Random,
  type RulesOf,
  SipError,
  systemClock,
  systemRandom,
} from '@netsip/runtime'
import { type DigestInput, type DigestQop, digestHa1, digestResponse } from './digest.ts'
import { GuessGuard, type GuessLimit } from './guess-guard.ts'
import { type DigestAlgorithm, type DigestHash, algorithmOf, compareStrength, hashOf } from './hashes.ts'
import { Nonces, equalInConstantTime } from './nonces.ts'
import { ReplayGuard } from './replay-guard.ts'
import { requestIdentity } from './request-identity.ts'
import { challengeHeader, credentialsOf } from './rows.ts'
import { type InfoOptions, authenticationInfo } from './authentication-info.ts'

/** What a server knows of a user: the password, or H(username:realm:password) made with one hash. */
export type Secret = { password: string } | { ha1: string; algorithm: DigestHash }

/** What a DigestVerifier is made from. */
export interface DigestVerifierOptions {
  /** The realm that is asked for and whose credentials are read; no others are touched. */
  realm: string
  /**
   * The secret of a user, `undefined` for one that does not exist; which of both it was, the client cannot tell. `hash` is the
   * one that the client answered with: who keeps an `ha1` for each finds the right one by it.
   */
  lookup: (username: string, realm: string, hash: DigestHash) => Secret | undefined | Promise<Secret | undefined>
  /** Offered strongest first, whatever their order here; SHA-256 and MD5 by default. */
  algorithms?: readonly DigestAlgorithm[]
  /** The qualities of protection offered; `auth` by default. */
  qop?: readonly DigestQop[]
  /** How long a nonce is good, in seconds; 300 by default. */
  nonceLifetime?: number
  /** Accepts credentials without qop, as RFC 2069 had them, which may be replayed while the nonce lives. Off by default. */
  allowNoQop?: boolean
  /** Names the user behind a hashed name (RFC 7616 3.4.4); with it, clients are told that they may send one. */
  lookupUserhash?: (
    userhash: string,
    realm: string,
    hash: DigestHash,
  ) => string | undefined | Promise<string | undefined>
  /** How wrong passwords are slowed down, by user and source; `false` for not at all. */
  guessLimit?: GuessLimit | false
  /** Nonces whose counts are remembered; 10,000 by default. */
  maxNonces?: number
  clock?: Clock
  random?: Random
  /** Signs nonces: share it between machines that serve one realm. 32 random octets by default. */
  secret?: Uint8Array
}

/** What came of verifying a request. */
export type VerifyResult =
  | {
      ok: true
      username: string
      realm: string
      /** The credentials that were accepted: those to take out before the request goes on (RFC 3261 22.3). */
      credentials: DigestCredentials
      /** The value of Authentication-Info for the answer (RFC 7616 3.5). */
      authenticationInfo: (options?: InfoOptions) => string
    }
  | {
      ok: false
      /**
       * `missing`: none for our realm. `stale`: right, but the nonce is too old or not ours. `replayed`: right, but its
       * nonce count was used before, by another request or by this one before it was altered. `wrong`: anything else, an unknown user included.
       */
      reason: 'missing' | 'stale' | 'wrong' | 'replayed'
      /** The challenge to send. Never for an ACK, nor for a CANCEL (RFC 3261 22.1). */
      response: SipResponse
    }

/** Credentials that are complete, and ask for nothing that was not offered. */
interface Claim {
  credentials: DigestCredentials
  algorithm: DigestAlgorithm
  qop: DigestQop | undefined
  /** Who says so, for counting wrong answers. */
  client: string
}

/**
 * The server's side of digest authentication, for a registrar or user agent (401) and for a proxy (407)
 * (RFC 3261 22, RFC 7616, RFC 8760). Challenges keep no state: nonces are signed, and only the counts of those that came
 * back with a right digest are remembered.
 */
export class DigestVerifier {
  readonly realm: string
  readonly #options: DigestVerifierOptions
  readonly #algorithms: readonly DigestAlgorithm[]
  readonly #qop: readonly DigestQop[]
  readonly #clock: Clock
  readonly #lifetime: number
  readonly #nonces: Nonces
  readonly #replays: ReplayGuard
  readonly #guesses: GuessGuard | undefined

  /**
   * @throws SipError `ERR_SIP_ARGUMENT` without `realm` or `lookup`, when no algorithm or no quality is offered, when nonces
   * would not live, and for a limit that would be none
   */
  constructor(options: DigestVerifierOptions) {
    checkVerifier(options)
    const { realm, clock = systemClock, random = systemRandom, guessLimit } = options
    this.realm = realm
    this.#options = options
    this.#algorithms = [...(options.algorithms ?? ['SHA-256', 'MD5'])].sort((a, b) => compareStrength(b, a))
    this.#qop = options.qop ?? ['auth']
    this.#clock = clock
    this.#lifetime = (options.nonceLifetime ?? 300) * 1000
    const secret = options.secret ?? random.bytes(32)
    this.#nonces = new Nonces({ secret, realm, lifetime: this.#lifetime, clock, random })
    this.#replays = new ReplayGuard(options.maxNonces ?? 10_000)
    this.#guesses = guessLimit === false ? undefined : new GuessGuard(clock, guessLimit)
  }

  /**
   * The answer that asks for credentials: 401, or 407 for `proxy`, with one header an algorithm, the strongest on top
   * (RFC 8760 2.3). The same request always gets the same To tag, so that it may be sent without a transaction
   * (RFC 3261 8.2.7).
   */
  challenge(request: SipRequest, kind: AuthKind, options: { stale?: boolean } = {}): SipResponse {
    const nonce = this.#nonces.issue()
    const challenges = this.#algorithms.map((algorithm) =>
      new DigestChallenge({
        kind,
        realm: this.realm,
        nonce,
        algorithm,
        qop: this.#qop,
        stale: options.stale,
        userhash: this.#options.lookupUserhash !== undefined,
      }).toString(),
    )
    return request.createResponse(kind === 'www' ? 401 : 407, {
      toTag: this.#nonces.seal(`${request.headers.get('Via')}\n${request.headers.get('Call-ID')}`).slice(0, 16),
      headers: { [challengeHeader(kind)]: challenges },
    })
  }

  /**
   * Whether a request proves who sent it. ACK and CANCEL are measured by the credentials of their INVITE
   * (RFC 3261 22.1). A promise only where `lookup` returns one; rejects only when `lookup` does.
   */
  verify(request: SipRequest, kind: AuthKind): VerifyResult | Promise<VerifyResult> {
    const own = credentialsOf(request, kind).filter(({ realm }) => realm === this.realm)
    if (own.length === 0) return this.#refuse(request, kind, 'missing')
    const claim = own.map((credentials) => this.#claimOf(request, credentials)).find((found) => found !== undefined)
    if (claim === undefined || this.#guesses?.isBlocked(claim.client)) return this.#refuse(request, kind, 'wrong')
    return after(this.#usernameOf(claim), (username) =>
      after(
        username === undefined ? undefined : this.#options.lookup(username, this.realm, hashOf(claim.algorithm)),
        (secret) => this.#judge(request, kind, claim, username, secret),
      ),
    )
  }

  #judge(
    request: SipRequest,
    kind: AuthKind,
    claim: Claim,
    username: string | undefined,
    secret: Secret | undefined,
  ): VerifyResult {
    const { credentials, client } = claim
    const ha1 = this.#ha1Of(claim, username ?? '', secret)
    const input = inputOf(request, claim, ha1 ?? UNKNOWN_HA1)
    // computed for unknown users as well, so that they take as long as known ones
    const right = equalInConstantTime(credentials.response.toLowerCase(), digestResponse(input))
    if (!right || ha1 === undefined || username === undefined) {
      this.#guesses?.failed(client)
      return this.#refuse(request, kind, 'wrong')
    }
    this.#guesses?.passed(client)
    // only who knows the password learns that the nonce was all that was wrong (RFC 7616 3.3 stale)
    if (this.#nonces.check(credentials.nonce) !== 'valid') return this.#refuse(request, kind, 'stale')
    if (!this.#isNew(request, credentials)) return this.#refuse(request, kind, 'replayed')
    const info = (options?: InfoOptions): string => authenticationInfo(input, () => this.#nonces.issue(), options)
    return { ok: true, username, realm: this.realm, credentials, authenticationInfo: info }
  }

  #refuse(request: SipRequest, kind: AuthKind, reason: 'missing' | 'stale' | 'wrong' | 'replayed'): VerifyResult {
    const stale = reason === 'stale' || reason === 'replayed'
    return { ok: false, reason, response: this.challenge(request, kind, { stale }) }
  }

  #claimOf(request: SipRequest, credentials: DigestCredentials): Claim | undefined {
    const algorithm = algorithmOf(credentials.algorithm)
    const qop = credentials.qop?.toLowerCase()
    if (algorithm === undefined || !this.#algorithms.includes(algorithm) || credentials.nonce === '') return undefined
    const client = `${this.#short(credentials.username)}\n${sourceOf(request)}`
    if (qop === undefined) return this.#options.allowNoQop ? { credentials, algorithm, qop, client } : undefined
    if (!isOffered(qop, this.#qop) || !credentials.cnonce || !credentials.nc) return undefined
    return { credentials, algorithm, qop, client }
  }

  /** A name as it is remembered: strangers may send as many as they like, and each as long as a message. */
  #short(username: string): string {
    return username.length > LONG_NAME ? this.#nonces.seal(username) : username
  }

  #usernameOf({ credentials, algorithm }: Claim): string | undefined | Promise<string | undefined> {
    const { lookupUserhash } = this.#options
    if (!credentials.userhash || lookupUserhash === undefined) return credentials.username
    return lookupUserhash(credentials.username.toLowerCase(), this.realm, hashOf(algorithm))
  }

  #ha1Of(claim: Claim, username: string, secret: Secret | undefined): string | undefined {
    const hash = hashOf(claim.algorithm)
    // the same work for nobody as for somebody
    if (secret === undefined) return void digestHa1(hash, username, this.realm, '')
    if ('password' in secret) return digestHa1(hash, username, this.realm, secret.password)
    return secret.algorithm === hash ? secret.ha1.toLowerCase() : undefined
  }

  #isNew(request: SipRequest, { nonce, nc, response }: DigestCredentials): boolean {
    // ACK and CANCEL come with the count of their INVITE; without qop there is none
    if (nc === undefined || methodOf(request) !== request.method) return true
    this.#replays.expire(this.#clock.wall() - this.#lifetime)
    const user = this.#nonces.seal(`${response}\n${requestIdentity(request)}\n\n`, request.body)
    return this.#replays.admit(nonce, this.#nonces.issuedAt(nonce), nc, user)
  }
}

const rules: RulesOf<DigestVerifierOptions> = {
  realm: 'string',
  lookup: 'function',
  algorithms: 'array',
  qop: 'array',
  nonceLifetime: 0,
  allowNoQop: 'boolean',
  lookupUserhash: 'function',
  guessLimit: 'any',
  maxNonces: 1,
  clock: 'object',
  random: 'object',
  secret: 'object',
}

function checkVerifier(options: DigestVerifierOptions): void {
  checkOptions('new DigestVerifier', options, rules)
  const { realm, lookup, algorithms, qop, nonceLifetime = 300 } = options
  const objection =
    (!realm && "'realm' is missing") ||
    (!lookup && "'lookup' is missing: what tells the secret of a user") ||
    (algorithms?.length === 0 && 'algorithms must name at least one') ||
    (algorithms?.some((name) => algorithmOf(name) !== name) &&
      `algorithms must be of those known: ${algorithms.join()}`) ||
    (qop?.length === 0 && 'qop must name at least one') ||
    (!(nonceLifetime > 0) && 'nonceLifetime must be above 0 seconds')
  if (objection) throw new SipError('ERR_SIP_ARGUMENT', objection)
}

const LONG_NAME = 128

const UNKNOWN_HA1 = '0'.repeat(64)

function inputOf(request: SipRequest, { credentials, algorithm, qop }: Claim, ha1: string): DigestInput {
  const { uri, nonce, cnonce, params } = credentials
  // as it was hashed: clients that write capital digits (RFC 7616 3.4 has small ones) know the password too
  const nc = params.get('nc')
  return { algorithm, ha1, method: methodOf(request), uri, nonce, qop, cnonce, nc, body: request.body }
}

/** ACK and CANCEL repeat the credentials of their INVITE as they were (RFC 3261 22.1). */
function methodOf(request: SipRequest): string {
  return request.method === 'ACK' || request.method === 'CANCEL' ? 'INVITE' : request.method
}

function isOffered(qop: string, offered: readonly DigestQop[]): qop is DigestQop {
  return (offered as readonly string[]).includes(qop)
}

/** Where a request came from, as its top Via knows; one that cannot be read counts with all such. */
function sourceOf(request: SipRequest): string {
  try {
    return request.via?.received ?? request.via?.host ?? ''
  } catch {
    return ''
  }
}

function after<T, R>(value: T | Promise<T>, then: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(then) : then(value)
}
