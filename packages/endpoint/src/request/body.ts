import type { SipRequest, SipResponse } from '@netsip/message'
import { argumentError } from '../errors.ts'

/** A body as text, octets, or an object that writes itself and may know its content type. */
export type Body = string | Uint8Array | { asString(): string; contentType?(): string }

const encoder = new TextEncoder()

/** Methods whose body is a session description unless something else is said. */
const SESSION_METHODS = new Set(['INVITE', 'ACK', 'UPDATE', 'PRACK'])

/** Puts a body into a message; Content-Type is written unless it is there already. */
export function setBody(message: SipRequest | SipResponse, body: Body | undefined | null): void {
  if (body === undefined || body === null) return
  if (typeof body === 'string') message.body = encoder.encode(body)
  else if (body instanceof Uint8Array) message.body = body
  else if (typeof body.asString === 'function') {
    message.body = encoder.encode(body.asString())
    const type = body.contentType?.()
    if (type !== undefined && message.contentType === undefined) message.contentType = type
  } else throw argumentError('a body is a text, a Uint8Array or an object with asString()')
  completeContentType(message)
}

/** RFC 3261 20.15: a message with a body has to say its type. */
export function completeContentType(message: SipRequest | SipResponse): void {
  if (message.body.length === 0 || message.contentType !== undefined) return
  message.contentType = guessType(message)
}

function guessType(message: SipRequest | SipResponse): string {
  const method = message.type === 'request' ? message.method : message.cseq.method
  const startsLikeSdp = message.body[0] === 0x76 && message.body[1] === 0x3d
  return startsLikeSdp && SESSION_METHODS.has(method) ? 'application/sdp' : 'text/plain'
}
