import { SipParseError } from '../base/parse-error.ts'
import { methodIn } from '../grammar/method.ts'
import { isBlank, isLineSpace, isTokenChar } from '../grammar/token.ts'
import { CONTENT_LENGTH, endOfName, findHeaderId, UNKNOWN, VIA } from '../rows/header-names.ts'
import { FOLDED, ID_MASK, REWRITE, WIDTH } from '../rows/header-rows.ts'
import type { Filled, ParseLimits } from './limits.ts'

const LF = 10
const CR = 13
const SP = 32
const COMMA = 44
const SLASH = 47
const BACKSLASH = 92
const COLON = 58
const VERSION = [83, 73, 80, 47, 50, 46, 48] // SIP/2.0
const SHORTEST_VIA = 8 // 'a/b/c d' and the comma behind it

/** What the scan finds in start line and header section. */
export interface Head {
  /** The method, or '' for a response. */
  method: string
  /** Status code of a response, else 0. */
  status: number
  /** Where the Request-URI or the reason phrase lies. */
  tailStart: number
  tailEnd: number
  /** The rows, five numbers each (see `HeaderRows`). */
  marks: number[]
  /** The value of Content-Length, -1 without one. */
  contentLength: number
  /** Where the body begins. */
  bodyStart: number
}

/** Where parsing stopped and why. Turned into the public error once the request is made of what was read. */
export function fail(message: string, offset: number | undefined, status = 400, header?: string): never {
  throw new SipParseError(message, { status, offset, header })
}

// Headers mostly come in the same order: by the id of a header, the one that last came behind it, which is tried first.
const follower = new Uint8Array(ID_MASK + 1)

// One array for all scans: what is found is copied out at its exact size. Engines fill one that has room faster than one
// that may grow with each number.
const found: number[] = Array.from({ length: 64 * WIDTH }, () => 0)
let filled = 0

/**
 * Reads start line and header lines once, cutting nothing.
 *
 * @param octets what was received
 * @param text its beginning, one character an octet: line ends are found faster in a string
 * @returns undefined when `text` ends before the empty line
 * @throws SipParseError
 */
export function scanHead(octets: Uint8Array, text: string, limits: Filled<ParseLimits>): Head | undefined {
  const lf = text.indexOf('\n')
  if (lf < 0) return undefined
  const head = scanStartLine(octets, text, endOfLine(octets, text, 0, lf), limits)
  head.bodyStart = scanRows(octets, text, lf + 1, head, limits)
  return head.bodyStart < 0 ? undefined : head
}

// The end of a line's text: before its CRLF or bare LF. Another CR in the line is an error.
function endOfLine(octets: Uint8Array, text: string, start: number, lf: number): number {
  if (octets[lf - 1] !== CR) return endOfBareLine(octets, start, lf)
  const cr = text.indexOf('\r', start)
  if (cr !== lf - 1) fail('a carriage return without a line feed', cr)
  return cr
}

function endOfBareLine(octets: Uint8Array, start: number, lf: number): number {
  for (let i = start; i < lf; i++) if (octets[i] === CR) fail('a carriage return without a line feed', i)
  return lf
}

/** RFC 3261 7.1 and 7.2: the line is `text[0, end)`. */
function scanStartLine(octets: Uint8Array, text: string, end: number, limits: Filled<ParseLimits>): Head {
  const space = text.indexOf(' ')
  if (space < 0 || space >= end) fail('neither a request line nor a status line', 0, 0)
  if (octets[3] === SLASH && isSip(octets)) return scanStatusLine(octets, space, end)
  return scanRequestLine(octets, text, space, end, limits.maxLine)
}

function scanStatusLine(octets: Uint8Array, space: number, end: number): Head {
  if (!isVersion(octets, 0, space)) fail('a SIP version other than 2.0', 0, 0)
  let status = 0
  for (let i = space + 1; i < space + 4; i++) {
    const digit = octets[i]! - 48
    if (i >= end || digit < 0 || digit > 9) fail('the status code is not three digits', i, 0)
    status = status * 10 + digit
  }
  // RFC 4475 3.1.1.13: the space before an empty reason phrase may be missing
  if (space + 4 !== end && octets[space + 4] !== SP) fail('the status code is not three digits', space + 4, 0)
  if (status < 100 || status > 699) fail('the status code is not from 100 to 699', space + 1, 0)
  return newHead('', status, Math.min(space + 5, end), end)
}

