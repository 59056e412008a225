/** Whether a name-addr or addr-spec with header parameters has a parameter of this (lower-case) name. Reads no more. */
export function hasParam(text: string, name: string): boolean {
  for (let i = skipAddress(text); i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 34) i = closingQuote(text, i)
    else if (c === 59 && isName(text, i + 1, name)) return true
  }
  return false
}

// Without angle brackets every parameter belongs to the header (RFC 3261 20.10).
function skipAddress(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 34) i = closingQuote(text, i)
    else if (c === 60) return Math.max(i, text.indexOf('>', i))
  }
  return 0
}

function closingQuote(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 34) return i
    if (c === 92) i++
  }
  return text.length
}

function isName(text: string, at: number, name: string): boolean {
  let start = at
  while (isBlank(text.charCodeAt(start))) start++
  let end = start + name.length
  if (text.substring(start, end).toLowerCase() !== name) return false
  while (isBlank(text.charCodeAt(end))) end++
  return end === text.length || text.charCodeAt(end) === 61 || text.charCodeAt(end) === 59
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}
