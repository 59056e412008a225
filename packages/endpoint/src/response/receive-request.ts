import { SipParseError, type SipRequest } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'
import { unsolicitedObjection } from '../subscription/admit-event.ts'
import { handOver } from '../application.ts'
import { receiveCancel } from '../invite/cancel-uas.ts'
import type { Context } from '../context/context.ts'
import { initFromRequest } from '../context/context-init.ts'
import type { Core } from '../core.ts'
import { ONLY_IN_CALL, receiveInDialog } from '../dialog/in-dialog.ts'
import { admit, reject } from './reject.ts'
import { findReplaced } from '../invite/replaces.ts'
import { ServerRequest } from './server-request.ts'

/** A request of a peer: checked in the order of RFC 3261 8.2, then given to its dialog, or to a context of its own. */
export function receiveRequest(
  core: Core,
  request: SipRequest,
  leg: Leg,
  from: Source,
  onContext: (ctx: Context, request: SipRequest) => void,
): void {
  try {
    if (!admit(core, request, leg)) return
    take(core, request, leg, from, onContext)
  } catch (error) {
    // A header that a method needs and that cannot be read.
    if (!(error instanceof SipParseError)) throw error
    if (request.method !== 'ACK') reject(core, request, leg, 400)
  }
}

function take(
  core: Core,
  request: SipRequest,
  leg: Leg,
  from: Source,
  onContext: (ctx: Context, request: SipRequest) => void,
): void {
  if (request.method === 'CANCEL') return receiveCancel(core, request, leg, from)
  if (request.to.tag !== undefined) return receiveInDialog(core, request, leg, from)
  if (request.method === 'ACK') return
  if (core.closing) return reject(core, request, leg, 480)
  // They name a dialog by both tags; without ours there is none (RFC 3261 15.1.2, RFC 6086 4.2.1).
  if (ONLY_IN_CALL.has(request.method)) return reject(core, request, leg, 481)
  if (core.merged.isMerged(request)) return reject(core, request, leg, 482)
  const objection = request.method === 'NOTIFY' ? unsolicitedObjection(core.settings, request) : undefined
  if (objection !== undefined) return reject(core, request, leg, objection.status, objection.headers)
  const replaced = findReplaced(core, request, leg)
  if (replaced === 'refused') return
  const ctx = core.createContext(initFromRequest(request))
  const server = new ServerRequest(core, ctx, request, leg, from)
  server.replaces = replaced
  onContext(ctx, request)
  handOver(server)
}
