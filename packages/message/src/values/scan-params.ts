import { SipParseError } from '../parse-error.ts'
import { formOf } from './param-form.ts'
import { nameBits } from './param-text.ts'
import { Params, emptyParams, paramsOfPairs } from './params.ts'
import { scanQuoted } from './quoted.ts'
import { equalsIgnoreCase, skipSpace, tokenEnd } from './token.ts'

/** More parameters than this in one value are refused. */
export const MAX_PARAMS = 100

const EQUALS = 61
const SEMICOLON = 59
const QUOTE = 34
const HEADER = formOf('header')
const NO_PARAMS = emptyParams('header')

/**
 * Reads `*(SEMI generic-param)` (RFC 3261 25.1) from `start` to the end of `text`.
 *
 * Values may hold what is no token but cannot be mistaken (`=`, `/`, `@`, `:` and the like), as many senders write it.
 *
 * @throws SipParseError for an empty parameter, one that is there twice, or anything else between or after them
 */
export function parseHeaderParams(text: string, start: number): Params {
  const pairs: (string | null)[] = []
  for (let i = skipSpace(text, start); i < text.length;) {
    if (text.charCodeAt(i) !== SEMICOLON) throw new SipParseError('unexpected text before a parameter', { offset: i })
    i = scanParam(text, skipSpace(text, i + 1), pairs)
  }
  return paramsOfPairs(pairs, 'header')
}

/** The same for parameters that are known to be of the usual shape (see usual-shape.ts). */
export function usualHeaderParams(text: string, start: number): Params {
  if (start === text.length) return NO_PARAMS
  const names = nameBits(text, start, text.length, MAX_PARAMS, HEADER)
  return names === 0 ? parseHeaderParams(text, start) : new Params(text, start, text.length, HEADER, names)
}

/** Reads one parameter, and returns the index of what comes after it and any space. Also those of digest. */
export function scanParam(text: string, start: number, pairs: (string | null)[]): number {
  let i = tokenEnd(text, start)
  if (i === start) throw new SipParseError('parameter without a name', { offset: i })
  const name = text.slice(start, i)
  i = skipSpace(text, i)
  if (i === text.length || text.charCodeAt(i) !== EQUALS) {
    addPair(pairs, name, null, start)
    return i
  }
  const from = skipSpace(text, i + 1)
  const quoted = from < text.length && text.charCodeAt(from) === QUOTE
  const end = quoted ? scanQuoted(text, from) : scanValue(text, from)
  addPair(pairs, name, from === end ? null : text.slice(from, end), start)
  return skipSpace(text, end)
}

// Space, a comma or a semicolon ends a value, whether of a header or of digest; what else it may not hold is refused.
function scanValue(text: string, start: number): number {
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c > 127 || VALUE_STOP[c] === 0) continue
    if (VALUE_STOP[c] === 1) return i
    throw new SipParseError('a parameter value holds what only a quoted string may', { offset: i })
  }
  return text.length
}

/** Characters that a value without quotes may not hold: those that end it (1), and those that only quotes allow (2). */
const VALUE_STOP = new Uint8Array(128)
for (let c = 0; c < 32; c++) VALUE_STOP[c] = 2
for (const c of '"<>\\\x7f') VALUE_STOP[c.charCodeAt(0)] = 2
for (const c of ';, \t') VALUE_STOP[c.charCodeAt(0)] = 1

/**
 * Adds a scanned parameter to pairs that will make `Params`.
 *
 * @throws SipParseError when it is there already (RFC 3261 7.3.1), or there are too many
 */
export function addPair(pairs: (string | null)[], name: string, value: string | null, offset: number): void {
  for (let i = 0; i < pairs.length; i += 2) {
    if (equalsIgnoreCase(pairs[i]!, name)) throw new SipParseError(`parameter ${name} is there twice`, { offset })
  }
  addPairAgain(pairs, name, value, offset)
}

/** Adds one that may be there several times, as the headers of a URI may. Throws SipParseError when there are too many. */
export function addPairAgain(pairs: (string | null)[], name: string, value: string | null, offset: number): void {
  if (pairs.length >= 2 * MAX_PARAMS) throw new SipParseError('too many parameters', { offset })
  pairs.push(name, value)
}
