import { argumentError, assertNoInjection } from '../injection.ts'
import { showAs } from '../inspect.ts'
import { SipParseError } from '../parse-error.ts'
import { hostKind, parseIPv6 } from '../uri/host.ts'
import { escapeUri, unescapeUri } from '../uri/escape.ts'
import { quote, scanQuoted, unquote } from './quoted.ts'
import { equalsIgnoreCase, isToken, isTokenChar, skipSpace } from './token.ts'

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
  readonly #names: readonly string[]
  /** As on the wire, quotes and escapes included; null where there is no `=`. */
  readonly #values: readonly (string | null)[]
  readonly #syntax: ParamSyntax

  /** @internal Unchecked, values as on the wire: use `Params.of`. */
  constructor(names: readonly string[], values: readonly (string | null)[], syntax: ParamSyntax) {
    this.#names = names
    this.#values = values
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
    return this.#names.length
  }

  /** The value of a parameter, `''` when it has none (a flag such as `lr`), `undefined` when it is not there. */
  get(name: string): string | undefined {
    const i = this.#indexOf(name)
    return i < 0 ? undefined : this.#decoded(i)
  }

  /** The value as it stands on the wire, quotes and escapes included; `''` for a flag. */
  raw(name: string): string | undefined {
    const i = this.#indexOf(name)
    return i < 0 ? undefined : (this.#values[i] ?? '')
  }

  /** Whether the parameter is there, with or without a value. */
  has(name: string): boolean {
    return this.#indexOf(name) >= 0
  }

  /**
   * These parameters with one set: to a value, to a flag (`null` or `''`), or removed (`undefined`). One that is there
   * keeps its place, a new one goes last. The value is given plain: quotes and escapes are put where they are needed.
   *
   * @throws TypeError with code `ERR_SIP_ARGUMENT` for a name that is no token, or `ERR_SIP_INJECTION`
   */
  with(name: string, value: string | null | undefined): Params {
    const i = this.#indexOf(name)
    if (value === undefined) {
      if (i < 0) return this
      return new Params(this.#names.toSpliced(i, 1), this.#values.toSpliced(i, 1), this.#syntax)
    }
    const raw = encode(value, this.#syntax)
    if (i >= 0) return new Params(this.#names, this.#values.with(i, raw), this.#syntax)
    assertName(name, this.#syntax)
    return new Params([...this.#names, name], [...this.#values, raw], this.#syntax)
  }

  *[Symbol.iterator](): Generator<[name: string, value: string], void, undefined> {
    for (let i = 0; i < this.#names.length; i++) yield [this.#names[i]!, this.#decoded(i)]
  }

  /** As on the wire, with the separator in front: `;a=b;lr`, `?a=b&c=d`; those of digest without: `a="b", c=d`. */
  toString(): string {
    const inUri = this.#syntax === 'uri' || this.#syntax === 'uri-header'
    let text = ''
    for (let i = 0; i < this.#names.length; i++) {
      const name = this.#names[i]!
      text += i === 0 ? FIRST[this.#syntax] : NEXT[this.#syntax]
      text += inUri ? escapeUri(name, this.#syntax === 'uri' ? 'param' : 'header') : name
      const value = this.#values[i]!
      if (value !== null) text += `=${value}`
    }
    return text
  }

  #indexOf(name: string): number {
    const names = this.#names
    for (let i = 0; i < names.length; i++) if (names[i] === name) return i
    for (let i = 0; i < names.length; i++) if (equalsIgnoreCase(names[i]!, name)) return i
    return -1
  }

  #decoded(i: number): string {
    const raw = this.#values[i]!
    if (raw === null) return ''
    return this.#syntax === 'header' || this.#syntax === 'auth' ? unquote(raw) : unescapeUri(raw)
  }

  #as(syntax: ParamSyntax): Params {
    if (syntax === this.#syntax) return this
    let params = emptyParams(syntax)
    for (let i = 0; i < this.size; i++) {
      params = params.with(this.#names[i]!, this.#values[i] === null ? null : this.#decoded(i))
    }
    return params
  }
}

showAs(Params.prototype, (params) => `Params ${params.syntax === 'auth' ? `(${params.size})` : params.toString()}`)

const FIRST: Record<ParamSyntax, string> = { header: ';', uri: ';', 'uri-header': '?', auth: '' }
const NEXT: Record<ParamSyntax, string> = { header: ';', uri: ';', 'uri-header': '&', auth: ', ' }

const EMPTY: Record<ParamSyntax, Params> = {
  header: new Params([], [], 'header'),
  uri: new Params([], [], 'uri'),
  'uri-header': new Params([], [], 'uri-header'),
  auth: new Params([], [], 'auth'),
}

/** No parameters, in the syntax asked for. */
export function emptyParams(syntax: ParamSyntax): Params {
  return EMPTY[syntax]
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

/** Collects parameters as they are scanned; refuses one that is there twice (RFC 3261 7.3.1), and too many. */
export class ParamsCollector {
  readonly names: string[] = []
  readonly values: (string | null)[] = []
  /** In lower case, once there are enough for a set to be worth it. */
  #seen: Set<string> | undefined = undefined

  /** @throws SipParseError */
  add(name: string, value: string | null, offset: number): void {
    if (this.#isRepeated(name)) throw new SipParseError(`parameter ${name} is there twice`, { offset })
    this.addAgain(name, value, offset)
  }

  /** Adds one that may be there several times, as the headers of a URI may. Throws SipParseError. */
  addAgain(name: string, value: string | null, offset: number): void {
    if (this.names.length >= MAX_PARAMS) throw new SipParseError('too many parameters', { offset })
    this.names.push(name)
    this.values.push(value)
  }

  #isRepeated(name: string): boolean {
    const { names } = this
    if (names.length > 8) return this.#isSeen(name)
    for (let i = 0; i < names.length; i++) if (equalsIgnoreCase(names[i]!, name)) return true
    return false
  }

  #isSeen(name: string): boolean {
    this.#seen ??= new Set(this.names.map((other) => other.toLowerCase()))
    const lower = name.toLowerCase()
    if (this.#seen.has(lower)) return true
    this.#seen.add(lower)
    return false
  }
}

/**
 * Reads `*(SEMI generic-param)` (RFC 3261 25.1) from `start` to the end of `text`.
 *
 * Values may hold what is no token but cannot be mistaken (`=`, `/`, `@`, `:` and the like), as many senders write it.
 *
 * @throws SipParseError for an empty parameter, one that is there twice, or anything else between or after them
 */
export function parseHeaderParams(text: string, start: number): Params {
  let i = skipSpace(text, start)
  if (i === text.length) return emptyParams('header')
  const found = new ParamsCollector()
  while (i < text.length) {
    if (text.charCodeAt(i) !== 59) throw new SipParseError('unexpected text before a parameter', { offset: i })
    i = scanParam(text, skipSpace(text, i + 1), found)
  }
  return new Params(found.names, found.values, 'header')
}

/** Reads one parameter, and returns the index of what comes after it and any space. Also those of digest. */
export function scanParam(text: string, start: number, found: ParamsCollector): number {
  let i = start
  while (i < text.length && isTokenChar(text.charCodeAt(i))) i++
  if (i === start) throw new SipParseError('parameter without a name', { offset: i })
  const name = text.slice(start, i)
  i = skipSpace(text, i)
  if (i === text.length || text.charCodeAt(i) !== 61) {
    found.add(name, null, start)
    return i
  }
  const from = skipSpace(text, i + 1)
  const quoted = from < text.length && text.charCodeAt(from) === 34
  const end = quoted ? scanQuoted(text, from) : scanValue(text, from)
  found.add(name, from === end ? null : text.slice(from, end), start)
  return skipSpace(text, end)
}

function scanValue(text: string, start: number): number {
  let i = start
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 59 || c === 44 || c === 32 || c === 9) break
    if (c < 32 || c === 34 || c === 60 || c === 62 || c === 92 || c === 127) {
      throw new SipParseError('a parameter value holds what only a quoted string may', { offset: i })
    }
  }
  return i
}
