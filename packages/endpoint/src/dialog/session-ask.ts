import { MinSE, SessionExpires, type SipRequest, type SipResponse } from '@netsip/message'
import type { Core } from '../core.ts'
import type { Dialog } from './dialog.ts'

/** Says in an INVITE or UPDATE how long the session shall live without a refresh; the roles in a dialog stay (RFC 4028 7). */
export function askForSession(core: Core, request: SipRequest, dialog: Dialog | undefined): void {
  const interval = dialog?.sessionInterval
  const wanted = interval?.seconds ?? core.settings.sessionExpires
  if (wanted === undefined) return
  const seconds = Math.max(wanted, dialog?.minSE ?? 0)
  const refresher = interval === undefined ? undefined : interval.refresher === 'local' ? 'uac' : 'uas'
  request.write(SessionExpires, { seconds, refresher })
  if (dialog?.minSE !== undefined) request.write(MinSE, { seconds: dialog.minSE })
}

/** RFC 4028 6: a 422 names the shortest interval; the retry asks for no less, and says so, and so does what follows in the dialog. */
export function raiseSession(response: SipResponse, retry: SipRequest, dialog: Dialog | undefined): boolean {
  const minimum = response.read(MinSE)?.seconds
  if (minimum === undefined || minimum <= (retry.read(MinSE)?.seconds ?? 0)) return false
  const asked = retry.read(SessionExpires)
  retry.write(MinSE, { seconds: minimum })
  retry.write(SessionExpires, { seconds: Math.max(minimum, asked?.seconds ?? 0), refresher: asked?.refresher })
  if (dialog !== undefined) dialog.minSE = minimum
  return true
}
