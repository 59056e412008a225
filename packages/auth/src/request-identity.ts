import { canonicalName, type SipRequest } from '@netsip/message'

/** What proxies write on the way: the branches of a forked request differ in it. */
const WRITTEN_ON_THE_WAY = new Set([
  'Via',
  'Route',
  'Record-Route',
  'Max-Forwards',
  'Proxy-Authorization',
  'History-Info',
  'Content-Length',
])

/**
 * What makes a request the one that it is, wherever it has gone by, but for its body. The digest of qop=auth covers the method
 * and the digest-uri alone (RFC 7616 3.4.3): without all of this an observer could send the credentials that he saw again, with
 * a Contact, a Request-URI or a Refer-To of his own.
 */
export function requestIdentity(request: SipRequest): string {
  const rows = [`${request.method} ${request.uri.toString()}`]
  for (const [name, value] of request.headers) {
    const canonical = canonicalName(name)
    if (!WRITTEN_ON_THE_WAY.has(canonical)) rows.push(`${canonical}: ${value}`)
  }
  return rows.join('\n')
}
