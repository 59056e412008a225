import { type AuthKind, DigestCredentials, type SipRequest } from '@netsip/message'
import type { Random } from '@netsip/runtime'
import type { Choice } from './choose.ts'
import { type UserCredentials, ha1Of } from './credentials.ts'
import { type DigestInput, type DigestQop, digestResponse, digestRspauth, digestUserhash } from './digest.ts'
import { type DigestAlgorithm, hashOf, isSession } from './hashes.ts'

/** A nonce that a server gave, with all that it takes to sign requests under it. Holds the secret out of sight. */
export class KnownNonce {
  readonly kind: AuthKind
  readonly realm: string
  /** How many of its challenges in a row said that a nonce just given was stale. */
  staleInARow = 0
  readonly #choice: Choice
  readonly #random: Random
  readonly #username: string
  readonly #ha1: string
  #nonce: string
  #uses = 0
  #cnonce = ''
  #isFromChallenge = true

  constructor(choice: Choice, user: UserCredentials, random: Random) {
    const { challenge, algorithm } = choice
    this.kind = challenge.kind
    this.realm = challenge.realm
    this.#choice = choice
    this.#random = random
    this.#username = user.username
    this.#ha1 = ha1Of(user, challenge.realm, hashOf(algorithm))
    this.#nonce = challenge.nonce
  }

  get nonce(): string {
    return this.#nonce
  }

  /** Credentials for one more request under this nonce: the nonce count rises. */
  sign(request: SipRequest): DigestCredentials {
    const { challenge, algorithm, qop } = this.#choice
    const { kind, realm, opaque } = challenge
    this.#uses++
    // one cnonce a nonce for -sess: the session key is made from that of the first request (RFC 7616 3.4.2)
    if (this.#cnonce === '' || !isSession(algorithm)) this.#cnonce = this.#random.hex(16)
    const uri = request.uri.toString()
    const input = this.#input(algorithm, qop, uri, this.#cnonce, this.#uses, request.body)
    return new DigestCredentials({
      kind,
      realm,
      opaque,
      uri,
      nonce: this.#nonce,
      ...this.#name(),
      response: digestResponse({ ...input, method: request.method }),
      algorithm: challenge.algorithm,
      qop,
      // without qop a cnonce has its place only in the session key
      cnonce: qop === undefined && !isSession(algorithm) ? undefined : this.#cnonce,
      nc: qop === undefined ? undefined : this.#uses,
    })
  }

  /** Were these credentials made straight after the challenge that brought the nonce? */
  isFirst(credentials: DigestCredentials): boolean {
    return this.#isFromChallenge && (credentials.nc ?? this.#uses) === 1
  }

  /** Goes on with the nonce that the server wants next (RFC 7616 3.5). */
  renew(nonce: string): void {
    this.#nonce = nonce
    this.#uses = 0
    this.#cnonce = ''
    this.#isFromChallenge = false
  }

  /** Whether `rspauth` is what a server that knows the secret answers these credentials with. */
  proves(rspauth: string, sent: DigestCredentials, body: Uint8Array): boolean {
    const { algorithm, qop } = this.#choice
    const input = this.#input(algorithm, qop, sent.uri, sent.cnonce ?? '', sent.nc ?? 1, body)
    return digestRspauth({ ...input, nonce: sent.nonce }) === rspauth.toLowerCase()
  }

  #name(): { username: string; userhash?: true; extendedUsername?: true } {
    const { challenge, algorithm } = this.#choice
    if (challenge.userhash) {
      return { username: digestUserhash(hashOf(algorithm), this.#username, this.realm), userhash: true }
    }
    // only servers of RFC 7616 say so, and only those know username*; others get UTF-8 in quotes, as SIP allows
    const knowsExtended = challenge.params.get('charset')?.toUpperCase() === 'UTF-8'
    return knowsExtended && /[^\x20-\x7e]/.test(this.#username)
      ? { username: this.#username, extendedUsername: true }
      : { username: this.#username }
  }

  #input(
    algorithm: DigestAlgorithm,
    qop: DigestQop | undefined,
    uri: string,
    cnonce: string,
    nc: number,
    body: Uint8Array,
  ): Omit<DigestInput, 'method'> {
    return { algorithm, ha1: this.#ha1, uri, nonce: this.#nonce, qop, cnonce, nc, body }
  }
}
