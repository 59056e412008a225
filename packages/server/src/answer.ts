import type { Dispatcher } from '@netsip/dispatcher'
import type { HeaderInit, SipRequest, SipResponse } from '@netsip/message'

/** Why a request is refused: what the response to it says. */
export interface Rejection {
  readonly status: number
  readonly reason?: string
  readonly headers?: HeaderInit
}

/** A response of this server's own, with the To tag that a UAS adds (RFC 3261 8.2.6.2, 16.3). */
export function answerTo(
  request: SipRequest,
  dispatcher: Dispatcher,
  { status, reason, headers }: Rejection,
): SipResponse {
  return request.createResponse(status, {
    toTag: dispatcher.random.hex(6),
    ...(reason === undefined ? {} : { reason }),
    ...(headers === undefined ? {} : { headers }),
  })
}

/** Makes and sends {@link answerTo}. */
export function answer(request: SipRequest, dispatcher: Dispatcher, rejection: Rejection): void {
  dispatcher.deliver(answerTo(request, dispatcher, rejection))
}
