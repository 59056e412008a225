import { ResponseError } from './errors.ts'
import type { SipError } from '@netsip/runtime'

/** How far a failed request in a dialog reaches (RFC 5057 5.1). */
export type FailureReach = 'transaction' | 'usage' | 'dialog'

const ENDS_DIALOG = new Set([404, 408, 410, 416, 481, 482, 483, 484, 485, 502, 604])
const ENDS_USAGE = new Set([405, 480, 489, 501])

/** What a failure of a request sent in a dialog ends: only itself, its usage, or the dialog. */
export function failureReach(error: SipError, method: string): FailureReach {
  if (!(error instanceof ResponseError)) return error.code === 'ERR_SIP_TIMEOUT' ? 'dialog' : 'transaction'
  if (ENDS_DIALOG.has(error.status)) return 'dialog'
  // RFC 5057 5.1: 405 and 501 say that the method, thus the usage, is unknown; they end an INVITE usage only by its own methods.
  if (ENDS_USAGE.has(error.status)) return method === 'INVITE' && error.status !== 480 ? 'usage' : 'transaction'
  return 'transaction'
}
