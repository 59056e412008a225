import { type HeaderInit, ReferTo, type SipRequest, SipUri, TelUri } from '@netsip/message'
import type { Leg } from '@netsip/transport'
import { eventObjection } from '../subscription/admit-event.ts'
import type { Core } from '../core.ts'
import { notAllowedStatus } from './default-answer.ts'
import { malformedStatus } from './malformed.ts'
import { tooShort } from '../dialog/session-timer.ts'

/** Refuses a request outside of any context. */
export function reject(core: Core, request: SipRequest, leg: Leg, status: number, headers: HeaderInit = {}): void {
  const response = request.createResponse(status, { headers, toTag: core.random.hex(8) })
  if (core.settings.userAgent !== undefined) response.headers.set('Server', core.settings.userAgent)
  core.dispatcher.deliver(response, { leg, onError: (error) => core.report(error) })
}

/** Checks a request in the order of RFC 3261 8.2 and refuses it at the first objection; `false` when it is refused. */
export function admit(core: Core, request: SipRequest, leg: Leg): boolean {
  return (
    wellFormed(core, request, leg) &&
    methodAllowed(core, request, leg) &&
    forUs(core, request, leg) &&
    understood(core, request, leg) &&
    answerable(core, request, leg)
  )
}

/** What no later step could do without: the fields RFC 3261 8.1.1 makes mandatory. */
function wellFormed(core: Core, request: SipRequest, leg: Leg): boolean {
  const status = malformedStatus(request)
  if (status === undefined) return true
  // An answer needs a way back; without one the request is dropped.
  if (request.method !== 'ACK' && request.via !== undefined) reject(core, request, leg, status)
  return false
}

function methodAllowed(core: Core, request: SipRequest, leg: Leg): boolean {
  const { settings } = core
  if (settings.allow?.includes(request.method) !== false) return true
  if (request.method === 'ACK') return false
  reject(core, request, leg, notAllowedStatus(request), { Allow: settings.abilities.Allow })
  return false
}

function understood(core: Core, request: SipRequest, leg: Leg): boolean {
  // RFC 3261 8.2.2.3: Require is not looked at in CANCEL and ACK.
  if (request.method === 'CANCEL' || request.method === 'ACK') return true
  if (request.method === 'REFER' && !referable(core, request, leg)) return false
  const objection = eventObjection(core.settings, request)
  if (objection !== undefined) {
    reject(core, request, leg, objection.status, objection.headers)
    return false
  }
  const minimum = tooShort(core, request)
  if (minimum !== undefined) {
    reject(core, request, leg, 422, { 'Min-SE': minimum })
    return false
  }
  const unknown = request.require.filter((tag) => !core.settings.supported.includes(tag))
  if (unknown.length > 0) {
    reject(core, request, leg, 420, { Unsupported: unknown.join(', ') })
    return false
  }
  return contentUnderstood(core, request, leg)
}

/** RFC 3261 8.2.2.1: the Request-URI is of no kind we know, or names somebody else. Whom To names does not matter. */
function forUs(core: Core, request: SipRequest, leg: Leg): boolean {
  const { method, uri, to } = request
  if (method === 'CANCEL' || method === 'ACK') return true
  const known = uri instanceof SipUri || uri.scheme === 'tel'
  if (known && (to.tag !== undefined || core.settings.isOurs?.(uri) !== false)) return true
  reject(core, request, leg, known ? 404 : 416)
  return false
}

/** RFC 3261 21.4.7: a caller that takes no session description cannot be given an answer. */
function answerable(core: Core, request: SipRequest, leg: Leg): boolean {
  if (request.method !== 'INVITE' || !request.headers.has('Accept')) return true
  const ranges = new Set(request.headers.getAll('Accept').map(mediaType))
  const ours = ['application/sdp', ...(core.settings.accept ?? [])]
  const taken = ours.some((type) => ranges.has(type) || ranges.has(`${type.split('/', 1)[0]}/*`))
  if (taken || ranges.has('*/*')) return true
  reject(core, request, leg, 406)
  return false
}

/** RFC 3261 8.2.3: a body that must be handled but cannot be. */
function contentUnderstood(core: Core, request: SipRequest, leg: Leg): boolean {
  if (request.body.length === 0 || isOptional(request)) return true
  const encoding = request.headers.get('Content-Encoding')
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    reject(core, request, leg, 415, { 'Accept-Encoding': 'identity' })
    return false
  }
  const { accept } = core.settings
  if (accept === undefined) return true
  const type = mediaType(request.contentType)
  if (type === undefined || type.startsWith('multipart/') || accept.includes(type)) return true
  reject(core, request, leg, 415, { Accept: accept.join(', ') })
  return false
}

/** RFC 3515 2.4.1: exactly one Refer-To, to something that a request can be sent to. */
function referable(core: Core, request: SipRequest, leg: Leg): boolean {
  if (countOf(request, /^(refer-to|r)$/i) !== 1) {
    reject(core, request, leg, 400)
    return false
  }
  const uri = request.read(ReferTo)?.uri
  if (uri instanceof SipUri || uri instanceof TelUri) return true
  // Not 416, which would say that the dialog's own target is unknown and end it (RFC 5057 5.1).
  reject(core, request, leg, 603)
  return false
}

function countOf(request: SipRequest, name: RegExp): number {
  return [...request.headers].filter(([row]) => name.test(row)).length
}

function isOptional(request: SipRequest): boolean {
  return /;\s*handling\s*=\s*"?optional/i.test(request.headers.get('Content-Disposition') ?? '')
}

function mediaType(contentType: string | undefined): string | undefined {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase()
}
