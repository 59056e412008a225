import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'

/**
 * How long to wait after a 491 before the one retry, in ms (RFC 3261 14.1): 2.1 to 4 s for the owner of the Call-ID, 0 to
 * 2 s for the other side, in steps of 10 ms, so that the two do not meet again.
 */
export function glarePause(core: Core, dialog: Dialog): number {
  const owner = dialog.role === 'uac'
  const steps = Math.floor(core.random.float() * (owner ? 191 : 201))
  return (owner ? 2100 : 0) + 10 * steps
}
