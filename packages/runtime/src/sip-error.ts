/** The codes a `SipError` of netsip itself carries. They are stable: a program may decide by them. */
export type SipErrorCode =
  /** Nobody answered in time (RFC 3261 17, timers B, F and H). */
  | 'ERR_SIP_TIMEOUT'
  /** The next hop has no address (RFC 3263). */
  | 'ERR_SIP_UNRESOLVED'
  /** The transport failed: refused, reset, unreachable (RFC 3261 18.4). */
  | 'ERR_SIP_REFUSED'
  /** The peer does not accept the credentials, or there are none for its realm. */
  | 'ERR_SIP_AUTH'
  /** Listening failed; `cause.code` is the reason of the system, such as `EADDRINUSE`. */
  | 'ERR_SIP_LISTEN'
  /** The object was closed. */
  | 'ERR_SIP_CLOSED'
  /** An argument cannot be used; the message says which and why. */
  | 'ERR_SIP_ARGUMENT'
  /** Not possible in the state the object is in. */
  | 'ERR_SIP_STATE'
  /** More than the transport or a limit allows. */
  | 'ERR_SIP_TOO_LARGE'
  /** Called off by the caller. */
  | 'ERR_SIP_CANCELLED'
  /** A bound is reached: transactions, connections, queues. */
  | 'ERR_SIP_OVERLOAD'

const brand = Symbol.for('netsip.SipError')

/** What netsip throws, rejects with and reports. `code` is stable, `message` is for people, `cause` is what lay below. */
export class SipError extends Error {
  override readonly name: string = 'SipError'
  /** One of {@link SipErrorCode}, or a code of another layer. */
  readonly code: string

  constructor(code: SipErrorCode | (string & {}), message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
    Object.defineProperty(this, brand, { value: true })
  }
}

/** Whether a value is a {@link SipError}, also one made by another copy of this package. */
export function isSipError(value: unknown): value is SipError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true
}
