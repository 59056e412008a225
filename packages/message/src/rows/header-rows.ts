import { argumentError, assertNoInjection } from '../base/injection.ts'
import { flat, fromOctetString, type Piece, toOctetString, utf8Text } from '../base/octets.ts'
import { isBlank, isLineSpace, isPrintable, isToken, parseDigits, skipSpace, trimEnd } from '../grammar/token.ts'
import { compactOf, CONTENT_LENGTH, headerId, nameOf, UNKNOWN } from './header-names.ts'

// A row is five numbers in `marks`, the first its id and flags. A row as received points into `text`; a row that was written points into `own`.
const START = 1
const VALUE = 2
const VALUE_END = 3
const END = 4
/** Numbers a row. */
export const WIDTH = 5

/** Lower bits of the first number: the header id. Above it, what reading or re-emitting the row must heed. */
export const ID_MASK = 0xff
/** The value has continuation lines. */
export const FOLDED = 0x100
/** The line does not end as SIP wants it (a bare LF somewhere) and is written anew. */
export const REWRITE = 0x200
const OWN = 0x400

/** A value that was read of the rows of a header, and those before it. */
interface Kept {
  readonly key: unknown
  readonly id: number
  readonly value: unknown
  readonly next: Kept | undefined
}

const NONE: string[] = []

// One array for all selections: what is selected is copied out at its exact size.
const selected: number[] = []

/**
 * The header section as rows, in wire order. Rows that nobody touched are cut and decoded when they are asked for, and
 * leave as the octets they came as. All text in here is octet strings: one character an octet.
 */
export class HeaderRows {
  /** What was received. */
  readonly octets: Uint8Array
  #text: string
  #marks: number[]
  #own: string[]
  // Whether the list is that of the rows these were copied from, who may make it longer.
  #shares: boolean
  #kept: Kept | undefined

  /**
   * @param octets what was received
   * @param text its start line and header section, one character an octet
   * @param marks the rows, as the scan found them
   */
  constructor(octets: Uint8Array, text: string, marks: number[]) {
    this.octets = octets
    this.#text = text
    this.#marks = marks
    this.#own = NONE
    this.#shares = true
    this.#kept = undefined
  }

  get count(): number {
    return this.#marks.length / WIDTH
  }

