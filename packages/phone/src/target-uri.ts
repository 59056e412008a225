import { SipError } from '@netsip/runtime'
import { AbsoluteUri, parseUri, SipUri, TelUri, type Uri } from '@netsip/message'

/** An IP address, or a name with a port. */
const hostOnly = /^(\[.+\](:\d+)?|\d+(\.\d+){3}(:\d+)?|[^\s:]+:\d+)$/

/**
 * What a person types, as a URI to call: `sip:bob@example.com` stays, `bob@example.com` gets its scheme, and `bob` alone is
 * looked for in the domain of our own address. A URI stays what it is.
 * @throws {SipError} ERR_SIP_ARGUMENT when it is no address
 */
export function targetUri(text: string | Uri, aor: SipUri): Uri {
  if (text instanceof SipUri || text instanceof TelUri || text instanceof AbsoluteUri) return text
  try {
    const trimmed = text.trim()
    if (/^(sips?|tel):/i.test(trimmed)) return parseUri(trimmed)
    if (trimmed.includes('@') || hostOnly.test(trimmed)) return SipUri.parse(`${aor.scheme}:${trimmed}`)
    // A colon would be that of another scheme, as in http://example.com.
    if (!/^[^\s<>":]+$/.test(trimmed)) throw new SipError('ERR_SIP_ARGUMENT', 'a user name has no spaces and no colon')
    const port = aor.port === undefined ? {} : { port: aor.port }
    return new SipUri({ scheme: aor.scheme, user: trimmed, host: aor.host, ...port })
  } catch (cause) {
    throw new SipError(
      'ERR_SIP_ARGUMENT',
      `${JSON.stringify(text)} is not an address to call, such as sip:bob@example.com`,
      {
        cause,
      },
    )
  }
}
