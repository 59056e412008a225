import { CONTENT_LENGTH, headerId, nameOf, UNKNOWN } from './header-names.ts'
import { argumentError, assertNoInjection } from './injection.ts'
import { flat, fromOctetString, toOctetString } from './octets.ts'
import { isToken } from './values/token.ts'

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

/**
 * The header section as rows, in wire order. Rows that nobody touched are cut and decoded when they are asked for, and
 * leave as the octets they came as. All text in here is octet strings: one character an octet.
 */
export class HeaderRows {
  private text: string
  private unicode: boolean
  private marks: number[]
  private own: string[] | undefined
  private cached: unknown[] | undefined

  /**
   * @param text what was received, one character an octet
   * @param unicode whether `text` has octets over 127
   * @param marks the rows, as the scan found them
   */
  constructor(text: string, unicode: boolean, marks: number[]) {
    this.text = text
    this.unicode = unicode
    this.marks = marks
    this.own = undefined
    this.cached = undefined
  }

  get count(): number {
    return this.marks.length / WIDTH
  }

  clone(): HeaderRows {
    const copy = new HeaderRows(this.text, this.unicode, this.marks.slice())
    copy.own = this.own?.slice()
    copy.cached = this.cached?.slice()
    return copy
  }

  /** Rows that read from the same text, none yet. */
  emptyCopy(): HeaderRows {
    return new HeaderRows(this.text, this.unicode, [])
  }

  /** Adds a row of `source`, which must read from the same text, as it is. */
  copyRow(source: HeaderRows, row: number): void {
    const at = row * WIDTH
    const marks = source.marks
    if ((marks[at]! & OWN) === 0) {
      this.marks.push(marks[at]!, marks[at + START]!, marks[at + VALUE]!, marks[at + VALUE_END]!, marks[at + END]!)
    } else {
      const index = marks[at + VALUE]!
      this.insertOwn(this.count, marks[at]! & ID_MASK, source.own![index]!, source.own![index + 1]!)
    }
  }

  idAt(row: number): number {
    return this.marks[row * WIDTH]! & ID_MASK
  }

  /** The name as written. */
  nameAt(row: number): string {
    const at = row * WIDTH
    if ((this.marks[at]! & OWN) !== 0) return this.own![this.marks[at + VALUE]!]!
    const start = this.marks[at + START]!
    return flat(this.text.substring(start, nameEnd(this.text, start)))
  }

  /** The value: trimmed, unfolded, decoded, and a copy that does not hold on to the message. */
  valueAt(row: number): string {
    const at = row * WIDTH
    const flags = this.marks[at]!
    if ((flags & OWN) !== 0) return fromOctetString(this.own![this.marks[at + VALUE]! + 1]!)
    let value = this.text.substring(this.marks[at + VALUE]!, this.marks[at + VALUE_END])
    if ((flags & FOLDED) !== 0) value = unfold(value)
    return this.unicode ? fromOctetString(value) : flat(value)
  }

  /** Where the value was found, in octets from the start of the message; -1 for a row that was written. */
  offsetAt(row: number): number {
    const at = row * WIDTH
    return (this.marks[at]! & OWN) === 0 ? this.marks[at + VALUE]! : -1
  }

