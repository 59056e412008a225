import type { SipRequest } from './request.ts'
import type { SipResponse } from './response.ts'
import type { SipMessage } from './sip-message.ts'

const request = Symbol.for('netsip.SipRequest')
const response = Symbol.for('netsip.SipResponse')

/** Whether a value is a `SipRequest`, also one of another copy of this package. */
export function isSipRequest(value: unknown): value is SipRequest {
  return hasBrand(value, request)
}

/** Whether a value is a `SipResponse`, also one of another copy of this package. */
export function isSipResponse(value: unknown): value is SipResponse {
  return hasBrand(value, response)
}

/** Whether a value is a request or a response, also one of another copy of this package. */
export function isSipMessage(value: unknown): value is SipMessage {
  return isSipRequest(value) || isSipResponse(value)
}

function hasBrand(value: unknown, brand: symbol): boolean {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true
}
