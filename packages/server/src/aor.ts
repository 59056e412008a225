import { SipUri, type Uri } from '@netsip/message'

/** The port a URI of this scheme has when it names none (RFC 3261 19.1.2). */
export function defaultPort(scheme: string): number {
  return scheme === 'sips' ? 5061 : 5060
}

/**
 * The canonical address-of-record of a URI, the key of a location service (RFC 3261 10.3 step 5): all parameters, headers
 * and the password removed, escapes in one form, the host in lower case, a default port dropped, and `sip:` for `sips:` too,
 * as both name the same user (RFC 5630 5.2).
 *
 * @returns `undefined` for a URI that is neither `sip:` nor `sips:`.
 */
export function canonicalAor(uri: Uri): string | undefined {
  if (!(uri instanceof SipUri)) return undefined
  const user = uri.user === undefined ? '' : `${escapeUser(uri.user)}@`
  const port = uri.port === undefined || uri.port === defaultPort(uri.scheme) ? '' : `:${uri.port}`
  return `sip:${user}${uri.host.toLowerCase()}${port}`
}

/** One spelling for each user: what may stand in a user part stands there as it is (RFC 3261 25.1), all else is escaped. */
function escapeUser(user: string): string {
  return encodeURIComponent(user).replace(/%(?:26|3D|2B|24|2C|3B|3F|2F)/g, decodeURIComponent)
}
