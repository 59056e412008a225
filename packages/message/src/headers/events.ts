import type { Params } from '../params/params.ts'
import { lowerToken, lowerWord, number, token, word } from './forms.ts'
import { single, type SingleHeader } from './header-type.ts'
import { withParams } from './with-params.ts'

/** What is subscribed to (RFC 6665 8.2.1). */
export interface EventValue {
  /** Package with its templates: `presence`, `presence.winfo`. Case matters. */
  readonly type: string
  /** Tells subscriptions of one dialog apart. */
  readonly id?: string | undefined
  readonly params?: Params | undefined
}

/** Event (RFC 6665 8.2.1). */
export const Event: SingleHeader<EventValue> = single('Event', withParams<EventValue>('type', token, { id: word }))

/** How a subscription stands (RFC 6665 8.2.3). */
export interface SubscriptionStateValue {
  /** `active`, `pending`, `terminated` or another, in lower case. */
  readonly state: string
  /** Seconds that are left. */
  readonly expires?: number | undefined
  /** Why it ended: `deactivated`, `probation`, `rejected`, `timeout`, `giveup`, `noresource`, `invariant`. */
  readonly reason?: string | undefined
  /** Seconds before another try. */
  readonly retryAfter?: number | undefined
  readonly params?: Params | undefined
}

/** Subscription-State (RFC 6665 8.2.3). */
export const SubscriptionState: SingleHeader<SubscriptionStateValue> = single(
  'Subscription-State',
  withParams<SubscriptionStateValue>('state', lowerToken, { reason: lowerWord, expires: number, retryAfter: number }),
)
