import type { SipRequest } from '@netsip/message'

const users = new WeakMap<SipRequest, string>()

/** The username that {@link Authorize} found proved for this request. */
export function authenticatedUser(request: SipRequest): string | undefined {
  return users.get(request)
}

export function setAuthenticatedUser(request: SipRequest, username: string): void {
  users.set(request, username)
}

/** A copy to work on, of whose sender as much is known: policies are asked about the copy. */
export function workingCopy(request: SipRequest): SipRequest {
  const copy = request.clone()
  const user = users.get(request)
  if (user !== undefined) users.set(copy, user)
  return copy
}
