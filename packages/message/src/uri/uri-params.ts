import { SipParseError } from '../parse-error.ts'
import { Params, ParamsCollector, emptyParams } from '../values/params.ts'
import { escapedByte, unescapeUri } from './escape.ts'

const SEMICOLON = 59
const QUESTION = 63
const EQUALS = 61
const AMPERSAND = 38
const PERCENT = 37

/**
 * Checks one character of a URI, and its escape: no space, control character, or one of `"<>\`. Characters that should
 * have been escaped but cannot be mistaken are let through. Returns the index of the character's last octet.
 *
 * @throws SipParseError
 */
export function checkUriChar(text: string, i: number): number {
  const c = text.charCodeAt(i)
  if (c === PERCENT) {
    escapedByte(text, i)
    return i + 2
  }
  if (c <= 32 || c === 34 || c === 60 || c === 62 || c === 92 || c === 127) {
    throw new SipParseError('a URI holds a character that it must not', { offset: i })
  }
  return i
}

/** The index at which `*(;param)` that starts at `start` ends: that of `?`, or the end of the text. */
export function uriParamsEnd(text: string, start: number): number {
  const question = text.indexOf('?', start)
  return question < 0 ? text.length : question
}

/** Reads the parameters of a URI (RFC 3261 19.1.1) between `start` and `end`. Throws SipParseError. */
export function parseUriParams(text: string, start: number, end: number): Params {
  if (start === end) return emptyParams('uri')
  const found = new ParamsCollector()
  let i = start
  while (i < end) {
    if (text.charCodeAt(i) !== SEMICOLON) throw new SipParseError('unexpected text in a URI', { offset: i })
    i = scanPair(text, i + 1, end, SEMICOLON, found)
  }
  return new Params(found.names, found.values, 'uri')
}

/** Reads the headers of a URI, from the `?` at `start` to the end of the text. Throws SipParseError. */
export function parseUriHeaders(text: string, start: number): Params {
  if (start === text.length) return emptyParams('uri-header')
  const found = new ParamsCollector()
  let i = start
  while (i < text.length) {
    i = scanPair(text, i + 1, text.length, AMPERSAND, found)
    if (found.values.at(-1) === null) throw new SipParseError('a header in a URI needs a =', { offset: i })
  }
  return new Params(found.names, found.values, 'uri-header')
}

function scanPair(text: string, start: number, end: number, separator: number, found: ParamsCollector): number {
  let i = start
  let equals = -1
  for (; i < end; i++) {
    const c = text.charCodeAt(i)
    if (c === separator) break
    if (c === EQUALS && equals < 0) equals = i
    else if (c === QUESTION && separator === SEMICOLON) break
    else i = checkUriChar(text, i)
  }
  const nameEnd = equals < 0 ? i : equals
  if (nameEnd === start) throw new SipParseError('a parameter of a URI has no name', { offset: start })
  const name = unescapeUri(text.slice(start, nameEnd))
  const value = equals < 0 ? null : text.slice(equals + 1, i)
  // a header may well be there several times, a parameter may not (RFC 3261 19.1.1)
  if (separator === AMPERSAND) found.addAgain(name, value, start)
  else found.add(name, value === '' ? null : value, start)
  return i
}
