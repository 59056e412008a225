import { argumentError, assertNoInjection } from '../injection.ts'
import { showAs } from '../inspect.ts'
import { SipParseError } from '../parse-error.ts'
import type { Uri } from './parse-uri.ts'

/** A URI of any other scheme (RFC 3261 25.1 absoluteURI): its scheme and the rest as one string. Immutable. */
export class AbsoluteUri {
  /** In lower case. */
  readonly scheme: string
  /** All that comes after the colon. */
  readonly rest: string
  readonly #text: string | undefined

  /** @throws TypeError with code `ERR_SIP_ARGUMENT` for a scheme that has a class of its own, or text that is no URI */
  constructor(init: { scheme: string; rest: string })
  /** @internal From text that was checked. */
  constructor(init: { scheme: string; rest: string }, text: string)
  constructor(init: { scheme: string; rest: string }, text?: string) {
    if (text === undefined) checkInit(init)
    this.scheme = init.scheme.toLowerCase()
    this.rest = init.rest
    this.#text = text
  }

  /** @throws SipParseError when `text` is no URI, or one that has a class of its own (sip, sips, tel) */
  static parse(text: string): AbsoluteUri {
    const end = schemeEnd(text)
    if (end < 0) throw new SipParseError('a URI without a scheme')
    if (OWN_CLASS.has(text.slice(0, end).toLowerCase())) throw new SipParseError('not a URI of another scheme')
    return parseAbsoluteUri(text, end)
  }

  /** Whether both are the same string, but for the case of the scheme. */
  equals(other: Uri): boolean {
    return other instanceof AbsoluteUri && other.scheme === this.scheme && other.rest === this.rest
  }

  /** As on the wire: what was parsed comes back as it came. */
  toString(): string {
    return this.#text ?? `${this.scheme}:${this.rest}`
  }
}

showAs(AbsoluteUri.prototype, (uri) => `AbsoluteUri ${uri.toString()}`)

const OWN_CLASS = new Set(['sip', 'sips', 'tel'])

/** The index of the colon after a scheme (RFC 3261 25.1: a letter, then letters, digits, `+-.`), or -1. */
export function schemeEnd(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    const lower = c | 32
    if (lower >= 97 && lower <= 122) continue
    if (i === 0) return -1
    if (c === 58) return i
    if (!((c >= 48 && c <= 57) || c === 43 || c === 45 || c === 46)) return -1
  }
  return -1
}

/** Reads a URI whose scheme ends at `colon`. Throws SipParseError. */
export function parseAbsoluteUri(text: string, colon: number): AbsoluteUri {
  const bad = badChar(text, colon + 1)
  if (bad >= 0) throw new SipParseError('a URI holds a character that it must not, or nothing', { offset: bad })
  return new AbsoluteUri({ scheme: text.slice(0, colon), rest: text.slice(colon + 1) }, text)
}

function badChar(text: string, start: number): number {
  if (start === text.length) return start
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c <= 32 || c === 34 || c === 60 || c === 62 || c === 127) return i
  }
  return -1
}

function checkInit({ scheme, rest }: { scheme: string; rest: string }): void {
  assertNoInjection(rest, 'URI')
  if (schemeEnd(`${scheme}:`) !== scheme.length) throw argumentError(`not a scheme: ${JSON.stringify(scheme)}`)
  if (OWN_CLASS.has(scheme.toLowerCase())) throw argumentError(`a ${scheme} URI has a class of its own`)
  if (badChar(rest, 0) >= 0) throw argumentError('a URI holds a character that it must not, or nothing')
}
