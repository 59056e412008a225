import { argumentError } from '../base/injection.ts'
import { showAs } from '../base/inspect.ts'
import { addRun, joinOctets, joinPieces, NO_OCTETS, utf8Octets, utf8Text } from '../base/octets.ts'
import { SipParseError } from '../base/parse-error.ts'
import type { ListHeader, SingleHeader } from '../headers/header-type.ts'
import {
  ALLOW,
  CALL_ID,
  CONTACT,
  CONTENT_LENGTH,
  CONTENT_TYPE,
  CSEQ,
  EXPIRES,
  FROM,
  MAX_FORWARDS,
  PROXY_REQUIRE,
  RECORD_ROUTE,
  REQUIRE,
  ROUTE,
  SUPPORTED,
  TO,
  UNSUPPORTED,
  VIA,
} from '../rows/header-names.ts'
import { type HeaderRows, octetsOf } from '../rows/header-rows.ts'
import {
  keepFirst,
  readFirst,
  readHeader,
  readList,
  readNumber,
  readSingle,
  readWords,
  replaceTopVia,
  writeHeader,
  writeList,
  writeNumber,
  writeSingle,
  writeValue,
  writeWords,
} from '../rows/row-values.ts'
import { SipHeaders } from '../rows/sip-headers.ts'
import { type CSeq, scanCSeq } from '../values/cseq.ts'
import { NameAddr } from '../values/name-addr.ts'
import { Via } from '../values/via.ts'
import { summaryOf } from './summary.ts'

// RFC 3261 25.1: delta-seconds
const MAX_SECONDS = 0xffff_ffff

const parseVia = (text: string): Via => Via.parse(text)
const parseAddress = (text: string): NameAddr => NameAddr.parse(text)
const readAddress = (rows: HeaderRows, row: number): NameAddr => NameAddr.parse(rows.valueAt(row))
const readCSeq = (rows: HeaderRows, row: number): CSeq => rows.scanAt(row, scanCSeq)

function parseContact(text: string): NameAddr {
  if (text === '*') throw new SipParseError('* must stand alone')
  return NameAddr.parse(text)
}

function isStar(text: string, start: number, end: number): boolean {
  return end === start + 1 && text.charCodeAt(start) === 42
}

/**
 * What requests and responses have in common.
 *
 * Typed values are read when they are first asked for, kept until their header is written, and immutable: change one
 * with its `with` and write it back. Reading a value that is malformed throws `SipParseError`.
 */
export abstract class SipMessageBase {
  /** Which of the two it is. */
  abstract get type(): 'request' | 'response'
  /** @internal */
  readonly rows: HeaderRows
  #face: SipHeaders | undefined
  // The body, or where it lies in what was received.
  #ownBody: Uint8Array | undefined
  #bodyStart = 0
  #bodyEnd = 0

  protected constructor(rows: HeaderRows, body: Uint8Array | undefined) {
    this.rows = rows
    this.#ownBody = body
  }

