import type { SipParseError } from '@netsip/message'

/** Why, in words that fit a status line. */
export function reasonOf(error: SipParseError): string | undefined {
  if (error.status !== 400) return undefined
  const text = error.message.replace(/[^\x20-\x7e]/g, ' ').trim()
  return text ? `Bad Request: ${text.slice(0, 80)}` : undefined
}

/** Whether a message could not be read. */
export function isParseError(error: unknown): error is SipParseError {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SIP_PARSE'
}
