import { argumentError } from '../base/injection.ts'
import { isToken } from '../grammar/token.ts'
import { hasTag } from '../rows/has-tag.ts'
import { CALL_ID, CSEQ, FROM, RECORD_ROUTE, TIMESTAMP, TO, UNKNOWN, VIA } from '../rows/header-names.ts'
import type { HeaderRows } from '../rows/header-rows.ts'
import { addHeaders } from '../rows/sip-headers.ts'
import { NameAddr } from '../values/name-addr.ts'
import { bodyOctets, type SipMessageBase } from './message.ts'
import { reasonPhrase } from './reason-phrases.ts'
import { type ResponseInit, SipResponse } from './response.ts'

// One array for all responses, of the numbers of rows.
const picked: number[] = []

/** `request.createResponse` as a function. */
export function createResponse(
  request: SipMessageBase & { readonly type: 'request' },
  status: number,
  reason?: string | ResponseInit,
  init?: ResponseInit,
): SipResponse {
  const settings = init ?? (typeof reason === 'object' ? reason : undefined)
  const phrase = (typeof reason === 'string' ? reason : undefined) ?? settings?.reason
  const source = request.rows
  const rows = source.select(picked, pickRows(source, status))
  const tagged = settings?.toTag !== undefined && status > 100 && addToTag(rows, source, settings.toTag)
  rows.adopt(source, tagged ? TO : UNKNOWN)
  const response = SipResponse.ofParts(status, reasonPhrase(status), rows, bodyOctets(settings?.body))
  response.status = status
  if (phrase !== undefined) response.reason = phrase
  if (settings?.headers !== undefined) addHeaders(rows, settings.headers)
  return response
}

/** Fills `picked` with the rows that the response repeats, and returns how many they are. */
function pickRows(source: HeaderRows, status: number): number {
  let seen = 0
  let count = 0
  for (let row = 0; row < source.count; row++) {
    const id = source.idAt(row)
    if (id === FROM || id === TO || id === CALL_ID || id === CSEQ) {
      // The first of each, when a bad request has several: the answer must not be as bad.
      const bit = 1 << (id & 31)
      if ((seen & bit) === 0) picked[count++] = row
      seen |= bit
    } else if (
      id === VIA ||
      (id === RECORD_ROUTE && status > 100 && status < 300) ||
      (id === TIMESTAMP && status === 100)
    ) {
      picked[count++] = row
    }
  }
  return count
}

/** Whether there was none yet. */
function addToTag(rows: HeaderRows, source: HeaderRows, tag: string): boolean {
  if (!isToken(tag)) throw argumentError(`'${tag}' is not a tag`)
  const row = rows.find(TO)
  if (row < 0) return false
  const read = source.recall(TO)
  const octets = rows.octetsAt(row)
  if (read instanceof NameAddr ? read.tag !== undefined : hasTag(octets)) return false
  rows.put(row, `${octets};tag=${tag}`)
  return true
}
