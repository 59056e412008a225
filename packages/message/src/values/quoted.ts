import { assertNoInjection } from '../injection.ts'
import { SipParseError } from '../parse-error.ts'

const QUOTE = 34
const BACKSLASH = 92

/**
 * The index after the closing quote of the quoted-string that opens at `start` (RFC 3261 25.1).
 *
 * @throws SipParseError when it is not closed, or holds a line break or a NUL that is not escaped
 */
export function scanQuoted(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === QUOTE) return i + 1
    const escaped = c === BACKSLASH
    if (escaped) i++
    const last = escaped ? text.charCodeAt(i) : c
    if (last === 10 || last === 13 || (c === 0 && !escaped)) {
      throw new SipParseError('line break or NUL in a quoted string', { offset: i })
    }
  }
  throw new SipParseError('unterminated quoted string', { offset: start })
}

/** What a quoted-string (with its quotes) says: quotes removed, escapes resolved. Other text is returned as it is. */
export function unquote(text: string): string {
  if (text.charCodeAt(0) !== QUOTE) return text
  const end = text.length - 1
  let slash = text.indexOf('\\')
  if (slash < 0) return text.slice(1, end)
  let plain = ''
  let from = 1
  while (slash >= 0 && slash < end) {
    plain += text.slice(from, slash)
    from = slash + 1
    slash = text.indexOf('\\', from + 1)
  }
  return plain + text.slice(from, end)
}

/**
 * `text` as a quoted-string: `"` , `\` and control characters are escaped.
 *
 * @throws TypeError with code `ERR_SIP_INJECTION` when it holds CR, LF or NUL
 */
export function quote(text: string): string {
  assertNoInjection(text, 'quoted string')
  let quoted = '"'
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c !== QUOTE && c !== BACKSLASH && c !== 127 && (c >= 32 || c === 9)) continue
    quoted += text.slice(from, i) + '\\'
    from = i
  }
  return `${quoted}${text.slice(from)}"`
}
