import { NameAddr, SipUri } from '@netsip/message'
import { SipError } from '@netsip/runtime'

/** What {@link sipUri2parts} takes an address apart into: `[domain, user, proto, param, data]`. */
export type SipUriParts = readonly [
  /** Host in lower case, with `:port` when the address names one. */
  domain: string,
  /** User part, unescaped; `undefined` when there is none. */
  user: string | undefined,
  /** `'sip'` or `'sips'`; `'sip'` when the address names no scheme. */
  proto: 'sip' | 'sips',
  /** URI parameters (and header parameters of a name-addr) by lower-case name; a flag has the value `''`. */
  param: Readonly<Record<string, string>>,
  /** The address without its parameters, display name kept. */
  data: string,
]

/**
 * Takes a SIP address apart, as sip_uri2parts of Net::SIP::Util does: a URI, a name-addr, or a bare `host`, `host:port`, `[v6]:port`.
 *
 * @throws SipError `ERR_SIP_ARGUMENT` when it is none of these.
 */
export function sipUri2parts(address: string): SipUriParts {
  const { nameAddr, uri } = parseAddress(address)
  const param: Record<string, string> = {}
  for (const [name, value] of uri.params) param[name.toLowerCase()] = value
  for (const [name, value] of nameAddr?.params ?? []) param[name.toLowerCase()] = value
  const domain = uri.host.toLowerCase() + (uri.port === undefined ? '' : `:${uri.port}`)
  const bare = uri.with({ password: undefined, params: undefined, headers: undefined })
  const data =
    nameAddr?.displayName === undefined ? bare : new NameAddr({ displayName: nameAddr.displayName, uri: bare })
  return [domain, uri.user, uri.scheme, param, data.toString()]
}

/** The URI of anything {@link sipUri2parts} accepts. */
export function toSipUri(address: string | SipUri): SipUri {
  return typeof address === 'string' ? parseAddress(address).uri : address
}

function parseAddress(address: string): { nameAddr?: NameAddr; uri: SipUri } {
  const text = address.trim()
  try {
    if (text.includes('<')) {
      const nameAddr = NameAddr.parse(text)
      if (nameAddr.uri instanceof SipUri) return { nameAddr, uri: nameAddr.uri }
    } else {
      return { uri: SipUri.parse(/^sips?:/i.test(text) ? text : `sip:${text}`) }
    }
  } catch (cause) {
    throw new SipError('ERR_SIP_ARGUMENT', `not a SIP address: ${JSON.stringify(address)}`, { cause })
  }
  throw new SipError('ERR_SIP_ARGUMENT', `not a sip: or sips: address: ${JSON.stringify(address)}`)
}
