import { splitCallIds } from '../grammar/call-id.ts'
import { callId, token } from './forms.ts'
import { list, type ListHeader, SPARSE } from './header-type.ts'

const CALL_IDS = { sparse: true, cut: splitCallIds }

/** Allow-Events (RFC 6665 8.2.2): event packages. */
export const AllowEvents: ListHeader<string> = list('Allow-Events', token, SPARSE)
/** In-Reply-To (RFC 3261 20.21): Call-IDs of the calls that this one answers. */
export const InReplyTo: ListHeader<string> = list('In-Reply-To', callId, CALL_IDS)
/** Content-Encoding (RFC 3261 20.12), in the order in which the codings were applied. */
export const ContentEncoding: ListHeader<string> = list('Content-Encoding', token, SPARSE)
/** Content-Language (RFC 3261 20.13). */
export const ContentLanguage: ListHeader<string> = list('Content-Language', token, SPARSE)
/** Request-Disposition (RFC 3841 9.1): `proxy`, `no-fork`, `sequential` and the like. */
export const RequestDisposition: ListHeader<string> = list('Request-Disposition', token, SPARSE)
/** P-Early-Media (RFC 5009 8): `sendrecv`, `inactive`, `supported`, `gated` and the like. */
export const PEarlyMedia: ListHeader<string> = list('P-Early-Media', token, SPARSE)
