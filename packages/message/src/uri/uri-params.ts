import { SipParseError } from '../parse-error.ts'
import { formOf } from '../values/param-form.ts'
import { nameBits } from '../values/param-text.ts'
import { Params, emptyParams, paramsOfPairs } from '../values/params.ts'
import { MAX_PARAMS, addPair, addPairAgain } from '../values/scan-params.ts'
import { escapedByte, unescapeUri } from './escape.ts'

const SEMICOLON = 59
const AMPERSAND = 38
const EQUALS = 61

/** What a character means within a URI. */
export const PLAIN = 0
export const ESCAPE = 1
export const FORBIDDEN = 2
export const DELIMITER = 3

/**
 * `%`; space, control characters and `"<>\\@`, which no part may hold; and the delimiters `:;?=&`. What should have been
 * escaped but cannot be mistaken is plain.
 */
const KIND = new Uint8Array(128)
for (let c = 0; c <= 32; c++) KIND[c] = FORBIDDEN
for (const c of '"<>\\@\x7f') KIND[c.charCodeAt(0)] = FORBIDDEN
for (const c of ':;?=&') KIND[c.charCodeAt(0)] = DELIMITER
KIND[37] = ESCAPE

/** Which of the above a character code is. */
export function uriCharKind(c: number): number {
  return c > 127 ? PLAIN : KIND[c]!
}

/** The index of the last character of the escape at `i`; anything else there is refused. Throws SipParseError. */
export function escapeEnd(text: string, i: number): number {
  if (text.charCodeAt(i) !== 37) throw new SipParseError('a URI holds a character that it must not', { offset: i })
  escapedByte(text, i)
  return i + 2
}

const FORM = formOf('uri')
const NO_PARAMS = emptyParams('uri')

/** Reads the parameters of a URI (RFC 3261 19.1.1) between `start` and `end`. Throws SipParseError. */
export function parseUriParams(text: string, start: number, end: number): Params {
  const pairs: (string | null)[] = []
  for (let i = start; i < end;) {
    if (text.charCodeAt(i) !== SEMICOLON) throw new SipParseError('unexpected text in a URI', { offset: i })
    i = scanPair(text, i + 1, end, SEMICOLON, pairs)
  }
  return paramsOfPairs(pairs, 'uri')
}

/** The same for parameters that are known to be of the usual shape (see usual-shape.ts), from `start` to the end. */
export function usualUriParams(text: string, start: number): Params {
  if (start === text.length) return NO_PARAMS
  const names = nameBits(text, start, text.length, MAX_PARAMS, FORM)
  return names === 0 ? parseUriParams(text, start, text.length) : new Params(text, start, text.length, FORM, names)
}

/** Reads the headers of a URI, from the `?` at `start` to the end of the text. Throws SipParseError. */
export function parseUriHeaders(text: string, start: number): Params {
  const pairs: (string | null)[] = []
  for (let i = start; i < text.length;) i = scanPair(text, i + 1, text.length, AMPERSAND, pairs)
  return paramsOfPairs(pairs, 'uri-header')
}

/** Reads `name[=value]` up to the separator, which tells a header (`&`) from a parameter (`;`). Returns where it ends. */
function scanPair(text: string, start: number, end: number, separator: number, pairs: (string | null)[]): number {
  let equals = -1
  let i = start
  for (; i < end; i++) {
    const c = text.charCodeAt(i)
    const kind = uriCharKind(c)
    if (kind === PLAIN) continue
    if (c === separator) break
    if (kind !== DELIMITER) i = escapeEnd(text, i)
    else if (c === EQUALS && equals < 0) equals = i
  }
  const nameEnd = equals < 0 ? i : equals
  if (nameEnd === start) throw new SipParseError('a parameter of a URI has no name', { offset: start })
  const name = unescapeUri(text.slice(start, nameEnd))
  if (separator === SEMICOLON) {
    addPair(pairs, name, equals < 0 || equals + 1 === i ? null : text.slice(equals + 1, i), start)
  } else {
    if (equals < 0) throw new SipParseError('a header in a URI needs a =', { offset: start })
    // a header may well be there several times, a parameter may not (RFC 3261 19.1.1)
    addPairAgain(pairs, name, text.slice(equals + 1, i), start)
  }
  return i
}
