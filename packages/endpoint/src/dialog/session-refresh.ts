import { contactWriter } from '../request/contact.ts'
import { type Context, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from './dialog.ts'
import { sendInvite } from '../invite/invite-uac.ts'
import { sendPlain } from '../request/new-request.ts'
import { OutcomeBox } from '../context/outcome.ts'
import { prepareRequest } from '../request/prepare-request.ts'

/** Refreshes a session (RFC 4028 7.4): UPDATE when the peer takes it, else a re-INVITE with the description we sent last. */
export function refreshSession(core: Core, ctx: Context, dialog: Dialog): void {
  if (dialog.state !== 'confirmed' || dialog.ending) return
  // What is under way may refresh the session as well; if not, there is another turn.
  if (inside(ctx).outgoing.some((one) => one.method === 'UPDATE' && !one.done)) return
  if (dialog.invitePending !== undefined || dialog.session.state !== 'stable') return
  const { allowsUpdate } = dialog
  const request = dialog.createRequest(allowsUpdate ? 'UPDATE' : 'INVITE')
  const local = allowsUpdate ? undefined : dialog.session.local
  if (local !== undefined) request.contentType = local.type
  prepareRequest(core, ctx, request, { dialog, body: local?.body })
  const pending = { core, ctx, callback: undefined, outcome: new OutcomeBox() }
  const options = { pending, request, dialog, redirect: 'none', prepare: contactWriter(ctx, request) } as const
  if (allowsUpdate) sendPlain(options)
  else sendInvite(options)
}
