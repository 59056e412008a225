import type { EventValue, SipRequest, SubscriptionStateValue } from '@netsip/message'

/** Where a subscription stands, seen from either side. */
export type SubscriptionPhase = 'trying' | 'pending' | 'active' | 'terminated'

/** Events of a Notifier, which is somebody's subscription to us. */
export interface NotifierEvents {
  /** It was refreshed for `expires` seconds. */
  refreshed: [request: SipRequest, expires: number]
  /** It is over: unsubscribed, expired, ended by us, or the subscriber is gone. */
  terminated: [reason: string]
}

/** Do two Event headers name the same subscription of a dialog (RFC 6665 4.4.1)? */
export function sameEvent(one: EventValue | undefined, other: EventValue): boolean {
  return one?.type === other.type && one.id === other.id
}

/** Milliseconds to wait before another try after a termination; `undefined` when there should be none. */
export function retryPause({ reason, retryAfter }: SubscriptionStateValue): number | undefined {
  switch (reason) {
    case 'deactivated':
    case 'timeout':
      return 0
    case 'rejected':
    case 'noresource':
    case 'invariant':
      return undefined
    default:
      return 1000 * (retryAfter ?? 0)
  }
}

/** Answers that end a subscription, beside silence (RFC 6665 4.1.2.2, RFC 5057 5.1). */
const ENDS = new Set([404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604])

export function endsSubscription(status: number | undefined): boolean {
  return status === undefined || status === 408 || ENDS.has(status)
}
