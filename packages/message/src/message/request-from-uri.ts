import { utf8Octets } from '../base/octets.ts'
import { SipParseError } from '../base/parse-error.ts'
import { isToken } from '../grammar/token.ts'
import { canonicalName } from '../rows/header-names.ts'
import { requestUri } from '../uri/request-uri.ts'
import type { SipUri } from '../uri/sip-uri.ts'
import { SipRequest } from './request.ts'

// RFC 3261 19.1.5: a link must not decide who calls, by which way, or what this element claims to be able to do.
const notHonoured = new Set([
  'From',
  'Call-ID',
  'CSeq',
  'Via',
  'Record-Route',
  'Route',
  'Accept',
  'Accept-Encoding',
  'Accept-Language',
  'Allow',
  'Contact',
  'Organization',
  'Supported',
  'User-Agent',
  'Authorization',
  'Proxy-Authorization',
  'Max-Forwards',
  'P-Asserted-Identity',
  'P-Preferred-Identity',
  'Remote-Party-ID',
  'Content-Length',
])

/**
 * The request that a URI describes (RFC 3261 19.1.5): its `method` parameter, its headers and body, and what is left of
 * it as the Request-URI. For links that a person clicks, Refer-To, and Contacts of a redirection.
 *
 * Headers that would be dangerous to honour (From, Call-ID, CSeq, Via, Route, Record-Route, Contact and the like) are
 * left out. From, To and the rest are for the caller to add.
 *
 * @param method what to send when the URI names none; `INVITE` by default
 * @throws SipParseError when a header of the URI is no header, would add a line of its own, or is there twice and may be
 *   there once: such a URI is invalid
 */
export function requestFromUri(uri: SipUri, method = 'INVITE'): SipRequest {
  const named = uri.params.get('method') ?? method
  if (!isToken(named)) throw new SipParseError('a URI with a method that is no token')
  const request = new SipRequest({ method: named, uri: requestUri(uri) })
  for (const [written, value] of uri.headers) {
    const name = canonicalName(written)
    const isBody = name.toLowerCase() === 'body'
    if (isBody) request.body = utf8Octets(value)
    else if (/[\0\r\n]/.test(value)) throw new SipParseError('a URI with a line break in a header')
    else if (!isToken(name)) throw new SipParseError('a URI with a header that is none')
    else if (!notHonoured.has(name)) request.headers.append(name, value)
  }
  if (request.headers.repeated()) throw new SipParseError('a URI with a header twice')
  return request
}
