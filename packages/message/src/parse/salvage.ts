import { flat } from '../base/octets.ts'
import { isLineSpace, TOKEN_CHAR } from '../grammar/token.ts'
import { headerId, UNKNOWN } from '../rows/header-names.ts'
import { FOLDED, REWRITE, WIDTH } from '../rows/header-rows.ts'
import type { Filled, ParseLimits } from './limits.ts'
import type { Head } from './scan.ts'

// A line that is not empty, with those that continue it: the name and the value of a header where it has them.
const ROW = new RegExp(`(?![\\r\\n])(?:(${TOKEN_CHAR}+)[ \\t]*:)?((?:[^\\n]*\\n[ \\t])*[^\\n]*\\n)(?![ \\t])`, 'y')
// What the answer must not repeat: a CR without LF, and a NUL but in a quoted-pair.
const POISON = /\r(?!\n)|(?:^|[^\\])\0/
const VERSION = /^SIP\/\d/i

/**
 * What can be read of a request that does not parse: its method and the well-formed lines of headers that netsip knows.
 * Enough to copy Via, From, To, Call-ID and CSeq into the answer (RFC 3261 21.4.1).
 *
 * @returns undefined when the first line is no request line, however bad
 */
export function salvageHead(text: string, limits: Filled<ParseLimits>): Head | undefined {
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
  ROW.lastIndex = from
  while (marks.length < maxHeaders * WIDTH) {
    const start = ROW.lastIndex
    const [, name = '', value] = ROW.exec(text) ?? []
    if (value === undefined) break
    const id = headerId(name)
    if (id === UNKNOWN || POISON.test(value)) continue
    const end = ROW.lastIndex
    let valueStart = end - value.length
    let valueEnd = end
    while (valueStart < end && isLineSpace(text.charCodeAt(valueStart))) valueStart++
    while (valueEnd > valueStart && isLineSpace(text.charCodeAt(valueEnd - 1))) valueEnd--
    const isFolded = value.indexOf('\n') < value.length - 1
    marks.push(id | REWRITE | (isFolded ? FOLDED : 0), start, valueStart, valueEnd, end)
  }
  return marks
}
