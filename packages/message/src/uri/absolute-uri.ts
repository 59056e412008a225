import { argumentError, assertNoInjection } from '../base/injection.ts'
import { showAs } from '../base/inspect.ts'
import { SipParseError } from '../base/parse-error.ts'

/** A URI of any other scheme (RFC 3261 25.1 absoluteURI): its scheme and the rest as one string. Immutable. */
export class AbsoluteUri {
  /** In lower case. */
  readonly scheme: string
  /** All that comes after the colon. */
  readonly rest: string
  readonly #text: string

  /** @throws TypeError with code `ERR_SIP_ARGUMENT` for a scheme that has a class of its own, or text that is no URI */
  constructor(init: { scheme: string; rest: string })
  /** @internal From text that was checked. */
  constructor(init: { scheme: string; rest: string }, text: string)
  constructor({ scheme, rest }: { scheme: string; rest: string }, text?: string) {
    this.scheme = scheme.toLowerCase()
    this.rest = rest
    this.#text = text ?? `${this.scheme}:${rest}`
    if (text !== undefined) return
    assertNoInjection(this.#text, 'URI')
    const objection = schemeOf(this.#text) === this.scheme ? objectionTo(this) : 'not a scheme'
    if (objection !== undefined) throw argumentError(`${objection}: ${JSON.stringify(this.#text)}`)
  }

  /** @throws SipParseError when `text` is no URI, or one that has a class of its own (sip, sips, tel) */
  static parse(text: string): AbsoluteUri {
    const scheme = schemeOf(text)
    if (scheme === undefined) throw new SipParseError('a URI without a scheme')
    const uri = new AbsoluteUri({ scheme, rest: text.slice(scheme.length + 1) }, text)
    const objection = objectionTo(uri)
    if (objection !== undefined) throw new SipParseError(objection, { offset: scheme.length + 1 })
    return uri
  }

  /** Whether both are the same string, but for the case of the scheme. */
  equals(other: { readonly scheme: string }): boolean {
    return other instanceof AbsoluteUri && other.scheme === this.scheme && other.rest === this.rest
  }

  /** As on the wire: what was parsed comes back as it came. */
  toString(): string {
    return this.#text
  }
}

showAs(AbsoluteUri.prototype, 'AbsoluteUri ', String)

/** What stands before the first colon, when that is a scheme (RFC 3261 25.1). */
export function schemeOf(text: string): string | undefined {
  return /^([a-z][a-z\d+.-]*):/i.exec(text)?.[1]
}

function objectionTo({ scheme, rest }: AbsoluteUri): string | undefined {
  if (/^(?:sips?|tel)$/.test(scheme)) return 'a URI that has a class of its own'
  return /^[^\0- "<>\x7f]+$/.test(rest) ? undefined : 'a URI holds a character that it must not, or nothing'
}
