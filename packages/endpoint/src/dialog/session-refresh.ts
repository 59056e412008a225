import { ClientRequest } from '../request/client-request.ts'
import { contactWriter } from '../request/contact.ts'
import { type Context, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from './dialog.ts'
import { endBroken } from '../context/end-broken.ts'
import { sendInvite } from '../invite/invite-uac.ts'
import { OutcomeBox } from '../context/outcome.ts'
import { prepareRequest } from '../request/prepare-request.ts'
import { runSession } from './session-timer.ts'

/** Refreshes a session (RFC 4028 7.4): UPDATE when the peer takes it, else a re-INVITE with the description we sent last. */
export function refreshSession(core: Core, ctx: Context, dialog: Dialog): void {
  if (dialog.state !== 'confirmed' || dialog.ending) return
  // What is under way may refresh the session as well; if not, there is another turn.
  if (inside(ctx).outgoing.some((one) => one.method === 'UPDATE' && !one.done)) return
  if (dialog.invitePending !== undefined || dialog.session.state !== 'stable') return
  if (dialog.allowsUpdate) update(core, ctx, dialog)
  else reInvite(core, ctx, dialog)
}

function update(core: Core, ctx: Context, dialog: Dialog): void {
  const request = dialog.createRequest('UPDATE')
  prepareRequest(core, ctx, request, { dialog })
  const client: ClientRequest = new ClientRequest({
    core,
    ctx,
    request,
    dialog,
    redirect: 'none',
    prepare: contactWriter(ctx, request),
    handler: {
      success: ({ response }) => {
        dialog.refreshTarget(response)
        runSession(core, ctx, dialog, response, 'uac')
        core.detachIfIdle(ctx)
      },
      failure: (error) => {
        endBroken(core, ctx, dialog, error, 'UPDATE')
        core.detachIfIdle(ctx)
      },
    },
  })
  client.start()
}

function reInvite(core: Core, ctx: Context, dialog: Dialog): void {
  const request = dialog.createRequest('INVITE')
  const { local } = dialog.session
  if (local !== undefined) request.contentType = local.type
  prepareRequest(core, ctx, request, { dialog, body: local?.body })
  const pending = { core, ctx, callback: undefined, outcome: new OutcomeBox() }
  sendInvite({ pending, request, dialog, redirect: 'none', prepare: contactWriter(ctx, request) })
}
