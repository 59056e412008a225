import { argumentError, assertNoInjection } from '../base/injection.ts'
import { SipParseError } from '../base/parse-error.ts'
import { splitList } from '../grammar/list.ts'
import { isToken, parseDigits } from '../grammar/token.ts'
import type { ListHeader, SingleHeader } from '../headers/header-type.ts'
import type { CSeq } from '../values/cseq.ts'
import type { NameAddr } from '../values/name-addr.ts'
import { headerId, nameOf, VIA } from './header-names.ts'
import { type HeaderRows, octetsOf } from './header-rows.ts'
import { setRows } from './sip-headers.ts'

// Values are kept under the id of their header, the first of several under this beside it.
const FIRST = 0x100

// The values of a list that is not there, of all messages: who adds to it must not add to theirs.
const NONE: readonly never[] = /* @__PURE__ */ Object.freeze([])

type Parse<T> = (text: string) => T

/** The value of a header that every message has. Throws SipParseError when it is missing or malformed. */
export function readSingle<T>(rows: HeaderRows, id: number, read: (rows: HeaderRows, row: number) => T): T {
  const kept = rows.recall(id)
  if (kept !== undefined) return kept as T
  const row = rows.find(id)
  if (row < 0) throw new SipParseError(`${nameOf(id)} is missing`, { header: nameOf(id) })
  return rows.keep(id, id, readRow(rows, row, read, rows))
}

/** The first value of a list. */
export function readFirst<T>(rows: HeaderRows, id: number, parse: Parse<T>): T | undefined {
  const kept = rows.recall(id | FIRST)
  if (kept !== undefined) return kept as T
  const row = rows.find(id)
  if (row < 0) return undefined
  return keepFirst(rows, id, readRow(rows, row, parse, cutAtCommas(rows.valueAt(row))[0]!))
}

/** Keeps what `readFirst` will return. */
export function keepFirst<T>(rows: HeaderRows, id: number, value: T): T {
  return rows.keep(id | FIRST, id, value)
}

/** All values of a list, however they are spread over rows. Empty elements are for `parse` to refuse, unless `sparse`. */
export function readList<T>(rows: HeaderRows, id: number, parse: Parse<T>, sparse = false): readonly T[] {
  const kept = rows.recall(id)
  if (kept !== undefined) return kept as readonly T[]
  const first = rows.find(id)
  if (first < 0) return NONE
  const values: T[] = []
  for (let row = first; row >= 0; row = rows.find(id, row + 1)) {
    readElements(rows, row, cutAtCommas, parse, sparse, values)
  }
  return rows.keep(id, id, values)
}

function cutAtCommas(text: string): readonly string[] {
  return text.includes(',') ? splitList(text) : [text]
}

/** Adds what `parse` makes of each element of a row to `values`. */
function readElements<T>(
  rows: HeaderRows,
  row: number,
  cut: Parse<readonly string[]>,
  parse: Parse<T>,
  sparse: boolean | undefined,
  values: T[],
): void {
  const text = rows.valueAt(row)
  let at = 0
  for (const element of readRow(rows, row, cut, text)) {
    // only commas and white space stand between one and the next
    at = text.indexOf(element, at)
    if (element !== '' || !sparse) values.push(readRow(rows, row, parse, element, at))
    at += element.length + 1
  }
}

/** Words of a list. RFC 4475 3.1.2.1 wants no empty elements in Via and Contact; between words they are passed over. */
export function readWords(rows: HeaderRows, id: number): readonly string[] {
  return readList(rows, id, String, true)
}

/** Digits as a number; undefined when the header is missing or holds anything else. */
export function readNumber(rows: HeaderRows, id: number): number | undefined {
  const row = rows.find(id)
  if (row < 0) return undefined
  return rows.scanAt(row, scanNumber)
}

function scanNumber(text: string, start: number, end: number): number | undefined {
  return parseDigits(text, start, end, Number.MAX_SAFE_INTEGER)
}

/** What a descriptor reads. */
export function readHeader<T>(rows: HeaderRows, header: SingleHeader<T> | ListHeader<T>): T | undefined | readonly T[] {
  const kept = rows.recall(header)
  if (kept !== undefined) return kept as T | readonly T[]
  let row = rows.findName(header.name)
  if (row < 0) return header.list ? NONE : undefined
  const values: T[] = []
  const parse: Parse<T> = (text) => header.parse(text)
  const id = headerId(header.name)
  if (!header.list) return rows.keep(header, id, readRow(rows, row, parse, rows.valueAt(row)))
  const cut: Parse<readonly string[]> = (text) => cutRow(header, text)
  for (; row >= 0; row = rows.findName(header.name, row + 1)) {
    readElements(rows, row, cut, parse, header.sparse, values)
  }
  return rows.keep(header, id, values)
}

