import { skipSpace, trimEnd } from './token.ts'

const COMMA = 44

/**
 * The elements of a comma-separated header value (RFC 3261 7.3.1), without the space around them.
 *
 * Commas inside quoted strings and inside `<>` do not separate. An empty value has no elements; an empty element
 * (`a,,b`) is kept as `''`, because Via, Contact and Route must refuse it where Allow and Supported may pass over it.
 * Never throws: what is not closed runs to the end, for the element's own parser to refuse.
 */
export function splitList(text: string): string[] {
  return skipSpace(text, 0) === text.length ? [] : splitAt(text, COMMA)
}

/** What stands between separators of this character code, quotes and `<>` respected, without the space around it. */
export function splitAt(text: string, separator: number): string[] {
  const parts: string[] = []
  for (let from = 0; from <= text.length;) {
    const end = separatorAt(text, from, separator)
    const start = skipSpace(text, from)
    parts.push(text.slice(start, trimEnd(text, start, end)))
    from = end + 1
  }
  return parts
}

/** The index of the first separator at or after `from` that is neither quoted nor in `<>`; the length without one. */
export function separatorAt(text: string, from: number, separator: number): number {
  let quoted = false
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 34) quoted = !quoted
    else if (quoted) i += c === 92 ? 1 : 0
    else if (c === separator) return i
    // without its end it runs to the end of the text
    else if (c === 60) i = text.indexOf('>', i) >>> 0
  }
  return text.length
}
