import type { Params } from '../values/params.ts'
import type { SingleHeader } from './header-type.ts'
import { cutParams, numberParam, otherParams, param, token, writtenToken } from './parts.ts'

/** What is subscribed to (RFC 6665 8.2.1). */
export interface EventValue {
  /** Package with its templates: `presence`, `presence.winfo`. Case matters. */
  readonly type: string
  /** Tells subscriptions of one dialog apart. */
  readonly id?: string | undefined
  readonly params?: Params | undefined
}

/** Event (RFC 6665 8.2.1). */
export const Event: SingleHeader<EventValue> = {
  name: 'Event',
  list: false,
  parse(text) {
    const { head, params } = cutParams(text)
    const id = params.get('id')
    return { type: token(head, 'an event package'), ...(id !== undefined && { id }), params: otherParams(params, 'id') }
  },
  format: ({ type, id, params }) =>
    writtenToken(type, 'an event package') + param('id', id) + (params?.toString() ?? ''),
}

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
export const SubscriptionState: SingleHeader<SubscriptionStateValue> = {
  name: 'Subscription-State',
  list: false,
  parse(text) {
    const { head, params } = cutParams(text)
    const expires = numberParam(params, 'expires')
    const reason = params.get('reason')?.toLowerCase()
    const retryAfter = numberParam(params, 'retry-after')
    return {
      state: token(head, 'a subscription state').toLowerCase(),
      ...(expires !== undefined && { expires }),
      ...(reason !== undefined && { reason }),
      ...(retryAfter !== undefined && { retryAfter }),
      params: otherParams(params, 'expires', 'reason', 'retry-after'),
    }
  },
  format: ({ state, expires, reason, retryAfter, params }) =>
    writtenToken(state, 'a subscription state') +
    param('reason', reason) +
    param('expires', expires) +
    param('retry-after', retryAfter) +
    (params?.toString() ?? ''),
}
