import { latin1Text, NO_OCTETS } from '../base/octets.ts'
import { SipParseError } from '../base/parse-error.ts'
import type { SipMessage } from '../message/sip-message.ts'
import type { SipParseError as AnswerableError } from '../message/sip-parse-error.ts'
import { type Filled, type ParseOptions, resolveOptions } from './limits.ts'
import { answerable, makeMessage, type ReadHead, readHead } from './parse-message.ts'
import { fail } from './scan.ts'
import { refuseInvalid } from './strict.ts'
import { undoubtedLength } from './undoubted-length.ts'

/** What `StreamParser.push` finds. */
export type StreamEvent =
  /** A message, and the octets it came as. */
  | { type: 'message'; message: SipMessage; bytes: Uint8Array }
  /** CRLF CRLF between messages: a keep-alive to answer with CRLF (RFC 5626 3.5.1). */
  | { type: 'ping' }
  /** One CRLF between messages: the answer to a ping. */
  | { type: 'pong' }
  /** A message that was refused, and where the next begins is known: answer it (but for status 0) and go on. */
  | { type: 'malformed'; error: AnswerableError; bytes: Uint8Array }
  /**
   * Where the next message begins is not known: answer (but for status 0) and close the connection. Nothing comes after this. The
   * octets are its header section, as far as it was read.
   */
  | { type: 'error'; error: AnswerableError; bytes: Uint8Array }

const CR = 13
const LF = 10

/**
 * Cuts a stream (TCP, TLS) into messages (RFC 3261 18.3). Chunks may end anywhere. Content-Length is required; it is
 * held against the limits before a body is awaited, and nothing is set aside for octets that have not come.
 *
 * A CRLF CRLF between messages is a `ping`, however it was cut: a single CRLF is held until what follows it is known. Who
 * sends pings calls `expectPong` with each, and is told at once.
 */
export class StreamParser {
  readonly #settings: Filled<ParseOptions>
  // Octets that came in earlier chunks and are not used up: held[0, length). A chunk of whole messages never gets here.
  #held: Uint8Array = NO_OCTETS
  #length = 0
  // How far the search for the empty line went; once it is found, how long the message is, and its head or what is wrong
  // with that.
  #searched = 0
  #needed = 0
  #head: ReadHead | SipParseError | undefined = undefined
  #closed = false
  // A CRLF came last: a pong, or with one more right behind it a ping.
  #halfPing = false
  #awaitsPong = false
  // What the stream ended with.
  #refused: Uint8Array = NO_OCTETS

  /** @throws TypeError with code `ERR_SIP_ARGUMENT` for an option that is none */
  constructor(options?: ParseOptions) {
    this.#settings = resolveOptions(options)
  }

  /** True while a message has begun and not ended: what an idle limit for partial messages looks at. */
  get partial(): boolean {
    return this.#length > 0
  }

  /** Says that a ping was sent: the next single CRLF is its `pong` as soon as it is there (RFC 5626 3.5.1). */
  expectPong(): void {
    this.#awaitsPong = true
  }

