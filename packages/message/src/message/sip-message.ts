import type { SipRequest } from './request.ts'
import type { SipResponse } from './response.ts'

/** A request or a response. */
export type SipMessage = SipRequest | SipResponse
