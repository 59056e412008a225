import { argumentError } from '../injection.ts'
import { SipParseError } from '../parse-error.ts'
import type { Params } from '../values/params.ts'
import { quote, scanQuoted } from '../values/quoted.ts'
import { parseHeaderParams } from '../values/scan-params.ts'
import { isToken, parseDigits, skipSpace, trimEnd } from '../values/token.ts'

/** 2^32-1, the greatest number of seconds and the like (RFC 3261 25.1). */
export const MAX_UINT32 = 0xffff_ffff

/** A value and the parameters behind it. */
export interface Parted {
  head: string
  params: Params
}

/** Cuts at the first `;` outside quoted strings and `<>`. Throws SipParseError. */
export function cutParams(text: string): Parted {
  const end = headEnd(text)
  const start = skipSpace(text, 0)
  return { head: text.slice(start, trimEnd(text, start, end)), params: parseHeaderParams(text, end) }
}

function headEnd(text: string): number {
  let i = 0
  while (i < text.length) {
    const c = text.charCodeAt(i)
    if (c === 59) break
    if (c === 34) i = scanQuoted(text, i)
    else if (c === 60) i = text.indexOf('>', i) + 1 || text.length
    else i++
  }
  return i
}

/** `params` without those that a value has fields for; undefined when nothing is left. */
export function otherParams(params: Params, ...known: readonly string[]): Params | undefined {
  let others = params
  for (const name of known) others = others.with(name, undefined)
  return others.size === 0 ? undefined : others
}

/** `;name=value`, nothing for undefined. Quoted where the value is no token. */
export function param(name: string, value: string | number | undefined): string {
  return value === undefined ? '' : `;${name}=${isToken(String(value)) ? value : quote(String(value))}`
}

/** `;name="value"`, nothing for undefined: for what the grammar wants quoted. */
export function quotedParam(name: string, value: string | undefined): string {
  return value === undefined ? '' : `;${name}=${quote(value)}`
}

/** `;name`, nothing unless `on`. */
export function flagParam(name: string, on: boolean | undefined): string {
  return on ? `;${name}` : ''
}

/** A whole number, digits only. Throws SipParseError. */
export function number(text: string, what: string, max: number = MAX_UINT32): number {
  const value = parseDigits(text, 0, text.length, max)
  if (value === undefined) throw new SipParseError(`${what} is not a number from 0 to ${max}`)
  return value
}

/** A number in a parameter; undefined when it is not there. Throws SipParseError. */
export function numberParam(params: Params, name: string, max: number = MAX_UINT32): number | undefined {
  const text = params.get(name)
  return text === undefined ? undefined : number(text, name, max)
}

/** A whole number that may be written. Throws a TypeError. */
export function digits(value: number, what: string, max: number = MAX_UINT32): string {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw argumentError(`${what} is not a number from 0 to ${max}`)
  }
  return String(value)
}

/** A token. Throws SipParseError. */
export function token(text: string, what: string): string {
  if (!isToken(text)) throw new SipParseError(`${what} is not a token`)
  return text
}

/** A token that may be written. Throws a TypeError. */
export function writtenToken(text: string, what: string): string {
  if (isToken(text)) return text
  throw argumentError(`${what} is not a token: ${JSON.stringify(text)}`)
}
