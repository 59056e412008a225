import { SipParseError } from '../base/parse-error.ts'

/** The parts of a SIP URI that have a set of their own of characters that need no escape (RFC 3261 25.1). */
export type UriComponent = 'user' | 'password' | 'param' | 'header'

const UNRESERVED = /[\w.!~*'()-]/

/** What must be escaped: anything but the unreserved, and what the component has beside them. */
const ESCAPED: Readonly<Record<UriComponent, RegExp>> = {
  user: /[^\w.!~*'()&=+$,;?/-]/,
  password: /[^\w.!~*'()&=+$,-]/,
  param: /[^\w.!~*'()[\]/:&+$-]/,
  header: /[^\w.!~*'()[\]/?:+$-]/,
}

// One escape, and a run of them; what lacks its digits is for `escapedByte` to refuse.
const ONE_ESCAPE = /%.{0,2}/gs
const ESCAPES = /(?:%[\da-f]{2})+|%/gi

const toUtf8 = new TextEncoder()
const fromUtf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** `text` with every character escaped (`%41`) that must not stand as it is in that component (RFC 3261 19.1.2). */
export function escapeUri(text: string, component: UriComponent): string {
  const wanted = ESCAPED[component]
  if (!wanted.test(text)) return text
  let escaped = ''
  for (const c of text) escaped += wanted.test(c) ? Array.from(toUtf8.encode(c), hexEscape).join('') : c
  return escaped
}

/** `text` with every `%HH` resolved, once (RFC 3261 19.1.2); octets that are no UTF-8 become U+FFFD. */
export function unescapeUri(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(ESCAPES, (escapes, at: number) => {
    const octets = new Uint8Array(Math.ceil(escapes.length / 3))
    return fromUtf8.decode(octets.map((_, i) => escapedByte(text, at + 3 * i)))
  })
}

/**
 * The form in which escaped text is compared (RFC 3261 19.1.4): an escape that was not needed is resolved, any other
 * keeps apart from the character it stands for, so that `%61` equals `a` while `%3b` does not equal `;`.
 */
export function canonicalEscapes(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(ONE_ESCAPE, (_, at: number) => {
    const octet = escapedByte(text, at)
    const plain = String.fromCharCode(octet)
    return octet < 128 && UNRESERVED.test(plain) ? plain : hexEscape(octet)
  })
}

/** The octet of the escape at `percent`. Throws SipParseError when two hexadecimal digits do not follow. */
export function escapedByte(text: string, percent: number): number {
  const digits = text.slice(percent + 1, percent + 3)
  if (!/^[\da-f]{2}$/i.test(digits)) throw new SipParseError('malformed escape in a URI', { offset: percent })
  return Number.parseInt(digits, 16)
}

function hexEscape(octet: number): string {
  return `%${octet < 16 ? '0' : ''}${octet.toString(16).toUpperCase()}`
}
