import { SipParseError } from '../base/parse-error.ts'
import { QUOTED } from '../grammar/quoted.ts'
import { TOKEN_CHAR, equalsIgnoreCase, skipSpace } from '../grammar/token.ts'
import { formOf } from './param-form.ts'
import { nameBits } from './param-text.ts'
import { Params, emptyParams, paramsOfPairs } from './params.ts'

/** More parameters than this in one value are refused. */
export const MAX_PARAMS = 100

const SEMICOLON = 59
const HEADER = formOf('header')
const NO_PARAMS = emptyParams('header')

// What a value without quotes may not hold ends it, and is refused unless it parts it from the next.
const PARAM = new RegExp(`(${TOKEN_CHAR}+)[ \\t]*(?:=[ \\t]*(${QUOTED}|[^\\x00-\\x20"<>\\\\,;\\x7f]*)[ \\t]*)?`, 'y')

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
    if (text.charCodeAt(i) !== SEMICOLON) throw new SipParseError('unexpected text among parameters', { offset: i })
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
  PARAM.lastIndex = start
  const [, name, value] = PARAM.exec(text) ?? []
  if (name === undefined) throw new SipParseError('parameter without a name', { offset: start })
  addPair(pairs, name, value || null, start)
  return PARAM.lastIndex
}

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
