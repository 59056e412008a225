import { StreamParser, parseMessage, SipParseError, type ParseOptions, type StreamEvent } from '@netsip/message'

/** Cuts what a connection brings into messages. */
export interface Framer {
  push(chunk: Uint8Array): StreamEvent[]
  /** A ping was sent: the next single CRLF answers it. */
  expectPong(): void
  /** Whether the beginning of a message waits for its end. */
  readonly partial: boolean
}

export type FramerFactory = (limits: ParseOptions) => Framer

/** Streams of bytes: messages end where Content-Length says (RFC 3261 18.3). */
export const byteFramer: FramerFactory = (limits) => {
  const parser = new StreamParser(limits)
  return {
    push: (chunk) => parser.push(chunk),
    expectPong: () => parser.expectPong(),
    get partial() {
      return parser.partial
    },
  }
}

/** Streams of messages: each chunk is one whole message, or a keep-alive (RFC 7118 5, 6). */
export const messageFramer: FramerFactory = (limits) => ({
  push(bytes) {
    if (isCrlf(bytes)) return [{ type: bytes.length > 2 ? 'ping' : 'pong' }]
    try {
      return [{ type: 'message', message: parseMessage(bytes, limits), bytes }]
    } catch (error) {
      // The next message begins with the next chunk, whatever this one was.
      if (error instanceof SipParseError) return [{ type: 'malformed', error, bytes }]
      throw error
    }
  },
  expectPong() {},
  partial: false,
})

function isCrlf(bytes: Uint8Array): boolean {
  return bytes.length <= 4 && bytes.every((octet) => octet === 13 || octet === 10)
}
