import { showAs } from '../base/inspect.ts'
import { utf8Octets, utf8Text } from '../base/octets.ts'
import { SipParseError } from '../base/parse-error.ts'
import { unescapeUri } from '../grammar/escape.ts'
import { equalsIgnoreCase } from '../grammar/token.ts'
import type { Params } from '../params/params.ts'
import { type AuthKind, digestParams, DigestValue } from './digest-value.ts'
import { scanAuth, type Scanned } from './scan-auth.ts'

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

/** The value of Authorization or Proxy-Authorization (RFC 3261 20.7, RFC 7616 3.4). Immutable. */
export class DigestCredentials extends DigestValue {
  /** Plain, also where it came as `username*`; with `userhash` the hash. `''` when there is none. */
  readonly username: string
  /** The digest-uri, as the client wrote it. */
  readonly uri: string
  readonly response: string
  readonly cnonce: string | undefined
  /** The nonce count; undefined when there is none, or it is not eight hexadecimal digits. */
  readonly nc: number | undefined
  readonly qop: string | undefined

  /** @throws TypeError with code `ERR_SIP_INJECTION` */
  constructor(init: DigestCredentialsInit)
  /** @internal */
  constructor(init: DigestCredentialsInit, text: string, scanned: Scanned)
  constructor(init: DigestCredentialsInit, text?: string, scanned?: Scanned) {
    super(init.kind, scanned ?? { scheme: 'Digest', params: credentialsParams(init) }, text)
    const { params } = this
    this.username = params.get('username') ?? extendedValue(params.get('username*')) ?? ''
    this.uri = params.get('uri') ?? ''
    this.response = params.get('response') ?? ''
    this.cnonce = params.get('cnonce')
    this.nc = parseNonceCount(params.get('nc'))
    this.qop = params.get('qop')
  }

  /** Reads credentials of any scheme. Throws SipParseError when they do not parse. */
  static parse(text: string, kind: AuthKind): DigestCredentials {
    const { scanned, end } = scanAuth(text, 0)
    if (end < text.length) throw new SipParseError('more than one set of credentials', { offset: end })
    return new DigestCredentials({ kind } as DigestCredentialsInit, text, scanned)
  }
}

showAs(
  DigestCredentials.prototype,
  'DigestCredentials ',
  (credentials) => `${credentials.kind} ${JSON.stringify(credentials.realm)}`,
)

function credentialsParams(init: DigestCredentialsInit): Params {
  const { realm, nonce, uri, response, algorithm, cnonce, opaque, qop, extendedUsername } = init
  const user = extendedUsername
    ? { 'username*': `UTF-8''${encodeExtended(init.username)}` }
    : { username: init.username }
  const nc = init.nc?.toString(16).padStart(8, '0')
  const userhash = init.userhash ? 'true' : undefined
  const values = { ...user, realm, nonce, uri, response, algorithm, cnonce, opaque, qop, nc, userhash }
  return digestParams(values, ['username*', 'algorithm', 'qop', 'nc', 'userhash'])
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

function parseNonceCount(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9a-f]{8}$/i.test(text) ? Number.parseInt(text, 16) : undefined
}
