import { assertNoInjection } from '../base/injection.ts'
import { SipParseError } from '../base/parse-error.ts'

/**
 * A quoted-string (RFC 3261 25.1) as the source of an expression: no line break, and no NUL that is not escaped. Engines
 * keep notes of each escape in memory that is bounded, so that there may not be more than a line can hold.
 */
export const QUOTED: string = /"[^"\\\r\n\0]*(?:\\[^\r\n][^"\\\r\n\0]*){0,65535}"/.source

const quotedString = new RegExp(QUOTED, 'y')

/** The index after the closing quote of the quoted-string that opens at `start`. Throws SipParseError. */
export function scanQuoted(text: string, start: number): number {
  quotedString.lastIndex = start
  if (quotedString.test(text)) return quotedString.lastIndex
  throw new SipParseError('a quoted string without end, or with a line break or NUL', { offset: start })
}

/** What a quoted-string (with its quotes) says: quotes removed, escapes resolved. Other text is returned as it is. */
export function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.?)/gs, '$1') : text
}

/**
 * `text` as a quoted-string: `"` , `\` and control characters are escaped.
 *
 * @throws TypeError with code `ERR_SIP_INJECTION` when it holds CR, LF or NUL
 */
export function quote(text: string): string {
  assertNoInjection(text, 'quoted string')
  return `"${text.replace(/["\\\0-\x08\n-\x1f\x7f]/g, '\\$&')}"`
}
