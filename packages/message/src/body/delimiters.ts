import { ContentType } from '../headers/media-type.ts'
import { isAscii, utf8Octets } from '../octets.ts'
import { SipParseError } from '../parse-error.ts'

const LF = 10
const CR = 13
const DASH = 45

/** Bounds on a multipart body. */
export interface MultipartLimits {
  /** Multiparts within multiparts. 8 by default. */
  maxDepth?: number
  /** Parts in one multipart. 64 by default. */
  maxParts?: number
}

/** What stands between the delimiters of a multipart body. Throws SipParseError. */
export function cutParts(body: Uint8Array, contentType: string, maxParts: number): Uint8Array[] {
  const boundary = boundaryOf(contentType)
  const parts: Uint8Array[] = []
  let start = -1
  for (let line = 0; line < body.length; line = lineAfter(body, line)) {
    const kind = delimiterAt(body, line, boundary)
    if (kind === NONE) continue
    if (start >= 0) {
      if (parts.length === maxParts) throw new SipParseError('too many body parts', { offset: start })
      parts.push(body.subarray(start, Math.max(start, lineEndBefore(body, line))))
    }
    if (kind === CLOSING) return parts
    start = lineAfter(body, line)
  }
  throw new SipParseError('a multipart body without its closing delimiter', { offset: body.length })
}

function boundaryOf(contentType: string): Uint8Array {
  const boundary = ContentType.parse(contentType).params?.get('boundary')
  if (!boundary || boundary.length > 70 || !isAscii(boundary))
    throw new SipParseError('a multipart type without a boundary')
  return utf8Octets(boundary)
}

const NONE = 0
const OPENING = 1
const CLOSING = 2

// RFC 2046 5.1.1: two hyphens and the boundary at the start of a line, then white space only; two more hyphens close.
function delimiterAt(body: Uint8Array, line: number, boundary: Uint8Array): number {
  if (body[line] !== DASH || body[line + 1] !== DASH) return NONE
  for (let i = 0; i < boundary.length; i++) if (body[line + 2 + i] !== boundary[i]) return NONE
  let at = line + 2 + boundary.length
  const closing = body[at] === DASH && body[at + 1] === DASH
  if (closing) at += 2
  while (body[at] === 32 || body[at] === 9) at++
  const ended = at >= body.length || body[at] === LF || (body[at] === CR && body[at + 1] === LF)
  return ended ? (closing ? CLOSING : OPENING) : NONE
}

function lineAfter(body: Uint8Array, line: number): number {
  const lf = body.indexOf(LF, line)
  return lf < 0 ? body.length : lf + 1
}

// The line end before a delimiter belongs to the delimiter.
function lineEndBefore(body: Uint8Array, line: number): number {
  return body[line - 2] === CR ? line - 2 : line - 1
}
