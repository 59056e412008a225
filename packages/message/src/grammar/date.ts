import { SipParseError } from '../base/parse-error.ts'

/** A date in the form of RFC 1123, in GMT (RFC 3261 20.17). Throws SipParseError. */
export function parseDate(text: string): Date {
  const date = new Date(text)
  // that form is what toUTCString writes: nothing else, and no day that does not exist, comes back the same
  if (text.length > 29 || date.toUTCString() !== text) {
    throw new SipParseError('not a date as RFC 1123 has it, in GMT')
  }
  return date
}
