import { argumentError, assertNoInjection } from '../base/injection.ts'
import { showAs } from '../base/inspect.ts'
import { escapeUri, unescapeUri } from '../grammar/escape.ts'
import { isHost, parseIPv6 } from '../grammar/host.ts'
import { quote, unquote } from '../grammar/quoted.ts'
import { isToken } from '../grammar/token.ts'
import { type ParamForm, type ParamSyntax, formOf } from './param-form.ts'
import { ANY_NAME, findName, nameBit, nameEnd, valueEnd } from './param-text.ts'

const EQUALS = 61

/** What parameters are made from. `null` or `''` stands for a parameter without a value, `undefined` is left out. */
export type ParamsInit =
  | Params
  | Record<string, string | number | null | undefined>
  | Iterable<readonly [name: string, value: string | number | null | undefined]>

/**
 * The parameters of a header value or a URI: an immutable list in the order written. Names compare without regard to
 * case. Values are read unquoted and unescaped, and written back as they came.
 */
export class Params implements Iterable<[name: string, value: string]> {
  // In normal form (see param-text.ts) from `#start` to `#end`: nothing is cut before it is asked for.
  readonly #text: string
  readonly #start: number
  readonly #end: number
  readonly #form: ParamForm
  // The bits of the names that are there, perhaps of some that were.
  readonly #names: number

  /** @internal Unchecked: use `Params.of`. `text[start, end)` is in normal form, `names` are its bits. */
  constructor(text: string, start: number, end: number, form: ParamForm, names: number) {
    this.#text = text
    this.#start = start
    this.#end = end
    this.#form = form
    this.#names = names
  }

  /**
   * Parameters from an object, pairs, or other parameters; `syntax` says what they will be part of.
   *
   * @throws TypeError with code `ERR_SIP_ARGUMENT` for a name that is no token, or `ERR_SIP_INJECTION`
   */
  static of(init?: ParamsInit, syntax: ParamSyntax = 'header'): Params {
    let params = emptyParams(syntax)
    if (init === undefined) return params
    if (init instanceof Params && init.syntax === syntax) return init
    const pairs = Symbol.iterator in init ? (init as Iterable<readonly [string, string]>) : Object.entries(init)
    for (const [name, value] of pairs) {
      if (value !== undefined) params = params.with(name, value === null ? null : String(value))
    }
    return params
  }

  /** Where these parameters are written. */
  get syntax(): ParamSyntax {
    return this.#form.syntax
  }

  /** How many parameters there are. */
  get size(): number {
    return [...this].length
  }