  /**
   * Takes the next octets and says what they complete. Messages may keep views of `chunk`: do not write to it
   * afterwards. After an `error` all further octets are ignored.
   */
  push(chunk: Uint8Array): StreamEvent[] {
    const events: StreamEvent[] = []
    if (this.#closed || chunk.length === 0) return events
    const own = this.#length > 0
    if (own) this.#hold(chunk)
    const octets = own ? this.#held.subarray(0, this.#length) : chunk
    try {
      const used = this.#readAll(octets, own, events)
      this.#keepRest(octets, used, own)
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error
      this.#closed = true
      this.#held = NO_OCTETS
      this.#length = 0
      events.push({ type: 'error', error, bytes: this.#refused })
    }
    return events
  }

  #hold(chunk: Uint8Array): void {
    const length = this.#length + chunk.length
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#held.length))
      larger.set(this.#held.subarray(0, this.#length))
      this.#held = larger
    }
    this.#held.set(chunk, this.#length)
    this.#length = length
  }

  #keepRest(octets: Uint8Array, used: number, own: boolean): void {
    const rest = octets.length - used
    if (own) {
      if (used > 0) this.#held.copyWithin(0, used, this.#length)
    } else if (rest > 0) {
      if (this.#held.length < rest) this.#held = new Uint8Array(rest)
      this.#held.set(octets.subarray(used))
    }
    this.#length = rest
    if (rest === 0) this.#held = NO_OCTETS
  }

  // Each message that is complete; the count of octets used up.
  #readAll(octets: Uint8Array, own: boolean, events: StreamEvent[]): number {
    let at = 0
    for (;;) {
      if (this.#needed === 0) {
        at = this.#readLineEnds(octets, at, events)
        if (at >= octets.length || octets[at] === CR) return at
        if (!this.#readHead(octets, at)) return at
      }
      if (octets.length - at < this.#needed) return at
      const bytes = own ? octets.slice(at, at + this.#needed) : octets.subarray(at, at + this.#needed)
      at += this.#needed
      events.push(this.#complete(bytes))
    }
  }

  // RFC 3261 7.5, RFC 5626 3.5.1: line ends between messages. Stops at a CR that is the last octet there is.
  #readLineEnds(octets: Uint8Array, from: number, events: StreamEvent[]): number {
    let at = from
    for (; at < octets.length; at += 2) {
      if (octets[at] === LF) {
        at--
        continue
      }
      if (octets[at] !== CR) break
      if (at + 1 === octets.length) return at
      if (octets[at + 1] !== LF) fail('a carriage return without a line feed', 0, 0)
      if (this.#halfPing) events.push({ type: 'ping' })
      this.#halfPing = !this.#halfPing
    }
    if (this.#halfPing && (at < octets.length || this.#awaitsPong)) {
      events.push({ type: 'pong' })
      this.#halfPing = this.#awaitsPong = false
    }
    return at
  }

  // True once the head is read and the length of the message known.
  #readHead(octets: Uint8Array, at: number): boolean {
    const { maxHeaderSection, maxBody, maxMessage } = this.#settings
    const end = this.#findEmptyLine(octets, at)
    if ((end < 0 ? octets.length : end) - at > maxHeaderSection) {
      throw this.#error('the header section is too long', 513, octets.subarray(at, at + maxHeaderSection))
    }
    if (end < 0) return false
    const section = octets.subarray(at, end)
    let head: ReadHead
    try {
      head = readHead(section, this.#settings)!
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error
      this.#refuseHead(error, section)
      return true
    }
    const { contentLength } = head.head
    if (contentLength < 0) throw this.#error('Content-Length is missing', 400, section)
    if (contentLength > maxBody) throw this.#error('the body is too large', 413, section)
    this.#needed = head.head.bodyStart + contentLength
    if (this.#needed > maxMessage) throw this.#error('the message is too large', 513, section)
    this.#head = head
    return true
  }

  // RFC 3261 21.4.1: what is malformed gets its answer. The stream goes on when the length of the body is beyond doubt.
  #refuseHead(error: SipParseError, section: Uint8Array): void {
    const { maxBody, maxMessage } = this.#settings
    const length = undoubtedLength(latin1Text(section, 0, section.length))
    if (length === undefined || length > maxBody || section.length + length > maxMessage) {
      throw this.#last(error, section)
    }
    this.#needed = section.length + length
    this.#head = error
  }

  #findEmptyLine(octets: Uint8Array, start: number): number {
    for (let at = start + this.#searched; ;) {
      const lf = octets.indexOf(LF, at)
      const second = octets[lf + 1]
      if (lf < 0 || second === undefined || (second === CR && lf + 2 === octets.length)) {
        this.#searched = (lf < 0 ? octets.length : lf) - start
        return -1
      }
      if (second === LF) return lf + 2
      if (second === CR && octets[lf + 2] === LF) return lf + 3
      at = lf + 1
    }
  }

  #complete(bytes: Uint8Array): StreamEvent {
    const read = this.#head!
    this.#head = undefined
    this.#searched = this.#needed = 0
    try {
      if (read instanceof SipParseError) throw read
      const { head, text } = read
      const message = makeMessage({ octets: bytes, text, head }, bytes.length)
      if (this.#settings.strict) refuseInvalid(message)
      return { type: 'message', message, bytes }
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error
      return { type: 'malformed', error: answerable(error, bytes, this.#settings), bytes }
    }
  }

  #error(text: string, status: number, section: Uint8Array): AnswerableError {
    return this.#last(new SipParseError(text, { status, header: 'Content-Length' }), section)
  }

  #last(error: SipParseError, section: Uint8Array): AnswerableError {
    this.#refused = section
    return answerable(error, section, this.#settings)
  }
}
