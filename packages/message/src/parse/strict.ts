import type { SipMessage } from '../message/sip-message.ts'
import { validate } from '../message/validate.ts'
import { fail } from './scan.ts'

/** Throws the first thing `validate` objects to. */
export function refuseInvalid(message: SipMessage): void {
  // which schemes are supported is for the element to say (RFC 3261 8.2.2.1)
  const finding = validate(message).find(({ status }) => status !== 416)
  if (finding === undefined) return
  fail(finding.message, finding.offset, finding.status, finding.header)
}
