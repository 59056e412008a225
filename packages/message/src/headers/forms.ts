import { argumentError } from '../base/injection.ts'
import { SipParseError } from '../base/parse-error.ts'
import { checkCallId } from '../grammar/call-id.ts'
import { quote } from '../grammar/quoted.ts'
import { isToken, parseDigits } from '../grammar/token.ts'
import { NameAddr } from '../values/name-addr.ts'

/** How a value, or a part of one, is read and written. `what` names it in errors. */
export interface Form<T> {
  /** Throws SipParseError. */
  parse(text: string, what: string): T
  /** Throws a TypeError with the code `ERR_SIP_ARGUMENT` or `ERR_SIP_INJECTION`. */
  format(value: T, what: string): string
  /** Of a parameter: what it says when it is not there. A parameter that says this is not written. */
  readonly absent?: T
  /** Of a parameter: it must be there, and say something. */
  readonly required?: true
}

/** Any text. */
export const text: Form<string> = { parse: String, format: String }

/** A token (RFC 3261 25.1). */
export const token: Form<string> = { parse: parseToken, format: formatToken }

/** A token whose case does not matter, read in lower case. */
export const lowerToken: Form<string> = {
  parse: (value, what) => parseToken(value, what).toLowerCase(),
  format: formatToken,
}

/** A whole number of seconds and the like: 0 to 2^32-1 (RFC 3261 25.1). */
export const number: Form<number> = {
  parse: (value, what) => {
    const read = parseDigits(value, 0, value.length, 0xffff_ffff)
    if (read === undefined) throw new SipParseError(`${what} is not a number from 0 to 2^32-1`)
    return read
  },
  format: (value, what) => {
    if (value >>> 0 !== value) throw argumentError(`${what} is not a number from 0 to 2^32-1`)
    return String(value)
  },
}

/** A Call-ID (RFC 3261 20.8). */
export const callId: Form<string> = { parse: checkCallId, format: formatCallId }

/** A name-addr without the parameters behind it. */
export const address: Form<NameAddr> = {
  parse: (value) => NameAddr.parse(value),
  format: (value) => value.with({ params: undefined }).toString(),
}

/** The value of a parameter: quoted where it is no token. */
export const word: Form<string> = { parse: String, format: formatWord }

/** The same, read in lower case. */
export const lowerWord: Form<string> = { parse: (value) => value.toLowerCase(), format: formatWord }

/** The tag of a dialog. */
export const tag: Form<string> = { parse: String, format: formatWord, required: true }

/** A parameter without a value. */
export const flag: Form<boolean> = { parse: () => true, format: () => '', absent: false }

/** The value of a parameter that the grammar wants quoted. */
export const quoted: Form<string> = { parse: String, format: quote }

/** The `q` parameter, 0 to 1 with at most three decimals (RFC 3261 25.1). What is malformed is as good as missing. */
export const q: Form<number | undefined> = {
  parse: (value) => (/^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(value) ? Number(value) : undefined),
  format: formatQ,
}

function formatQ(value: number | undefined, what: string): string {
  if (value !== undefined && !(value >= 0 && value <= 1 && Math.round(value * 1000) / 1000 === value)) {
    throw argumentError(`${what} is not 0 to 1 with three decimals at most: ${value}`)
  }
  return String(value)
}

function formatCallId(value: string, what: string): string {
  try {
    return checkCallId(value)
  } catch {
    throw argumentError(`${what} is not a Call-ID: ${JSON.stringify(value)}`)
  }
}

function parseToken(value: string, what: string): string {
  if (!isToken(value)) throw new SipParseError(`${what} is not a token`)
  return value
}

function formatToken(value: string, what: string): string {
  if (!isToken(value)) throw argumentError(`${what} is not a token: ${JSON.stringify(value)}`)
  return value
}

function formatWord(value: string): string {
  return isToken(value) ? value : quote(value)
}
