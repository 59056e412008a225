import type { SipRequest } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import { type Arrival, ClientRequest } from '../request/client-request.ts'
import { type Context, type ContextCallback, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import { applyHeaderFields, type HeaderField } from '../request/request-args.ts'

/**
 * Cancels an INVITE (RFC 3261 9.1): the one given, else the newest that has no final answer. The CANCEL is held back until
 * a provisional response has come. Returns how many were cancelled: 1, or 0 when there was nothing to cancel.
 */
export function cancelInvite(
  core: Core,
  ctx: Context,
  request?: SipRequest | null,
  callback?: ContextCallback | null,
  fields: readonly HeaderField[] = [],
): 0 | 1 {
  const client = inside(ctx).owner === core.endpoint ? findInvite(ctx, request ?? undefined) : undefined
  if (client === undefined) return 0
  client.cancelWhenAllowed(() => sendCancel(core, client, callback ?? undefined, fields))
  return 1
}

function findInvite(ctx: Context, request: SipRequest | undefined): ClientRequest | undefined {
  const pending = inside(ctx).outgoing.filter((one) => one instanceof ClientRequest)
  return pending.find(
    (one) => one.method === 'INVITE' && !one.done && !one.cancelled && (request === undefined || one.sent(request)),
  )
}

function sendCancel(
  core: Core,
  invite: ClientRequest,
  callback: ContextCallback | undefined,
  fields: readonly HeaderField[],
): void {
  const { ctx } = invite
  const cancel = invite.request.createCancel()
  applyHeaderFields(cancel, fields)
  const tell = (error: SipError | undefined, arrival?: Arrival): void => {
    core.notify(ctx, callback, { error, packet: arrival?.response, leg: arrival?.leg, from: arrival?.from })
    core.detachIfIdle(ctx)
  }
  new ClientRequest({
    core,
    ctx,
    request: cancel,
    redirect: 'none',
    handler: {
      success: (arrival) => tell(undefined, arrival),
      failure: (error, arrival) => tell(error, arrival),
    },
  }).start()
}
