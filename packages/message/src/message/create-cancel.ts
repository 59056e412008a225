import type { HeaderRows } from '../rows/header-rows.ts'
import { inTransaction } from './create-ack.ts'
import type { SipMessageBase } from './message.ts'

/** The header lines of the CANCEL for a request (RFC 3261 9.1): no Require and no Proxy-Require. */
export function cancelRows(request: SipMessageBase): HeaderRows {
  return inTransaction(request, 'CANCEL', [])
}
