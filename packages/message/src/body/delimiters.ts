import { isAscii, latin1Text } from '../base/octets.ts'
import { SipParseError } from '../base/parse-error.ts'
import { ContentType } from '../headers/media-type.ts'

/** Bounds on a multipart body. */
export interface MultipartLimits {
  /** Multiparts within multiparts. 8 by default. */
  maxDepth?: number | undefined
  /** Parts in one multipart. 64 by default. */
  maxParts?: number | undefined
}

/** What stands between the delimiters of a multipart body. Throws SipParseError. */
export function cutParts(body: Uint8Array, contentType: string, maxParts: number): Uint8Array[] {
  const parts: Uint8Array[] = []
  let start = -1
  for (const { 0: delimiter, 1: closing, 2: lineEnd, index } of delimitersIn(body, contentType)) {
    if (start >= 0) {
      if (parts.length === maxParts) throw new SipParseError('too many body parts', { offset: start })
      parts.push(body.subarray(start, Math.max(start, index)))
    }
    if (closing !== undefined) return parts
    start = index + delimiter.length + lineEnd!.length
  }
  throw new SipParseError('a multipart body without its closing delimiter', { offset: body.length })
}

// RFC 2046 5.1.1: two hyphens and the boundary at the start of a line, then white space only; two more hyphens close. The
// line end before a delimiter belongs to it, the one behind may belong to the next as well.
function delimitersIn(body: Uint8Array, contentType: string): Iterable<RegExpExecArray> {
  const boundary = ContentType.parse(contentType).params?.get('boundary')
  if (!boundary || boundary.length > 70 || !isAscii(boundary))
    throw new SipParseError('a multipart type without a boundary')
  const literal = boundary.replace(/\W/g, '\\$&')
  const delimiter = new RegExp(`(?:^|\\r?\\n)--${literal}(--)?[ \\t]*(?=(\\r?\\n|$))`, 'g')
  return latin1Text(body, 0, body.length).matchAll(delimiter)
}
