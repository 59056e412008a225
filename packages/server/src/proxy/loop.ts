import type { SipRequest } from '@netsip/message'
import type { Leg } from '@netsip/transport'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

const LOOP_PART = /\.l([0-9a-f]{16})$/

/**
 * The part of a branch that tells a loop from a spiral (RFC 5393 4.2): equal when everything that decides where a request goes
 * is equal. The method, the To tag and the received Via stay out of it: a loop would change them. So does what a CANCEL has not.
 */
export function loopPart(request: SipRequest): string {
  const decides = [
    request.uri.toString(),
    ...request.headers.getAll('Route'),
    request.callId,
    request.from.tag ?? '',
    String(request.cseq.seq),
  ]
  return `.l${bytesToHex(sha256(utf8ToBytes(decides.join('\n'))).subarray(0, 8))}`
}

/** Whether this request was here before and would take the same way again (RFC 3261 16.3 step 4). */
export function isLoop(request: SipRequest, legs: readonly Leg[], part: string): boolean {
  return request.vias.some((via) => {
    const found = LOOP_PART.exec(via.branch ?? '')
    return found !== null && found[0] === part && legs.some((leg) => leg.isOwnSentBy(via))
  })
}
