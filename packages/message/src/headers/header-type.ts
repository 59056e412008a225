/** How one header field is read and written. `message.read` and `message.write` take one; anybody can make one. */
export interface HeaderType<T> {
  /** The long name, as it is written. */
  readonly name: string
  /** Reads one value. Throws SipParseError. */
  parse(text: string): T
  /** Writes one value. */
  format(value: T): string
}

/** A header that has one value (or several rows of which the first is read). */
export interface SingleHeader<T> extends HeaderType<T> {
  readonly list: false
}

/** A header whose values may stand on one row, separated by commas, or on several (RFC 3261 7.3.1). */
export interface ListHeader<T> extends HeaderType<T> {
  readonly list: true
  /** Empty elements are passed over, where they can do no harm: between words, not between addresses. */
  readonly sparse?: boolean
  /** How a row is cut into values, where commas alone do not separate them. Throws SipParseError. */
  readonly cut?: (row: string) => readonly string[]
}
