/** A reliable two-way pipe of bytes, as a connection needs it: TCP, TLS, WebSocket or simulated. */
export interface StreamSocket {
  /** Bytes taken that did not leave yet. */
  readonly queued: number
  /** The SIP domains that the peer has proven to be, once it is open (RFC 5922). */
  readonly identities?: readonly string[]
  /** Never throws. `done` is called once, later, with the error if there was one. */
  write(bytes: Uint8Array, done: (error?: Error) => void): void
  /** Reads nothing more until told to; a browser's WebSocket cannot do without. */
  pause?(): void
  resume?(): void
  /** Sends what waits, then ends our direction. */
  end(): void
  /** Ends at once; `closed` still follows. */
  destroy(): void
}

/** What a {@link StreamSocket} tells; `closed` comes last and exactly once. */
export interface StreamHandlers {
  opened(): void
  data(chunk: Uint8Array): void
  /** The peer will send nothing more. */
  ended(): void
  closed(error?: Error): void
}
