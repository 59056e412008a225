import type { SipRequest, SipResponse } from '@netsip/message'
import type { Credentials } from './credentials.ts'
import { DigestSession } from './session.ts'

/**
 * Adds Authorization and Proxy-Authorization to `request` for each challenge of `response` that can be answered
 * (RFC 3261 22.2, 22.3): one a realm, the strongest algorithm first. What `request` carries for the same realm is
 * replaced, anything else stays; its CSeq is the caller's to raise.
 *
 * With `state` the nonces are remembered there and counted on; without, each call starts anew.
 *
 * @returns whether anything was added; a promise only where `credentials` is a function that returns one
 */
export function authorize(
  request: SipRequest,
  response: SipResponse,
  credentials: Credentials,
  state: DigestSession = new DigestSession(credentials),
): boolean | Promise<boolean> {
  return state.authorize(request, response, credentials)
}
