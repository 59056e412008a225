import { SipParseError } from '../base/parse-error.ts'
import { NameAddr } from '../values/name-addr.ts'
import type { Form } from './forms.ts'
import { list, type ListHeader, single, type SingleHeader } from './header-type.ts'

const address: Form<NameAddr> = { parse: (text) => NameAddr.parse(text), format: String }

/** Where the grammar asks for `<>` (RFC 3261 25.1, RFC 3327 4, RFC 3608 5). */
const bracketed: Form<NameAddr> = {
  parse: (text) => {
    const value = NameAddr.parse(text)
    if (!value.bracketed) throw new SipParseError('an address that must stand in <>')
    return value
  },
  format: String,
}

/** Reply-To (RFC 3261 20.31). */
export const ReplyTo: SingleHeader<NameAddr> = single('Reply-To', address)
/** Refer-To (RFC 3515 2.1): exactly one. */
export const ReferTo: SingleHeader<NameAddr> = single('Refer-To', address)
/** Referred-By (RFC 3892 3), with `cid` among its parameters. */
export const ReferredBy: SingleHeader<NameAddr> = single('Referred-By', address)
/** Path (RFC 3327 4): the proxies between a registrar and a contact. */
export const Path: ListHeader<NameAddr> = list('Path', bracketed)
/** Service-Route (RFC 3608 5): the route that a registrar asks for. */
export const ServiceRoute: ListHeader<NameAddr> = list('Service-Route', bracketed)
/** P-Asserted-Identity (RFC 3325 9.1): one or two values. */
export const PAssertedIdentity: ListHeader<NameAddr> = list('P-Asserted-Identity', address)
/** P-Preferred-Identity (RFC 3325 9.2). */
export const PPreferredIdentity: ListHeader<NameAddr> = list('P-Preferred-Identity', address)
/** Alert-Info (RFC 3261 20.4): what to ring with. */
export const AlertInfo: ListHeader<NameAddr> = list('Alert-Info', bracketed)
/** Call-Info (RFC 3261 20.9), with `purpose` among its parameters. */
export const CallInfo: ListHeader<NameAddr> = list('Call-Info', bracketed)
/** Error-Info (RFC 3261 20.18). */
export const ErrorInfo: ListHeader<NameAddr> = list('Error-Info', bracketed)
