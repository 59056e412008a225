import type { SipRequest, SipResponse } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import type { Leg, Source } from '@netsip/transport'
import type { Dialog } from '../dialog/dialog.ts'

/** Why a dialog or an attempt to make one is over. */
export interface EndReason {
  /** Who ended it: we, the peer, or a failure (timeout, 481, ACK that never came). */
  readonly by: 'local' | 'remote' | 'error'
  /** The BYE or CANCEL of the peer. */
  readonly request?: SipRequest
  readonly error?: SipError
}

/** Events of a Context. A listener that throws is reported by the endpoint's `error` event and stops nothing. */
export interface ContextEvents {
  /**
   * A provisional response above 100 to our INVITE; `dialog` is the early dialog it belongs to, if it has a To
   * tag; `prack` acknowledges it when it was sent reliably, and leaves when the listeners have returned.
   */
  progress: [response: SipResponse, dialog: Dialog | undefined, prack: SipRequest | undefined]
  /** A dialog came to be, early or confirmed, at either side. */
  dialog: [dialog: Dialog]
  /**
   * A 2xx to our INVITE. `ack` leaves when the listeners have returned: put the answer to a late offer into it. A promise that
   * a listener returns is not awaited; one that a callback returns is.
   */
  accepted: [response: SipResponse, dialog: Dialog, ack: SipRequest]
  /** The call is up: our ACK is sent, or the peer's has come. */
  established: [dialog: Dialog]
  /** A request of the peer on this context, after the application has seen it. */
  request: [request: SipRequest, leg: Leg, from: Source]
  /** The peer cancelled the INVITE it had sent; it is answered already. */
  cancelled: [request: SipRequest]
  /** A dialog is over. */
  ended: [dialog: Dialog, reason: EndReason]
  /** Another call took the place of this dialog (RFC 3891), which is being hung up. */
  replaced: [dialog: Dialog, request: SipRequest]
  /** A request of ours failed: a final response of 300 and above, or no response at all. */
  failed: [error: SipError, request: SipRequest]
  /**
   * The endpoint has let go of this context. This event comes before code that awaits `outcome` runs. A program that acts on
   * both, such as a B2BUA, should learn of answers by `accepted` and `failed`, or by a callback.
   */
  close: []
}
