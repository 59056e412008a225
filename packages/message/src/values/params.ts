import { argumentError, assertNoInjection } from '../injection.ts'
import { showAs } from '../inspect.ts'
import { SipParseError } from '../parse-error.ts'
import { hostKind, parseIPv6 } from '../uri/host.ts'
import { escapeUri, unescapeUri } from '../uri/escape.ts'
import { quote, scanQuoted, unquote } from './quoted.ts'
import { equalsIgnoreCase, isToken, skipSpace, tokenEnd } from './token.ts'

/** How parameters are written: `;a=b` of a header value, `;a=b` of a URI, `?a=b&c=d` of a URI, `a="b", c=d` of digest. */
export type ParamSyntax = 'header' | 'uri' | 'uri-header' | 'auth'

/** What parameters are made from. `null` or `''` stands for a parameter without a value, `undefined` is left out. */
export type ParamsInit =
  | Params
  | Record<string, string | number | null | undefined>
  | Iterable<readonly [name: string, value: string | number | null | undefined]>

/** More parameters than this in one value are refused. */
export const MAX_PARAMS = 100

/**
 * The parameters of a header value or a URI: an immutable list in the order written. Names compare without regard to
 * case. Values are read unquoted and unescaped, and written back as they came.
 */
export class Params implements Iterable<[name: string, value: string]> {
  /** Name, value, name, value ...; values as on the wire, quotes and escapes included, null where there is no `=`. */
  readonly #pairs: readonly (string | null)[]
  readonly #syntax: ParamSyntax

  /** @internal Unchecked: use `Params.of`. */
  constructor(pairs: readonly (string | null)[], syntax: ParamSyntax) {
    this.#pairs = pairs
    this.#syntax = syntax
  }

  /**
   * Parameters from an object, pairs, or other parameters; `syntax` says what they will be part of.
   *
   * @throws TypeError with code `ERR_SIP_ARGUMENT` for a name that is no token, or `ERR_SIP_INJECTION`
   */
  static of(init?: ParamsInit, syntax: ParamSyntax = 'header'): Params {
    if (init === undefined) return emptyParams(syntax)
    if (init instanceof Params) return init.#as(syntax)
    let params = emptyParams(syntax)
    const pairs = Symbol.iterator in init ? (init as Iterable<readonly [string, string]>) : Object.entries(init)
    for (const [name, value] of pairs) {
      if (value !== undefined) params = params.with(name, value === null ? null : String(value))
    }
    return params
  }

  /** Where these parameters are written. */
  get syntax(): ParamSyntax {
    return this.#syntax
  }

  /** How many parameters there are. */
  get size(): number {
    return this.#pairs.length / 2
  }

