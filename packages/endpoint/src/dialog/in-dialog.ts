import { InfoPackage, type SipRequest } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'
import { strayObjection } from '../subscription/admit-event.ts'
import { handOver, inform } from '../application.ts'
import { receiveBye } from '../invite/bye-uas.ts'
import { type Context, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import { type Dialog, dialogId } from './dialog.ts'
import { acknowledge, refuseInvite } from '../invite/invite-uas.ts'
import { hasSession } from './offer-answer.ts'
import { receivePrack } from '../invite/prack-uas.ts'
import { readRAck } from '../invite/rack.ts'
import { reject } from '../response/reject.ts'
import { ServerRequest } from '../response/server-request.ts'

/** Requests that belong to a call (RFC 3261 15, 3262, 3311, 6086). */
export const ONLY_IN_CALL: ReadonlySet<string> = new Set(['BYE', 'INFO', 'PRACK', 'UPDATE'])

/** A request with a To tag: it belongs to a dialog, or to nothing (RFC 3261 12.2.2). */
export function receiveInDialog(core: Core, request: SipRequest, leg: Leg, from: Source): void {
  const found = core.dialogs.find(request.callId, request.to.tag, request.from.tag)
  if (request.method === 'ACK') {
    if (found !== undefined) receiveAck(core, found.owner, found.dialog, request, leg, from)
    return
  }
  if (found === undefined) return outsideDialog(core, request, leg, from)
  const { dialog, owner } = found
  const usage = inside(owner).usages.find((one) => one.matches(request, dialog))
  const gone = inside(owner).closed || (dialog.state === 'terminated' && usage === undefined)
  // RFC 5057 4.1: what belongs to a call is not for a dialog in which there are only subscriptions.
  const isCall = inside(owner).dialogs.includes(dialog)
  if (gone || (!isCall && ONLY_IN_CALL.has(request.method))) return reject(core, request, leg, 481)
  if (!dialog.acceptSeq(request.cseq.seq)) return reject(core, request, leg, 500)
  dialog.path = { leg, from }
  if (usage !== undefined) return usage.receive(new ServerRequest(core, owner, request, leg, from, dialog))
  if (request.method === 'BYE') return receiveBye(core, owner, dialog, request, leg, from)
  if (dialog.ending) return reject(core, request, leg, 481)
  if (request.method === 'NOTIFY' && !eventKnown(core, request, leg)) return
  if (request.method === 'INFO' && !infoTaken(core, request, leg)) return
  if (request.method === 'PRACK') return receivePrack(core, owner, dialog, request, leg, from)
  if (request.method === 'UPDATE') return receiveUpdate(core, owner, dialog, request, leg, from)
  // RFC 5057 5.5: 603 refuses a call without an end to the subscriptions that it would share the dialog with.
  if (request.method === 'INVITE' && !isCall) return reject(core, request, leg, 603)
  if (request.method === 'INVITE') return receiveReInvite(core, owner, dialog, request, leg, from)
  handOver(new ServerRequest(core, owner, request, leg, from, dialog))
}

function receiveAck(core: Core, ctx: Context, dialog: Dialog, ack: SipRequest, leg: Leg, from: Source): void {
  if (acknowledge(core, ctx, dialog, ack) && !inside(ctx).closed) inform(core, ctx, ack, leg, from)
}

/** RFC 3261 14.2: one INVITE at a time. Theirs unanswered: 500 and wait; ours under way: 491. */
function receiveReInvite(core: Core, ctx: Context, dialog: Dialog, request: SipRequest, leg: Leg, from: Source): void {
  const calling = dialog.invitePending === 'local' || (dialog.state === 'early' && dialog.role === 'uac')
  if (calling || dialog.session.state === 'offered') return reject(core, request, leg, 491)
  if (dialog.invitePending === 'remote' || dialog.session.state === 'asked') return tooEarly(core, request, leg)
  const server = new ServerRequest(core, ctx, request, leg, from, dialog)
  dialog.inviteStarts('remote', () => refuseInvite(server, 487))
  dialog.notePeer(request)
  dialog.session.saw(request, 'remote')
  handOver(server)
}

/** RFC 3311 5.2: our offer in flight: 491; theirs unanswered, or another UPDATE of theirs: 500 and wait. */
function receiveUpdate(core: Core, ctx: Context, dialog: Dialog, request: SipRequest, leg: Leg, from: Source): void {
  if (hasSession(request) && dialog.session.state === 'offered') return reject(core, request, leg, 491)
  const unanswered = inside(ctx).incoming.some((one) => one.request.method === 'UPDATE' && one.dialog === dialog)
  if (unanswered || (hasSession(request) && dialog.session.state === 'asked')) return tooEarly(core, request, leg)
  dialog.notePeer(request)
  dialog.noteEarlyMedia(request)
  dialog.session.saw(request, 'remote')
  handOver(new ServerRequest(core, ctx, request, leg, from, dialog))
}

/** RFC 6086 4.2.2: a package we did not announce is refused, the dialog goes on. */
function infoTaken(core: Core, request: SipRequest, leg: Leg): boolean {
  const { recvInfo } = core.settings
  const named = request.read(InfoPackage)?.name
  if (recvInfo === undefined || named === undefined || recvInfo.includes(named)) return true
  reject(core, request, leg, 469, { 'Recv-Info': recvInfo.join(', ') })
  return false
}

/** RFC 6665 4.1.3: a NOTIFY for no subscription of ours. One of a package we may know is the application's affair. */
function eventKnown(core: Core, request: SipRequest, leg: Leg): boolean {
  const objection = strayObjection(core.settings, request)
  if (objection === undefined) return true
  reject(core, request, leg, objection.status, objection.headers)
  return false
}

function tooEarly(core: Core, request: SipRequest, leg: Leg): void {
  reject(core, request, leg, 500, { 'Retry-After': Math.floor(core.random.float() * 11) })
}

function isLate(core: Core, prack: SipRequest): boolean {
  const rack = readRAck(prack)
  const pending = core.latePracks.get(dialogId(prack.callId, prack.to.tag, prack.from.tag))
  return rack !== undefined && pending?.matches(rack) === true
}

/** A registration is no dialog, yet the peer may use its tags; any other tag that names nothing is answered 481. */
function outsideDialog(core: Core, request: SipRequest, leg: Leg, from: Source): void {
  if (request.method === 'PRACK' && isLate(core, request)) return reject(core, request, leg, 200)
  const ctx = core.contexts.find(request.callId, request.to.tag)
  // RFC 6665 4.4.1: the NOTIFY may come before the answer to its SUBSCRIBE, and makes the dialog.
  const usage = ctx === undefined ? undefined : inside(ctx).usages.find((one) => one.matches(request, undefined))
  if (ctx !== undefined && usage !== undefined) return usage.receive(new ServerRequest(core, ctx, request, leg, from))
  if (request.method === 'NOTIFY' && core.settings.events !== undefined && !eventKnown(core, request, leg)) return
  if (ctx === undefined || !inside(ctx).keep) return reject(core, request, leg, 481)
  handOver(new ServerRequest(core, ctx, request, leg, from))
}
