import type { SipRequest, SipResponse } from '@netsip/message'
import { KNOWN_METHODS, type Settings } from '../settings.ts'

/** The answer to a request that no application takes: nothing is ever left unanswered. */
export function defaultAnswer(request: SipRequest, settings: Settings): SipResponse {
  const { method } = request
  if (method === 'OPTIONS') return optionsAnswer(request, settings)
  if (method === 'PRACK') return request.createResponse(200)
  if (method === 'UPDATE' && request.to.tag !== undefined)
    return request.createResponse(request.body.length === 0 ? 200 : 488)
  // RFC 6665 4.1.3: a NOTIFY for no subscription of ours.
  if (method === 'NOTIFY' && request.to.tag !== undefined) return request.createResponse(481)
  // In a dialog the session stays as it is; outside of one there is nobody to take the call.
  if (method === 'INVITE') return request.createResponse(request.to.tag === undefined ? 480 : 488)
  return request.createResponse(notAllowedStatus(request), { headers: { Allow: settings.abilities.Allow } })
}

/** RFC 3261 8.2.1: 405 for a method that SIP knows, 501 for any other, both with Allow. */
export function notAllowedStatus({ method }: SipRequest): number {
  return KNOWN_METHODS.has(method) ? 405 : 501
}

/** RFC 3261 11.2: the capabilities of this endpoint. Allow and Supported are written with every 2xx to OPTIONS. */
export function optionsAnswer(request: SipRequest, settings: Settings): SipResponse {
  return request.createResponse(200, {
    headers: {
      Accept: (settings.accept ?? ['application/sdp']).join(', '),
      'Accept-Encoding': 'identity',
      'Accept-Language': 'en',
    },
  })
}