  /** The value of a parameter, `''` when it has none (a flag such as `lr`), `undefined` when it is not there. */
  get(name: string): string | undefined {
    const i = this.#find(name)
    return i < 0 ? undefined : decoded(this.#pairs[i + 1]!, this.#syntax)
  }

  /** The value as it stands on the wire, quotes and escapes included; `''` for a flag. */
  raw(name: string): string | undefined {
    const i = this.#find(name)
    return i < 0 ? undefined : (this.#pairs[i + 1] ?? '')
  }

  /** Whether the parameter is there, with or without a value. */
  has(name: string): boolean {
    return this.#find(name) >= 0
  }

  /**
   * These parameters with one set: to a value, to a flag (`null` or `''`), or removed (`undefined`). One that is there
   * keeps its place, a new one goes last. The value is given plain: quotes and escapes are put where they are needed.
   *
   * @throws TypeError with code `ERR_SIP_ARGUMENT` for a name that is no token, or `ERR_SIP_INJECTION`
   */
  with(name: string, value: string | null | undefined): Params {
    const i = this.#find(name)
    if (value === undefined) return i < 0 ? this : new Params(this.#pairs.toSpliced(i, 2), this.#syntax)
    const raw = encode(value, this.#syntax)
    if (i >= 0) return new Params(this.#pairs.with(i + 1, raw), this.#syntax)
    assertName(name, this.#syntax)
    return new Params([...this.#pairs, name, raw], this.#syntax)
  }

  *[Symbol.iterator](): Generator<[name: string, value: string], void, undefined> {
    for (let i = 0; i < this.#pairs.length; i += 2) {
      yield [this.#pairs[i]!, decoded(this.#pairs[i + 1]!, this.#syntax)]
    }
  }

  /** As on the wire, with the separator in front: `;a=b;lr`, `?a=b&c=d`; those of digest without: `a="b", c=d`. */
  toString(): string {
    const syntax = this.#syntax
    let text = ''
    for (let i = 0; i < this.#pairs.length; i += 2) {
      const value = this.#pairs[i + 1]!
      text += (i === 0 ? FIRST[syntax] : NEXT[syntax]) + nameOnWire(this.#pairs[i]!, syntax)
      if (value !== null) text += `=${value}`
    }
    return text
  }

  #find(name: string): number {
    const pairs = this.#pairs
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return i
    for (let i = 0; i < pairs.length; i += 2) {
      const other = pairs[i]!
      if (other.length === name.length && equalsIgnoreCase(other, name)) return i
    }
    return -1
  }

  #as(syntax: ParamSyntax): Params {
    if (syntax === this.#syntax) return this
    let params = emptyParams(syntax)
    for (let i = 0; i < this.#pairs.length; i += 2) {
      const value = this.#pairs[i + 1]!
      params = params.with(this.#pairs[i]!, value === null ? null : decoded(value, this.#syntax))
    }
    return params
  }
}

showAs(Params.prototype, (params) => `Params ${params.syntax === 'auth' ? `(${params.size})` : params.toString()}`)

const FIRST: Record<ParamSyntax, string> = { header: ';', uri: ';', 'uri-header': '?', auth: '' }
const NEXT: Record<ParamSyntax, string> = { header: ';', uri: ';', 'uri-header': '&', auth: ', ' }

const EMPTY: Record<ParamSyntax, Params> = {
  header: new Params([], 'header'),
  uri: new Params([], 'uri'),
  'uri-header': new Params([], 'uri-header'),
  auth: new Params([], 'auth'),
}

/** No parameters, in the syntax asked for. */
export function emptyParams(syntax: ParamSyntax): Params {
  return EMPTY[syntax]
}

function decoded(raw: string | null, syntax: ParamSyntax): string {
  if (raw === null) return ''
  return syntax === 'header' || syntax === 'auth' ? unquote(raw) : unescapeUri(raw)
}

function nameOnWire(name: string, syntax: ParamSyntax): string {
  if (syntax === 'header' || syntax === 'auth') return name
  return escapeUri(name, syntax === 'uri' ? 'param' : 'header')
}

function encode(value: string | null, syntax: ParamSyntax): string | null {
  if (value !== null) assertNoInjection(value, 'parameter value')
  if (syntax === 'uri-header') return escapeUri(value ?? '', 'header')
  if (value === null || (value === '' && syntax !== 'auth')) return null
  if (syntax === 'uri') return escapeUri(value, 'param')
  const bare = isToken(value) || (syntax === 'header' && (hostKind(value) ?? parseIPv6(value)))
  return bare ? value : quote(value)
}

function assertName(name: string, syntax: ParamSyntax): void {
  assertNoInjection(name, 'parameter name')
  const escaped = syntax === 'uri' || syntax === 'uri-header'
  if (escaped ? name === '' : !isToken(name)) throw argumentError(`not a parameter name: ${JSON.stringify(name)}`)
}

/**
 * Adds a scanned parameter to pairs that will make `Params`.
 *
 * @throws SipParseError when it is there already (RFC 3261 7.3.1), or there are too many
 */
export function addPair(pairs: (string | null)[], name: string, value: string | null, offset: number): void {
  for (let i = 0; i < pairs.length; i += 2) {
    const other = pairs[i]!
    if (other.length === name.length && equalsIgnoreCase(other, name)) {
      throw new SipParseError(`parameter ${name} is there twice`, { offset })
    }
  }
  addPairAgain(pairs, name, value, offset)
}

/** Adds one that may be there several times, as the headers of a URI may. Throws SipParseError when there are too many. */
export function addPairAgain(pairs: (string | null)[], name: string, value: string | null, offset: number): void {
  if (pairs.length >= 2 * MAX_PARAMS) throw new SipParseError('too many parameters', { offset })
  pairs.push(name, value)
}

/**
 * Reads `*(SEMI generic-param)` (RFC 3261 25.1) from `start` to the end of `text`.
 *
 * Values may hold what is no token but cannot be mistaken (`=`, `/`, `@`, `:` and the like), as many senders write it.
 *
 * @throws SipParseError for an empty parameter, one that is there twice, or anything else between or after them
 */
export function parseHeaderParams(text: string, start: number): Params {
  const pairs = scanHeaderParams(text, start)
  return pairs === undefined ? EMPTY.header : new Params(pairs, 'header')
}

/** As `parseHeaderParams`, but leaves the pairs as they are to look at; undefined when there are none. */
export function scanHeaderParams(text: string, start: number): (string | null)[] | undefined {
  let i = skipSpace(text, start)
  if (i === text.length) return undefined
  const pairs: (string | null)[] = []
  while (i < text.length) {
    if (text.charCodeAt(i) !== 59) throw new SipParseError('unexpected text before a parameter', { offset: i })
    i = scanParam(text, skipSpace(text, i + 1), pairs)
  }
  return pairs
}

/** Reads one parameter, and returns the index of what comes after it and any space. Also those of digest. */
export function scanParam(text: string, start: number, pairs: (string | null)[]): number {
  let i = tokenEnd(text, start)
  if (i === start) throw new SipParseError('parameter without a name', { offset: i })
  const name = text.slice(start, i)
  i = skipSpace(text, i)
  if (i === text.length || text.charCodeAt(i) !== 61) {
    addPair(pairs, name, null, start)
    return i
  }
  const from = skipSpace(text, i + 1)
  const quoted = from < text.length && text.charCodeAt(from) === 34
  const end = quoted ? scanQuoted(text, from) : scanValue(text, from)
  addPair(pairs, name, from === end ? null : text.slice(from, end), start)
  return skipSpace(text, end)
}

/** Characters that a value without quotes may not hold: those that end it (1), and those that only quotes allow (2). */
const VALUE_STOP = new Uint8Array(128)
for (let c = 0; c < 32; c++) VALUE_STOP[c] = 2
for (const c of '"<>\\\x7f') VALUE_STOP[c.charCodeAt(0)] = 2
for (const c of ';, \t') VALUE_STOP[c.charCodeAt(0)] = 1

function scanValue(text: string, start: number): number {
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c > 127 || VALUE_STOP[c] === 0) continue
    if (VALUE_STOP[c] === 1) return i
    throw new SipParseError('a parameter value holds what only a quoted string may', { offset: i })
  }
  return text.length
}