  /** The body: exactly these octets are sent, with a Content-Length that fits. */
  get body(): Uint8Array {
    const start = this.#bodyStart
    const end = this.#bodyEnd
    // a view costs more than all else that a message without a body is asked for
    return (this.#ownBody ??= start === end ? NO_OCTETS : this.rows.octets.subarray(start, end))
  }

  /** Text is sent as UTF-8. */
  set body(body: Uint8Array | string) {
    this.#ownBody = typeof body === 'string' ? utf8Octets(body) : body
  }

  /** @internal The body is `[start, end)` of what was received. */
  placeBody(start: number, end: number): void {
    this.#ownBody = undefined
    this.#bodyStart = start
    this.#bodyEnd = end
  }

  /** The header lines. */
  get headers(): SipHeaders {
    return (this.#face ??= new SipHeaders(this.rows))
  }

  /** All Via values, the top one first. */
  get vias(): readonly Via[] {
    return readList(this.rows, VIA, parseVia)
  }

  /** The top Via; undefined when there is none. Setting it replaces the top one. */
  get via(): Via | undefined {
    return readFirst(this.rows, VIA, parseVia)
  }

  set via(via: Via) {
    replaceTopVia(this.rows, viaOctets(via))
    keepFirst(this.rows, VIA, via)
  }

  /** Puts a Via on top (RFC 3261 18.1.1). */
  pushVia(via: Via): void {
    this.rows.insertOctets(Math.max(0, this.rows.find(VIA)), VIA, viaOctets(via))
    keepFirst(this.rows, VIA, via)
  }

  /** Takes the top Via away (RFC 3261 16.7 step 3). */
  popVia(): void {
    replaceTopVia(this.rows, undefined)
  }

  /** From (RFC 3261 20.20). @throws SipParseError when missing or malformed */
  get from(): NameAddr {
    return readSingle(this.rows, FROM, readAddress)
  }

  set from(value: NameAddr) {
    writeValue(this.rows, FROM, value)
  }

  /** To (RFC 3261 20.39). @throws SipParseError when missing or malformed */
  get to(): NameAddr {
    return readSingle(this.rows, TO, readAddress)
  }

  set to(value: NameAddr) {
    writeValue(this.rows, TO, value)
  }

  /** Call-ID (RFC 3261 20.8), compared octet by octet. @throws SipParseError when missing */
  get callId(): string {
    return readSingle(this.rows, CALL_ID, readCallId)
  }

  set callId(value: string) {
    if (/^$|^[ \t]|[ \t]$/.test(value)) throw argumentError(`not a Call-ID: ${JSON.stringify(value)}`)
    writeSingle(this.rows, CALL_ID, value)
  }

  /** CSeq (RFC 3261 20.16). @throws SipParseError when missing or malformed */
  get cseq(): CSeq {
    return readSingle(this.rows, CSEQ, readCSeq)
  }

  set cseq(value: CSeq) {
    writeValue(this.rows, CSEQ, value)
  }

  /** All Contact values, or `'*'` (RFC 3261 20.10). */
  get contacts(): readonly NameAddr[] | '*' {
    const row = this.rows.find(CONTACT)
    if (row >= 0 && this.rows.scanAt(row, isStar) && this.rows.find(CONTACT, row + 1) < 0) return '*'
    return readList(this.rows, CONTACT, parseContact)
  }

  set contacts(values: readonly NameAddr[] | '*') {
    writeList(this.rows, CONTACT, values === '*' ? ['*'] : values.map(String))
  }

  /** The first Contact; undefined when there is none or it is `*`. */
  get contact(): NameAddr | undefined {
    const contacts = this.contacts
    return contacts === '*' ? undefined : contacts[0]
  }

  /** Route values, the next hop first (RFC 3261 20.34). */
  get routes(): readonly NameAddr[] {
    return readList(this.rows, ROUTE, parseAddress)
  }

  set routes(values: readonly NameAddr[]) {
    writeList(this.rows, ROUTE, values.map(String))
  }

  /** Record-Route values in wire order (RFC 3261 20.30). */
  get recordRoutes(): readonly NameAddr[] {
    return readList(this.rows, RECORD_ROUTE, parseAddress)
  }

  set recordRoutes(values: readonly NameAddr[]) {
    writeList(this.rows, RECORD_ROUTE, values.map(String))
  }

  /**
   * Hops that are left, 0 to 255 (RFC 3261 20.22); undefined when missing or not such a number. Setting what is none
   * throws a TypeError.
   */
  get maxForwards(): number | undefined {
    const hops = readNumber(this.rows, MAX_FORWARDS)
    return hops === undefined || hops > 255 ? undefined : hops
  }

  set maxForwards(value: number | undefined) {
    writeNumber(this.rows, MAX_FORWARDS, value, 255)
  }

  /**
   * Expires in seconds (RFC 3261 20.19). One that is no number, or beyond 2^53, counts as 3600, one beyond 2^32-1 as that
   * (10.2.1.1). Setting what is not from 0 to 2^32-1 throws a TypeError.
   */
  get expires(): number | undefined {
    if (this.rows.find(EXPIRES) < 0) return undefined
    return Math.min(readNumber(this.rows, EXPIRES) ?? 3600, MAX_SECONDS)
  }

  set expires(value: number | undefined) {
    writeNumber(this.rows, EXPIRES, value, MAX_SECONDS)
  }

  /** Content-Type as written, e.g. `application/sdp`. */
  get contentType(): string | undefined {
    const row = this.rows.find(CONTENT_TYPE)
    return row < 0 ? undefined : this.rows.valueAt(row)
  }

  set contentType(value: string | undefined) {
    writeSingle(this.rows, CONTENT_TYPE, value)
  }

  /** Content-Length as received. Sending writes the length the body has, whatever this says. */
  get contentLength(): number | undefined {
    return readNumber(this.rows, CONTENT_LENGTH)
  }

  /** Methods in Allow (RFC 3261 20.5). */
  get allow(): readonly string[] {
    return readWords(this.rows, ALLOW)
  }

  set allow(values: readonly string[]) {
    writeWords(this.rows, ALLOW, values)
  }

  /** Option tags in Supported (RFC 3261 20.37). */
  get supported(): readonly string[] {
    return readWords(this.rows, SUPPORTED)
  }

  set supported(values: readonly string[]) {
    writeWords(this.rows, SUPPORTED, values)
  }

  /** Option tags in Require (RFC 3261 20.32). */
  get require(): readonly string[] {
    return readWords(this.rows, REQUIRE)
  }

  set require(values: readonly string[]) {
    writeWords(this.rows, REQUIRE, values)
  }

  /** Option tags in Proxy-Require (RFC 3261 20.29). */
  get proxyRequire(): readonly string[] {
    return readWords(this.rows, PROXY_REQUIRE)
  }

  set proxyRequire(values: readonly string[]) {
    writeWords(this.rows, PROXY_REQUIRE, values)
  }

  /** Option tags in Unsupported (RFC 3261 20.40). */
  get unsupported(): readonly string[] {
    return readWords(this.rows, UNSUPPORTED)
  }

  set unsupported(values: readonly string[]) {
    writeWords(this.rows, UNSUPPORTED, values)
  }

  /**
   * The values of a header that may have several, in order; none when it is missing. A kept list must not be changed.
   *
   * @throws SipParseError when one of them is malformed
   */
  read<T>(header: ListHeader<T>): readonly T[]
  /**
   * The value of a header; undefined when it is missing.
   *
   * @throws SipParseError when it is malformed
   */
  read<T>(header: SingleHeader<T>): T | undefined
  read<T>(header: SingleHeader<T> | ListHeader<T>): T | undefined | readonly T[] {
    return readHeader(this.rows, header)
  }

  /** Writes the values of a header in place of those that are there; an empty list or `undefined` removes it. */
  write<T>(header: ListHeader<T>, values: readonly T[] | undefined): void
  /** Writes the value of a header in place of what is there; `undefined` removes it. */
  write<T>(header: SingleHeader<T>, value: T | undefined): void
  write<T>(header: SingleHeader<T> | ListHeader<T>, value: T | undefined | readonly T[]): void {
    writeHeader(this.rows, header, value)
  }

  /** The body as UTF-8. */
  get text(): string {
    return utf8Text(this.body)
  }

  /**
   * The message as it is sent, with a Content-Length that fits the body.
   *
   * @param options `compact` writes every header under its compact name, where it has one (RFC 3261 7.3.3)
   */
  toBytes(options?: { compact?: boolean }): Uint8Array {
    if (options?.compact) return joinOctets(this.rows.writeCompact(this.startLine(), this.body.length), this.body)
    const { rows } = this
    const ownBody = this.#ownBody
    const pieces = rows.write(this.startLine(), ownBody ? ownBody.length : this.#bodyEnd - this.#bodyStart)
    if (!ownBody) addRun(pieces, this.#bodyStart, this.#bodyEnd)
    return joinPieces(pieces, rows.octets, ownBody ?? NO_OCTETS)
  }

  /** The message as text. Octets that are not UTF-8 show as U+FFFD: send `toBytes`. */
  toString(options?: { compact?: boolean }): string {
    return utf8Text(this.toBytes(options))
  }

  /** One line that says what the message is, fit for a log: no control characters, no secrets. */
  inspect(): string {
    return summaryOf(this)
  }

  /** The same, for loggers that write JSON. */
  declare readonly toJSON: () => string

  /** A message of its own with the same content; the body is shared. */
  abstract clone(): this

  /** @internal The start line with its CRLF, as an octet string. */
  abstract startLine(): string
}

showAs(SipMessageBase.prototype, '', (message) => message.inspect())

/** The octets of a body given as octets or text. */
export function bodyOctets(body: Uint8Array | string | undefined): Uint8Array {
  return body === undefined ? NO_OCTETS : typeof body === 'string' ? utf8Octets(body) : body
}

// What is plain was checked part by part when the Via was made.
function viaOctets(via: Via): string {
  return Via.plainText(via) || octetsOf(String(via), VIA, true)
}

// Lenient but for what would be refused when it is written into the next request of the dialog.
function readCallId(rows: HeaderRows, row: number): string {
  const text = rows.valueAt(row)
  if (text === '') throw new SipParseError('Call-ID is empty')
  if (text.includes('\0')) throw new SipParseError('a NUL in Call-ID')
  return text
}
