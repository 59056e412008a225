import type { Dispatcher } from '@netsip/dispatcher'
import type { SipRequest } from '@netsip/message'
import { answer } from '../answer.ts'
import type { ResponseContext } from './response-context.ts'

/**
 * A CANCEL (RFC 3261 16.10): answered 200 at once when it is for an INVITE in progress here, whose branches are then cancelled.
 *
 * @returns `false` when there is no such INVITE; the {@link Chain} answers when nobody else has one either.
 */
export function handleCancel(
  dispatcher: Dispatcher,
  cancel: SipRequest,
  contexts: ReadonlyMap<SipRequest, ResponseContext>,
): boolean {
  const invite = dispatcher.findInvite(cancel)
  const context = invite && contexts.get(invite)
  if (!context) return false
  answer(cancel, dispatcher, { status: 200 })
  context.cancel(cancel.headers.getAll('Reason'))
  return true
}
