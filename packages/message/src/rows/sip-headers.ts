import { showAs } from '../base/inspect.ts'
import { NO_OCTETS } from '../base/octets.ts'
import { splitCallIds } from '../grammar/call-id.ts'
import { splitList } from '../grammar/list.ts'
import { headerId, IN_REPLY_TO, isList, isSingle, nameOf, UNKNOWN } from './header-names.ts'
import { assertName, HeaderRows, octetsOf } from './header-rows.ts'

/** Headers to begin with, in order. An array writes one row for each element; `undefined` is passed over. */
export type HeaderInit =
  | Readonly<Record<string, string | number | readonly (string | number)[] | undefined>>
  | Iterable<readonly [name: string, value: string | number]>
  | SipHeaders

/**
 * The header section: an ordered multimap of header lines.
 *
 * Names are understood in any case and in compact form (`v` is `Via`, RFC 3261 7.3.3). Rows that are not written leave
 * byte for byte as they came. Writing a name or a value with CR, LF or NUL throws a `TypeError` with the code
 * `ERR_SIP_INJECTION`, a name that is no token one with `ERR_SIP_ARGUMENT`.
 */
export class SipHeaders implements Iterable<[name: string, value: string]> {
  /** @internal */
  readonly rows: HeaderRows

  constructor(init?: HeaderInit)
  /** @internal */
  constructor(init?: HeaderInit | HeaderRows)
  constructor(init?: HeaderInit | HeaderRows) {
    this.rows = init instanceof HeaderRows ? init : new HeaderRows(NO_OCTETS, '', [])
    if (init !== undefined && !(init instanceof HeaderRows)) addHeaders(this.rows, init)
  }

  /** How many header lines there are. */
  get size(): number {
    return this.rows.count
  }

  /** The value of the first line with this name, unfolded, else as it came. For a list that is the first row, whole. */
  get(name: string): string | undefined {
    const row = this.rows.findName(name)
    return row < 0 ? undefined : this.rows.valueAt(row)
  }

  /** All values: the elements of all rows for a header that is a comma-separated list (RFC 3261 7.3.1), else the rows. */
  getAll(name: string): string[] {
    const id = headerId(name)
    const split = id === IN_REPLY_TO ? splitCallIds : splitList
    const values: string[] = []
    for (let row = this.rows.findName(name); row >= 0; row = this.rows.findName(name, row + 1)) {
      const value = this.rows.valueAt(row)
      for (const each of isList(id) ? split(value) : [value]) values.push(each)
    }
    return values
  }

  /** Whether there is a line with this name. */
  has(name: string): boolean {
    return this.rows.findName(name) >= 0
  }

  /** The first header that has several lines though it may have one (RFC 3261 7.3.1); undefined when there is none. */
  repeated(): string | undefined {
    const { rows } = this
    for (let row = 1; row < rows.count; row++) {
      const id = rows.idAt(row)
      if (isSingle(id) && rows.find(id) < row) return nameOf(id)
    }
    return undefined
  }

  /** How many lines there are with this name, however many values they hold. */
  count(name: string): number {
    let lines = 0
    for (let row = this.rows.findName(name); row >= 0; row = this.rows.findName(name, row + 1)) lines++
    return lines
  }

  /** Writes the value in place of all lines with this name, at the place of the first; at the end if there is none. */
  set(name: string, value: string | number | readonly (string | number)[]): void {
    if (typeof value !== 'object' && this.rows.findName(name) < 0) return this.append(name, value)
    const values = typeof value === 'object' ? value.map(String) : [String(value)]
    setRows(this.rows, name, values)
  }

  /** Adds a line at the end. */
  append(name: string, value: string | number): void {
    this.rows.insert(this.rows.count, name, String(value))
  }

  /** Adds a line before the first with this name, at the very top if there is none. */
  prepend(name: string, value: string | number): void {
    this.rows.insert(Math.max(0, this.rows.findName(name)), name, String(value))
  }

  /** Removes all lines with this name. True when there were any. */
  delete(name: string): boolean {
    return removeRows(this.rows, name)
  }

  /** Lines in wire order, names as written, values unfolded. */
  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (let row = 0; row < this.rows.count; row++) yield [this.rows.nameAt(row), this.rows.valueAt(row)]
  }
}

showAs(SipHeaders.prototype, 'SipHeaders ', ({ rows }) => `(${namesOf(rows)})`)

function namesOf(rows: HeaderRows): string {
  const names: string[] = []
  for (let row = 0; row < rows.count; row++) names.push(rows.nameAt(row))
  return names.join(', ')
}

/** Adds all of `init` behind what is there. */
export function addHeaders(rows: HeaderRows, init: HeaderInit): void {
  for (const [name, value] of isIterable(init) ? init : Object.entries(init)) {
    if (value === undefined) continue
    if (typeof value === 'object') for (const each of value) rows.insert(rows.count, name, String(each))
    else rows.insert(rows.count, name, String(value))
  }
}

/**
 * Writes values in place of all rows with a name; where there are none, at `at`.
 *
 * @param received they were made of such that were received (see `octetsOf`)
 */
export function setRows(
  rows: HeaderRows,
  name: string,
  values: readonly string[],
  received = false,
  at: number = rows.count,
): void {
  const id = headerId(name)
  if (id === UNKNOWN) assertName(name)
  // before anything is removed: a write that fails must leave the rows as they were
  const octets = values.map((value) => octetsOf(value, id, received))
  const first = rows.findName(name)
  let next = first < 0 ? at : first
  // the first row stays where one is written, so that it keeps its place and its name as written
  if (first >= 0 && octets.length === 1) rows.put(next++, octets.pop()!)
  removeRows(rows, name, next)
  for (const each of octets) rows.insertOctets(next++, id, each, name)
}

function isIterable(init: HeaderInit): init is Iterable<readonly [string, string | number]> {
  return Symbol.iterator in init
}

/** Removes all rows with a name, at or after `from`. True when there were any. */
export function removeRows(rows: HeaderRows, name: string, from = 0): boolean {
  const first = rows.findName(name, from)
  for (let row = first; row >= 0; row = rows.findName(name, row)) rows.remove(row)
  return first >= 0
}
