// Values are at the bottom and throw what does not parse, messages are above them, and the error holds a message: so its
// class stands below, for requests of any kind, and gets here what it is known by outside.
import { type ParseErrorInit, SipParseError as ParseError } from '../base/parse-error.ts'
import type { SipRequest } from './request.ts'

/** What is known about a parse failure besides its text. */
export interface SipParseErrorInit extends ParseErrorInit<SipRequest> {}

/**
 * Something received does not parse. The only error that parsing throws.
 *
 * `status` is the response that answers it (RFC 3261 21.4, 21.5), 0 when it must be dropped silently.
 */
export interface SipParseError extends ParseError<SipRequest> {
  /** The same failure seen from further out: `offset` is added, `header`, `status` and `request` are filled in. */
  within(outer: Omit<SipParseErrorInit, 'cause'>): SipParseError
}

/** Makes one; `instanceof` tells one. */
export const SipParseError: new (message: string, init?: SipParseErrorInit) => SipParseError = ParseError
