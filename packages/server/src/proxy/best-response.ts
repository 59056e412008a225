import type { SipResponse } from '@netsip/message'

const PREFERRED = new Set([401, 407, 415, 420, 484])
const LAST_CHOICE = new Set([408, 482, 487])
const CHALLENGES = ['WWW-Authenticate', 'Proxy-Authenticate']

/**
 * The response a forking proxy passes on when no branch had success (RFC 3261 16.7 step 6): a 6xx, else one of the lowest class.
 * Of the 4xx those are best that tell the caller how to try again; those least that only say a branch was given up.
 *
 * @returns `undefined` when there is none.
 */
export function bestResponse(finals: readonly SipResponse[]): SipResponse | undefined {
  let best: SipResponse | undefined
  for (const response of finals) if (!best || rank(response.status) < rank(best.status)) best = response
  return best
}

/**
 * When the best response is a challenge, the challenges of all other branches go with it, so that the caller can answer them
 * all at once (RFC 3261 16.7 step 7). The order within each response is kept (RFC 8760 2.5). Changes `best`.
 */
export function mergeChallenges(best: SipResponse, finals: readonly SipResponse[]): void {
  if (!isChallenge(best)) return
  for (const response of finals) {
    if (response === best || !isChallenge(response)) continue
    for (const name of CHALLENGES) {
      for (const value of response.headers.getAll(name)) best.headers.append(name, value)
    }
  }
}

function isChallenge({ status }: SipResponse): boolean {
  return status === 401 || status === 407
}

function rank(status: number): number {
  if (status >= 600) return 0
  if (status < 400) return 1
  if (status >= 500) return status === 503 ? 6 : 5
  if (PREFERRED.has(status)) return 2
  return LAST_CHOICE.has(status) ? 4 : 3
}