  /** The first row of a header at or after `from`, or -1. */
  find(id: number, from = 0): number {
    const marks = this.marks
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

  /** Writes a row anew, under the name it had. */
  rewrite(row: number, value: string): void {
    const at = row * WIDTH
    const id = this.marks[at]! & ID_MASK
    const index = this.store(this.nameAt(row), checkedValue(value, id))
    this.setOwn(at, id, index)
    this.forget(id)
  }

  insert(row: number, name: string, value: string): void {
    assertNoInjection(name, 'a header name')
    if (!isToken(name)) throw argumentError(`'${name}' is not a header name`)
    const id = headerId(name)
    this.insertOwn(row, id, name, checkedValue(value, id))
  }

  /** `insert` for a name that is known to be good. */
  insertId(row: number, id: number, value: string): void {
    this.insertOwn(row, id, nameOf(id), checkedValue(value, id))
  }

  remove(row: number): void {
    this.forget(this.idAt(row))
    this.marks.splice(row * WIDTH, WIDTH)
  }

  /** What `cache` holds for a header (or another key), or undefined. */
  recall(key: number): unknown {
    const cached = this.cached
    if (cached === undefined) return undefined
    for (let i = 0; i < cached.length; i += 2) if (cached[i] === key) return cached[i + 1]
    return undefined
  }

  /** Keeps a value read from the rows of header `key & ID_MASK` until one of them is written. */
  keep(key: number, value: unknown): void {
    if (this.cached === undefined) this.cached = [key, value]
    else this.cached.push(key, value)
  }

  /** Keeps what `source` has read of the rows that were copied from it: values are immutable, so both may have them. */
  adopt(source: HeaderRows, ids: readonly number[]): void {
    const cached = source.cached
    if (cached === undefined) return
    for (let i = 0; i < cached.length; i += 2) {
      const key = cached[i] as number
      if (ids.includes(key & ID_MASK)) this.keep(key, cached[i + 1])
    }
  }

  /** The header lines as an octet string, with the Content-Length that the body has. */
  write(bodyLength: number): string {
    const { marks, text } = this
    let out = ''
    let runStart = 0
    let runEnd = 0
    let counted = false
    for (let at = 0; at < marks.length; at += WIDTH) {
      const flags = marks[at]!
      const isLength = (flags & ID_MASK) === CONTENT_LENGTH
      const wrongLength: boolean = isLength && (counted || !this.says(at, bodyLength))
      if (isLength && !wrongLength) counted = true
      if (!wrongLength && (flags & (OWN | REWRITE)) === 0) {
        if (marks[at + START] !== runEnd) {
          out += text.substring(runStart, runEnd)
          runStart = marks[at + START]!
        }
        runEnd = marks[at + END]!
        continue
      }
      out += text.substring(runStart, runEnd)
      runStart = runEnd = 0
      if (!wrongLength) {
        out += this.line(at)
      } else if (!counted) {
        counted = true
        out += `${this.nameAt(at / WIDTH)}: ${bodyLength}\r\n`
      }
    }
    out += text.substring(runStart, runEnd)
    return counted ? out + '\r\n' : `${out}Content-Length: ${bodyLength}\r\n\r\n`
  }

  private says(at: number, length: number): boolean {
    return this.rawValue(at) === String(length)
  }

  private rawValue(at: number): string {
    if ((this.marks[at]! & OWN) !== 0) return this.own![this.marks[at + VALUE]! + 1]!
    return this.text.substring(this.marks[at + VALUE]!, this.marks[at + VALUE_END])
  }

  private line(at: number): string {
    const value = this.rawValue(at)
    return `${this.nameAt(at / WIDTH)}: ${(this.marks[at]! & OWN) === 0 ? unfold(value) : value}\r\n`
  }

  private insertOwn(row: number, id: number, name: string, value: string): void {
    const at = row * WIDTH
    const index = this.store(name, value)
    if (at === this.marks.length) this.marks.push(id | OWN, -1, index, -1, -1)
    else this.marks.splice(at, 0, id | OWN, -1, index, -1, -1)
    this.forget(id)
  }

  private setOwn(at: number, id: number, index: number): void {
    this.marks[at] = id | OWN
    this.marks[at + START] = -1
    this.marks[at + VALUE] = index
    this.marks[at + VALUE_END] = -1
    this.marks[at + END] = -1
  }

  private store(name: string, value: string): number {
    if (this.own === undefined) {
      this.own = [name, value]
      return 0
    }
    return this.own.push(name, value) - 2
  }

  private forget(id: number): void {
    const cached = this.cached
    if (cached === undefined) return
    for (let i = cached.length - 2; i >= 0; i -= 2) if (((cached[i] as number) & ID_MASK) === id) cached.splice(i, 2)
  }
}

function nameEnd(text: string, start: number): number {
  let end = start
  for (let c = text.charCodeAt(end); c !== 58 && c !== 32 && c !== 9; c = text.charCodeAt(end)) end++
  return end
}

function checkedValue(value: string, id: number): string {
  assertNoInjection(value, id === UNKNOWN ? 'a header value' : `the value of ${nameOf(id)}`)
  return toOctetString(trimBlanks(value))
}

function trimBlanks(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isBlank(value.charCodeAt(start))) start++
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--
  return end - start === value.length ? value : value.substring(start, end)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
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

function isLineSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 13 || code === 10
}
