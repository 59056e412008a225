import { checkCallId } from '../values/call-id.ts'
import type { ListHeader } from './header-type.ts'
import { token, writtenToken } from './parts.ts'

/** Allow-Events (RFC 6665 8.2.2): event packages. */
export const AllowEvents: ListHeader<string> = {
  name: 'Allow-Events',
  list: true,
  sparse: true,
  parse: (text) => token(text, 'an event package'),
  format: (value) => writtenToken(value, 'an event package'),
}

/** In-Reply-To (RFC 3261 20.21): Call-IDs of the calls that this one answers. */
export const InReplyTo: ListHeader<string> = {
  name: 'In-Reply-To',
  list: true,
  sparse: true,
  parse: checkCallId,
  format: (value) => value,
}

/** Content-Encoding (RFC 3261 20.12), in the order in which the codings were applied. */
export const ContentEncoding: ListHeader<string> = {
  name: 'Content-Encoding',
  list: true,
  sparse: true,
  parse: (text) => token(text, 'a content coding'),
  format: (value) => writtenToken(value, 'a content coding'),
}

/** Content-Language (RFC 3261 20.13). */
export const ContentLanguage: ListHeader<string> = {
  name: 'Content-Language',
  list: true,
  sparse: true,
  parse: (text) => token(text, 'a language'),
  format: (value) => writtenToken(value, 'a language'),
}

/** Request-Disposition (RFC 3841 9.1): `proxy`, `no-fork`, `sequential` and the like. */
export const RequestDisposition: ListHeader<string> = {
  name: 'Request-Disposition',
  list: true,
  sparse: true,
  parse: (text) => token(text, 'a directive'),
  format: (value) => writtenToken(value, 'a directive'),
}

/** P-Early-Media (RFC 5009 8): `sendrecv`, `inactive`, `supported`, `gated` and the like. */
export const PEarlyMedia: ListHeader<string> = {
  name: 'P-Early-Media',
  list: true,
  sparse: true,
  parse: (text) => token(text, 'an early media parameter'),
  format: (value) => writtenToken(value, 'an early media parameter'),
}
