import type { SipRequest } from '@netsip/message'

// So many requests that matter may go in the place of others that have to come first, before one of them is taken too.
const mostOwed = 10

/** Takes a share out of requests, evenly; those that matter more only when too few others come (RFC 7339 5.10.1, 7.2). */
export class Thinning {
  // How many should have been taken by now, and were not.
  #owed = 0

  /** Whether this one is taken, when `percent` of all are to be. */
  takes(request: SipRequest, percent: number): boolean {
    if (percent === 0) this.#owed = 0
    // It ends what was begun, and goes where that went.
    if (percent === 0 || request.method === 'CANCEL') return false
    this.#owed += percent / 100
    if (this.#owed < 1 || (this.#owed < mostOwed && matters(request))) return false
    this.#owed--
    return true
  }
}

/** Requests of calls that are up, and emergencies (RFC 7339 5.10.1, RFC 4412, RFC 5031). */
function matters(request: SipRequest): boolean {
  if (request.to.tag !== undefined || request.headers.has('Resource-Priority')) return true
  return request.uri.toString().toLowerCase().startsWith('urn:service:sos')
}
