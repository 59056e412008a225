import type { SipRequest } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'
import { inform } from '../application.ts'
import type { Core } from '../core.ts'
import { refuseInvite } from './invite-uas.ts'
import { reject } from '../response/reject.ts'
import { pendingRequest, type ServerRequest } from '../response/server-request.ts'
import { transactionOf } from '../response/transaction-name.ts'

/**
 * A CANCEL of the peer (RFC 3261 9.2): 200 to it when it matches an INVITE, and 487 to that INVITE if it has no final
 * answer; only then does the application hear of it. For any other request it gets 200 and changes nothing. No match: 481.
 */
export function receiveCancel(core: Core, cancel: SipRequest, leg: Leg, from: Source): void {
  const invite = core.dispatcher.findInvite(cancel)
  if (invite === undefined) return reject(core, cancel, leg, core.dispatcher.namesRequest(cancel) ? 200 : 481)
  const server = findServer(core, invite)
  const tag = server?.ctx.local.tag ?? core.random.hex(8)
  core.dispatcher.deliver(cancel.createResponse(200, { toTag: tag }), { leg, onError: (error) => core.report(error) })
  if (server === undefined) return
  const { ctx } = server
  refuseInvite(server, 487, 'cancelled')
  core.emit(ctx, 'cancelled', cancel)
  inform(core, ctx, cancel, leg, from)
  core.detachIfIdle(ctx)
}

function findServer(core: Core, invite: SipRequest): ServerRequest | undefined {
  const transaction = transactionOf(invite)
  for (const ctx of core.contexts.byCallId(invite.callId)) {
    const server = pendingRequest(ctx, transaction)
    if (server !== undefined) return server
  }
  return undefined
}
