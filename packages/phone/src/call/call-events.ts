import type { AudioSource } from '@netsip/media'
import type { CallEnd, DigitEvent, HoldEvent, MediaEvent } from './call-types.ts'
import type { TransferRequest } from './transfer-request.ts'

/** Events of a call. */
export interface CallEvents {
  /** The peer rings, or says that it makes progress (180, 183 ...). */
  ringing: [status: number, reason: string]
  answered: []
  /** A codec is agreed, or another one after a re-INVITE. */
  media: [event: MediaEvent]
  dtmf: [event: DigitEvent]
  /** What was played has come to its end; the peer hears silence, unless something else is played now. */
  played: [source: AudioSource]
  /** One side has put the call on hold, or taken it off. */
  hold: [event: HoldEvent]
  /**
   * The peer asks us to call somebody else: accept() or reject() it. Without a listener it is refused with 603, and one that
   * comes while another is under way in the call with 491.
   */
  transfer: [request: TransferRequest]
  ended: [end: CallEnd]
  /** Something went wrong that does not end the call, such as a packet the network refused. */
  error: [error: Error]
}
