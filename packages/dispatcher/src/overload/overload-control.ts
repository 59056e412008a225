import type { SipRequest, SipResponse, Via } from '@netsip/message'
import type { Target } from '@netsip/transport'

/**
 * How neighbours agree on what one of them can take (RFC 7339): what a dispatcher asks of it at each point where a request or a
 * response passes. {@link LossControl} is one.
 */
export interface OverloadControl {
  /** The Via of a request that goes out, with the offer to listen. */
  offer(via: Via): Via
  /** A response has come from `target`, which may say in our Via how much it can take. */
  learn(response: SipResponse, target: Target): void
  /** Why this request is not to go to `target`, which asked for less; undefined when it may. */
  heldBack(request: SipRequest, target: Target): string | undefined
  /** Whether a request that came in is to be answered 503; `fill` is how much of the room for transactions is taken, from 0 to 1. */
  refuses(request: SipRequest, fill: number): boolean
  /** Says in a response that goes out how much can be taken, to a neighbour that listens. */
  report(response: SipResponse, fill: number): void
}