/** Writes what a descriptor formats. */
export function writeHeader<T>(
  rows: HeaderRows,
  header: SingleHeader<T> | ListHeader<T>,
  value: T | undefined | readonly T[],
): void {
  const values = value === undefined ? [] : header.list ? (value as readonly T[]) : [value as T]
  // before anything is removed: a write that fails must leave the rows as they were
  const texts = values.map((each) => written(header, each))
  setRows(rows, header.name, texts)
}

// What is written must read as one value: anything else is a mistake of the caller, or worse of whom the text came from.
function written<T>(header: SingleHeader<T> | ListHeader<T>, value: T): string {
  const text = header.format(value)
  assertNoInjection(text, `the value of ${header.name}`)
  try {
    if (header.list && cutRow(header, text).length !== 1) throw new SipParseError('more than one value')
    header.parse(text)
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error
    throw argumentError(`not a value of ${header.name}: ${error.message}`)
  }
  return text
}

function cutRow<T>(header: ListHeader<T>, text: string): readonly string[] {
  return header.cut === undefined ? splitList(text) : header.cut(text)
}

/** What `read` makes of the row, or of a text that stands there, `at` in its value. Errors say where. */
function readRow<T, S>(rows: HeaderRows, row: number, read: (source: S, row: number) => T, source: S, at = 0): T {
  try {
    return read(source, row)
  } catch (error) {
    throw inRow(error, rows, row, at)
  }
}

function inRow(error: unknown, rows: HeaderRows, row: number, at: number): unknown {
  if (!(error instanceof SipParseError)) return error
  return error.within({ header: rows.canonicalNameAt(row), offset: Math.max(0, rows.offsetAt(row)) + at })
}

/** Writes a typed value, which may have been received. */
export function writeValue(rows: HeaderRows, id: number, value: NameAddr | CSeq): void {
  writeSingle(rows, id, value.toString(), true)
  rows.keep(id, id, value)
}

/** Writes the one value of a header, or removes it. */
export function writeSingle(rows: HeaderRows, id: number, text: string | undefined, received = false): void {
  setRows(rows, nameOf(id), text === undefined ? [] : [text], received)
}

/** Writes a whole number up to `max`, or removes the header. Throws a TypeError. */
export function writeNumber(rows: HeaderRows, id: number, value: number | undefined, max: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= 0 && value <= max)) {
    throw argumentError(`${nameOf(id)} must be a whole number up to ${max}, not ${value}`)
  }
  writeSingle(rows, id, value === undefined ? undefined : String(value))
}

/** Writes a list of typed values, one row each. */
export function writeList(rows: HeaderRows, id: number, texts: readonly string[]): void {
  // A header that was not there goes behind the Vias: Route and Record-Route belong near the top (RFC 3261 7.3.1).
  setRows(rows, nameOf(id), texts, true, behindVias(rows))
}

/** Writes words on one row, or removes the header when there are none. Throws a TypeError for one that is no token. */
export function writeWords(rows: HeaderRows, id: number, words: readonly string[]): void {
  for (const word of words) {
    assertNoInjection(word, `the value of ${nameOf(id)}`)
    if (!isToken(word)) throw argumentError(`a word of ${nameOf(id)} is not a token: ${JSON.stringify(word)}`)
  }
  writeSingle(rows, id, words.length === 0 ? undefined : words.join(', '))
}

/** Writes the first Via value, an octet string, or takes it away; what stands behind it on the same row stays. */
export function replaceTopVia(rows: HeaderRows, octets: string | undefined): void {
  const row = rows.find(VIA)
  if (row < 0) {
    if (octets !== undefined) rows.insertOctets(0, VIA, octets)
    return
  }
  const rest = rows.octetsAt(row).includes(',')
    ? octetsOf(splitList(rows.valueAt(row)).slice(1).join(', '), VIA, true)
    : ''
  if (octets !== undefined) rows.put(row, rest === '' ? octets : `${octets}, ${rest}`)
  else if (rest !== '') rows.put(row, rest)
  else rows.remove(row)
}

function behindVias(rows: HeaderRows): number {
  let row = 0
  while (row < rows.count && rows.idAt(row) === VIA) row++
  return row
}
