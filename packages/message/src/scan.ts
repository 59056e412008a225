import { CONTENT_LENGTH, findHeaderId, hashStep, VIA } from './header-names.ts'
import { FOLDED, REWRITE } from './header-rows.ts'
import type { ParseLimits } from './limits.ts'
import { flat } from './octets.ts'
import { SipParseError } from './parse-error.ts'
import { isTokenChar } from './values/token.ts'

const TAB = 9
const LF = 10
const CR = 13
const SP = 32
const COMMA = 44
const COLON = 58
const SHORTEST_VIA = 14 // 'SIP/2.0/X a' and what parts it from the next

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
export function fail(message: string, offset: number, status = 400, header?: string): never {
  throw new SipParseError(message, { status, offset, header })
}

// One array for all scans: what is found is copied out at its exact size.
const found: number[] = []

/**
 * Reads start line and header lines of `text` (one character an octet) once, cutting nothing.
 *
 * @returns undefined when `text` ends before the empty line
 * @throws SipParseError
 */
export function scanHead(text: string, limits: Required<ParseLimits>): Head | undefined {
  const lf = text.indexOf('\n')
  if (lf < 0) return undefined
  const head = scanStartLine(text, endOfLine(text, 0, lf), limits)
  try {
    head.bodyStart = scanRows(text, lf + 1, head, limits)
  } catch (error) {
    if (error instanceof SipParseError && head.status !== 0) throw error.within({ status: 0 })
    throw error
  }
  return head.bodyStart < 0 ? undefined : head
}

// The end of a line's text: before its CRLF or bare LF. Another CR in the line is an error.
function endOfLine(text: string, start: number, lf: number): number {
  const crlf = lf > start && text.charCodeAt(lf - 1) === CR
  const end = crlf ? lf - 1 : lf
  // With a CR before the LF this search ends there at the latest; without one it must not run past the line.
  const cr = crlf ? text.indexOf('\r', start) : carriageReturn(text, start, lf)
  if (cr !== end) fail('a carriage return without a line feed', cr)
  return end
}

function carriageReturn(text: string, start: number, end: number): number {
  let at = start
  while (at < end && text.charCodeAt(at) !== CR) at++
  return at
}

/** RFC 3261 7.1 and 7.2: the line is `text[0, end)`. */
function scanStartLine(text: string, end: number, limits: Required<ParseLimits>): Head {
  const space = text.indexOf(' ')
  if (space < 0 || space >= end) fail('neither a request line nor a status line', 0, 0)
  if (text.charCodeAt(3) === 47 && sameWord(text, 0, 4, 'SIP/')) return scanStatusLine(text, space, end)
  return scanRequestLine(text, space, end, limits)
}

function scanStatusLine(text: string, space: number, end: number): Head {
  if (!sameWord(text, 0, space, 'SIP/2.0')) fail('a SIP version other than 2.0', 0, 0)
  let status = 0
  for (let i = space + 1; i < space + 4; i++) {
    const digit = text.charCodeAt(i) - 48
    if (i >= end || !(digit >= 0 && digit <= 9)) fail('the status code is not three digits', i, 0)
    status = status * 10 + digit
  }
  // RFC 4475 3.1.1.13: the space before an empty reason phrase may be missing
  if (space + 4 !== end && text.charCodeAt(space + 4) !== SP) fail('the status code is not three digits', space + 4, 0)
  if (status < 100 || status > 699) fail('the status code is not from 100 to 699', space + 1, 0)
  return newHead('', status, Math.min(space + 5, end), end)
}

function scanRequestLine(text: string, space: number, end: number, limits: Required<ParseLimits>): Head {
  const last = text.lastIndexOf(' ', end - 1)
  if (last === end - 1) failTrailing(text.substring(0, end), last)
  if (!sameWord(text, last + 1, end, 'SIP/2.0')) failVersion(text.substring(last + 1, end), last + 1)
  if (space === 0) fail('the method is missing', 0)
  for (let i = 0; i < space; i++) if (!isTokenChar(text.charCodeAt(i))) fail('the method is not a token', i)
  if (last <= space + 1) fail('the Request-URI is missing', space)
  if (last - space - 1 > limits.maxLine) fail('the Request-URI is too long', space + 1, 414)
  for (let i = space + 1; i < last; i++) {
    const c = text.charCodeAt(i)
    if (c <= SP || c === 127) fail('white space or a control character in the Request-URI', i)
    if (c === 60 || c === 62) fail('angle brackets around the Request-URI', i)
  }
  return newHead(methodOf(text, space), 0, space + 1, last)
}

// Anything but SIP/x.y at the end of the line is not SIP at all, and gets no answer.
function failVersion(version: string, at: number): never {
  if (/^SIP\/\d{1,5}\.\d{1,5}$/i.test(version)) fail('a SIP version other than 2.0', at, 505)
  fail('neither a request line nor a status line', 0, 0)
}

function failTrailing(line: string, at: number): never {
  const words = line.trimEnd()
  const version = words.slice(words.lastIndexOf(' ') + 1)
  if (!sameWord(version, 0, version.length, 'SIP/2.0')) failVersion(version, words.length - version.length)
  fail('white space after the SIP version', at)
}

