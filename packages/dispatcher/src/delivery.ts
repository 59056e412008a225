import type { SipMessage, SipRequest, SipResponse, Uri } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import type { Leg, Source, Target } from '@netsip/transport'

/** The way a message came: the leg that took it, and where it was sent from. */
export interface Path {
  readonly leg: Leg
  readonly from: Source
}

/** How a message is to be delivered, and who hears what becomes of it. */
export interface DeliverOptions {
  /** Send from this leg; default: the one that reaches the target. */
  leg?: Leg | undefined
  /** Send exactly there; nothing is resolved, and UDP is not changed for TCP. */
  target?: Target | undefined
  /** The next hop instead of Route and Request-URI: a URI, `host` or `host:port`. With a `sips` Request-URI by TLS, too. */
  hop?: Uri | string | undefined
  /**
   * The way that messages of this dialog came. Where the next hop resolves to several places, the one it leads to is tried
   * first; a next hop that can be reached in no other way (`ob` of RFC 5626 4.3, a host in `.invalid` of RFC 7118 5) is not
   * resolved at all as long as the way is open. When it is gone, or breaks before an answer, the next hop is resolved anew.
   */
  path?: Path | undefined
  /**
   * Send once without a transaction: nothing is repeated, and responses count as stray. Always so for an ACK. A response goes by its
   * top Via, past the transaction of its request, which counts as not answered.
   */
  stateless?: boolean | undefined
  /**
   * The Via of ours on top is from an earlier sending of this very message and stays: for the ACK of a 2xx, which is sent
   * again, the same, with each repetition of that 2xx (RFC 3261 13.2.2.4).
   */
  keepVia?: boolean | undefined
  /** A name for `cancelDelivery`, of one delivery at a time; default: one is made. */
  id?: string | undefined
  /** Appended to every branch that is made for the request, as a proxy's loop detection needs it (RFC 3261 16.6 step 8). */
  branchSuffix?: string | undefined
  /**
   * Called for each attempt once leg and target are known and the Via is on top, before the request is serialised: the
   * place for a Contact or Record-Route that depends on the way out.
   */
  prepare?: ((request: SipRequest, leg: Leg, target: Target) => void) | undefined
  /** Every response that RFC 3261 17 and RFC 6026 hand to the transaction user. Without it they go to the receiver. */
  onResponse?: ((response: SipResponse, leg: Leg, from: Source) => void) | undefined
  /**
   * The request failed: `ERR_SIP_TIMEOUT` (timers B, F), `ERR_SIP_REFUSED` (transport), `ERR_SIP_UNRESOLVED`,
   * `ERR_SIP_OVERLOAD`. Once at most, never after a final response, and never before `deliver` has returned.
   * For a response: it could not be sent, or no ACK came (timer H).
   */
  onError?: ((error: SipError) => void) | undefined
  /**
   * The last word: the transaction is over, and its timers with it. Without a transaction it only follows `onError`. For an
   * INVITE hand it in with the first 2xx: of one that is sent again the end may not be told.
   */
  onTerminated?: (() => void) | undefined
}

/** A message on its way. */
export interface Delivery {
  readonly id: string
  readonly message: SipMessage
  /** `Resolving`, a state of the transaction (`Calling`, `Trying`, `Proceeding` ...), `Sent` without one, or `Terminated`. */
  readonly state: string
  /** The branch of the top Via, once there is one. */
  readonly branch?: string | undefined
  /** Where it goes out, once that is known. */
  readonly leg?: Leg | undefined
  /** Where it goes to, once that is known. */
  readonly target?: Target | undefined
}
