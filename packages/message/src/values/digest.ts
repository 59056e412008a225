import { showAs } from '../base/inspect.ts'
import { utf8Octets, utf8Text } from '../base/octets.ts'
import { SipParseError } from '../base/parse-error.ts'
import { unescapeUri } from '../grammar/escape.ts'
import { quote } from '../grammar/quoted.ts'
import { equalsIgnoreCase, isToken, skipSpace, tokenEnd } from '../grammar/token.ts'
import { type Params, emptyParams, paramsOfPairs } from '../params/params.ts'
import { scanParam } from '../params/scan-params.ts'

/** Which pair of headers: `www` is WWW-Authenticate and Authorization, `proxy` those that begin with Proxy-. */
export type AuthKind = 'www' | 'proxy'

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

/** What DigestCredentials are made from. */
export interface DigestCredentialsInit {
  kind: AuthKind
  username: string
  realm: string
  nonce: string
  uri: string
  response: string
  algorithm?: string | undefined
  cnonce?: string | undefined
  /** The nonce count, written as eight hexadecimal digits. */
  nc?: number | undefined
  qop?: string | undefined
  opaque?: string | undefined
  userhash?: boolean | undefined
  /** Writes `username` as `username*` (RFC 7616 3.4): for names that are not ASCII. */
  extendedUsername?: boolean | undefined
}

interface Scanned {
  scheme: string
  params: Params
}

/** The value of WWW-Authenticate or Proxy-Authenticate (RFC 3261 20.44, RFC 7616 3.3). Immutable. */
export class DigestChallenge {
  readonly kind: AuthKind
  /** As written: `Digest`, or another that only `params` tell about. */
  readonly scheme: string
  /** `''` when there is none, as with a scheme that is not Digest. */
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  /** As written; undefined means MD5. */
  readonly algorithm: string | undefined
  /** The qualities of protection offered, in lower case; empty when there is no qop parameter. */
  readonly qop: readonly string[]
  /** Whether only the nonce was too old: the same password may be tried again. */
  readonly stale: boolean
  /** All parameters, those above included. */
  readonly params: Params
  readonly #text: string | undefined

  /** @throws TypeError with code `ERR_SIP_INJECTION` */
  constructor(init: DigestChallengeInit)
  /** @internal */
  constructor(init: DigestChallengeInit, text: string, scanned: Scanned)
  constructor(init: DigestChallengeInit, text?: string, scanned?: Scanned) {
    const { scheme, params } = scanned ?? { scheme: 'Digest', params: challengeParams(init) }
    this.kind = init.kind
    this.scheme = scheme
    this.realm = params.get('realm') ?? ''
    this.nonce = params.get('nonce') ?? ''
    this.opaque = params.get('opaque')
    this.algorithm = params.get('algorithm')
    this.qop = qopList(params.get('qop'))
    this.stale = equalsIgnoreCase(params.get('stale') ?? '', 'true')
    this.params = params
    this.#text = text
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

  /** Whether the scheme is Digest. */
  get isDigest(): boolean {
    return equalsIgnoreCase(this.scheme, 'digest')
  }

  /** Whether the server takes the hash of the user's name instead of the name (RFC 7616 3.4.4). */
  get userhash(): boolean {
    return equalsIgnoreCase(this.params.get('userhash') ?? '', 'true')
  }

  /** As on the wire: what was parsed comes back as it came. */
  toString(): string {
    return this.#text ?? `${this.scheme} ${this.params.toString()}`
  }
}

/** The value of Authorization or Proxy-Authorization (RFC 3261 20.7, RFC 7616 3.4). Immutable. */
export class DigestCredentials {
  readonly kind: AuthKind
  readonly scheme: string
  /** Plain, also where it came as `username*`; with `userhash` the hash. `''` when there is none. */
  readonly username: string
  readonly realm: string
  readonly nonce: string
  /** The digest-uri, as the client wrote it. */
  readonly uri: string
  readonly response: string
  /** As written; undefined means MD5. */
  readonly algorithm: string | undefined
  readonly cnonce: string | undefined
  /** The nonce count; undefined when there is none, or it is not eight hexadecimal digits. */
  readonly nc: number | undefined
  readonly qop: string | undefined
  readonly opaque: string | undefined
  /** All parameters, those above included. */
  readonly params: Params
  readonly #text: string | undefined

  /** @throws TypeError with code `ERR_SIP_INJECTION` */
  constructor(init: DigestCredentialsInit)
  /** @internal */
  constructor(init: DigestCredentialsInit, text: string, scanned: Scanned)
  constructor(init: DigestCredentialsInit, text?: string, scanned?: Scanned) {
    const { scheme, params } = scanned ?? { scheme: 'Digest', params: credentialsParams(init) }
    this.kind = init.kind
    this.scheme = scheme
    this.username = params.get('username') ?? extendedValue(params.get('username*')) ?? ''
    this.realm = params.get('realm') ?? ''
    this.nonce = params.get('nonce') ?? ''
    this.uri = params.get('uri') ?? ''
    this.response = params.get('response') ?? ''
    this.algorithm = params.get('algorithm')
    this.cnonce = params.get('cnonce')
    this.nc = parseNonceCount(params.get('nc'))
    this.qop = params.get('qop')
    this.opaque = params.get('opaque')
    this.params = params
    this.#text = text
  }

