import { parseMessage, type ParseOptions, type SipResponse } from '@netsip/message'

// Whatever the application wrote was ours to send.
const unbounded: ParseOptions = {
  maxMessage: Infinity,
  maxHeaderSection: Infinity,
  maxLine: Infinity,
  maxHeaders: Infinity,
  maxVias: Infinity,
  maxBody: Infinity,
}

/** A response of ours from the octets that were kept of it. */
export function parseOwn(octets: Uint8Array): SipResponse {
  return parseMessage(octets, unbounded) as SipResponse
}
