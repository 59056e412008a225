import type { SipRequest } from './request.ts'
import type { SipResponse } from './response.ts'

/** `request.createAck` as a function: the ACK for a final response that is not a 2xx (RFC 3261 17.1.1.3). */
export function createAck(request: SipRequest, response: SipResponse): SipRequest {
  return request.createAck(response)
}

/** `request.createCancel` as a function: the CANCEL for a request (RFC 3261 9.1). */
export function createCancel(request: SipRequest): SipRequest {
  return request.createCancel()
}
