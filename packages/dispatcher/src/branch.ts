import { MAGIC_COOKIE, type SipRequest } from '@netsip/message'

/** Whether a branch is unique by itself, as RFC 3261 8.1.1.7 promises; otherwise the rules of RFC 2543 apply. */
export function hasCookie(branch: string | undefined): branch is string {
  return branch !== undefined && branch.length > MAGIC_COOKIE.length && branch.startsWith(MAGIC_COOKIE)
}

/** Whether a request can belong to a client transaction that is already there. */
export function followsInvite(request: SipRequest): boolean {
  return (request.method === 'CANCEL' || request.method === 'ACK') && hasCookie(request.via?.branch)
}
