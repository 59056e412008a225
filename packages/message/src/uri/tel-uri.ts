import { argumentError, assertNoInjection } from '../base/injection.ts'
import { showAs } from '../base/inspect.ts'
import { SipParseError } from '../base/parse-error.ts'
import { equalsIgnoreCase } from '../grammar/token.ts'
import { Params, type ParamsInit } from '../params/params.ts'
import { SipUri, type SipUriInit } from './sip-uri.ts'
import { parseUriParams } from './uri-params.ts'

/** What a TelUri is made from. */
export interface TelUriInit {
  /** With its `+` if it is global, visual separators (`-.()`) included. */
  number: string
  /** A number without `+` needs `phone-context` (RFC 3966 5.1.5). */
  params?: ParamsInit | undefined
}

/** A `tel:` URI (RFC 3966). Immutable. */
export class TelUri {
  readonly scheme = 'tel'
  /** As written, visual separators included. */
  readonly number: string
  readonly params: Params
  readonly #text: string | undefined

  /** @throws TypeError with code `ERR_SIP_ARGUMENT` or `ERR_SIP_INJECTION` when it cannot be written as a tel URI */
  constructor(init: TelUriInit)
  /** @internal From text that was checked. */
  constructor(init: TelUriInit, text: string)
  constructor(init: TelUriInit, text?: string) {
    this.number = init.number
    this.params = Params.of(init.params, 'uri')
    this.#text = text
    if (text !== undefined) return
    assertNoInjection(init.number, 'number')
    const objection = numberObjection(this.number, this.params)
    if (objection !== undefined) throw argumentError(objection)
  }

  /** @throws SipParseError when `text` is not a tel URI, with nothing around it */
  static parse(text: string): TelUri {
    if (!equalsIgnoreCase(text.slice(0, 4), 'tel:')) throw new SipParseError('not a tel URI')
    const semicolon = text.indexOf(';', 4)
    const end = semicolon < 0 ? text.length : semicolon
    const params = parseUriParams(text.slice(end), end)
    const number = text.slice(4, end)
    const objection = numberObjection(number, params)
    if (objection !== undefined) throw new SipParseError(objection, { offset: 4 })
    return new TelUri({ number, params }, text)
  }

  /** Whether the number is global, that is, starts with `+`. */
  get isGlobal(): boolean {
    return this.number.charCodeAt(0) === 43
  }

  /** Whether both name the same number: separators do not count, nor the order of parameters (RFC 3966 4). */
  equals(other: { readonly scheme: string }): boolean {
    if (!(other instanceof TelUri) || digits(this.number) !== digits(other.number)) return false
    if (this.params.size !== other.params.size) return false
    for (const [name, value] of this.params) {
      const theirs = other.params.get(name)
      if (theirs === undefined || comparable(name, value) !== comparable(name, theirs)) return false
    }
    return true
  }

  /** The sip URI that stands for this number at a host, in the form that RFC 3261 19.1.6 asks for. */
  toSipUri(at: Pick<SipUriInit, 'scheme' | 'host' | 'port'>): SipUri {
    const params = Array.from(this.params, ([name, value]) => [name.toLowerCase(), value.toLowerCase()] as const)
    params.sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    const user = params.reduce((text, [name, value]) => `${text};${name}${value && `=${value}`}`, this.number)
    return new SipUri({ ...at, user: user.toLowerCase(), params: { user: 'phone' } })
  }

  /** As on the wire: what was parsed comes back as it came. */
  toString(): string {
    return this.#text ?? `tel:${this.number}${this.params.toString()}`
  }
}

showAs(TelUri.prototype, 'TelUri ', String)

/** isdn-subaddress and post-dial come first, the rest in the order of their names. */
function rank(name: string): number {
  return name === 'isub' || name === 'postd' ? 0 : 1
}

function digits(number: string): string {
  return number.replace(/[-.()]/g, '').toLowerCase()
}

function comparable(name: string, value: string): string {
  const lower = name.toLowerCase()
  const isNumber = lower === 'ext' || (lower === 'phone-context' && value.startsWith('+'))
  return isNumber ? digits(value) : value.toLowerCase()
}

// Separators may stand anywhere. Local numbers may also hold hexadecimal digits, * and # (RFC 3966 3).
const GLOBAL = /^\+[-.()]*\d[-.()\d]*$/
const LOCAL = /^[-.()]*[\da-f*#][-.()\da-f*#]*$/i

function numberObjection(number: string, params: Params): string | undefined {
  if (GLOBAL.test(number)) return undefined
  if (!LOCAL.test(number)) return 'not a telephone number'
  return params.get('phone-context') ? undefined : 'a local number needs a phone-context'
}
