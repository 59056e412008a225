import { fromOctetString, joinOctets, latin1Text, utf8Octets, utf8Text } from '../base/octets.ts'
import { SipParseError } from '../base/parse-error.ts'
import type { SipMessage } from '../message/sip-message.ts'
import { resolveOptions } from '../parse/limits.ts'
import { makeMessage, readHead } from '../parse/parse-message.ts'
import { SipHeaders } from '../rows/sip-headers.ts'
import { readFields } from './fields.ts'

/** A fragment of a message (RFC 3420): start line, header lines and body may each be missing. */
export interface Sipfrag {
  /** The fragment as a message, when it has a start line; headers that a message needs may be missing. */
  readonly message: SipMessage | undefined
  readonly headers: SipHeaders
  readonly body: Uint8Array
}

/**
 * Reads a body of type `message/sipfrag`, such as a NOTIFY carries it for a REFER (RFC 3515 2.4.5).
 *
 * @throws SipParseError
 */
export function parseSipfrag(body: Uint8Array | string): Sipfrag {
  const given = typeof body === 'string' ? utf8Octets(body) : body
  const octets = withEmptyLine(given)
  if (hasStartLine(octets)) {
    const message = fragmentOf(octets)
    return { message, headers: message.headers, body: message.body }
  }
  const { rows, body: rest } = readFields(octets)
  return { message: undefined, headers: new SipHeaders(rows), body: rest }
}

/** The start line of a message, with those of its header lines that are named: a body of type `message/sipfrag`. */
export function writeSipfrag(message: SipMessage, headers: readonly string[] = []): string {
  let text = fromOctetString(message.startLine())
  for (const name of headers) {
    for (const value of message.headers.getAll(name)) text += `${name}: ${value}\r\n`
  }
  return text
}

// RFC 3420 2: the body may have been left out while the header that tells its length was not.
function fragmentOf(octets: Uint8Array): SipMessage {
  const settings = resolveOptions(undefined)
  const read = readHead(octets, settings)
  if (read === undefined) throw new SipParseError('the header section of a fragment is too long', { status: 513 })
  const { bodyStart, contentLength } = read.head
  return makeMessage(read, contentLength < 0 ? octets.length : Math.min(octets.length, bodyStart + contentLength))
}

// A fragment may end with any of its lines.
function withEmptyLine(octets: Uint8Array): Uint8Array {
  const text = latin1Text(octets, 0, octets.length)
  if (/\r?\n\r?\n/.test(text) || /^\r?\n/.test(text)) return octets
  return joinOctets(text.endsWith('\n') || text === '' ? text : `${text}\r\n`, utf8Octets('\r\n'))
}

function hasStartLine(octets: Uint8Array): boolean {
  const lf = octets.indexOf(10)
  const line = utf8Text(octets, 0, Math.min(lf < 0 ? octets.length : lf, 16_384)).trimEnd()
  return /^SIP\/\d/i.test(line) || /^[^\s:]+ \S+ SIP\/\d+\.\d+$/i.test(line)
}
