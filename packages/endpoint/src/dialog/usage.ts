import { ResponseError } from '../errors.ts'
import type { SipError } from '@netsip/runtime'

/** How far a failed request in a dialog reaches (RFC 5057 5.1). */
export type FailureReach = 'transaction' | 'usage' | 'dialog'

const ENDS_DIALOG = new Set([404, 410, 416, 482, 483, 484, 485, 502, 604])

/** They say that the method, and thus the usage it belongs to, is unknown. */
const UNKNOWN = new Set([405, 489, 501])

/** Methods without which there is no usage: a peer that does not know another one goes on all the same. */
const MAKES_USAGE = new Set(['INVITE', 'SUBSCRIBE', 'NOTIFY'])

/** What a failure of a request sent in a dialog ends: only itself, the call or subscription it is of, or all in its dialog. */
export function failureReach(error: SipError, method: string): FailureReach {
  if (!(error instanceof ResponseError)) return error.code === 'ERR_SIP_TIMEOUT' ? 'usage' : 'transaction'
  const { status } = error
  // RFC 6665 4.1.2.2, which is later, keeps a subscription whose refresh met a bad gateway.
  if (ENDS_DIALOG.has(status)) return status === 502 && !isOfCall(method) ? 'transaction' : 'dialog'
  if (status === 408 || status === 481) return 'usage'
  if (UNKNOWN.has(status) && MAKES_USAGE.has(method)) return 'usage'
  // RFC 3261 14.1: a call goes on after a re-INVITE that nobody was there to take; a subscription does not.
  return status === 480 && !isOfCall(method) ? 'usage' : 'transaction'
}

function isOfCall(method: string): boolean {
  return method !== 'SUBSCRIBE' && method !== 'NOTIFY'
}
