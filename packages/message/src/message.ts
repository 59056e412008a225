import {
  ALLOW,
  AUTHORIZATION,
  CALL_ID,
  CONTACT,
  CONTENT_LENGTH,
  CONTENT_TYPE,
  CSEQ,
  EXPIRES,
  FROM,
  MAX_FORWARDS,
  nameOf,
  PROXY_AUTHENTICATE,
  PROXY_AUTHORIZATION,
  PROXY_REQUIRE,
  RECORD_ROUTE,
  REQUIRE,
  ROUTE,
  SUPPORTED,
  TO,
  UNSUPPORTED,
  VIA,
  WWW_AUTHENTICATE,
} from './header-names.ts'
import type { HeaderRows } from './header-rows.ts'
import { SipHeaders } from './headers.ts'
import { argumentError } from './injection.ts'
import { fromOctetString, joinOctets, utf8Octets, utf8Text } from './octets.ts'
import { SipParseError } from './parse-error.ts'
import { CSeq } from './values/cseq.ts'
import { DigestChallenge, DigestCredentials } from './values/digest.ts'
import { splitList } from './values/list.ts'
import { NameAddr } from './values/name-addr.ts'
import { parseDigits } from './values/token.ts'
import { Via } from './values/via.ts'

// The cache key of a first value; the plain header id stands for all of them.
const TOP = 0x100

const parseVia = (text: string): Via => Via.parse(text)
const parseAddress = (text: string): NameAddr => NameAddr.parse(text)
const parseCSeq = (text: string): CSeq => CSeq.parse(text)