  clone(): HeaderRows {
    const copy = this.withMarks(this.#marks.slice())
    copy.#kept = this.#kept
    return copy
  }

  /** The rows with these numbers, `count` of them, as they are. */
  select(rows: readonly number[], count: number): HeaderRows {
    const marks = this.#marks
    let filled = 0
    for (let i = 0; i < count; i++) {
      const at = rows[i]! * WIDTH
      for (let mark = at; mark < at + WIDTH; mark++) selected[filled++] = marks[mark]!
    }
    return this.withMarks(selected.slice(0, filled))
  }

  idAt(row: number): number {
    return this.#marks[row * WIDTH]! & ID_MASK
  }

  /** The name as written. */
  nameAt(row: number): string {
    const at = row * WIDTH
    if ((this.#marks[at]! & OWN) !== 0) return this.#own[this.#marks[at + VALUE]!]!
    const start = this.#marks[at + START]!
    return flat(this.#text.substring(start, nameEnd(this.#text, start)))
  }

  /** The name in its registered spelling. */
  canonicalNameAt(row: number): string {
    const id = this.idAt(row)
    return id === UNKNOWN ? this.nameAt(row) : nameOf(id)
  }

  /** The value: trimmed, unfolded, decoded, and a copy that does not hold on to the message. */
  valueAt(row: number): string {
    const at = row * WIDTH
    const flags = this.#marks[at]!
    if ((flags & OWN) !== 0) return fromOctetString(this.#own[this.#marks[at + VALUE]! + 1]!)
    const value = utf8Text(this.octets, this.#marks[at + VALUE], this.#marks[at + VALUE_END])
    return (flags & FOLDED) === 0 ? value : unfold(value)
  }

  /** What `scan` reads where the value lies, one character an octet and a line end behind it: it must keep none of it. */
  scanAt<T>(row: number, scan: (text: string, start: number, end: number) => T): T {
    const at = row * WIDTH
    if ((this.#marks[at]! & (OWN | FOLDED)) === 0) {
      return scan(this.#text, this.#marks[at + VALUE]!, this.#marks[at + VALUE_END]!)
    }
    const value = this.valueAt(row)
    return scan(value, 0, value.length)
  }

  /** The value as an octet string, trimmed and unfolded. */
  octetsAt(row: number): string {
    const at = row * WIDTH
    const flags = this.#marks[at]!
    if ((flags & OWN) !== 0) return this.#own[this.#marks[at + VALUE]! + 1]!
    const value = this.#text.substring(this.#marks[at + VALUE]!, this.#marks[at + VALUE_END])
    return (flags & FOLDED) === 0 ? value : unfold(value)
  }

  /** Where the value was found, in octets from the start of the message; -1 for a row that was written. */
  offsetAt(row: number): number {
    const at = row * WIDTH
    return (this.#marks[at]! & OWN) === 0 ? this.#marks[at + VALUE]! : -1
  }

  /** The first row of a header at or after `from`, or -1. */
  find(id: number, from = 0): number {
    const marks = this.#marks
    for (let at = from * WIDTH; at < marks.length; at += WIDTH) if ((marks[at]! & ID_MASK) === id) return at / WIDTH
    return -1
  }

  /** The same by name, for headers without an id as well. */
  findName(name: string, from = 0): number {
    const id = headerId(name)
    if (id !== UNKNOWN) return this.find(id, from)
    const lower = name.toLowerCase()
    for (let row = this.find(UNKNOWN, from); row >= 0; row = this.find(UNKNOWN, row + 1)) {
      if (this.nameAt(row).toLowerCase() === lower) return row
    }
    return -1
  }

  /** Writes a row anew, under the name it had. The value is an octet string; nothing is checked. */
  put(row: number, octets: string): void {
    const marks = this.#marks
    const at = row * WIDTH
    const id = marks[at]! & ID_MASK
    if ((marks[at]! & OWN) !== 0) {
      this.#own = this.#own.slice()
      this.#own[marks[at + VALUE]! + 1] = octets
    } else {
      marks[at + VALUE] = this.store(this.nameAt(row), octets)
      marks[at] = id | OWN
    }
    this.forget(id)
  }

  insert(row: number, name: string, value: string): void {
    const id = headerId(name)
    if (id === UNKNOWN) assertName(name)
    this.insertOctets(row, id, octetsOf(value, id, false), name)
  }

  /** `insert` with an octet string. Nothing is checked. */
  insertOctets(row: number, id: number, octets: string, name: string = nameOf(id)): void {
    const at = row * WIDTH
    const index = this.store(name, octets)
    if (at === this.#marks.length) this.#marks.push(id | OWN, -1, index, -1, -1)
    else this.#marks.splice(at, 0, id | OWN, -1, index, -1, -1)
    this.forget(id)
  }

  remove(row: number): void {
    this.forget(this.idAt(row))
    this.#marks.splice(row * WIDTH, WIDTH)
  }

  /** What was kept under a key, or undefined. */
  recall(key: unknown): unknown {
    for (let kept = this.#kept; kept !== undefined; kept = kept.next) if (kept.key === key) return kept.value
    return undefined
  }

  /** Keeps a value that was read from the rows of a header, until one of them is written. */
  keep<T>(key: unknown, id: number, value: T): T {
    this.#kept = { key, id, value, next: this.#kept }
    return value
  }

  /** Keeps what `source` has read of the rows that were copied from it: values are immutable, so both may have them. */
  adopt(source: HeaderRows, but: number): void {
    for (let kept = source.#kept; kept !== undefined; kept = kept.next) {
      if (kept.id !== but && this.find(kept.id) >= 0) this.keep(kept.key, kept.id, kept.value)
    }
  }

  /**
   * The header lines behind `startLine`, with the Content-Length that the body has. Lines that were not touched leave
   * together, as they came.
   */
  write(startLine: string, bodyLength: number): Piece[] {
    const marks = this.#marks
    const text = this.#text
    const pieces: Piece[] = []
    let own = startLine
    let runStart = 0
    let runEnd = 0
    let counted = false
    for (let at = 0; at < marks.length; at += WIDTH) {
      const flags = marks[at]!
      const isLength = (flags & ID_MASK) === CONTENT_LENGTH
      const wrongLength: boolean = isLength && (counted || !says(this.octetsAt(at / WIDTH), bodyLength))
      const asItCame = !wrongLength && (flags & (OWN | REWRITE)) === 0
      if (!asItCame || marks[at + START] !== runEnd) {
        if (runEnd > runStart) own = addLines(pieces, own, text, runStart, runEnd)
        runStart = marks[at + START]!
        runEnd = runStart
      }
      if (asItCame) runEnd = marks[at + END]!
      else if (!wrongLength || !counted) {
        own += `${this.nameAt(at / WIDTH)}: ${wrongLength ? bodyLength : this.octetsAt(at / WIDTH)}\r\n`
      }
      counted ||= isLength
    }
    // the empty line comes along where it stands behind the last of them
    const withEnd = counted && runEnd > runStart && text.startsWith('\r\n', runEnd)
    if (runEnd > runStart) own = addLines(pieces, own, text, runStart, withEnd ? runEnd + 2 : runEnd)
    if (!withEnd) own += counted ? '\r\n' : `Content-Length: ${bodyLength}\r\n\r\n`
    if (own !== '') pieces.push(own)
    return pieces
  }

  /** The same with the compact names of RFC 3261 7.3.3 where there are any. */
  writeCompact(startLine: string, bodyLength: number): string {
    let out = startLine
    for (let row = 0; row < this.count; row++) {
      const id = this.idAt(row)
      if (id === CONTENT_LENGTH) continue
      out += `${compactOf(id) || this.nameAt(row)}: ${this.octetsAt(row)}\r\n`
    }
    return `${out}${compactOf(CONTENT_LENGTH)}: ${bodyLength}\r\n\r\n`
  }

  private store(name: string, value: string): number {
    const { length } = this.#own
    if (this.#shares) {
      this.#own = [...this.#own, name, value]
      this.#shares = false
    } else this.#own.push(name, value)
    return length
  }

  private withMarks(marks: number[]): HeaderRows {
    const copy = new HeaderRows(this.octets, this.#text, marks)
    copy.#own = this.#own
    return copy
  }

  private forget(id: number): void {
    let kept = this.#kept
    this.#kept = undefined
    for (; kept !== undefined; kept = kept.next) if (kept.id !== id) this.keep(kept.key, kept.id, kept.value)
  }
}

function says(digits: string, length: number): boolean {
  return parseDigits(digits, 0, digits.length, length) === length
}

// To copy octets costs as much as to join text and to write it at about this length.
const LONG_RUN = 400

/** Puts lines that were received behind text that was written. Returns the text that others go behind. */
function addLines(pieces: Piece[], own: string, text: string, start: number, end: number): string {
  if (end - start < LONG_RUN) return own + text.substring(start, end)
  pieces.push(own, { start, end })
  return ''
}

/** Refuses what is no name of a header. Throws a TypeError. */
export function assertName(name: string): void {
  assertNoInjection(name, 'a header name')
  if (!isToken(name)) throw argumentError(`'${name}' is not a header name`)
}

function nameEnd(text: string, start: number): number {
  let end = start
  for (let c = text.charCodeAt(end); c !== 58 && c !== 32 && c !== 9; c = text.charCodeAt(end)) end++
  return end
}

/**
 * A value as an octet string. Refuses one that would end its line.
 *
 * @param received the value was made of one that was received, where a NUL may stand in a quoted-pair
 */
export function octetsOf(value: string, id: number, received: boolean): string {
  const printable = isPrintable(value)
  // a NUL can be received in a quoted-pair (RFC 3261 25.1), and may then be written back as one
  if (!printable) assertNoInjection(received ? value.replaceAll('\\\0', '') : value, whatOf(id))
  const text = isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(value.length - 1)) ? trimBlanks(value) : value
  return printable ? text : toOctetString(text)
}

function whatOf(id: number): string {
  return id === UNKNOWN ? 'a header value' : `the value of ${nameOf(id)}`
}

function trimBlanks(value: string): string {
  const start = skipSpace(value, 0)
  return value.slice(start, trimEnd(value, start, value.length))
}

/** RFC 3261 7.3.1: a line end and the white space after it stand for one space. The scan let no other line ends in. */
export function unfold(value: string): string {
  let out = ''
  let from = 0
  for (let end = value.indexOf('\n'); end >= 0; end = value.indexOf('\n', from)) {
    let textEnd = end
    while (textEnd > from && isLineSpace(value.charCodeAt(textEnd - 1))) textEnd--
    out += value.substring(from, textEnd) + ' '
    from = end + 1
    while (from < value.length && isLineSpace(value.charCodeAt(from))) from++
  }
  return out + value.substring(from)
}
