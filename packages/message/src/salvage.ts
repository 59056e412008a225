import { headerId, UNKNOWN } from './header-names.ts'
import { FOLDED, REWRITE } from './header-rows.ts'
import type { ParseLimits } from './limits.ts'
import { flat } from './octets.ts'
import type { Head } from './scan.ts'
import { isTokenChar } from './values/token.ts'

const CR = 13
const LF = 10
const BACKSLASH = 92
const VERSION = /^SIP\/\d/i

/**
 * What can be read of a request that does not parse: its method and the well-formed lines of headers that netsip knows.
 * Enough to copy Via, From, To, Call-ID and CSeq into the answer (RFC 3261 21.4.1).
 *
 * @returns undefined when the first line is no request line, however bad
 */
export function salvageHead(text: string, limits: Required<ParseLimits>): Head | undefined {
  const lf = text.indexOf('\n')
  const line = lf < 0 ? '' : text.substring(0, Math.min(lf, 2 * limits.maxLine)).trimEnd()
  const space = line.indexOf(' ')
  const last = line.lastIndexOf(' ')
  const method = flat(line.slice(0, Math.max(0, space)))
  // a status line is none, though the version may come last there as well
  const isVersioned = VERSION.test(line.slice(last + 1)) || lf >= limits.maxLine
  if (method === '' || VERSION.test(method) || (last > space && !isVersioned)) return undefined
  const tailEnd = Math.max(space + 1, last)
  return {
    method,
    status: 0,
    tailStart: space + 1,
    tailEnd,
    marks: salvageRows(text, lf + 1, limits.maxHeaders),
    contentLength: -1,
    bodyStart: 0,
  }
}

function salvageRows(text: string, from: number, maxHeaders: number): number[] {
  const marks: number[] = []
  let next = from
  for (let at = from; marks.length < maxHeaders * 5; at = next) {
    next = lineEnd(text, at)
    if (next < 0 || text.charCodeAt(at) === LF || text.charCodeAt(at) === CR) break
    let folds = 0
    for (; isBlank(text.charCodeAt(next)); folds++) {
      const end = lineEnd(text, next)
      if (end < 0) return marks
      next = end
    }
    addRow(marks, text, at, next, folds)
  }
  return marks
}

function lineEnd(text: string, at: number): number {
  return text.indexOf('\n', at) + 1 || -1
}

function addRow(marks: number[], text: string, start: number, end: number, folds: number): void {
  let nameEnd = start
  while (isTokenChar(text.charCodeAt(nameEnd))) nameEnd++
  let value = nameEnd
  while (isBlank(text.charCodeAt(value))) value++
  if (text.charCodeAt(value) !== 58) return
  const id = headerId(text.substring(start, nameEnd))
  if (id === UNKNOWN || isPoison(text, value, end)) return
  value++
  let valueEnd = end
  while (value < end && isSpace(text.charCodeAt(value))) value++
  while (valueEnd > value && isSpace(text.charCodeAt(valueEnd - 1))) valueEnd--
  marks.push(id | REWRITE | (folds > 0 ? FOLDED : 0), start, value, valueEnd, end)
}

// What the answer must not repeat: a CR without LF, and a NUL but in a quoted-pair.
function isPoison(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const c = text.charCodeAt(i)
    if (c === CR && text.charCodeAt(i + 1) !== LF) return true
    if (c === 0 && text.charCodeAt(i - 1) !== BACKSLASH) return true
  }
  return false
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

function isSpace(code: number): boolean {
  return isBlank(code) || code === CR || code === LF
}
