/** A character of a token (RFC 3261 25.1), as the source of an expression. */
export const TOKEN_CHAR = "[\\w.!%*+`'~-]"

const TOKEN = new Uint8Array(128)
for (const c of "-.!%*_+`'~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") TOKEN[c.charCodeAt(0)] = 1

/** Whether the character code is one of a token (RFC 3261 25.1). */
export function isTokenChar(c: number): boolean {
  return c < 128 && TOKEN[c] === 1
}

/** The index of the first character at or after `start` that is none of a token. */
export function tokenEnd(text: string, start: number): number {
  let i = start
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c > 127 || TOKEN[c] === 0) break
  }
  return i
}

/** Whether `text` is a token (RFC 3261 25.1): not empty, and free of separators. */
export function isToken(text: string): boolean {
  return text.length > 0 && tokenEnd(text, 0) === text.length
}

// Engines search faster than a loop over the characters would.
const NOT_PRINTABLE = /[^ -~]/

/** Whether there are only spaces and the visible characters of ASCII. */
export function isPrintable(text: string): boolean {
  return !NOT_PRINTABLE.test(text)
}

/** Whether the character code is that of a space or a tab. */
export function isBlank(c: number): boolean {
  return c === 32 || c === 9
}

/** Whether it is one of those, or of a line end. */
export function isLineSpace(c: number): boolean {
  return c === 32 || c === 9 || c === 13 || c === 10
}

/** The index of the first character at or after `i` that is neither space nor tab. */
export function skipSpace(text: string, i: number): number {
  let at = i
  while (at < text.length && isBlank(text.charCodeAt(at))) at++
  return at
}

/** The index after the last character before `end`, and not before `start`, that is neither space nor tab. */
export function trimEnd(text: string, start: number, end: number): number {
  let at = end
  while (at > start && isBlank(text.charCodeAt(at - 1))) at--
  return at
}

/** Whether two strings are the same but for the case of ASCII letters (RFC 3261 7.3.1). */
export function equalsIgnoreCase(a: string, b: string): boolean {
  return a === b || (a.length === b.length && standsAt(a, 0, b))
}

/** Whether `part` stands at `at` in `text`, which is not shorter than that, but for the case of ASCII letters. */
export function standsAt(text: string, at: number, part: string): boolean {
  for (let i = 0; i < part.length; i++) {
    const x = text.charCodeAt(at + i)
    const y = part.charCodeAt(i)
    if (x === y) continue
    const lower = x | 32
    if (lower !== (y | 32) || lower < 97 || lower > 122) return false
  }
  return true
}

/** The value of a run of decimal digits, `undefined` when it is empty, holds anything else, or is above `max`. */
export function parseDigits(text: string, start: number, end: number, max: number): number | undefined {
  if (start >= end) return undefined
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
    if (value > max) return undefined
  }
  return value
}
