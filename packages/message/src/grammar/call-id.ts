import { SipParseError } from '../base/parse-error.ts'

/** A Call-ID as it must be (RFC 3261 20.8): not empty, no white space, at most one `@`. Throws SipParseError. */
export function checkCallId(text: string): string {
  if (text === '') throw new SipParseError('Call-ID is empty')
  const bad = text.search(/[^!-~]|[,;]|@.*@/)
  if (bad >= 0) throw new SipParseError('a Call-ID with what it may not hold', { offset: bad })
  return text
}

/** The Call-IDs of a row. They may hold quotes and angle brackets that nothing closes, but no comma (RFC 3261 25.1). */
export function splitCallIds(row: string): string[] {
  return row === '' ? [] : row.split(',').map((each) => each.trim())
}
