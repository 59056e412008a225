import { SipParseError, type SipRequest, SipUri } from '@netsip/message'
import type { Rejection } from '../answer.ts'
import { breadthOf } from './breadth.ts'

/**
 * What RFC 3261 16.3 asks before a request is forwarded, except for the loop check and the credentials. Only what a proxy
 * needs is looked at: a malformed header that it does not need is the endpoint's business.
 */
export function validateRequest(request: SipRequest): Rejection | undefined {
  const malformed = readAll(request)
  if (malformed) return malformed
  if (!(request.uri instanceof SipUri)) return { status: 416 }
  if (request.maxForwards === 0) return { status: 483 }
  const breadth = breadthOf(request)
  if (!breadth) return breadth === undefined ? { status: 400, reason: 'Malformed Max-Breadth' } : { status: 440 }
  const { proxyRequire } = request
  if (proxyRequire.length > 0) return { status: 420, headers: { Unsupported: proxyRequire.join(', ') } }
  return undefined
}

function readAll(request: SipRequest): Rejection | undefined {
  try {
    if (request.vias.length === 0) return { status: 400, reason: 'Via Is Missing' }
    if (request.from.tag === undefined && request.via?.branch?.startsWith('z9hG4bK'))
      return { status: 400, reason: 'From Tag Is Missing' }
    if (request.cseq.method !== request.method) return { status: 400, reason: 'CSeq Of Another Method' }
    if (request.to === undefined || request.callId === '' || request.routes === undefined) return { status: 400 }
    return hops(request)
  } catch (error) {
    if (error instanceof SipParseError) return { status: 400, reason: `Malformed ${error.header ?? 'Header'}` }
    throw error
  }
}

/** A Max-Forwards that is no number from 0 to 255 cannot be counted down (RFC 3261 20.22). */
function hops(request: SipRequest): Rejection | undefined {
  const text = request.headers.get('Max-Forwards')
  if (text === undefined || (/^\d{1,3}$/.test(text.trim()) && Number(text) <= 255)) return undefined
  return { status: 400, reason: 'Malformed Max-Forwards' }
}