function sameWord(text: string, start: number, end: number, upper: string): boolean {
  if (end - start !== upper.length) return false
  for (let i = 0; i < upper.length; i++) {
    const c = text.charCodeAt(start + i)
    const wanted = upper.charCodeAt(i)
    if (c !== wanted && (c & ~32) !== wanted) return false
  }
  return true
}

function newHead(method: string, status: number, tailStart: number, tailEnd: number): Head {
  return { method, status, tailStart, tailEnd, marks: [], contentLength: -1, bodyStart: 0 }
}

const methods = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'REGISTER', 'OPTIONS', 'PRACK', 'SUBSCRIBE', 'NOTIFY', 'PUBLISH']
methods.push('INFO', 'REFER', 'MESSAGE', 'UPDATE')

// The known methods are handed out as the same few strings, so that messages do not each keep one.
function methodOf(text: string, end: number): string {
  for (const method of methods) if (method.length === end && text.startsWith(method)) return method
  return flat(text.substring(0, end))
}

/**
 * Reads header lines into `head`.
 *
 * @returns where the body begins, -1 when `text` ends before the empty line
 */
function scanRows(text: string, from: number, head: Head, limits: Required<ParseLimits>): number {
  found.length = 0
  let at = from
  let vias = 0
  for (let rows = 0; ; rows++) {
    const c = text.charCodeAt(at)
    if (c === CR && at + 1 === text.length) return -1
    if (c === CR && text.charCodeAt(at + 1) === LF) {
      at += 2
      break
    }
    if (c === LF) {
      at++
      break
    }
    const end = scanRow(text, at, limits)
    if (end < 0) return -1
    if (rows === limits.maxHeaders) fail('too many header lines', at, 513)
    const id = found[found.length - 5]! & 0xff
    if (id === VIA) {
      // As many as the row could hold at most; counted only when that could matter.
      vias += 1 + Math.floor((found[found.length - 2]! - found[found.length - 3]!) / SHORTEST_VIA)
      if (vias > limits.maxVias && countVias(text) > limits.maxVias) fail('too many Via values', at, 513, 'Via')
    } else if (id === CONTENT_LENGTH) {
      if (head.contentLength >= 0) fail('more than one Content-Length', at, 400, 'Content-Length')
      head.contentLength = lengthValue(text, found[found.length - 3]!, found[found.length - 2]!)
    }
    at = end
  }
  head.marks = found.slice()
  return at
}

/**
 * Reads one header line with its continuation lines and adds its row to `found`.
 *
 * @returns where the next line begins, -1 when `text` ends before that is known
 */
function scanRow(text: string, start: number, limits: Required<ParseLimits>): number {
  let at = start
  let hash = 0
  let c = text.charCodeAt(at)
  for (; isTokenChar(c); c = text.charCodeAt(++at)) hash = hashStep(hash, c)
  const nameEnd = at
  while (c === SP || c === TAB) c = text.charCodeAt(++at)
  if (c !== COLON || nameEnd === start) {
    if (at >= text.length) return -1
    fail(nameEnd === start && at > start ? 'white space before the first header' : 'not a header line', at)
  }
  let id = findHeaderId(text, start, nameEnd, hash)
  let value = at + 1
  for (c = text.charCodeAt(value); c === SP || c === TAB;) c = text.charCodeAt(++value)
  let valueEnd: number
  let next: number
  for (let line = at; ; line = next) {
    const lf = text.indexOf('\n', line)
    if (lf < 0) return text.length - start > limits.maxLine ? tooLong(start) : -1
    valueEnd = endOfLine(text, line, lf)
    if (valueEnd === lf) id |= REWRITE
    next = lf + 1
    if (next >= text.length) return -1
    c = text.charCodeAt(next)
    if (c !== SP && c !== TAB) break
    id |= FOLDED
  }
  if (next - start > limits.maxLine) tooLong(start)
  if ((id & FOLDED) !== 0) while (value < valueEnd && isSpace(text.charCodeAt(value))) value++
  while (valueEnd > value && isSpace(text.charCodeAt(valueEnd - 1))) valueEnd--
  found.push(id, start, value, valueEnd, next)
  return next
}

function tooLong(start: number): never {
  fail('a header line is too long', start, 513)
}

function isSpace(code: number): boolean {
  return code === SP || code === TAB || code === CR || code === LF
}

// The Via values of the rows found so far, a comma in a quoted string taken for one more.
function countVias(text: string): number {
  let count = 0
  for (let row = 0; row < found.length; row += 5) {
    if ((found[row]! & 0xff) !== VIA) continue
    count++
    for (let i = found[row + 2]!; i < found[row + 3]!; i++) if (text.charCodeAt(i) === COMMA) count++
  }
  return count
}

/** RFC 3261 20.14: digits only. */
function lengthValue(text: string, start: number, end: number): number {
  let length = 0
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 48
    if (!(digit >= 0 && digit <= 9)) fail('Content-Length is not a number', i, 400, 'Content-Length')
    length = length * 10 + digit
  }
  if (start === end) fail('Content-Length is empty', start, 400, 'Content-Length')
  return Math.min(length, Number.MAX_SAFE_INTEGER)
}
