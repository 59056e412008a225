// The header fields that netsip knows. Each has a small number (its id), which the scan finds without cutting a string.

/** The id of every header that is not in the table. */
export const UNKNOWN = 0
export const WWW_AUTHENTICATE = 1
export const PROXY_AUTHENTICATE = 2
export const AUTHORIZATION = 3
export const PROXY_AUTHORIZATION = 4
export const VIA = 7
export const CONTACT = 8
export const ROUTE = 9
export const RECORD_ROUTE = 10
export const SUPPORTED = 11
export const REQUIRE = 12
export const PROXY_REQUIRE = 13
export const UNSUPPORTED = 14
export const ALLOW = 15
export const IN_REPLY_TO = 24
export const FROM = 55
export const TO = 56
export const CALL_ID = 57
export const CSEQ = 58
export const MAX_FORWARDS = 59
export const CONTENT_LENGTH = 60
export const CONTENT_TYPE = 61
export const EXPIRES = 62
export const DATE = 63
export const TIMESTAMP = 64
export const REFER_TO = 65
export const EVENT = 66
export const SUBSCRIPTION_STATE = 67
export const RACK = 68

/** Rows of the headers before may repeat but never join: credentials, challenges, and what is text with commas. */
const FIRST_LIST = VIA
/** Headers from this one on have at most one row and one value (RFC 3261 7.3.1). */
const FIRST_SINGLE = FROM

// By id, from 1 on, each with its compact form behind a colon.
const table =
  'WWW-Authenticate Proxy-Authenticate Authorization Proxy-Authorization P-Charging-Function-Addresses Identity:y ' +
  // lists
  'Via:v Contact:m Route Record-Route Supported:k Require Proxy-Require Unsupported Allow Content-Encoding:e ' +
  'Content-Language Accept Accept-Encoding Accept-Language Alert-Info Call-Info Error-Info In-Reply-To Warning ' +
  'Allow-Events:u Reason Path Service-Route Accept-Contact:a Reject-Contact:j Request-Disposition:d ' +
  'P-Asserted-Identity P-Preferred-Identity Security-Client Security-Server Security-Verify P-Access-Network-Info ' +
  'P-Associated-URI P-Visited-Network-ID P-Early-Media Resource-Priority Accept-Resource-Priority ' +
  'P-Preferred-Service P-Asserted-Service Recv-Info Geolocation History-Info User-to-User Feature-Caps ' +
  'Permission-Missing Trigger-Consent Diversion Remote-Party-ID ' +
  // single
  'From:f To:t Call-ID:i CSeq Max-Forwards Content-Length:l Content-Type:c Expires Date Timestamp ' +
  'Refer-To:r Event:o Subscription-State RAck Content-Disposition Authentication-Info Proxy-Authentication-Info MIME-Version Min-Expires Organization Priority ' +
  'Reply-To Retry-After Server Subject:s User-Agent RSeq Replaces ' +
  'Referred-By:b SIP-ETag SIP-If-Match Join Session-Expires:x Min-SE Privacy P-Called-Party-ID P-Charging-Vector ' +
  'Refer-Sub Target-Dialog Answer-Mode Priv-Answer-Mode Max-Breadth Flow-Timer Info-Package Geolocation-Routing ' +
  'Session-ID Suppress-If-Match Content-ID Content-Transfer-Encoding Identity-Info:n'

interface Entry {
  readonly name: string
  readonly compact: string
  /** The name in lower case, as octets. */
  readonly octets: readonly number[]
}

const entries: Entry[] = [{ name: '', compact: '', octets: [] }]
const ids = new Map<string, number>()
const SLOTS = 1024
const slots = new Uint8Array(SLOTS)
const compactIds = new Uint8Array(256)

for (const item of table.split(' ')) {
  const [name, compact = ''] = item.split(':') as [string, string?]
  const lower = name.toLowerCase()
  const octets = Array.from(lower, (c) => c.charCodeAt(0))
  const id = entries.push({ name, compact, octets }) - 1
  ids.set(name, id).set(lower, id)
  let slot = slotOf(octets, 0, octets.length)
  while (slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1)
  slots[slot] = id
  if (compact === '') continue
  ids.set(compact, id)
  compactIds[compact.charCodeAt(0)] = compactIds[compact.charCodeAt(0) & ~32] = id
}

// Length, first, middle and last character tell nearly all names apart.
function slotOf(codes: ArrayLike<number>, start: number, length: number): number {
  const middle = codes[start + (length >> 1)]! | 32
  return (length * 37 + (codes[start]! | 32) * 5 + middle * 131 + (codes[start + length - 1]! | 32) * 17) & (SLOTS - 1)
}

/** The id of the name at `octets[start, end)`, in any case, long or compact; `UNKNOWN` when it is not in the table. */
export function findHeaderId(octets: Uint8Array, start: number, end: number): number {
  const length = end - start
  if (length === 1) return compactIds[octets[start]!]!
  for (let slot = slotOf(octets, start, length); ; slot = (slot + 1) & (SLOTS - 1)) {
    const id = slots[slot]!
    if (id === UNKNOWN || sameName(entries[id]!.octets, octets, start, length)) return id
  }
}

/** The index after the name of an id, in any case and long, when it is at `start`; else `start`. */
export function endOfName(id: number, octets: Uint8Array, start: number): number {
  const known = entries[id]!.octets
  return id !== UNKNOWN && sameName(known, octets, start, known.length) ? start + known.length : start
}

// Known names are letters and hyphens: `| 32` folds the case of the former, and of what is equal to a hyphen after it
// only the hyphen itself is no control character.
function sameName(known: readonly number[], octets: Uint8Array, start: number, length: number): boolean {
  if (known.length !== length) return false
  for (let i = 0; i < length; i++) {
    const c = octets[start + i]!
    if (known[i] !== (c | 32) || c < 32) return false
  }
  return true
}

/** The id of a name in any case, long or compact; `UNKNOWN` when it is not in the table. */
export function headerId(name: string): number {
  // of what is no token, only the Kelvin sign has the lower case of a letter that is
  return ids.get(name) ?? (name.includes('\u212a') ? UNKNOWN : (ids.get(name.toLowerCase()) ?? UNKNOWN))
}

/** The registered spelling: `Call-ID` for `call-id`, `CALL-ID` and `i`; an unknown name stays as it is. */
export function canonicalName(name: string): string {
  return nameOf(headerId(name)) || name
}

/** The registered spelling of an id, '' for `UNKNOWN`. */
export function nameOf(id: number): string {
  return entries[id]!.name
}

/** The compact letter of an id, or ''. */
export function compactOf(id: number): string {
  return entries[id]!.compact
}

/** Whether values of this header may share a row, split by commas. */
export function isList(id: number): boolean {
  return id >= FIRST_LIST && id < FIRST_SINGLE
}

/** Whether this header may stand once at most. */
export function isSingle(id: number): boolean {
  return id >= FIRST_SINGLE
}
