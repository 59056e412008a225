import type { Uri } from './parse-uri.ts'
import { SipUri } from './sip-uri.ts'

/**
 * A URI without what RFC 3261 19.1.1 table 1 does not allow in a Request-URI: the `method` parameter and headers. For a
 * Contact or a Refer-To that a request is sent to; what it asks for, `requestFromUri` makes.
 */
export function requestUri<U extends Uri>(uri: U): U {
  if (!(uri instanceof SipUri) || (uri.headers.isEmpty && !uri.params.has('method'))) return uri
  return uri.with({ params: uri.params.with('method', undefined), headers: undefined }) as U
}
