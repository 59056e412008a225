import { MinSE, SessionExpires, type SipRequest } from '@netsip/message'
import type { Core } from './core.ts'
import type { Dialog } from './dialog.ts'

/** Says in an INVITE or UPDATE how long the session shall live without a refresh; the roles in a dialog stay (RFC 4028 7). */
export function askForSession(core: Core, request: SipRequest, dialog: Dialog | undefined): void {
  const interval = dialog?.sessionInterval
  const seconds = interval?.seconds ?? core.settings.sessionExpires
  if (seconds === undefined) return
  const refresher = interval === undefined ? undefined : interval.refresher === 'local' ? 'uac' : 'uas'
  request.write(SessionExpires, { seconds, refresher })
  if (dialog?.minSE !== undefined) request.write(MinSE, { seconds: dialog.minSE })
}
