import { type ParseOptions, resolveOptions } from './limits.ts'
import { NO_OCTETS } from './octets.ts'
import { answerable, makeMessage, type ReadHead, readHead, type SipMessage } from './parse.ts'
import { SipParseError } from './parse-error.ts'
import { refuseInvalid } from './strict.ts'

/** What `StreamParser.push` finds. */
export type StreamEvent =
  /** A message, and the octets it came as. */
  | { type: 'message'; message: SipMessage; bytes: Uint8Array }
  /** CRLF CRLF between messages: a keep-alive to answer with CRLF (RFC 5626 3.5.1). */
  | { type: 'ping' }
  /** One CRLF between messages: the answer to a ping. */
  | { type: 'pong' }
  /** In strict mode only: a message that was refused, while framing holds. Answer it and go on. */
  | { type: 'malformed'; error: SipParseError; bytes: Uint8Array }
  /** Framing is lost: the connection must be closed. Nothing comes after this. */
  | { type: 'error'; error: SipParseError }

const CR = 13
const LF = 10

/**
 * Cuts a stream (TCP, TLS) into messages (RFC 3261 18.3). Chunks may end anywhere. Content-Length is required; it is
 * held against the limits before a body is awaited, and nothing is set aside for octets that have not come.
 */
export class StreamParser {
  private readonly settings: Required<ParseOptions>
  // Octets that came in earlier chunks and are not used up: held[0, length). A chunk of whole messages never gets here.
  private held: Uint8Array = NO_OCTETS
  private length = 0
  // How far the search for the empty line went; the head once it is found, and how long its message is.
  private searched = 0
  private head: ReadHead | undefined = undefined
  private needed = 0
  private closed = false
  // A CRLF at the end of a chunk was reported as pong; another one right behind it makes a ping of both.
  private halfPing = false

  constructor(options?: ParseOptions) {
    this.settings = resolveOptions(options)
  }

  /** True while a message has begun and not ended: what an idle limit for partial messages looks at. */
  get partial(): boolean {
    return this.length > 0
  }

  /**
   * Takes the next octets and says what they complete. Messages may keep views of `chunk`: do not write to it
   * afterwards. After an `error` all further octets are ignored.
   */
  push(chunk: Uint8Array): StreamEvent[] {
    const events: StreamEvent[] = []
    if (this.closed || chunk.length === 0) return events
    const own = this.length > 0
    if (own) this.hold(chunk)
    const octets = own ? this.held.subarray(0, this.length) : chunk
    try {
      const used = this.readAll(octets, own, events)
      this.keepRest(octets, used, own)
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error
      this.closed = true
      this.held = NO_OCTETS
      this.length = 0
      events.push({ type: 'error', error })
    }
    return events
  }

  private hold(chunk: Uint8Array): void {
    const length = this.length + chunk.length
    if (length > this.held.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.held.length))
      larger.set(this.held.subarray(0, this.length))
      this.held = larger
    }
    this.held.set(chunk, this.length)
    this.length = length
  }

  private keepRest(octets: Uint8Array, used: number, own: boolean): void {
    const rest = octets.length - used
    if (own) {
      if (used > 0) this.held.copyWithin(0, used, this.length)
    } else if (rest > 0) {
      if (this.held.length < rest) this.held = new Uint8Array(rest)
      this.held.set(octets.subarray(used))
    }
    this.length = rest
    if (rest === 0) this.held = NO_OCTETS
  }

  // Each message that is complete; the count of octets used up.
  private readAll(octets: Uint8Array, own: boolean, events: StreamEvent[]): number {
    let at = 0
    for (;;) {
      if (this.head === undefined) {
        at = this.readLineEnds(octets, at, events)
        if (at >= octets.length || octets[at] === CR) return at
        if (!this.readHead(octets, at)) return at
      }
      if (octets.length - at < this.needed) return at
      const bytes = own ? octets.slice(at, at + this.needed) : octets.subarray(at, at + this.needed)
      at += this.needed
      events.push(this.complete(bytes))
    }
  }

  // RFC 3261 7.5, RFC 5626 3.5.1: line ends between messages. Stops at a CR that is the last octet there is.
  private readLineEnds(octets: Uint8Array, from: number, events: StreamEvent[]): number {
    let at = from
    for (; at < octets.length; at += 2) {
      if (octets[at] === LF) {
        at--
        continue
      }
      if (octets[at] !== CR) break
      if (at + 1 === octets.length) return at
      if (octets[at + 1] !== LF) throw new SipParseError('a carriage return without a line feed', { status: 0 })
      if (this.halfPing || isLineEnd(octets, at + 2)) {
        events.push({ type: 'ping' })
        if (!this.halfPing) at += 2
        this.halfPing = false
      } else {
        if (at + 3 === octets.length && octets[at + 2] === CR) return at
        events.push({ type: 'pong' })
        this.halfPing = at + 2 === octets.length
      }
    }
    if (at < octets.length) this.halfPing = false
    return at
  }

  // True once the head is read and the length of the message known.
  private readHead(octets: Uint8Array, at: number): boolean {
    const { maxHeaderSection, maxBody, maxMessage } = this.settings
    const end = this.findEmptyLine(octets, at)
    if ((end < 0 ? octets.length : end) - at > maxHeaderSection) {
      throw this.error('the header section is too long', 513, octets.subarray(at, at + maxHeaderSection))
    }
    if (end < 0) return false
    const section = octets.subarray(at, end)
    let head: ReadHead
    try {
      head = readHead(section, this.settings)!
    } catch (error) {
      throw error instanceof SipParseError ? answerable(error, section, this.settings) : error
    }
    const { contentLength, status } = head.head
    if (contentLength < 0) throw this.error('Content-Length is missing', status === 0 ? 400 : 0, section)
    if (contentLength > maxBody) throw this.error('the body is too large', status === 0 ? 413 : 0, section)
    this.needed = head.head.bodyStart + contentLength
    if (this.needed > maxMessage) throw this.error('the message is too large', status === 0 ? 513 : 0, section)
    this.head = head
    return true
  }

  private findEmptyLine(octets: Uint8Array, start: number): number {
    for (let at = start + this.searched; ;) {
      const lf = octets.indexOf(LF, at)
      const second = octets[lf + 1]
      if (lf < 0 || second === undefined || (second === CR && lf + 2 === octets.length)) {
        this.searched = (lf < 0 ? octets.length : lf) - start
        return -1
      }
      if (second === LF) return lf + 2
      if (second === CR && octets[lf + 2] === LF) return lf + 3
      at = lf + 1
    }
  }

  private complete(bytes: Uint8Array): StreamEvent {
    const { head, text } = this.head!
    this.head = undefined
    this.searched = 0
    const message = makeMessage({ octets: bytes, text, head }, bytes.length)
    try {
      if (this.settings.strict) refuseInvalid(message)
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error
      return { type: 'malformed', error: answerable(error, bytes, this.settings), bytes }
    }
    return { type: 'message', message, bytes }
  }

  private error(text: string, status: number, section: Uint8Array): SipParseError {
    const error = new SipParseError(text, { status, header: 'Content-Length' })
    return answerable(error, section, this.settings)
  }
}

function isLineEnd(octets: Uint8Array, at: number): boolean {
  return octets[at] === CR && octets[at + 1] === LF
}
