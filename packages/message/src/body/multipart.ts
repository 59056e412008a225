import { argumentError } from '../base/injection.ts'
import { joinOctets, latin1Text, NO_OCTETS } from '../base/octets.ts'
import { token } from '../headers/forms.ts'
import type { SipMessage } from '../message/sip-message.ts'
import { BodyPart } from './body-part.ts'
import type { MultipartLimits } from './delimiters.ts'

/**
 * The parts of a multipart body (RFC 2046 5.1, RFC 5621 4). What stands before the first and behind the last is
 * dropped, a part's octets are kept as they are.
 *
 * @throws SipParseError with status 400 when the type has no boundary, the last delimiter is missing or a limit is passed
 */
export function parseMultipart(body: Uint8Array, contentType: string, limits: MultipartLimits = {}): BodyPart[] {
  return BodyPart.parseAll(body, contentType, limits)
}

/**
 * A multipart body of these parts, with the Content-Type to send it under: `multipart/mixed` and a boundary that stands in
 * no part, if `options` do not say otherwise.
 *
 * @throws TypeError with code `ERR_SIP_ARGUMENT` for no parts, a subtype that is no token, or a boundary that is none (RFC
 *   2046 5.1.1) or stands in a part
 */
export function writeMultipart(
  parts: readonly BodyPart[],
  options: { subtype?: string | undefined; boundary?: string | undefined } = {},
): { contentType: string; body: Uint8Array } {
  if (parts.length === 0) throw argumentError('a multipart body needs a part')
  const texts = parts.map(octetText)
  const boundary = options.boundary ?? freeBoundary(texts)
  const subtype = token.format(options.subtype ?? 'mixed', 'a multipart subtype')
  if (!/^[0-9A-Za-z'()+_,\-./:=?]{1,70}$/.test(boundary)) throw argumentError('not a boundary')
  if (isHeld(boundary, texts)) throw argumentError('a boundary in a part')
  const whole = [...texts.map((text) => `--${boundary}\r\n${text}\r\n`), `--${boundary}--\r\n`]
  return { contentType: `multipart/${subtype};boundary="${boundary}"`, body: joinOctets(whole.join(''), NO_OCTETS) }
}

/**
 * The body of a message as parts: those of a multipart, else the one that the body is. None when it is empty.
 *
 * @throws SipParseError as `parseMultipart` does
 */
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
  const wanted = type.toLowerCase()
  return search(bodyParts(message), (part) => part.type === wanted || undefined)
}

/**
 * The first part that must be understood and is not: one of another type than those named, without
 * `handling=optional`. It is to be answered with 415 (RFC 5621 8.4).
 *
 * @throws SipParseError when a multipart on the way, a Content-Type or a Content-Disposition is malformed
 */
export function unsupportedPart(message: SipMessage, types: readonly string[]): BodyPart | undefined {
  const known = new Set(types.map((type) => type.toLowerCase()))
  return search(bodyParts(message), (part) => {
    if (part.disposition.handling === 'optional' || known.has(part.type)) return false
    return !part.isMultipart || undefined
  })
}

// The first part, wherever it is nested, that the test says true of. False: nothing within it is looked for either.
function search(parts: readonly BodyPart[], test: (part: BodyPart) => boolean | undefined): BodyPart | undefined {
  for (const part of parts) {
    const answer = test(part)
    if (answer) return part
    const found = answer === undefined && part.isMultipart ? search(part.parts, test) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

// Not in any part: a boundary need not be random, only absent.
function freeBoundary(texts: readonly string[]): string {
  for (let n = 0; ; n++) {
    const boundary = `part-${n}-of-${texts.length}`
    if (!isHeld(boundary, texts)) return boundary
  }
}

function isHeld(boundary: string, texts: readonly string[]): boolean {
  return texts.some((text) => text.includes(`--${boundary}`))
}

function octetText(part: BodyPart): string {
  const octets = part.toBytes()
  return latin1Text(octets, 0, octets.length)
}
