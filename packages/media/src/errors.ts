import { SipError } from '@netsip/runtime'

/** What a {@link MediaError} is about. */
export type MediaErrorCode =
  /** the peer's description shares no usable audio stream with us: SIP answers 488 */
  | 'ERR_MEDIA_NO_CODEC'
  /** a session description is malformed, or too large: SIP answers 400 or 488 */
  | 'ERR_MEDIA_SDP'
  /** the method cannot be called in this state of the session, e.g. an answer without an offer */
  | 'ERR_MEDIA_STATE'
  /** the session is closed */
  | 'ERR_MEDIA_CLOSED'
  /** the peer did not agree to telephone-event, or not to this digit */
  | 'ERR_MEDIA_DTMF'
  /** an argument of a wrong type or out of range */
  | 'ERR_MEDIA_ARGUMENT'
  /** bytes that are not a WAV file we can play */
  | 'ERR_MEDIA_WAV'
  /** no free pair of ports */
  | 'ERR_MEDIA_PORTS'
  /** a socket refused to send or failed; the session goes on */
  | 'ERR_MEDIA_SOCKET'
  /** a source, sink or listener of the application threw; it is taken off and the session goes on */
  | 'ERR_MEDIA_APPLICATION'

/** The only kind of error that this package throws or reports. */
export class MediaError extends SipError {
  override readonly name: string = 'MediaError'
  override readonly code: MediaErrorCode

  constructor(code: MediaErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options)
    this.code = code
  }
}
