import { latin1Text, utf8Octets } from '../base/octets.ts'
import { SipParseError } from '../base/parse-error.ts'
import { SipRequest } from '../message/request.ts'
import { SipResponse } from '../message/response.ts'
import type { SipMessage } from '../message/sip-message.ts'
import { VIA } from '../rows/header-names.ts'
import { HeaderRows } from '../rows/header-rows.ts'
import { type Filled, type ParseOptions, resolveOptions } from './limits.ts'
import { salvageHead } from './salvage.ts'
import { fail, type Head, scanHead } from './scan.ts'
import { refuseInvalid } from './strict.ts'

/** Start line and header section, read; the body not yet. */
export interface ReadHead {
  readonly octets: Uint8Array
  /** The octets up to the body, one character each. */
  readonly text: string
  readonly head: Head
}

// Most header sections are shorter; one that is not is decoded again, whole.
const FIRST_CUT = 2048

/**
 * Reads one message: a datagram, a frame, a file.
 *
 * Octets behind Content-Length are dropped, a body shorter than it is refused with 400, without a Content-Length the
 * body runs to the end (RFC 3261 18.3). Line ends may be bare LF; they are written as CRLF. Mandatory headers may be
 * missing and values malformed: reading those throws, and `validate` lists them.
 *
 * The message keeps views of `data`: do not write to it afterwards.
 *
 * @param data octets, or text that stands for its UTF-8
 * @param options limits, and `strict` to refuse all that `validate` objects to
 * @throws SipParseError, nothing else whatever was received; its `status` answers a request (0: drop silently), its
 *   `request` makes the answer. TypeError with code `ERR_SIP_ARGUMENT` for an option that is none
 */
export function parseMessage(data: Uint8Array | string, options?: ParseOptions): SipMessage {
  const settings = resolveOptions(options)
  const received = typeof data === 'string' ? utf8Octets(data) : data
  if (isKeepAlive(received)) fail('a keep-alive, not a message', 0, 0)
  const octets = withoutLineEnds(received)
  try {
    if (octets.length > settings.maxMessage) fail('the message is too large', 0, 513)
    const read = readHead(octets, settings)
    if (read === undefined) failWithoutEnd(octets.length > settings.maxHeaderSection)
    const message = makeMessage(read, bodyEnd(octets, read.head, settings.maxBody))
    if (settings.strict) refuseInvalid(message)
    return message
  } catch (error) {
    throw error instanceof SipParseError ? answerable(error, octets, settings) : error
  }
}

/** True for a datagram that only keeps a NAT binding open: nothing, or only CR, LF and NUL in it. */
export function isKeepAlive(data: Uint8Array): boolean {
  for (let i = 0; i < data.length; i++) if (data[i] !== 13 && data[i] !== 10 && data[i] !== 0) return false
  return true
}

// RFC 3261 7.5: line ends before the start line are skipped.
function withoutLineEnds(received: Uint8Array): Uint8Array {
  let at = 0
  while (received[at] === 13 || received[at] === 10) at++
  return at === 0 ? received : received.subarray(at)
}

function failWithoutEnd(tooLong: boolean): never {
  if (tooLong) fail('the header section is too long', 0, 513)
  fail('no empty line behind the header section', 0)
}

/** Reads start line and header section; undefined when their end is not in `octets`, or beyond the limit. */
export function readHead(octets: Uint8Array, settings: Filled<ParseOptions>): ReadHead | undefined {
  const most = Math.min(octets.length, settings.maxHeaderSection)
  const first = Math.min(most, FIRST_CUT)
  return tryHead(octets, first, settings) ?? (first < most ? tryHead(octets, most, settings) : undefined)
}

function tryHead(octets: Uint8Array, end: number, settings: Filled<ParseOptions>): ReadHead | undefined {
  const text = latin1Text(octets, 0, end)
  const head = scanHead(octets, text, settings)
  return head && { octets, text, head }
}

function bodyEnd(octets: Uint8Array, head: Head, maxBody: number): number {
  const rest = octets.length - head.bodyStart
  const length = head.contentLength < 0 ? rest : head.contentLength
  if (length > maxBody) fail('the body is too large', head.bodyStart, 413, 'Content-Length')
  if (length > rest) fail('the body is shorter than Content-Length', head.bodyStart, 400, 'Content-Length')
  return head.bodyStart + length
}

/** The message of a head, and the octets from its end to `bodyEnd`. */
export function makeMessage({ octets, text, head }: ReadHead, bodyEnd: number): SipMessage {
  const rows = new HeaderRows(octets, text, head.marks)
  const tail = text.substring(head.tailStart, head.tailEnd)
  const message =
    head.status === 0
      ? SipRequest.ofParts(head.method, tail, head.tailStart, rows)
      : SipResponse.ofParts(head.status, tail, rows, undefined)
  message.placeBody(head.bodyStart, bodyEnd)
  return message
}

/**
 * The error with the request as far as it can be read, when that is enough to answer it (RFC 3261 18.2.2, 21.4.1).
 * What is no request is not answered at all: status 0.
 */
export function answerable(
  error: SipParseError<SipRequest>,
  octets: Uint8Array,
  settings: Filled<ParseOptions>,
): SipParseError<SipRequest> {
  if (error.status === 0 || error.request !== undefined) return error
  const text = latin1Text(octets, 0, Math.min(octets.length, settings.maxHeaderSection))
  const head = salvageHead(text, settings)
  if (head === undefined) return error.within({ status: 0 })
  const request = makeMessage({ octets, text, head }, 0) as SipRequest
  return canAnswer(request) ? error.within({ request }) : error
}

function canAnswer(request: SipRequest): boolean {
  if (request.method === 'ACK' || request.rows.find(VIA) < 0) return false
  try {
    return request.via !== undefined
  } catch {
    return false
  }
}
