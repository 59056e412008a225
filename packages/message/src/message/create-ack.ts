import {
  AUTHORIZATION,
  CALL_ID,
  CSEQ,
  FROM,
  MAX_FORWARDS,
  PROXY_AUTHORIZATION,
  ROUTE,
  TO,
  VIA,
} from '../rows/header-names.ts'
import { type HeaderRows, octetsOf } from '../rows/header-rows.ts'
import type { SipMessageBase } from './message.ts'

/** The header lines of the ACK for a final response other than a 2xx (RFC 3261 17.1.1.3). */
export function ackRows(request: SipMessageBase, response: SipMessageBase): HeaderRows {
  const rows = inTransaction(request, 'ACK', [AUTHORIZATION, PROXY_AUTHORIZATION])
  const to = response.rows.find(TO)
  const own = rows.find(TO)
  if (to >= 0 && own >= 0) rows.put(own, response.rows.octetsAt(to))
  return rows
}

/**
 * What ACK and CANCEL share: they belong to the request's transaction, so that the top Via, Route, From, To, Call-ID
 * and the number in CSeq are those of the request.
 */
export function inTransaction(request: SipMessageBase, method: string, also: readonly number[]): HeaderRows {
  const source = request.rows
  const ids = new Set([ROUTE, FROM, TO, CALL_ID, MAX_FORWARDS, ...also])
  const shared: number[] = []
  for (let row = 0; row < source.count; row++) {
    if (ids.has(source.idAt(row))) shared.push(row)
  }
  const rows = source.select(shared, shared.length)
  const via = request.via
  if (via !== undefined) rows.insertOctets(0, VIA, octetsOf(via.toString(), VIA, true))
  if (rows.find(MAX_FORWARDS) < 0) rows.insertOctets(rows.count, MAX_FORWARDS, '70')
  rows.insertOctets(rows.count, CSEQ, `${request.cseq.seq} ${method}`)
  return rows
}
