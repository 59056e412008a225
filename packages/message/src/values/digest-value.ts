import { quote } from '../grammar/quoted.ts'
import { equalsIgnoreCase, isToken } from '../grammar/token.ts'
import { type Params, paramsOfPairs } from '../params/params.ts'
import type { Scanned } from './scan-auth.ts'

/** Which pair of headers: `www` is WWW-Authenticate and Authorization, `proxy` those that begin with Proxy-. */
export type AuthKind = 'www' | 'proxy'

/** What challenges and credentials have in common. */
export abstract class DigestValue {
  readonly kind: AuthKind
  /** As written: `Digest`, or another that only `params` tell about. */
  readonly scheme: string
  /** `''` when there is none, as with a scheme that is not Digest. */
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  /** As written; undefined means MD5. */
  readonly algorithm: string | undefined
  /** All parameters, those that have a property of their own included. */
  readonly params: Params
  readonly #text: string | undefined

  /** @internal */
  protected constructor(kind: AuthKind, { scheme, params }: Scanned, text: string | undefined) {
    this.kind = kind
    this.scheme = scheme
    this.realm = params.get('realm') ?? ''
    this.nonce = params.get('nonce') ?? ''
    this.opaque = params.get('opaque')
    this.algorithm = params.get('algorithm')
    this.params = params
    this.#text = text
  }

  /** Whether the scheme is Digest. */
  get isDigest(): boolean {
    return equalsIgnoreCase(this.scheme, 'digest')
  }

  /** Whether the hash of the user's name is wanted, or stands, where the name would (RFC 7616 3.4.4). */
  get userhash(): boolean {
    return equalsIgnoreCase(this.params.get('userhash') ?? '', 'true')
  }

  /** As on the wire: what was parsed comes back as it came. */
  toString(): string {
    return this.#text ?? `${this.scheme} ${this.params.toString()}`
  }
}

/** The parameters in this order, quoted but for the `bare` ones: the grammar knows which (RFC 7616 3.3, 3.4). */
export function digestParams(values: Readonly<Record<string, string | undefined>>, bare: readonly string[]): Params {
  const pairs: string[] = []
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) pairs.push(name, bare.includes(name) && isToken(value) ? value : quote(value))
  }
  return paramsOfPairs(pairs, 'auth')
}
