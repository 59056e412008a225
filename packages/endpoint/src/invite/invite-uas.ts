import type { SipRequest, SipResponse } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import { sendBye } from './bye.ts'
import { type Context, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import { Dialog } from '../dialog/dialog.ts'
import { fillResponse } from '../response/fill-response.ts'
import { hasSession } from '../dialog/offer-answer.ts'
import { isReliable, ReliableProvisionals } from './reliable-provisional.ts'
import { Retransmit2xx } from './retransmit-2xx.ts'
import { takeOver } from './replaces.ts'
import type { ServerRequest } from '../response/server-request.ts'
import { runSession } from '../dialog/session-timer.ts'

/** Sends a response to an INVITE and does what it means for the dialog (RFC 3261 13.3.1, 14.2). */
export function answerInvite(
  server: ServerRequest,
  response: SipResponse,
  as: 'answered' | 'cancelled' = 'answered',
): void {
  if (server.reliable?.holdsFinal === true) return
  // We have hung up: what was asked of the call comes to nothing, whatever the application says now.
  if (server.dialog?.ending === true && response.status < 300) return refuseInvite(server, 487)
  fillResponse(server, response)
  if (response.status < 200) progress(server, response)
  else if (response.status < 300) accept(server, response)
  else refuse(server, response, as)
}

/** Refuses an INVITE by ourselves: cancelled, expired, its dialog ended. A 2xx that waits for a PRACK is not sent any more. */
export function refuseInvite(server: ServerRequest, status: number, as: 'answered' | 'cancelled' = 'answered'): void {
  server.reliable?.stop()
  answerInvite(server, server.request.createResponse(status), as)
}

/** RFC 3261 13.3.1: an INVITE with Expires that elapses unanswered gets 487; one the application forgot gets 480. */
export function limitRinging(server: ServerRequest): void {
  const { core, ctx, request } = server
  const expires = request.to.tag === undefined ? request.expires : undefined
  const limit = core.settings.ringTimeout
  const ms = expires === undefined ? limit : Math.min(expires * 1000, limit)
  server.after(ms, () => {
    refuseInvite(server, ms < limit ? 487 : 480, 'cancelled')
    core.detachIfIdle(ctx)
  })
}

function progress(server: ServerRequest, response: SipResponse): void {
  if (response.status === 100) return server.send(response)
  const dialog = ensureDialog(server)
  if (isReliable(server.request, response)) return reliably(server, dialog).send(response)
  server.send(response)
  server.keepAlive(response)
}

function reliably(server: ServerRequest, dialog: Dialog): ReliableProvisionals {
  const { core, request } = server
  server.reliable ??= new ReliableProvisionals({
    core,
    request,
    send: (response) => {
      describe(server, dialog, response)
      server.send(response)
    },
    // RFC 3262 3: a caller that does not acknowledge is refused with a 5xx.
    giveUp: () => {
      refuseInvite(server, 504)
      core.detachIfIdle(server.ctx)
    },
  })
  core.reliable.set(dialog, server.reliable)
  return server.reliable
}

/** The first reliable message with a session description is the offer or the answer; later ones repeat it. */
function describe(server: ServerRequest, dialog: Dialog, response: SipResponse): void {
  if (server.described || !hasSession(response)) return
  server.described = true
  dialog.session.saw(response, 'local')
}

function accept(server: ServerRequest, response: SipResponse): void {
  const { core, ctx, request, leg } = server
  if (server.reliable?.hold(() => accept(server, response)) === true) return
  server.reliable?.stop()
  const dialog = ensureDialog(server)
  describe(server, dialog, response)
  if (request.to.tag === undefined) dialog.confirm()
  else dialog.refreshTarget(request)
  dialog.inviteEnds('remote')
  server.send(response)
  runSession(core, ctx, dialog, response, 'uas')
  if (server.replaces !== undefined) takeOver(core, server.replaces, request)
  const giveUp = (): void => unacknowledged(core, ctx, dialog)
  core.pendingAcks.get(dialog)?.stop()
  core.pendingAcks.set(dialog, new Retransmit2xx(core, response, leg, giveUp))
}

function refuse(server: ServerRequest, response: SipResponse, as: 'answered' | 'cancelled'): void {
  const { core, ctx, dialog } = server
  dialog?.inviteEnds('remote')
  dialog?.session.refused()
  server.reliable?.stop()
  if (dialog !== undefined && server.reliable?.unacknowledged === true) core.expectPrack(dialog, server.reliable)
  server.send(response, as)
  if (dialog?.state === 'early') core.endDialog(ctx, dialog, { by: as === 'cancelled' ? 'remote' : 'local' })
}

function ensureDialog(server: ServerRequest): Dialog {
  const { core, ctx, request } = server
  if (server.dialog !== undefined) return server.dialog
  const dialog = Dialog.fromRequest(request, server.localIn(request.to), {
    path: { leg: server.leg, from: server.from },
    // We may have sent something before we answered.
    localSeq: inside(ctx).cseq,
  })
  dialog.inviteStarts('remote')
  dialog.notePeer(request)
  dialog.session.saw(request, 'remote')
  server.dialog = dialog
  core.addDialog(ctx, dialog)
  return dialog
}

/** RFC 3261 13.3.1.4: no ACK in 64*T1 means that the dialog is there but the session is not: BYE. */
function unacknowledged(core: Core, ctx: Context, dialog: Dialog): void {
  core.pendingAcks.delete(dialog)
  if (dialog.state === 'terminated' || dialog.ending) return
  const error = new SipError('ERR_SIP_TIMEOUT', 'the 2xx was never acknowledged; the call is hung up')
  sendBye(core, ctx, dialog, { reason: { by: 'error', error } })
}

/** The ACK for a 2xx; `true` when it is the first one for it, which is the one the application hears of. */
export function acknowledge(core: Core, ctx: Context, dialog: Dialog, ack: SipRequest): boolean {
  const pending = core.pendingAcks.get(dialog)
  if (pending === undefined || pending.seq !== ack.cseq.seq) return false
  core.pendingAcks.delete(dialog)
  dialog.session.saw(ack, 'remote')
  dialog.session.settle()
  pending.acknowledge()
  if (!inside(ctx).closed && !dialog.ending) core.emit(ctx, 'established', dialog)
  return true
}
