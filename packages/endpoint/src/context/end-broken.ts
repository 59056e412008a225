import type { SipError } from '@netsip/runtime'
import { sendBye } from '../invite/bye.ts'
import { type Context, inside } from './context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { failureReach } from '../dialog/usage.ts'

/**
 * A request of a call failed in its dialog. An answer that says the call is gone ends it, with a BYE for the other end; one that
 * says so of the dialog ends the subscriptions in it too (RFC 3261 12.2.1.2, RFC 5057 5.1).
 */
export function endBroken(core: Core, ctx: Context, dialog: Dialog, error: SipError, method: string): void {
  const reach = failureReach(error, method)
  if (reach === 'transaction') return
  if (reach === 'dialog') endUsages(ctx, dialog)
  endCall(core, ctx, dialog, error)
}

/** A request of a subscription failed in its dialog, which it has ended for itself: does it end the others? */
export function endShared(core: Core, ctx: Context, dialog: Dialog, error: SipError, method: string): void {
  if (failureReach(error, method) !== 'dialog') return
  endUsages(ctx, dialog)
  endCall(core, ctx, dialog, error)
}

function endUsages(ctx: Context, dialog: Dialog): void {
  for (const usage of inside(ctx).usages.slice()) if (usage.dialog === dialog) usage.lost()
}

function endCall(core: Core, ctx: Context, dialog: Dialog, error: SipError): void {
  if (!inside(ctx).dialogs.includes(dialog) || dialog.ending) return
  if (dialog.state === 'early' && dialog.role === 'uas') return
  sendBye(core, ctx, dialog, { reason: { by: 'error', error } })
}
