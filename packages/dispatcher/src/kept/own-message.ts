import { parseMessage, type ParseOptions, type SipMessage } from '@netsip/message'

// Whatever the application wrote was ours to send.
const unbounded: ParseOptions = {
  maxMessage: Infinity,
  maxHeaderSection: Infinity,
  maxLine: Infinity,
  maxHeaders: Infinity,
  maxVias: Infinity,
  maxBody: Infinity,
}

/** A message of ours from the octets that were kept of it. */
export function parseOwn(octets: Uint8Array): SipMessage {
  return parseMessage(octets, unbounded)
}
