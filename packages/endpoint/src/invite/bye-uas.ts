import type { SipRequest } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'
import { inform } from '../application.ts'
import { type Context, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { refuseInvite } from './invite-uas.ts'
import { answer } from '../response/respond.ts'
import { ServerRequest } from '../response/server-request.ts'

/** A BYE of the peer (RFC 3261 15.1.2): 200, 487 to what is unanswered in the dialog, and the dialog is over. */
export function receiveBye(core: Core, ctx: Context, dialog: Dialog, bye: SipRequest, leg: Leg, from: Source): void {
  const server = new ServerRequest(core, ctx, bye, leg, from, dialog)
  answer(server, bye.createResponse(200))
  for (const pending of inside(ctx).incoming.slice()) {
    if (pending instanceof ServerRequest && pending.dialog === dialog) end(pending)
  }
  core.endDialog(ctx, dialog, { by: 'remote', request: bye })
  // The caller of a call that it hangs up has our 2xx: its ACK was lost, and nothing waits for it any more.
  const unacknowledged = core.pendingAcks.get(dialog)
  core.pendingAcks.delete(dialog)
  unacknowledged?.acknowledge()
  inform(core, ctx, bye, leg, from)
  core.detachIfIdle(ctx)
}

function end(pending: ServerRequest): void {
  if (pending.request.method === 'INVITE') refuseInvite(pending, 487, 'cancelled')
  else answer(pending, pending.request.createResponse(487))
}