  /** Reads credentials of any scheme. Throws SipParseError when they do not parse. */
  static parse(text: string, kind: AuthKind): DigestCredentials {
    const { scanned, end } = scanAuth(text, 0)
    if (end < text.length) throw new SipParseError('more than one set of credentials', { offset: end })
    return new DigestCredentials({ kind } as DigestCredentialsInit, text, scanned)
  }

  /** Whether the scheme is Digest. */
  get isDigest(): boolean {
    return equalsIgnoreCase(this.scheme, 'digest')
  }

  /** Whether `username` is the hash of the user's name (RFC 7616 3.4.4). */
  get userhash(): boolean {
    return equalsIgnoreCase(this.params.get('userhash') ?? '', 'true')
  }

  /** As on the wire: what was parsed comes back as it came. */
  toString(): string {
    return this.#text ?? `${this.scheme} ${this.params.toString()}`
  }
}

showAs(
  DigestCredentials.prototype,
  (credentials) => `DigestCredentials ${credentials.kind} ${JSON.stringify(credentials.realm)}`,
)

/** The parameters in this order, quoted but for the `bare` ones: the grammar knows which (RFC 7616 3.3, 3.4). */
function paramsOf(values: Readonly<Record<string, string | undefined>>, bare: readonly string[]): Params {
  const pairs: string[] = []
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) pairs.push(name, bare.includes(name) && isToken(value) ? value : quote(value))
  }
  return paramsOfPairs(pairs, 'auth')
}

function challengeParams(init: DigestChallengeInit): Params {
  const { realm, domain, nonce, opaque, algorithm, qop } = init
  const stale = init.stale ? 'true' : undefined
  const userhash = init.userhash ? 'true' : undefined
  const values = { realm, domain, nonce, opaque, stale, algorithm, qop: qop?.join(',') || undefined, userhash }
  return paramsOf(values, ['stale', 'algorithm', 'userhash'])
}

function credentialsParams(init: DigestCredentialsInit): Params {
  const { realm, nonce, uri, response, algorithm, cnonce, opaque, qop, extendedUsername } = init
  const user = extendedUsername
    ? { 'username*': `UTF-8''${encodeExtended(init.username)}` }
    : { username: init.username }
  const nc = init.nc?.toString(16).padStart(8, '0')
  const userhash = init.userhash ? 'true' : undefined
  const values = { ...user, realm, nonce, uri, response, algorithm, cnonce, opaque, qop, nc, userhash }
  return paramsOf(values, ['username*', 'algorithm', 'qop', 'nc', 'userhash'])
}

/** ext-value of RFC 8187 3.2: what encodeURIComponent leaves as it is, but for these; lone surrogates become U+FFFD. */
function encodeExtended(text: string): string {
  return encodeURIComponent(utf8Text(utf8Octets(text))).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function extendedValue(value: string | undefined): string | undefined {
  if (value === undefined || !equalsIgnoreCase(value.slice(0, 6), "UTF-8'")) return undefined
  const language = value.indexOf("'", 6)
  return language < 0 ? undefined : unescapeUri(value.slice(language + 1))
}

function qopList(value: string | undefined): string[] {
  if (value === undefined) return []
  const options = value.split(',').map((option) => option.trim().toLowerCase())
  return options.filter((option) => option !== '')
}

function parseNonceCount(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9a-f]{8}$/i.test(text) ? Number.parseInt(text, 16) : undefined
}

/** Reads a scheme and its parameters from `start`; `end` is where the next scheme starts, or the end of the text. */
function scanAuth(text: string, start: number): { scanned: Scanned; end: number } {
  const schemeStart = skipSpace(text, start)
  let i = tokenEnd(text, schemeStart)
  if (i === schemeStart) throw new SipParseError('no authentication scheme', { offset: i })
  const scheme = text.slice(schemeStart, i)
  const pairs: (string | null)[] = []
  i = skipSpace(text, i)
  // what is not name=value is the token68 of another scheme, such as Negotiate: nothing that we read
  if (i < text.length && !isParam(text, i))
    return { scanned: { scheme, params: emptyParams('auth') }, end: text.length }
  while (i < text.length && isParam(text, i)) {
    i = scanParam(text, i, pairs)
    if (i === text.length) break
    if (text.charCodeAt(i) !== 44) throw new SipParseError('no comma between parameters', { offset: i })
    i = skipSpace(text, i + 1)
    if (i === text.length) throw new SipParseError('a comma with nothing after it', { offset: i })
  }
  return { scanned: { scheme, params: paramsOfPairs(pairs, 'auth') }, end: i }
}

/** The challenges of one row as text. Throws SipParseError. */
export function cutChallenges(text: string): string[] {
  const challenges: string[] = []
  for (let start = 0; start < text.length;) {
    const { end } = scanAuth(text, start)
    const challenge = text.slice(start, end).trim()
    challenges.push(challenge.endsWith(',') ? challenge.slice(0, -1).trimEnd() : challenge)
    start = end
  }
  return challenges
}

function isParam(text: string, start: number): boolean {
  const end = tokenEnd(text, start)
  return end > start && text.charCodeAt(skipSpace(text, end)) === 61
}