function scanRequestLine(octets: Uint8Array, text: string, space: number, end: number, maxUri: number): Head {
  let at = space + 1
  while (isUriOctet(octets[at]!)) at++
  const good = octets[at] === SP && at > space + 1 && isVersion(octets, at + 1, end)
  if (!good) failRequestLine(octets, text.substring(0, end), space, at)
  if (space === 0) fail('the method is missing', 0)
  for (let i = 0; i < space; i++) if (!isTokenChar(octets[i]!)) fail('the method is not a token', i)
  if (at - space - 1 > maxUri) fail('the Request-URI is too long', space + 1, 414)
  return newHead(methodIn(text, 0, space), 0, space + 1, at)
}

// No white space, no control character, no angle bracket.
function isUriOctet(c: number): boolean {
  return c > SP && c !== 60 && c !== 62 && c !== 127
}

function isVersion(octets: Uint8Array, start: number, end: number): boolean {
  if (end - start !== VERSION.length) return false
  for (let i = 0; i < VERSION.length; i++) {
    const c = octets[start + i]!
    if (c !== VERSION[i] && (c & ~32) !== VERSION[i]) return false
  }
  return true
}

// What is wrong with a request line. Anything but SIP/x.y at its end is not SIP at all, and gets no answer.
function failRequestLine(octets: Uint8Array, line: string, space: number, uriEnd: number): never {
  const words = line.trimEnd()
  const version = words.slice(words.lastIndexOf(' ') + 1)
  if (!/^SIP\/\d{1,5}\.\d{1,5}$/i.test(version)) fail('neither a request line nor a status line', 0, 0)
  if (version.toUpperCase() !== 'SIP/2.0') fail('a SIP version other than 2.0', words.length - version.length, 505)
  if (words.length < line.length) fail('white space after the SIP version', words.length)
  if (uriEnd === space + 1 && words.length - version.length <= uriEnd) fail('the Request-URI is missing', space)
  const c = octets[uriEnd]!
  if (c === 60 || c === 62) fail('angle brackets around the Request-URI', uriEnd)
  fail('white space or a control character in the Request-URI', uriEnd)
}

function isSip(octets: Uint8Array): boolean {
  return (octets[0]! & ~32) === 83 && (octets[1]! & ~32) === 73 && (octets[2]! & ~32) === 80
}

function newHead(method: string, status: number, tailStart: number, tailEnd: number): Head {
  return { method, status, tailStart, tailEnd, marks: [], contentLength: -1, bodyStart: 0 }
}

/** Header lines without a start line before them, as body parts and fragments have: `text` is all of `octets`. */
export function scanFields(
  octets: Uint8Array,
  text: string,
  from: number,
  limits: Filled<ParseLimits>,
): Head | undefined {
  const head = newHead('', 0, 0, 0)
  head.bodyStart = scanRows(octets, text, from, head, limits)
  return head.bodyStart < 0 ? undefined : head
}

/**
 * Reads header lines into `head`.
 *
 * @returns where the body begins, -1 when `text` ends before the empty line
 */
function scanRows(octets: Uint8Array, text: string, from: number, head: Head, limits: Filled<ParseLimits>): number {
  filled = 0
  let at = from
  let vias = 0
  let id = UNKNOWN
  for (let rows = 0; ; rows++) {
    const c = octets[at]
    if (c === LF) break
    if (c === CR && octets[at + 1] === LF) break
    const end = scanRow(octets, text, at, id, limits)
    if (end < 0) return -1
    if (rows === limits.maxHeaders) fail('too many header lines', at, 513)
    id = found[filled]! & ID_MASK
    const value = found[filled + 2]!
    const valueEnd = found[filled + 3]!
    filled += WIDTH
    if (id === VIA) {
      // As many as the row could hold at most; counted only when that could matter.
      vias += 1 + (((valueEnd - value) / SHORTEST_VIA) | 0)
      if (vias > limits.maxVias) vias = countVias(octets)
      if (vias > limits.maxVias) fail('too many Via values', at, 513, 'Via')
    } else if (id === CONTENT_LENGTH) {
      if (head.contentLength >= 0) fail('more than one Content-Length', at, 400, 'Content-Length')
      head.contentLength = lengthValue(octets, value, valueEnd)
    }
    at = end
  }
  const bodyStart = at + (octets[at] === CR ? 2 : 1)
  if (bodyStart > text.length) return -1
  head.marks = found.slice(0, filled)
  if (text.indexOf('\0') >= 0) checkNul(octets, bodyStart)
  return bodyStart
}

