import { SipParseError } from '../base/parse-error.ts'
import { equalsIgnoreCase } from '../grammar/token.ts'
import type { Params } from '../params/params.ts'
import { type AuthKind, digestParams, DigestValue } from './digest-value.ts'
import { cutChallenges, scanAuth, type Scanned } from './scan-auth.ts'

/** What a DigestChallenge is made from. */
export interface DigestChallengeInit {
  kind: AuthKind
  realm: string
  nonce: string
  opaque?: string | undefined
  algorithm?: string | undefined
  /** Empty: no qop parameter, as RFC 2069 had it. */
  qop?: readonly string[] | undefined
  stale?: boolean | undefined
  domain?: string | undefined
  /** RFC 7616 3.4.4: asks for the hash of the user's name instead of the name. */
  userhash?: boolean | undefined
}

/** The value of WWW-Authenticate or Proxy-Authenticate (RFC 3261 20.44, RFC 7616 3.3). Immutable. */
export class DigestChallenge extends DigestValue {
  /** The qualities of protection offered, in lower case; empty when there is no qop parameter. */
  readonly qop: readonly string[]
  /** Whether only the nonce was too old: the same password may be tried again. */
  readonly stale: boolean

  /** @throws TypeError with code `ERR_SIP_INJECTION` */
  constructor(init: DigestChallengeInit)
  /** @internal */
  constructor(init: DigestChallengeInit, text: string, scanned: Scanned)
  constructor(init: DigestChallengeInit, text?: string, scanned?: Scanned) {
    super(init.kind, scanned ?? { scheme: 'Digest', params: challengeParams(init) }, text)
    this.qop = qopList(this.params.get('qop'))
    this.stale = equalsIgnoreCase(this.params.get('stale') ?? '', 'true')
  }

  /** Reads one challenge, of any scheme. Throws SipParseError when it does not parse, or is Digest without a nonce. */
  static parse(text: string, kind: AuthKind): DigestChallenge {
    const { scanned, end } = scanAuth(text, 0)
    if (end < text.length) throw new SipParseError('more than one challenge', { offset: end })
    const challenge = new DigestChallenge({ kind } as DigestChallengeInit, text, scanned)
    if (challenge.isDigest && !(scanned.params.has('nonce') && scanned.params.has('realm'))) {
      throw new SipParseError('a Digest challenge needs a realm and a nonce')
    }
    return challenge
  }

  /** Reads the challenges of one row: there must be one (RFC 3261 7.3.1), but some senders join several by commas. */
  static parseAll(text: string, kind: AuthKind): DigestChallenge[] {
    return cutChallenges(text).map((challenge) => DigestChallenge.parse(challenge, kind))
  }
}

function challengeParams(init: DigestChallengeInit): Params {
  const { realm, domain, nonce, opaque, algorithm, qop } = init
  const stale = init.stale ? 'true' : undefined
  const userhash = init.userhash ? 'true' : undefined
  const values = { realm, domain, nonce, opaque, stale, algorithm, qop: qop?.join(',') || undefined, userhash }
  return digestParams(values, ['stale', 'algorithm', 'userhash'])
}

function qopList(value: string | undefined): string[] {
  if (value === undefined) return []
  const options = value.split(',').map((option) => option.trim().toLowerCase())
  return options.filter((option) => option !== '')
}
