import type { SipRequest, SipResponse } from '@netsip/message'

/** The option tag of RFC 3262. */
export const RELIABLE = '100rel'

/** RAck: which reliable response to which request is acknowledged (RFC 3262 7.2). */
export interface RAck {
  readonly rseq: number
  readonly seq: number
  readonly method: string
}

/** Reads the RAck of a PRACK; `undefined` when it is missing or malformed. */
export function readRAck(prack: SipRequest): RAck | undefined {
  const match = /^(\d{1,10})\s+(\d{1,10})\s+(\S+)$/.exec(prack.headers.get('RAck')?.trim() ?? '')
  if (match === null) return undefined
  return { rseq: Number(match[1]), seq: Number(match[2]), method: match[3] as string }
}

/** The RSeq of a response that is sent reliably, `undefined` for any other (RFC 3262 4). */
export function readRSeq(response: SipResponse): number | undefined {
  if (response.status <= 100 || response.status >= 200 || !response.require.includes(RELIABLE)) return undefined
  const text = response.headers.get('RSeq')?.trim() ?? ''
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined
}
