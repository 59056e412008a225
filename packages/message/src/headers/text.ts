import type { SingleHeader } from './header-type.ts'
import { token, writtenToken } from './parts.ts'

const same = (text: string): string => text

/** Subject (RFC 3261 20.36). */
export const Subject: SingleHeader<string> = { name: 'Subject', list: false, parse: same, format: same }
/** Organization (RFC 3261 20.25). */
export const Organization: SingleHeader<string> = { name: 'Organization', list: false, parse: same, format: same }
/** Server (RFC 3261 20.35), comments included. */
export const Server: SingleHeader<string> = { name: 'Server', list: false, parse: same, format: same }
/** User-Agent (RFC 3261 20.41), comments included. */
export const UserAgent: SingleHeader<string> = { name: 'User-Agent', list: false, parse: same, format: same }

/** Priority (RFC 3261 20.26): `emergency`, `urgent`, `normal`, `non-urgent` or another token. */
export const Priority: SingleHeader<string> = {
  name: 'Priority',
  list: false,
  parse: (text) => token(text, 'Priority'),
  format: (value) => writtenToken(value, 'Priority'),
}

/** SIP-ETag (RFC 3903 11.3.1): names the state that a PUBLISH made. */
export const SipETag: SingleHeader<string> = {
  name: 'SIP-ETag',
  list: false,
  parse: (text) => token(text, 'SIP-ETag'),
  format: (value) => writtenToken(value, 'SIP-ETag'),
}

/** SIP-If-Match (RFC 3903 11.3.2): the state that a PUBLISH changes. */
export const SipIfMatch: SingleHeader<string> = {
  name: 'SIP-If-Match',
  list: false,
  parse: (text) => token(text, 'SIP-If-Match'),
  format: (value) => writtenToken(value, 'SIP-If-Match'),
}
