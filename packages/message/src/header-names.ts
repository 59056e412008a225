// The header fields that netsip knows. Each gets a small number (its id) at load, which the scan finds without cutting a string.

/** How values of a header combine. */
export const LIST = 1
/** At most one row, one value (RFC 3261 7.3.1). */
export const SINGLE = 2
/** Rows may repeat but never join (credentials, challenges, and what is text with commas). */
export const ROWS = 0

/** The id of every header that is not in the table. */
export const UNKNOWN = 0

// Each name with its compact form behind a colon, RFC 3261 20 first, then by extension RFC.
const rowNames =
  'WWW-Authenticate Proxy-Authenticate Authorization Proxy-Authorization P-Charging-Function-Addresses Identity:y'
const listNames =
  'Via:v Contact:m Route Record-Route Content-Encoding:e Content-Language Supported:k Require Proxy-Require ' +
  'Unsupported Allow Accept Accept-Encoding Accept-Language Alert-Info Call-Info Error-Info In-Reply-To Warning ' +
  'Allow-Events:u Reason Path Service-Route Accept-Contact:a Reject-Contact:j Request-Disposition:d ' +
  'P-Asserted-Identity P-Preferred-Identity Security-Client Security-Server Security-Verify P-Access-Network-Info ' +
  'P-Associated-URI P-Visited-Network-ID P-Early-Media Resource-Priority Accept-Resource-Priority ' +
  'P-Preferred-Service P-Asserted-Service Recv-Info Geolocation History-Info User-to-User Feature-Caps ' +
  'Permission-Missing Trigger-Consent Diversion Remote-Party-ID'
const singleNames =
  'From:f To:t Call-ID:i CSeq Max-Forwards Content-Length:l Content-Type:c Content-Disposition Expires ' +
  'Authentication-Info Proxy-Authentication-Info Date MIME-Version Min-Expires Organization Priority Reply-To ' +
  'Retry-After Server Subject:s Timestamp User-Agent RSeq RAck Event:o Subscription-State Refer-To:r Replaces ' +
  'Referred-By:b SIP-ETag SIP-If-Match Join Session-Expires:x Min-SE Privacy P-Called-Party-ID P-Charging-Vector ' +
  'Refer-Sub Target-Dialog Answer-Mode Priv-Answer-Mode Max-Breadth Flow-Timer Info-Package Geolocation-Routing ' +
  'Session-ID Suppress-If-Match Content-ID Content-Transfer-Encoding'

// By id.
const names = ['']
const compactNames = ['']
const kinds = [ROWS]

const ids = new Map<string, number>()
const SLOTS = 1024
const slots = new Uint8Array(SLOTS)
const compactIds = new Uint8Array(256)
// The names in lower case one behind the other: that of id n is nameCodes[nameStarts[n], nameStarts[n + 1]).
const nameStarts = [0, 0]
const nameCodes: number[] = []

addNames(ROWS, rowNames)
addNames(LIST, listNames)
addNames(SINGLE, singleNames)

function addNames(kind: number, text: string): void {
  for (const entry of text.split(' ')) {
    const [name, compact = ''] = entry.split(':') as [string, string?]
    const id = names.push(name) - 1
    compactNames.push(compact)
    kinds.push(kind)
    const lower = name.toLowerCase()
    ids.set(lower, id)
    const codes = Array.from(lower, (c) => c.charCodeAt(0))
    nameStarts.push(nameCodes.push(...codes))
    let slot = slotOf(codes, 0, codes.length)
    while (slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1)
    slots[slot] = id
    if (compact === '') continue
    ids.set(compact, id)
    compactIds[compact.charCodeAt(0)] = compactIds[compact.charCodeAt(0) & ~32] = id
  }
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
    if (id === UNKNOWN || sameName(id, octets, start, length)) return id
  }
}

// Known names are letters and hyphens: `| 32` folds the case of the former, and of what is equal to a hyphen after it
// only the hyphen itself is no control character.
function sameName(id: number, octets: Uint8Array, start: number, length: number): boolean {
  const from = nameStarts[id]!
  if (nameStarts[id + 1]! - from !== length) return false
  for (let i = 0; i < length; i++) {
    const c = octets[start + i]!
    if (nameCodes[from + i] !== (c | 32) || c < 32) return false
  }
  return true
}

/** The id of a name in any case, long or compact; `UNKNOWN` when it is not in the table. */
export function headerId(name: string): number {
  return ids.get(name) ?? ids.get(name.toLowerCase()) ?? UNKNOWN
}

/** The registered spelling: `Call-ID` for `call-id`, `CALL-ID` and `i`; an unknown name stays as it is. */
export function canonicalName(name: string): string {
  const id = headerId(name)
  return id === UNKNOWN ? name : nameOf(id)
}

/** The registered spelling of an id. */
export function nameOf(id: number): string {
  return names[id]!
}

/** The compact letter of an id, or ''. */
export function compactOf(id: number): string {
  return compactNames[id]!
}

/** Whether values of this header may share a row, split by commas. */
export function isList(id: number): boolean {
  return kinds[id] === LIST
}

/** Whether this header may stand once at most. */
export function isSingle(id: number): boolean {
  return kinds[id] === SINGLE
}

export const VIA: number = headerId('Via')
export const FROM: number = headerId('From')
export const TO: number = headerId('To')
export const CALL_ID: number = headerId('Call-ID')
export const CSEQ: number = headerId('CSeq')
export const CONTACT: number = headerId('Contact')
export const MAX_FORWARDS: number = headerId('Max-Forwards')
export const ROUTE: number = headerId('Route')
export const RECORD_ROUTE: number = headerId('Record-Route')
export const CONTENT_LENGTH: number = headerId('Content-Length')
export const CONTENT_TYPE: number = headerId('Content-Type')
export const EXPIRES: number = headerId('Expires')
export const SUPPORTED: number = headerId('Supported')
export const REQUIRE: number = headerId('Require')
export const PROXY_REQUIRE: number = headerId('Proxy-Require')
export const UNSUPPORTED: number = headerId('Unsupported')
export const ALLOW: number = headerId('Allow')
export const WWW_AUTHENTICATE: number = headerId('WWW-Authenticate')
export const PROXY_AUTHENTICATE: number = headerId('Proxy-Authenticate')
export const AUTHORIZATION: number = headerId('Authorization')
export const PROXY_AUTHORIZATION: number = headerId('Proxy-Authorization')
export const TIMESTAMP: number = headerId('Timestamp')
