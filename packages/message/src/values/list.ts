import { skipSpace, trimEnd } from './token.ts'

/**
 * The elements of a comma-separated header value (RFC 3261 7.3.1), without the space around them.
 *
 * Commas inside quoted strings and inside `<>` do not separate. An empty value has no elements; an empty element
 * (`a,,b`) is kept as `''`, because Via, Contact and Route must refuse it where Allow and Supported may pass over it.
 * Never throws: what is not closed runs to the end, for the element's own parser to refuse.
 */
export function splitList(text: string): string[] {
  const start = skipSpace(text, 0)
  if (start === text.length) return []
  if (!text.includes(',')) return [text.slice(start, trimEnd(text, start, text.length))]
  const elements: string[] = []
  let from = start
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 44) {
      elements.push(text.slice(from, trimEnd(text, from, i)))
      from = skipSpace(text, i + 1)
      i = from - 1
    } else if (c === 34) i = closingQuote(text, i)
    else if (c === 60) i = closingBracket(text, i)
  }
  elements.push(text.slice(from, trimEnd(text, from, text.length)))
  return elements
}

function closingQuote(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 34) return i
    if (c === 92) i++
  }
  return text.length
}

function closingBracket(text: string, open: number): number {
  const close = text.indexOf('>', open)
  return close < 0 ? text.length : close
}
