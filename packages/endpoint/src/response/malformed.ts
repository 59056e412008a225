import { type SipRequest, SipUri, validate } from '@netsip/message'
import { ifReadable } from '../if-readable.ts'

/** What a malformed value of these is refused for; all else is the affair of whoever reads it. */
const NEEDED: ReadonlySet<string> = new Set([
  'Request-URI',
  'Via',
  'From',
  'To',
  'Call-ID',
  'CSeq',
  'Max-Forwards',
  'Contact',
  'Route',
  'Record-Route',
  'Require',
  'Content-Length',
])

/** The status that answers a request whose mandatory fields (RFC 3261 8.1.1) are missing or malformed. */
export function malformedStatus(request: SipRequest): number | undefined {
  // Nearly every request is as it should be, and to see that takes a third of looking for all that may be wrong.
  if (isPlain(request)) return undefined
  // What a method asks for beyond that is its own affair: a SUBSCRIBE without Event gets 489, not 400.
  const finding = validate(request).find(({ header, status }) => status !== 416 && NEEDED.has(header ?? ''))
  if (finding !== undefined) return finding.status || 400
  return request.from.tag !== '' && answersBack(request) ? undefined : 400
}

/** Requests whose Contact is where the rest of the dialog goes. */
const TARGETING: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'NOTIFY', 'UPDATE'])

/** RFC 3261 8.1.1.8: a dialog cannot be led with somebody at an address that is not of SIP. */
function answersBack({ method, contact }: SipRequest): boolean {
  return !TARGETING.has(method) || contact === undefined || contact.uri instanceof SipUri
}

/** Is there nothing to object to, seen by what nearly every request looks like? `false` may still be no objection. */
function isPlain(request: SipRequest): boolean {
  const all = (): boolean =>
    hasPlainIds(request) && hasPlainUri(request) && hasPlainAddresses(request) && hasPlainRest(request)
  return ifReadable(all) === true
}

const USUAL_CALL_ID = /^[-.\w]+(?:@[-.\w]+)?$/

function hasPlainIds({ headers, from, callId, cseq, method }: SipRequest): boolean {
  if (cseq.method !== method || from.tag === '' || !USUAL_CALL_ID.test(callId)) return false
  return headers.repeated() === undefined
}

function hasPlainUri({ uri }: SipRequest): boolean {
  return uri instanceof SipUri && uri.headers.size === 0 && !uri.params.has('method')
}

/** Who sent it, to whom, and where the rest of the dialog goes. */
function hasPlainAddresses(request: SipRequest): boolean {
  const { from, to, method } = request
  // Within a dialog From and To are no more than their tags (RFC 3261 12.2.2), and only some move its target.
  if (to.tag !== undefined && !TARGETING.has(method)) return true
  // URIs are read when they are asked for.
  void from.uri
  void to.uri
  const { contacts } = request
  if (contacts === '*') return false
  const makesDialog = method === 'INVITE' || method === 'SUBSCRIBE' || method === 'REFER'
  if (makesDialog ? contacts.length !== 1 : contacts.length > 1) return false
  return contacts.length === 0 || contacts[0]?.uri instanceof SipUri
}

/** The way it came, and the numbers; what else there may be is rare. */
function hasPlainRest(request: SipRequest): boolean {
  const { headers } = request
  if (headers.count('Via') !== 1 || headers.get('Via')?.includes(',') !== false) return false
  if (headers.has('Max-Forwards') && request.maxForwards === undefined) return false
  if (headers.has('Content-Length') && request.contentLength === undefined) return false
  return !headers.has('Route') && !headers.has('Record-Route') && !headers.has('Require')
}
