import { SipParseError } from '../parse-error.ts'
import { NameAddr } from '../values/name-addr.ts'
import type { ListHeader, SingleHeader } from './header-type.ts'

const parse = (text: string): NameAddr => NameAddr.parse(text)

/** Where the grammar asks for `<>` (RFC 3261 25.1, RFC 3327 4, RFC 3608 5). */
function parseBracketed(text: string): NameAddr {
  const value = NameAddr.parse(text)
  if (!value.bracketed) throw new SipParseError('an address that must stand in <>')
  return value
}

/** Reply-To (RFC 3261 20.31). */
export const ReplyTo: SingleHeader<NameAddr> = { name: 'Reply-To', list: false, parse, format: String }
/** Refer-To (RFC 3515 2.1): exactly one. */
export const ReferTo: SingleHeader<NameAddr> = { name: 'Refer-To', list: false, parse, format: String }
/** Referred-By (RFC 3892 3), with `cid` among its parameters. */
export const ReferredBy: SingleHeader<NameAddr> = { name: 'Referred-By', list: false, parse, format: String }
/** Path (RFC 3327 4): the proxies between a registrar and a contact. */
export const Path: ListHeader<NameAddr> = { name: 'Path', list: true, parse: parseBracketed, format: String }
/** Service-Route (RFC 3608 5): the route that a registrar asks for. */
export const ServiceRoute: ListHeader<NameAddr> = {
  name: 'Service-Route',
  list: true,
  parse: parseBracketed,
  format: String,
}
/** P-Asserted-Identity (RFC 3325 9.1): one or two values. */
export const PAssertedIdentity: ListHeader<NameAddr> = {
  name: 'P-Asserted-Identity',
  list: true,
  parse,
  format: String,
}
/** P-Preferred-Identity (RFC 3325 9.2). */
export const PPreferredIdentity: ListHeader<NameAddr> = {
  name: 'P-Preferred-Identity',
  list: true,
  parse,
  format: String,
}
/** Alert-Info (RFC 3261 20.4): what to ring with. */
export const AlertInfo: ListHeader<NameAddr> = { name: 'Alert-Info', list: true, parse: parseBracketed, format: String }
/** Call-Info (RFC 3261 20.9), with `purpose` among its parameters. */
export const CallInfo: ListHeader<NameAddr> = { name: 'Call-Info', list: true, parse: parseBracketed, format: String }
/** Error-Info (RFC 3261 20.18). */
export const ErrorInfo: ListHeader<NameAddr> = { name: 'Error-Info', list: true, parse: parseBracketed, format: String }
