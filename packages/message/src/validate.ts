import {
  CALL_ID,
  CONTACT,
  CONTENT_LENGTH,
  CONTENT_TYPE,
  CSEQ,
  FROM,
  isSingle,
  MAX_FORWARDS,
  nameOf,
  RECORD_ROUTE,
  ROUTE,
  TO,
  UNKNOWN,
  VIA,
} from './header-names.ts'
import { SipParseError } from './parse-error.ts'
import type { SipRequest } from './request.ts'
import type { SipResponse } from './response.ts'

/** Something RFC 3261 objects to in a message. */
export interface Finding {
  /** The header field, or `Request-URI`. */
  readonly header?: string
  /** Where, in octets from the start of the message as received. */
  readonly offset?: number
  /** The section that says so, of RFC 3261 unless it names another. */
  readonly section: string
  /** The status that answers a request with this in it. A response with it is discarded. */
  readonly status: number
  readonly message: string
}

/**
 * All that RFC 3261 objects to in a message, in the order in which it is found; nothing for a good one. Whether a
 * method, an extension or a body type is supported is not its business.
 */
export function validate(message: SipRequest | SipResponse): Finding[] {
  const findings: Finding[] = []
  checkRequired(message, findings)
  checkRepeated(message, findings)
  checkValues(message, findings)
  if (message.type === 'request') checkRequest(message, findings)
  if (message.body.length > 0 && message.rows.find(CONTENT_TYPE) < 0) {
    findings.push({
      header: 'Content-Type',
      section: '20.15',
      status: 400,
      message: 'a body without Content-Type',
    })
  }
  return findings
}

function checkRequired(message: SipRequest | SipResponse, findings: Finding[]): void {
  for (const id of [VIA, FROM, TO, CALL_ID, CSEQ]) {
    if (message.rows.find(id) >= 0) continue
    findings.push({ header: nameOf(id), section: '8.1.1', status: 400, message: `${nameOf(id)} is missing` })
  }
}

function checkRepeated(message: SipRequest | SipResponse, findings: Finding[]): void {
  const { rows } = message
  const seen = new Set<number>()
  for (let row = 0; row < rows.count; row++) {
    const id = rows.idAt(row)
    if (id === UNKNOWN || !isSingle(id)) continue
    if (seen.has(id)) {
      const offset = rows.offsetAt(row)
      findings.push({
        header: nameOf(id),
        ...(offset >= 0 && { offset }),
        section: '7.3.1',
        status: 400,
        message: `more than one ${nameOf(id)}`,
      })
    }
    seen.add(id)
  }
}

function checkValues(message: SipRequest | SipResponse, findings: Finding[]): void {
  const { rows } = message
  const read: readonly (readonly [id: number, section: string, read: () => unknown])[] = [
    [VIA, '20.42', () => message.vias],
    [FROM, '20.20', () => message.from],
    [TO, '20.39', () => message.to],
    [CALL_ID, '20.8', () => message.callId],
    [CSEQ, '20.16', () => message.cseq],
    [CONTACT, '20.10', () => message.contacts],
    [ROUTE, '20.34', () => message.routes],
    [RECORD_ROUTE, '20.30', () => message.recordRoutes],
  ]
  for (const [id, section, get] of read) if (rows.find(id) >= 0) attempt(get, section, findings)
  const maxForwards = rows.find(MAX_FORWARDS)
  if (maxForwards >= 0 && message.maxForwards === undefined) {
    findings.push({
      header: 'Max-Forwards',
      offset: Math.max(0, rows.offsetAt(maxForwards)),
      section: '20.22',
      status: 400,
      message: 'Max-Forwards is not a number from 0 to 255',
    })
  }
  if (rows.find(CONTENT_LENGTH) >= 0 && message.contentLength === undefined) {
    findings.push({
      header: 'Content-Length',
      section: '20.14',
      status: 400,
      message: 'Content-Length is not a number',
    })
  }
}

function attempt(read: () => unknown, section: string, findings: Finding[]): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error
    findings.push({
      ...(error.header !== undefined && { header: error.header }),
      offset: error.offset,
      section,
      status: error.status,
      message: error.message,
    })
  }
}

function checkRequest(request: SipRequest, findings: Finding[]): void {
  attempt(() => request.uri, '7.1', findings)
  let method: string | undefined
  try {
    method = request.cseq.method
  } catch {
    return
  }
  if (method !== request.method) {
    findings.push({
      header: 'CSeq',
      section: '8.1.1.5',
      status: 400,
      message: `CSeq says ${method}, the request line ${request.method}`,
    })
  }
}
