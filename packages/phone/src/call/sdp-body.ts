import type { SipMessage } from '@netsip/message'

/** The media type of a session description (RFC 8866). */
export const sdpType = 'application/sdp'

/**
 * The session description of a message; undefined without one. A body without Content-Type counts as one, though RFC 3261 20.15
 * requires the field.
 */
export function sdpOf(message: SipMessage): string | undefined {
  if (message.body.length === 0) return undefined
  const type = message.contentType?.split(';')[0]?.trim().toLowerCase()
  return type === undefined || type === sdpType ? message.text : undefined
}
