import { SessionExpires, type SipRequest, type SipResponse } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import { sendBye } from '../invite/bye.ts'
import type { Context } from '../context/context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from './dialog.ts'
import { ifReadable } from '../if-readable.ts'
import type { ServerRequest } from '../response/server-request.ts'

/** The option tag of RFC 4028. */
export const TIMER = 'timer'

/** The shortest interval we take, when a request asks for less and its sender could ask again (RFC 4028 9). */
export function tooShort(core: Core, request: SipRequest): number | undefined {
  if (request.method !== 'INVITE' && request.method !== 'UPDATE') return undefined
  const asked = request.read(SessionExpires)?.seconds
  const { minSE } = core.settings
  return asked !== undefined && asked < minSE && request.supported.includes(TIMER) ? minSE : undefined
}

/** Writes into a 2xx what the session timer is, and who refreshes (RFC 4028 9). */
export function grantSession({ core, request }: ServerRequest, response: SipResponse): void {
  if (response.headers.has('Session-Expires')) return
  const asked = request.read(SessionExpires)
  const seconds = asked?.seconds ?? core.settings.sessionExpires
  if (seconds === undefined) return
  const able = request.supported.includes(TIMER)
  const refresher = able ? (asked?.refresher ?? (asked === undefined ? 'uas' : 'uac')) : 'uas'
  response.write(SessionExpires, { seconds, refresher })
  if (refresher === 'uac' && !response.require.includes(TIMER)) response.headers.append('Require', TIMER)
}

/** Starts, restarts or ends the timer of a dialog as the latest 2xx says (RFC 4028 7.2, 10). */
export function runSession(core: Core, ctx: Context, dialog: Dialog, response: SipResponse, role: 'uac' | 'uas'): void {
  // Garbage grants nothing: the session goes on without a timer.
  const granted = ifReadable(() => response.read(SessionExpires))
  if (granted === undefined) return dialog.stopSession()
  const refresher = (granted.refresher ?? 'uac') === role ? 'local' : 'remote'
  const { seconds } = granted
  dialog.startSession({ seconds, refresher })
  // RFC 4028 10: BYE a little before the end, so that it is not beyond it.
  const end = 1000 * (seconds - Math.min(32, seconds / 3))
  const hangUp = (): void => expire(core, ctx, dialog)
  if (refresher === 'remote') return dialog.armSession(core.clock.setTimer(end, hangUp))
  const until = core.clock.monotonic() + end
  // Again and again until it succeeds: it may meet a refusal that passes, or another request that is under way.
  const refresh = (): void => {
    const left = until - core.clock.monotonic()
    if (left <= 0) return hangUp()
    dialog.armSession(core.clock.setTimer(Math.min(left, 50 * seconds), refresh))
    core.refreshSession?.(ctx, dialog)
  }
  dialog.armSession(core.clock.setTimer(500 * seconds, refresh))
}

function expire(core: Core, ctx: Context, dialog: Dialog): void {
  if (dialog.state !== 'confirmed' || dialog.ending) return
  const error = new SipError('ERR_SIP_TIMEOUT', 'the session was not refreshed in time (RFC 4028)')
  sendBye(core, ctx, dialog, { reason: { by: 'error', error } })
}