  /** @internal These behind other text. */
  behind(text: string): Params {
    const whole = text + this.#text.slice(this.#start, this.#end)
    return new Params(whole, text.length, whole.length, this.#form, this.#names)
  }

  /** @internal What these stand behind, and these: the whole value where they are its end. */
  get whole(): string {
    return this.#upTo(this.#end)
  }

  /** @internal Whether there are none. */
  get isEmpty(): boolean {
    return this.#start === this.#end
  }

  /** The value of a parameter, `''` when it has none (a flag such as `lr`), `undefined` when it is not there. */
  get(name: string): string | undefined {
    const end = this.#find(name)
    return end < 0 ? undefined : decoded(this.#raw(end), this.#form)
  }

  /** The value as it stands on the wire, quotes and escapes included; `''` for a flag. */
  raw(name: string): string | undefined {
    const end = this.#find(name)
    return end < 0 ? undefined : (this.#raw(end) ?? '')
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
    const end = this.#find(name)
    if (value === undefined)
      return end < 0 ? this : this.#without(end, nameOnWire(name, this.#form).length).with(name, value)
    const raw = encode(value, this.#form)
    const written = raw === null ? '' : `=${raw}`
    const names = raw?.charCodeAt(0) === 34 ? ANY_NAME : this.#names
    if (end >= 0) return this.#made(this.#upTo(end) + written + this.#after(end), names)
    assertName(name, this.#form)
    const wired = nameOnWire(name, this.#form)
    const separator = this.isEmpty ? first(this.#form) : this.#form.separator
    return this.#made(this.whole + separator + wired + written, names | nameBit(wired))
  }

  /** @internal With a port for a bare `rport`, and `received` behind them; undefined when the one is not there, or the other is. */
  withSource(received: string, port: number): Params | undefined {
    const end = this.#find('rport')
    if (end < 0 || this.#raw(end) !== null || this.has('received')) return undefined
    const text = `${this.#upTo(end)}=${port}${this.#text.slice(end)};received=${received}`
    return this.#made(text, this.#names | nameBit('received'))
  }

  *[Symbol.iterator](): Generator<[name: string, value: string], void, undefined> {
    const { separator, component } = this.#form
    for (let at = this.#start + separator.length; at < this.#end;) {
      const end = this.#nameEnd(at)
      const name = this.#text.slice(at, end)
      yield [component === undefined ? name : unescapeUri(name), decoded(this.#raw(end), this.#form)]
      at = this.#valueEnd(end) + separator.length
    }
  }

  /** As on the wire, with the separator in front: `;a=b;lr`, `?a=b&c=d`; those of digest without: `a="b", c=d`. */
  toString(): string {
    return this.#text.slice(this.#form.syntax === 'auth' ? this.#start + 2 : this.#start, this.#end)
  }

  #find(name: string): number {
    if (this.#names === 0 || name === '') return -1
    return findName(this.#text, this.#start, this.#end, nameOnWire(name, this.#form), this.#names, this.#form)
  }

  #nameEnd(start: number): number {
    return nameEnd(this.#text, start, this.#end, this.#form)
  }

  #valueEnd(end: number): number {
    return valueEnd(this.#text, end, this.#end, this.#form)
  }

  // The value behind the name that ends at `end`, null when there is none.
  #raw(end: number): string | null {
    return end < this.#end && this.#text.charCodeAt(end) === EQUALS
      ? this.#text.slice(end + 1, this.#valueEnd(end))
      : null
  }

  // With what these stand behind.
  #upTo(end: number): string {
    return this.#text.slice(0, end)
  }

  #after(end: number): string {
    return this.#text.slice(this.#valueEnd(end), this.#end)
  }

  #made(text: string, names: number): Params {
    return new Params(text, this.#start, text.length, this.#form, names)
  }

  // The name ends at `end` and has this length.
  #without(end: number, length: number): Params {
    const { separator } = this.#form
    const start = end - length - separator.length
    const rest = this.#after(end)
    if (start > this.#start || rest === '') return this.#made(this.#upTo(start) + rest, this.#names)
    return this.#made(this.#upTo(this.#start) + first(this.#form) + rest.slice(separator.length), this.#names)
  }
}

showAs(Params.prototype, 'Params ', (params) => (params.syntax === 'auth' ? `(${params.size})` : params.toString()))

const EMPTY: Record<ParamSyntax, Params> = {
  header: new Params('', 0, 0, formOf('header'), 0),
  uri: new Params('', 0, 0, formOf('uri'), 0),
  'uri-header': new Params('', 0, 0, formOf('uri-header'), 0),
  auth: new Params('', 0, 0, formOf('auth'), 0),
}

/** No parameters, in the syntax asked for. */
export function emptyParams(syntax: ParamSyntax): Params {
  return EMPTY[syntax]
}

/** Parameters of name, value, name, value ...; values as on the wire, null where there is none. Nothing is checked. */
export function paramsOfPairs(pairs: readonly (string | null)[], syntax: ParamSyntax): Params {
  const form = formOf(syntax)
  let text = ''
  for (let i = 0; i < pairs.length; i += 2) {
    const value = pairs[i + 1]!
    text += (i === 0 ? first(form) : form.separator) + nameOnWire(pairs[i]!, form)
    if (value !== null) text += `=${value}`
  }
  return text === '' ? emptyParams(syntax) : new Params(text, 0, text.length, form, ANY_NAME)
}

function first(form: ParamForm): string {
  return form.syntax === 'uri-header' ? '?' : form.separator
}

function decoded(raw: string | null, form: ParamForm): string {
  if (raw === null) return ''
  return form.component === undefined ? unquote(raw) : unescapeUri(raw)
}

function nameOnWire(name: string, form: ParamForm): string {
  return form.component === undefined ? name : escapeUri(name, form.component)
}

function encode(value: string | null, form: ParamForm): string | null {
  if (value && form.component === undefined && isToken(value)) return value
  if (value !== null) assertNoInjection(value, 'parameter value')
  if (form.syntax === 'uri-header') return escapeUri(value ?? '', 'header')
  if (value === null || (value === '' && form.syntax !== 'auth')) return null
  if (form.syntax === 'uri') return escapeUri(value, 'param')
  return form.syntax === 'header' && (isHost(value) || parseIPv6(value)) ? value : quote(value)
}

function assertName(name: string, form: ParamForm): void {
  if (form.component === undefined && isToken(name)) return
  assertNoInjection(name, 'parameter name')
  if (form.component === undefined || name === '') throw argumentError(`not a parameter name: ${JSON.stringify(name)}`)
}
