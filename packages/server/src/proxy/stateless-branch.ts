import { MAGIC_COOKIE, type SipRequest } from '@netsip/message'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/**
 * The branch of a stateless proxy (RFC 3261 16.11): the same for each copy of a request, and for its CANCEL and the ACK of its
 * refusal. Where the RFC also takes the To tag it errs: the ACK has one that its INVITE had not.
 */
export function statelessBranch(request: SipRequest): string {
  const { via } = request
  const branch = via?.branch
  const unique = branch !== undefined && branch.length > MAGIC_COOKIE.length && branch.startsWith(MAGIC_COOKIE)
  return `${MAGIC_COOKIE}${digest(unique ? [via?.sentBy, branch] : legacyIdentity(request))}`
}

/** The To tag of a response without a transaction: the same for each copy of a request (RFC 3261 8.2.7). */
export function statelessTag(request: SipRequest, secret: Uint8Array): string {
  return digest([bytesToHex(secret), ...legacyIdentity(request)])
}

/** What tells requests apart that have no branch of their own, as those of RFC 2543. */
function legacyIdentity(request: SipRequest): (string | undefined)[] {
  const { via, from, callId, cseq, uri } = request
  return [via?.toString(), from.tag, callId, String(cseq.seq), uri.toString()]
}

function digest(parts: readonly (string | undefined)[]): string {
  return bytesToHex(sha256(utf8ToBytes(parts.join('\n'))).subarray(0, 12))
}
