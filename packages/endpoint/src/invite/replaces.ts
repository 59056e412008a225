import { type DialogReference, Replaces, type SipRequest } from '@netsip/message'
import type { Leg } from '@netsip/transport'
import { sendBye } from './bye.ts'
import { cancelInvite } from './cancel.ts'
import { type Context, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { reject } from '../response/reject.ts'

/** The call that a new one takes the place of. */
export interface Replaced {
  readonly ctx: Context
  readonly dialog: Dialog
}

/**
 * Finds what the Replaces of an INVITE names (RFC 3891 3): `undefined` when there is none, `'refused'` when the request is
 * answered already.
 */
export function findReplaced(core: Core, request: SipRequest, leg: Leg): Replaced | 'refused' | undefined {
  if (!request.headers.has('Replaces')) return undefined
  const rows = [...request.headers].filter(([name]) => name.toLowerCase() === 'replaces')
  if (rows.length > 1 || request.method !== 'INVITE') return refused(core, request, leg, 400)
  const named = request.read(Replaces)
  if (named === undefined) return refused(core, request, leg, 481)
  const found = find(core, named)
  // A subscription in the dialog outlives the call; a dialog that was never one cannot be replaced.
  if (found === undefined || !inside(found.owner).dialogs.includes(found.dialog)) {
    return refused(core, request, leg, hasEnded(core, named) ? 603 : 481)
  }
  const { dialog, owner } = found
  if (dialog.ending) return refused(core, request, leg, 603)
  if (dialog.state === 'confirmed' && named.earlyOnly === true) return refused(core, request, leg, 486)
  // An early dialog may only be replaced where the call was made: the callee's phone rings on otherwise.
  if (dialog.state === 'early' && dialog.role === 'uas') return refused(core, request, leg, 481)
  // Who knows Call-ID and tags has seen the call, and need not be one who may take it (RFC 3891 3, 9).
  if (core.settings.mayReplace?.(request, dialog) === false) return refused(core, request, leg, 403)
  return { ctx: owner, dialog }
}

/** The new call is accepted: the old one ends, by BYE or CANCEL (RFC 3891 3). */
export function takeOver(core: Core, { ctx, dialog }: Replaced, request: SipRequest): void {
  core.emit(ctx, 'replaced', dialog, request)
  if (dialog.state === 'early') cancelInvite(core, ctx)
  else if (dialog.state === 'confirmed' && !dialog.ending) sendBye(core, ctx, dialog)
}

/** Tags as an incoming request would have them: `to-tag` is ours. The tag 0 stands for none. */
function find(core: Core, { callId, toTag, fromTag }: DialogReference): ReturnType<Core['dialogs']['find']> {
  return core.dialogs.find(callId, toTag, fromTag) ?? core.dialogs.find(callId, noneIfZero(toTag), noneIfZero(fromTag))
}

function hasEnded(core: Core, { callId, toTag, fromTag }: DialogReference): boolean {
  const { dialogs } = core
  return dialogs.hasEnded(callId, toTag, fromTag) || dialogs.hasEnded(callId, noneIfZero(toTag), noneIfZero(fromTag))
}

function noneIfZero(tag: string): string {
  return tag === '0' ? '' : tag
}

function refused(core: Core, request: SipRequest, leg: Leg, status: number): 'refused' {
  reject(core, request, leg, status)
  return 'refused'
}
