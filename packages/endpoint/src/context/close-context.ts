import { SipError } from '@netsip/runtime'
import { sendBye } from '../invite/bye.ts'
import { cancelInvite } from '../invite/cancel.ts'
import { type Context, inside, type OutgoingRequest } from './context.ts'
import type { Core } from '../core.ts'
import { refuseInvite } from '../invite/invite-uas.ts'
import { answer } from '../response/respond.ts'
import { ServerRequest } from '../response/server-request.ts'

/**
 * Takes a context out of the active calls: no callback, event or retransmission of it any more. What the protocol is owed
 * is still done behind the scenes: unanswered requests are refused, a late 2xx gets ACK and BYE, and a 2xx of ours waits
 * for its ACK and is followed by BYE. A confirmed dialog is dropped without BYE; to hang up, send one first.
 */
export function closeContext(core: Core, ctx: Context): void {
  const own = inside(ctx)
  if (own.closed || own.owner !== core.endpoint) return
  own.muted = true
  refuseIncoming(ctx)
  const waiting = own.outgoing.find((one) => !one.done)
  for (const one of own.outgoing.slice()) {
    if (one.method !== 'INVITE') one.fail(closedError(one))
    else if (cancelInvite(core, ctx, one.request) === 1) one.quiet()
  }
  for (const dialog of own.dialogs.slice()) {
    if (!core.pendingAcks.get(dialog)) core.endDialog(ctx, dialog, { by: 'local' })
    else if (!dialog.ending) sendBye(core, ctx, dialog)
  }
  for (const usage of own.usages.slice()) usage.lost()
  own.outcome.reject(closedError(waiting))
  core.detach(ctx)
}

/** What a request that was still waiting for its answer comes to: closing is nobody's refusal. */
function closedError(waiting: OutgoingRequest | undefined): SipError {
  if (waiting === undefined) return new SipError('ERR_SIP_CLOSED', 'the context was closed')
  const { method, uri } = waiting.request
  const message = `${method} to ${uri.toString()} was given up: it had no answer yet when its context was closed`
  return new SipError('ERR_SIP_CLOSED', message)
}

/** Nobody is left to answer these: 480 to an INVITE, 500 to the rest. */
export function refuseIncoming(ctx: Context): void {
  for (const pending of inside(ctx).incoming.slice()) {
    if (!(pending instanceof ServerRequest)) continue
    if (pending.request.method === 'INVITE') refuseInvite(pending, 480)
    else answer(pending, pending.request.createResponse(500))
  }
}
