import { CONTACT, CSEQ, VIA } from './header-names.ts'
import { ReferTo } from './headers/addresses.ts'
import { Event, SubscriptionState } from './headers/events.ts'
import { RAck } from './headers/rack.ts'
import type { SingleHeader } from './headers/header-type.ts'
import { SipParseError } from './parse-error.ts'
import type { SipRequest } from './request.ts'
import { SipUri } from './uri/sip-uri.ts'
import type { Finding } from './validate.ts'
import { attempt, report } from './validate-values.ts'

// Headers that a method cannot do without, beside those of every request.
const needed: Readonly<Record<string, readonly (readonly [section: string, header: SingleHeader<unknown>])[]>> = {
  REFER: [['RFC 3515 2.4.1', ReferTo]],
  SUBSCRIBE: [['RFC 6665 8.2.1', Event]],
  NOTIFY: [
    ['RFC 6665 8.2.1', Event],
    ['RFC 6665 8.2.3', SubscriptionState],
  ],
  PRACK: [['RFC 3262 7.2', RAck]],
}

/** What RFC 3261 asks of requests only. */
export function checkRequest(request: SipRequest, findings: Finding[]): void {
  attempt(() => checkUri(request), '7.1', 'Request-URI', 0, findings)
  checkMethod(request, findings)
  checkContacts(request, findings)
  const missing = Object.hasOwn(needed, request.method) ? needed[request.method]! : []
  for (const [section, header] of missing) {
    if (request.headers.has(header.name)) attempt(() => request.read(header), section, header.name, 0, findings)
    else report(findings, header.name, section, `${header.name} is missing`)
  }
}

// RFC 3261 19.1.1, table 1: neither a method nor headers in a Request-URI. Heeding them would let a URI write headers.
function checkUri(request: SipRequest): void {
  const { uri } = request
  const offset = request.method.length + 1
  const header = 'Request-URI'
  if (uri instanceof SipUri) {
    if (uri.headers.size > 0) throw new SipParseError('headers in the Request-URI', { header, offset })
    if (uri.params.has('method')) throw new SipParseError('a method in the Request-URI', { header, offset })
  } else if (uri.scheme !== 'tel') {
    throw new SipParseError(`the scheme ${uri.scheme} in the Request-URI`, { header, offset, status: 416 })
  }
}

function checkMethod(request: SipRequest, findings: Finding[]): void {
  let method: string
  try {
    method = request.cseq.method
  } catch {
    return // reported with the value
  }
  if (method === request.method) return
  const offset = Math.max(0, request.rows.offsetAt(request.rows.find(CSEQ)))
  report(findings, 'CSeq', '8.1.1.5', `CSeq says ${method}, the request line ${request.method}`, offset)
}

function checkContacts(request: SipRequest, findings: Finding[]): void {
  const { rows, method } = request
  const first = rows.find(CONTACT)
  const refuse = (message: string, section: string): void => {
    report(findings, 'Contact', section, message, first < 0 ? undefined : Math.max(0, rows.offsetAt(first)))
  }
  // RFC 3261 8.1.1.8: a request that can make a dialog has exactly one; in an old INVITE it may be missing (13.3.1)
  const dialog = method === 'INVITE' || method === 'SUBSCRIBE' || method === 'REFER'
  let contacts: typeof request.contacts
  try {
    contacts = request.contacts
  } catch {
    return // reported with the value
  }
  if (contacts === '*') {
    if (method !== 'REGISTER' || request.expires !== 0)
      refuse('Contact: * outside of a REGISTER with Expires: 0', '10.2.2')
  } else if (dialog && contacts.length !== 1 && !isOldInvite(request)) {
    refuse(contacts.length === 0 ? 'Contact is missing' : 'more than one Contact', '8.1.1.8')
  }
}

// RFC 2543 did not ask for a Contact (RFC 4475 3.4.1); such a sender has no magic cookie in its branch.
function isOldInvite(request: SipRequest): boolean {
  return request.rows.find(VIA) >= 0 && !request.headers.get('Via')!.includes('z9hG4bK')
}
