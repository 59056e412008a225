import { SipParseError } from '../parse-error.ts'

/** The parts of a SIP URI that have a set of their own of characters that need no escape (RFC 3261 25.1). */
export type UriComponent = 'user' | 'password' | 'param' | 'header'

const UNRESERVED = 1
const BITS: Record<UriComponent, number> = { user: 2, password: 4, param: 8, header: 16 }

const ALLOWED = new Uint8Array(128)
function allow(chars: string, bits: number): void {
  for (const c of chars) ALLOWED[c.charCodeAt(0)]! |= bits
}
allow("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.!~*'()", 31)
allow('&=+$,;?/', BITS.user)
allow('&=+$,', BITS.password)
allow('[]/:&+$', BITS.param)
allow('[]/?:+$', BITS.header)

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** `text` with every character escaped (`%41`) that must not stand as it is in that component (RFC 3261 19.1.2). */
export function escapeUri(text: string, component: UriComponent): string {
  const bit = BITS[component]
  let escaped = ''
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 128 && (ALLOWED[c]! & bit) !== 0) continue
    const width = c >= 0xd800 && c <= 0xdbff ? 2 : 1
    escaped += text.slice(from, i)
    for (const byte of utf8.encode(text.slice(i, i + width))) escaped += hexEscape(byte)
    i += width - 1
    from = i + 1
  }
  return from === 0 ? text : escaped + text.slice(from)
}

/** `text` with every `%HH` resolved, once (RFC 3261 19.1.2); octets that are no UTF-8 become U+FFFD. */
export function unescapeUri(text: string): string {
  let percent = text.indexOf('%')
  if (percent < 0) return text
  let plain = ''
  let from = 0
  while (percent >= 0) {
    plain += text.slice(from, percent)
    const bytes: number[] = []
    from = percent
    for (; text.charCodeAt(from) === 37; from += 3) bytes.push(escapedByte(text, from))
    plain += fromUtf8.decode(Uint8Array.from(bytes))
    percent = text.indexOf('%', from)
  }
  return plain + text.slice(from)
}

/**
 * The form in which escaped text is compared (RFC 3261 19.1.4): an escape that was not needed is resolved, any other
 * keeps apart from the character it stands for, so that `%61` equals `a` while `%3b` does not equal `;`.
 */
export function canonicalEscapes(text: string): string {
  let percent = text.indexOf('%')
  if (percent < 0) return text
  let canonical = ''
  let from = 0
  for (; percent >= 0; percent = text.indexOf('%', from)) {
    const byte = escapedByte(text, percent)
    const resolved = byte < 128 && (ALLOWED[byte]! & UNRESERVED) !== 0
    canonical += text.slice(from, percent) + (resolved ? String.fromCharCode(byte) : hexEscape(byte))
    from = percent + 3
  }
  return canonical + text.slice(from)
}

/** The octet of the escape at `percent`. Throws SipParseError when two hexadecimal digits do not follow. */
export function escapedByte(text: string, percent: number): number {
  const high = hexDigit(text.charCodeAt(percent + 1))
  const low = hexDigit(text.charCodeAt(percent + 2))
  if (high < 0 || low < 0) throw new SipParseError('malformed escape in a URI', { offset: percent })
  return high * 16 + low
}

/** The value of a hexadecimal digit by its character code, -1 for any other (or none). */
export function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48
  const lower = c | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

function hexEscape(byte: number): string {
  return `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`
}