function parseContact(text: string): NameAddr {
  if (text === '*') throw new SipParseError('* must stand alone')
  return NameAddr.parse(text)
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
  /** The body: exactly these octets are sent, with a Content-Length that fits. */
  body: Uint8Array
  /** @internal */
  readonly rows: HeaderRows
  private face: SipHeaders | undefined

  protected constructor(rows: HeaderRows, body: Uint8Array) {
    this.rows = rows
    this.body = body
    this.face = undefined
  }

  /** The header lines. */
  get headers(): SipHeaders {
    return (this.face ??= new SipHeaders(this.rows))
  }

  /** All Via values, the top one first. */
  get vias(): readonly Via[] {
    return this.list(VIA, parseVia)
  }

  /** The top Via; undefined when there is none. Setting it replaces the top one. */
  get via(): Via | undefined {
    return this.first(VIA, parseVia)
  }

  set via(via: Via) {
    this.replaceTopVia(via.toString())
    this.rows.keep(VIA | TOP, via)
  }

  /** Puts a Via on top (RFC 3261 18.1.1). */
  pushVia(via: Via): void {
    this.rows.insertId(Math.max(0, this.rows.find(VIA)), VIA, via.toString())
    this.rows.keep(VIA | TOP, via)
  }

  /** Takes the top Via away (RFC 3261 16.7 step 3). */
  popVia(): void {
    this.replaceTopVia(undefined)
  }

  /** From (RFC 3261 20.20). @throws SipParseError when missing or malformed */
  get from(): NameAddr {
    return this.single(FROM, parseAddress)
  }

  set from(value: NameAddr) {
    this.writeSingle(FROM, value.toString())
  }

  /** To (RFC 3261 20.39). @throws SipParseError when missing or malformed */
  get to(): NameAddr {
    return this.single(TO, parseAddress)
  }

  set to(value: NameAddr) {
    this.writeSingle(TO, value.toString())
  }

  /** Call-ID (RFC 3261 20.8), compared octet by octet. @throws SipParseError when missing */
  get callId(): string {
    return this.single(CALL_ID, nonEmpty)
  }

  set callId(value: string) {
    this.writeSingle(CALL_ID, value)
  }

  /** CSeq (RFC 3261 20.16). @throws SipParseError when missing or malformed */
  get cseq(): CSeq {
    return this.single(CSEQ, parseCSeq)
  }

  set cseq(value: CSeq) {
    this.writeSingle(CSEQ, value.toString())
  }

  /** All Contact values, or `'*'` (RFC 3261 20.10). */
  get contacts(): readonly NameAddr[] | '*' {
    const row = this.rows.find(CONTACT)
    if (row >= 0 && this.rows.find(CONTACT, row + 1) < 0 && this.rows.valueAt(row) === '*') return '*'
    return this.list(CONTACT, parseContact)
  }

  set contacts(values: readonly NameAddr[] | '*') {
    this.writeList(CONTACT, values === '*' ? ['*'] : values.map(String))
  }

  /** The first Contact; undefined when there is none or it is `*`. */
  get contact(): NameAddr | undefined {
    const contacts = this.contacts
    return contacts === '*' ? undefined : contacts[0]
  }

  /** Route values, the next hop first (RFC 3261 20.34). */
  get routes(): readonly NameAddr[] {
    return this.list(ROUTE, parseAddress)
  }

  set routes(values: readonly NameAddr[]) {
    this.writeList(ROUTE, values.map(String))
  }

  /** Record-Route values in wire order (RFC 3261 20.30). */
  get recordRoutes(): readonly NameAddr[] {
    return this.list(RECORD_ROUTE, parseAddress)
  }

  set recordRoutes(values: readonly NameAddr[]) {
    this.writeList(RECORD_ROUTE, values.map(String))
  }

  /** Hops that are left, 0 to 255 (RFC 3261 20.22); undefined when missing or not such a number. */
  get maxForwards(): number | undefined {
    const hops = this.number(MAX_FORWARDS)
    return hops === undefined || hops > 255 ? undefined : hops
  }

  set maxForwards(value: number | undefined) {
    this.writeNumber(MAX_FORWARDS, value)
  }

  /** Expires in seconds (RFC 3261 20.19); one that is no number counts as 3600, one beyond 2^32-1 as that (10.2.1.1). */
  get expires(): number | undefined {
    if (this.rows.find(EXPIRES) < 0) return undefined
    return Math.min(this.number(EXPIRES) ?? 3600, 0xffffffff)
  }

  set expires(value: number | undefined) {
    this.writeNumber(EXPIRES, value)
  }

  /** Content-Type as written, e.g. `application/sdp`. */
  get contentType(): string | undefined {
    const row = this.rows.find(CONTENT_TYPE)
    return row < 0 ? undefined : this.rows.valueAt(row)
  }

  set contentType(value: string | undefined) {
    this.writeSingle(CONTENT_TYPE, value)
  }

  /** Content-Length as received. Sending writes the length the body has, whatever this says. */
  get contentLength(): number | undefined {
    return this.number(CONTENT_LENGTH)
  }

  /** Methods in Allow (RFC 3261 20.5). */
  get allow(): readonly string[] {
    return this.words(ALLOW)
  }

  set allow(values: readonly string[]) {
    this.writeWords(ALLOW, values)
  }

  /** Option tags in Supported (RFC 3261 20.37). */
  get supported(): readonly string[] {
    return this.words(SUPPORTED)
  }

  set supported(values: readonly string[]) {
    this.writeWords(SUPPORTED, values)
  }

  /** Option tags in Require (RFC 3261 20.32). */
  get require(): readonly string[] {
    return this.words(REQUIRE)
  }

  set require(values: readonly string[]) {
    this.writeWords(REQUIRE, values)
  }

  /** Option tags in Proxy-Require (RFC 3261 20.29). */
  get proxyRequire(): readonly string[] {
    return this.words(PROXY_REQUIRE)
  }

  set proxyRequire(values: readonly string[]) {
    this.writeWords(PROXY_REQUIRE, values)
  }

  /** Option tags in Unsupported (RFC 3261 20.40). */
  get unsupported(): readonly string[] {
    return this.words(UNSUPPORTED)
  }

  set unsupported(values: readonly string[]) {
    this.writeWords(UNSUPPORTED, values)
  }

  /** WWW-Authenticate and Proxy-Authenticate (RFC 3261 20.44, 20.27), in that order. */
  get challenges(): readonly DigestChallenge[] {
    const www = this.rowsOf(WWW_AUTHENTICATE, (text) => DigestChallenge.parseAll(text, 'www'))
    const proxy = this.rowsOf(PROXY_AUTHENTICATE, (text) => DigestChallenge.parseAll(text, 'proxy'))
    return [...www, ...proxy].flat()
  }

  /** Authorization and Proxy-Authorization (RFC 3261 20.7, 20.28), in that order. */
  get credentials(): readonly DigestCredentials[] {
    const www = this.rowsOf(AUTHORIZATION, (text) => DigestCredentials.parse(text, 'www'))
    const proxy = this.rowsOf(PROXY_AUTHORIZATION, (text) => DigestCredentials.parse(text, 'proxy'))
    return [...www, ...proxy]
  }

  /** The body as UTF-8. */
  get text(): string {
    return utf8Text(this.body)
  }

  /** The message as it is sent, with a Content-Length that fits the body. */
  toBytes(): Uint8Array {
    return joinOctets(this.startLine() + this.rows.write(this.body.length), this.body)
  }

  /** The message as text. Octets that are not UTF-8 show as U+FFFD: send `toBytes`. */
  toString(): string {
    return fromOctetString(this.startLine() + this.rows.write(this.body.length)) + this.text
  }

  /** A message of its own with the same content; the body is shared. */
  abstract clone(): this

  /** The start line with its CRLF, as an octet string. */
  protected abstract startLine(): string

  private single<T>(id: number, parse: (text: string) => T): T {
    const kept = this.rows.recall(id)
    if (kept !== undefined) return kept as T
    const row = this.rows.find(id)
    if (row < 0) throw new SipParseError(`${nameOf(id)} is missing`, { header: nameOf(id) })
    const value = this.parsed(row, parse, this.rows.valueAt(row))
    this.rows.keep(id, value)
    return value
  }

  private first<T>(id: number, parse: (text: string) => T): T | undefined {
    const kept = this.rows.recall(id | TOP)
    if (kept !== undefined) return kept as T
    const row = this.rows.find(id)
    if (row < 0) return undefined
    const text = this.rows.valueAt(row)
    const value = this.parsed(row, parse, text.includes(',') ? splitList(text)[0]! : text)
    this.rows.keep(id | TOP, value)
    return value
  }

  private list<T>(id: number, parse: (text: string) => T): readonly T[] {
    const kept = this.rows.recall(id)
    if (kept !== undefined) return kept as readonly T[]
    const values: T[] = []
    for (let row = this.rows.find(id); row >= 0; row = this.rows.find(id, row + 1)) {
      const text = this.rows.valueAt(row)
      if (!text.includes(',')) values.push(this.parsed(row, parse, text))
      else for (const element of splitList(text)) values.push(this.parsed(row, parse, element))
    }
    this.rows.keep(id, values)
    return values
  }

  private rowsOf<T>(id: number, parse: (text: string) => T): readonly T[] {
    const kept = this.rows.recall(id)
    if (kept !== undefined) return kept as readonly T[]
    const values: T[] = []
    for (let row = this.rows.find(id); row >= 0; row = this.rows.find(id, row + 1)) {
      values.push(this.parsed(row, parse, this.rows.valueAt(row)))
    }
    this.rows.keep(id, values)
    return values
  }

  // RFC 4475 3.1.2.1: empty elements are an error in Via, Contact and Route; in lists of words they are passed over.
  private words(id: number): readonly string[] {
    const kept = this.rows.recall(id)
    if (kept !== undefined) return kept as readonly string[]
    const values: string[] = []
    for (let row = this.rows.find(id); row >= 0; row = this.rows.find(id, row + 1)) {
      for (const word of splitList(this.rows.valueAt(row))) if (word !== '') values.push(word)
    }
    this.rows.keep(id, values)
    return values
  }

  private number(id: number): number | undefined {
    const row = this.rows.find(id)
    if (row < 0) return undefined
    const text = this.rows.valueAt(row)
    return parseDigits(text, 0, text.length, Number.MAX_SAFE_INTEGER)
  }

  private parsed<T>(row: number, parse: (text: string) => T, text: string): T {
    try {
      return parse(text)
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error
      throw error.within({ header: nameOf(this.rows.idAt(row)), offset: Math.max(0, this.rows.offsetAt(row)) })
    }
  }

  private writeSingle(id: number, text: string | undefined): void {
    const row = this.rows.find(id)
    if (text === undefined) {
      if (row >= 0) this.removeFrom(id, row)
    } else if (row < 0) {
      this.rows.insertId(this.rows.count, id, text)
    } else {
      this.rows.rewrite(row, text)
      this.removeFrom(id, row + 1)
    }
  }

  private writeNumber(id: number, value: number | undefined): void {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      throw argumentError(`${nameOf(id)} must be a whole number, not ${value}`)
    }
    this.writeSingle(id, value === undefined ? undefined : String(value))
  }

  private writeList(id: number, texts: readonly string[]): void {
    const first = this.rows.find(id)
    // A header that was not there goes behind the Vias: Route and Record-Route belong near the top (RFC 3261 7.3.1).
    let at = first < 0 ? this.behindVias() : first
    if (first >= 0) this.removeFrom(id, first)
    for (const text of texts) this.rows.insertId(at++, id, text)
  }

  private writeWords(id: number, values: readonly string[]): void {
    this.writeSingle(id, values.length === 0 ? undefined : values.join(', '))
  }

  private behindVias(): number {
    let row = 0
    while (row < this.rows.count && this.rows.idAt(row) === VIA) row++
    return row
  }

  private removeFrom(id: number, from: number): void {
    for (let row = this.rows.find(id, from); row >= 0; row = this.rows.find(id, row)) this.rows.remove(row)
  }

  private replaceTopVia(text: string | undefined): void {
    const row = this.rows.find(VIA)
    if (row < 0) {
      if (text !== undefined) this.rows.insertId(0, VIA, text)
      return
    }
    const value = this.rows.valueAt(row)
    const rest = value.includes(',') ? splitList(value).slice(1) : []
    if (text !== undefined) rest.unshift(text)
    if (rest.length === 0) this.rows.remove(row)
    else this.rows.rewrite(row, rest.join(', '))
  }
}

/** The octets of a body given as octets or text. */
export function bodyOctets(body: Uint8Array | string | undefined, none: Uint8Array): Uint8Array {
  return body === undefined ? none : typeof body === 'string' ? utf8Octets(body) : body
}

function nonEmpty(text: string): string {
  if (text === '') throw new SipParseError('the value is empty')
  return text
}
