import { text, token } from './forms.ts'
import { single, type SingleHeader } from './header-type.ts'

/** Subject (RFC 3261 20.36). */
export const Subject: SingleHeader<string> = single('Subject', text)
/** Organization (RFC 3261 20.25). */
export const Organization: SingleHeader<string> = single('Organization', text)
/** Server (RFC 3261 20.35), comments included. */
export const Server: SingleHeader<string> = single('Server', text)
/** User-Agent (RFC 3261 20.41), comments included. */
export const UserAgent: SingleHeader<string> = single('User-Agent', text)
/** Priority (RFC 3261 20.26): `emergency`, `urgent`, `normal`, `non-urgent` or another token. */
export const Priority: SingleHeader<string> = single('Priority', token)
/** SIP-ETag (RFC 3903 11.3.1): names the state that a PUBLISH made. */
export const SipETag: SingleHeader<string> = single('SIP-ETag', token)
/** SIP-If-Match (RFC 3903 11.3.2): the state that a PUBLISH changes. */
export const SipIfMatch: SingleHeader<string> = single('SIP-If-Match', token)
