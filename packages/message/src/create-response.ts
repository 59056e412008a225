import { hasParam } from './has-param.ts'
import { CALL_ID, CSEQ, FROM, RECORD_ROUTE, TIMESTAMP, TO, VIA } from './header-names.ts'
import { addHeaders } from './headers.ts'
import { argumentError, assertNoInjection } from './injection.ts'
import { bodyOctets, type SipMessageBase } from './message.ts'
import { toOctetString } from './octets.ts'
import { reasonPhrase } from './reason-phrases.ts'
import { type ResponseInit, SipResponse } from './response.ts'
import { isToken } from './values/token.ts'

/** What is the same in the response, read or not. */
const COPIED = [VIA, FROM, TO, CALL_ID, CSEQ]

/** `request.createResponse` as a function. */
export function createResponse(
  request: SipMessageBase & { readonly type: 'request' },
  status: number,
  reason?: string | ResponseInit,
  init?: ResponseInit,
): SipResponse {
  const settings = init ?? (typeof reason === 'object' ? reason : undefined)
  const phrase = (typeof reason === 'string' ? reason : undefined) ?? settings?.reason ?? reasonPhrase(status)
  assertNoInjection(phrase, 'a reason phrase')
  const source = request.rows
  const rows = source.emptyCopy()
  let seen = 0
  for (let row = 0; row < source.count; row++) {
    const id = source.idAt(row)
    if (id === VIA || (id === RECORD_ROUTE && status > 100 && status < 300)) {
      rows.copyRow(source, row)
    } else if (id === FROM || id === TO || id === CALL_ID || id === CSEQ || (id === TIMESTAMP && status === 100)) {
      // The first of each, when a bad request has several: the answer must not be as bad.
      const bit = 1 << (id & 31)
      if (id !== TIMESTAMP && (seen & bit) !== 0) continue
      if (id !== TIMESTAMP) seen |= bit
      rows.copyRow(source, row)
    }
  }
  rows.adopt(source, COPIED)
  const response = SipResponse.ofParts(status, toOctetString(phrase), rows, bodyOctets(settings?.body))
  response.status = status
  if (settings?.toTag !== undefined && status > 100) addToTag(response, settings.toTag)
  if (settings?.headers !== undefined) addHeaders(rows, settings.headers)
  return response
}

function addToTag(response: SipResponse, tag: string): void {
  if (!isToken(tag)) throw argumentError(`'${tag}' is not a tag`)
  const row = response.rows.find(TO)
  if (row < 0) return
  const to = response.rows.valueAt(row)
  if (!hasParam(to, 'tag')) response.rows.rewrite(row, `${to};tag=${tag}`, true)
}
