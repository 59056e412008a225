import { SipError } from '@netsip/runtime'
import { sendBye } from '../invite/bye.ts'
import { cancelInvite } from '../invite/cancel.ts'
import { refuseIncoming } from './close-context.ts'
import type { Pending } from './completion.ts'
import { type Context, inside } from './context.ts'
import type { ClientRequest } from '../request/client-request.ts'
import type { Core } from '../core.ts'

/** Ends whatever goes on in a context as its state asks, and resolves when the context is closed. */
export function hangUp(core: Core, ctx: Context): Promise<void> {
  const own = inside(ctx)
  if (own.closed) return Promise.resolve()
  const closed = new Promise<void>((resolve) => ctx.once('close', resolve))
  try {
    end(core, ctx)
  } catch (error) {
    // The dispatcher is closed: nobody hears us any more.
    core.report(error, ctx)
    for (const dialog of own.dialogs.slice()) core.endDialog(ctx, dialog, { by: 'error' })
    own.outcome.reject(new SipError('ERR_SIP_CLOSED', 'the endpoint is closed', { cause: error }))
    core.detach(ctx)
  }
  return closed
}

function end(core: Core, ctx: Context): void {
  const own = inside(ctx)
  own.keep = false
  own.leaving = true
  refuseIncoming(ctx)
  for (const one of own.outgoing.slice()) if (cancelInvite(core, ctx, one.request) === 0) one.giveUp()
  const calling = own.outgoing.some((one) => one.method === 'INVITE' && !one.done)
  for (const dialog of own.dialogs.slice()) {
    if (dialog.state === 'confirmed' && !dialog.ending) sendBye(core, ctx, dialog)
    // A fork that rings on after another has answered is not waited for: should it answer, it gets ACK and BYE.
    else if (dialog.state === 'early' && dialog.role === 'uac' && !calling) core.endDialog(ctx, dialog, { by: 'local' })
  }
  for (const usage of own.usages.slice()) usage.end()
  core.detachIfIdle(ctx)
}

/**
 * Ties a signal to a context: aborting hangs up, or cancels the re-INVITE. Who waits is told at once, as the peer may be silent,
 * and a CANCEL has to wait for its first word (RFC 3261 9.1). The tie ends with the context.
 */
export function hangUpOn({ core, ctx, outcome }: Pending, signal: AbortSignal, again?: ClientRequest): void {
  const abort = (): void => {
    outcome.reject(new SipError('ERR_SIP_CANCELLED', 'the signal is aborted'))
    if (again === undefined) void hangUp(core, ctx)
    else cancelInvite(core, ctx, again.request)
  }
  signal.addEventListener('abort', abort, { once: true })
  ctx.once('close', () => signal.removeEventListener('abort', abort))
}

/** Calls whose contexts are closed, and whose BYE waits for an ACK. */
function owed({ pendingAcks }: Core): Promise<void>[] {
  return [...pendingAcks.values()].map((one) => new Promise((resolve) => one.whenDone(resolve)))
}

/** Nobody has to give the password first that a request waits for. */
export function giveUpAll({ contexts }: Core): void {
  const waiting = [...contexts].flatMap((ctx) => inside(ctx).outgoing)
  for (const one of waiting) one.giveUp()
}

/** Hangs up all that an endpoint has, and waits for the end of it. */
export async function hangUpAll(core: Core): Promise<void> {
  await Promise.all([...[...core.contexts].map((ctx) => hangUp(core, ctx)), ...owed(core)])
}
