import { CALL_ID, CONTENT_TYPE, CSEQ, FROM, isSingle, nameOf, TO, UNKNOWN, VIA } from './header-names.ts'
import type { SipRequest } from './request.ts'
import type { SipResponse } from './response.ts'
import { checkRequest } from './validate-request.ts'
import { checkValues, report } from './validate-values.ts'

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
 * All that RFC 3261 objects to in a message, in the order in which it is found; nothing for a good one.
 *
 * Looked at is what every element needs (8.2.2): what must be there, what may be there once, the values of Via, From,
 * To, Call-ID, CSeq, Contact, Route, Record-Route, Max-Forwards, Require, Proxy-Require, Date and Content-Type, and what
 * the method asks for. Whether a method, an extension or a body type is supported is not its business; a Request-URI of
 * a scheme that SIP does not route by gets 416.
 */
export function validate(message: SipRequest | SipResponse): Finding[] {
  const findings: Finding[] = []
  if (message.type === 'request') checkRequest(message, findings)
  checkRequired(message, findings)
  checkRepeated(message, findings)
  checkValues(message, findings)
  if (message.body.length > 0 && message.rows.find(CONTENT_TYPE) < 0) {
    report(findings, 'Content-Type', '20.15', 'a body without Content-Type')
  }
  return findings
}

function checkRequired({ rows }: SipRequest | SipResponse, findings: Finding[]): void {
  for (const id of [VIA, FROM, TO, CALL_ID, CSEQ]) {
    if (rows.find(id) < 0) report(findings, nameOf(id), '8.1.1', `${nameOf(id)} is missing`)
  }
}

// By header id; one for all calls.
const seen = new Uint8Array(256)

function checkRepeated({ rows }: SipRequest | SipResponse, findings: Finding[]): void {
  seen.fill(0)
  for (let row = 0; row < rows.count; row++) {
    const id = rows.idAt(row)
    if (id === UNKNOWN || !isSingle(id)) continue
    if (seen[id] === 1) {
      report(findings, nameOf(id), '7.3.1', `more than one ${nameOf(id)}`, Math.max(0, rows.offsetAt(row)))
    }
    seen[id] = 1
  }
}
