/** What is known about a parse failure besides its text. */
export interface ParseErrorInit<Request = never> {
  /** The response that answers it (400 by default); 0: drop silently. */
  status?: number | undefined
  /** Where, counted in octets (or characters, for a string) from the start of what was parsed. 0 by default. */
  offset?: number | undefined
  /** The header field it was found in. */
  header?: string | undefined
  /** The request as far as it was read. */
  request?: Request | undefined
  cause?: unknown
}

/**
 * Something received does not parse. The only error that parsing throws; users know it as `SipParseError`.
 *
 * @typeParam Request what a request is, which is not known down here; the error of a value holds none
 */
export class SipParseError<Request = never> extends Error {
  override readonly name: string = 'SipParseError'
  readonly code = 'ERR_SIP_PARSE'
  readonly status: number
  readonly offset: number
  readonly header: string | undefined
  /**
   * The request as far as it was read: present when it can be answered (start line and top Via are usable). Whoever prints
   * the error does not show it.
   */
  declare readonly request: Request | undefined

  constructor(message: string, init: ParseErrorInit<Request> = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause })
    this.status = init.status ?? 400
    this.offset = init.offset ?? 0
    this.header = init.header
    // Enumerable, an error that nobody caught would be printed with all of the message and its secrets.
    Object.defineProperty(this, 'request', { value: init.request })
  }

  /** The same failure seen from further out: `offset` is added, `header`, `status` and `request` are filled in. */
  within(outer: Omit<ParseErrorInit<Request>, 'cause'>): SipParseError<Request> {
    // By its name, a bundler would give the class another one, and stack traces would show that.
    return new (this.constructor as typeof SipParseError)(this.message, {
      status: outer.status ?? this.status,
      offset: this.offset + (outer.offset ?? 0),
      header: outer.header ?? this.header,
      request: outer.request ?? this.request,
      cause: this,
    })
  }
}
