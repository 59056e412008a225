import { argumentError } from '../injection.ts'
import { token } from '../headers/forms.ts'
import { utf8Octets } from '../octets.ts'
import type { SipMessage } from '../parse.ts'
import { BodyPart } from './body-part.ts'
import type { MultipartLimits } from './delimiters.ts'

const DASH = 45

/**
 * The parts of a multipart body (RFC 2046 5.1, RFC 5621 4). What stands before the first and behind the last is
 * dropped, a part's octets are kept as they are.
 *
 * @throws SipParseError with status 400 when the type has no boundary, the last delimiter is missing or a limit is passed
 */
export function parseMultipart(body: Uint8Array, contentType: string, limits: MultipartLimits = {}): BodyPart[] {
  return BodyPart.parseAll(body, contentType, limits)
}

/** A multipart body of these parts, with the Content-Type to send it under. */
export function writeMultipart(
  parts: readonly BodyPart[],
  options: { subtype?: string; boundary?: string } = {},
): { contentType: string; body: Uint8Array } {
  if (parts.length === 0) throw argumentError('a multipart body needs a part')
  const boundary = options.boundary ?? freeBoundary(parts)
  const subtype = token.format(options.subtype ?? 'mixed', 'a multipart subtype')
  if (!/^[0-9A-Za-z'()+_,\-./:=?]{1,70}$/.test(boundary)) throw argumentError('not a boundary')
  if (isHeld(boundary, parts)) throw argumentError('a boundary that stands in a part')
  const pieces: Uint8Array[] = []
  for (const part of parts) pieces.push(utf8Octets(`--${boundary}\r\n`), part.toBytes(), utf8Octets('\r\n'))
  pieces.push(utf8Octets(`--${boundary}--\r\n`))
  return { contentType: `multipart/${subtype};boundary="${boundary}"`, body: concat(pieces) }
}

/** The body of a message as parts: those of a multipart, else the one that the body is. None when it is empty. */
export function bodyParts(message: SipMessage, limits?: MultipartLimits): BodyPart[] {
  if (message.body.length === 0) return []
  const { contentType } = message
  if (contentType !== undefined && /^multipart\s*\//i.test(contentType))
    return parseMultipart(message.body, contentType, limits)
  return [BodyPart.ofMessage(message)]
}

/**
 * The first part of a type, e.g. `application/sdp`, wherever it is nested; the body itself when it is of that type.
 *
 * @throws SipParseError when a multipart on the way is malformed
 */
export function findPart(message: SipMessage, type: string): BodyPart | undefined {
  return search(bodyParts(message), type.toLowerCase())
}

/**
 * The first part that must be understood and is not: one of another type than those named, without
 * `handling=optional`. It is to be answered with 415 (RFC 5621 8.4).
 */
export function unsupportedPart(message: SipMessage, types: readonly string[]): BodyPart | undefined {
  const known = new Set(types.map((type) => type.toLowerCase()))
  return firstUnsupported(bodyParts(message), known)
}

function firstUnsupported(parts: readonly BodyPart[], known: ReadonlySet<string>): BodyPart | undefined {
  for (const part of parts) {
    if (part.disposition.handling === 'optional' || known.has(part.type)) continue
    const found = part.isMultipart ? firstUnsupported(part.parts, known) : part
    if (found !== undefined) return found
  }
  return undefined
}

function search(parts: readonly BodyPart[], type: string): BodyPart | undefined {
  for (const part of parts) {
    if (part.type === type) return part
    const found = part.isMultipart ? search(part.parts, type) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

// Not in any part: a boundary need not be random, only absent.
function freeBoundary(parts: readonly BodyPart[]): string {
  for (let n = 0; ; n++) {
    const boundary = `part-${n}-of-${parts.length}`
    if (!isHeld(boundary, parts)) return boundary
  }
}

function isHeld(boundary: string, parts: readonly BodyPart[]): boolean {
  const octets = utf8Octets(`--${boundary}`)
  return parts.some((part) => holds(part.toBytes(), octets))
}

function holds(body: Uint8Array, octets: Uint8Array): boolean {
  for (let at = body.indexOf(DASH); at >= 0; at = body.indexOf(DASH, at + 1)) {
    let i = 0
    while (i < octets.length && body[at + i] === octets[i]) i++
    if (i === octets.length) return true
  }
  return false
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