/**
 * Reads one header line with its continuation lines into `found` at `filled`.
 *
 * @returns where the next line begins, -1 when `text` ends before that is known
 */
function scanRow(
  octets: Uint8Array,
  text: string,
  start: number,
  previous: number,
  limits: Filled<ParseLimits>,
): number {
  let lf = text.indexOf('\n', start)
  if (lf < 0) return -1
  let id = follower[previous]!
  let colon = endOfName(id, octets, start)
  // or the same again, as Vias come
  if (colon === start) colon = endOfName((id = previous), octets, start)
  if (colon === start || octets[colon] !== COLON) {
    colon = start
    while (octets[colon] !== COLON) if (colon++ === lf) failLine(octets, start, lf)
    id = nameId(octets, start, colon)
    follower[previous] = id
  }
  let value = colon + 1
  while (isBlank(octets[value]!)) value++
  let valueEnd = endOfLine(octets, text, start, lf)
  if (valueEnd === lf) id |= REWRITE
  let next = lf + 1
  while (isBlank(octets[next]!)) {
    id |= FOLDED
    lf = text.indexOf('\n', next)
    if (lf < 0) return -1
    valueEnd = endOfLine(octets, text, next, lf)
    if (valueEnd === lf) id |= REWRITE
    next = lf + 1
  }
  if (next - start > limits.maxLine) fail('a header line is too long', start, 513)
  while (value < valueEnd && isLineSpace(octets[value]!)) value++
  while (valueEnd > value && isLineSpace(octets[valueEnd - 1]!)) valueEnd--
  found[filled] = id
  found[filled + 1] = start
  found[filled + 2] = value
  found[filled + 3] = valueEnd
  found[filled + 4] = next
  return next
}

// RFC 3261 7.3.1 with HCOLON of 25.1: white space may stand before the colon.
function nameId(octets: Uint8Array, start: number, colon: number): number {
  let end = colon
  while (end > start && isBlank(octets[end - 1]!)) end--
  if (end === start) failLine(octets, start, colon)
  const id = findHeaderId(octets, start, end)
  if (id === UNKNOWN) for (let i = start; i < end; i++) if (!isTokenChar(octets[i]!)) failLine(octets, start, colon)
  return id
}

function failLine(octets: Uint8Array, start: number, end: number): never {
  if (isBlank(octets[start]!)) fail('white space before the first header', start)
  let at = start
  while (at < end && isTokenChar(octets[at]!)) at++
  fail('not a header line', at)
}

// RFC 3261 25.1: a NUL is legal in a quoted-pair only. Elsewhere it would end the text for whoever thinks in C strings.
function checkNul(octets: Uint8Array, end: number): void {
  for (let i = 0; i < end; i++)
    if (octets[i] === 0 && octets[i - 1] !== BACKSLASH) fail('a NUL in the header section', i)
}

// The Via values of the rows found so far, a comma in a quoted string taken for one more.
function countVias(octets: Uint8Array): number {
  let count = 0
  for (let row = 0; row < filled; row += WIDTH) {
    if ((found[row]! & ID_MASK) !== VIA) continue
    count++
    for (let i = found[row + 2]!; i < found[row + 3]!; i++) if (octets[i] === COMMA) count++
  }
  return count
}

/** RFC 3261 20.14: digits only. */
function lengthValue(octets: Uint8Array, start: number, end: number): number {
  let length = 0
  for (let i = start; i < end; i++) {
    const digit = octets[i]! - 48
    if (digit < 0 || digit > 9) fail('Content-Length is not a number', i, 400, 'Content-Length')
    length = length * 10 + digit
  }
  if (start === end) fail('Content-Length is empty', start, 400, 'Content-Length')
  return Math.min(length, Number.MAX_SAFE_INTEGER)
}
