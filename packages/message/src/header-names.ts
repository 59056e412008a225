// The header fields that netsip knows. Each gets a small number (its id) at load, which the scan finds without cutting a string.

/** How values of a header combine. */
export const LIST = 1
/** At most one row, one value (RFC 3261 7.3.1). */
export const SINGLE = 2
/** Rows may repeat but never join (credentials, challenges, and what is text with commas). */
export const ROWS = 0

/** The id of every header that is not in the table. */
export const UNKNOWN = 0

// name, compact name, kind. RFC 3261 20 first, then by extension RFC.
const table: readonly (readonly [name: string, compact: string, kind: number])[] = [
  ['', '', ROWS],
  ['Via', 'v', LIST],
  ['From', 'f', SINGLE],
  ['To', 't', SINGLE],
  ['Call-ID', 'i', SINGLE],
  ['CSeq', '', SINGLE],
  ['Contact', 'm', LIST],
  ['Max-Forwards', '', SINGLE],
  ['Route', '', LIST],
  ['Record-Route', '', LIST],
  ['Content-Length', 'l', SINGLE],
  ['Content-Type', 'c', SINGLE],
  ['Content-Encoding', 'e', LIST],
  ['Content-Disposition', '', SINGLE],
  ['Content-Language', '', LIST],
  ['Expires', '', SINGLE],
  ['Supported', 'k', LIST],
  ['Require', '', LIST],
  ['Proxy-Require', '', LIST],
  ['Unsupported', '', LIST],
  ['Allow', '', LIST],
  ['WWW-Authenticate', '', ROWS],
  ['Proxy-Authenticate', '', ROWS],
  ['Authorization', '', ROWS],
  ['Proxy-Authorization', '', ROWS],
  ['Authentication-Info', '', SINGLE],
  ['Proxy-Authentication-Info', '', SINGLE],
  ['Accept', '', LIST],
  ['Accept-Encoding', '', LIST],
  ['Accept-Language', '', LIST],
  ['Alert-Info', '', LIST],
  ['Call-Info', '', LIST],
  ['Date', '', SINGLE],
  ['Error-Info', '', LIST],
  ['In-Reply-To', '', LIST],
  ['MIME-Version', '', SINGLE],
  ['Min-Expires', '', SINGLE],
  ['Organization', '', SINGLE],
  ['Priority', '', SINGLE],
  ['Reply-To', '', SINGLE],
  ['Retry-After', '', SINGLE],
  ['Server', '', SINGLE],
  ['Subject', 's', SINGLE],
  ['Timestamp', '', SINGLE],
  ['User-Agent', '', SINGLE],
  ['Warning', '', LIST],
  // RFC 3262, 6665, 3326, 3327, 3515, 3608
  ['RSeq', '', SINGLE],
  ['RAck', '', SINGLE],
  ['Event', 'o', SINGLE],
  ['Allow-Events', 'u', LIST],
  ['Subscription-State', '', SINGLE],
  ['Reason', '', LIST],
  ['Path', '', LIST],
  ['Refer-To', 'r', SINGLE],
  ['Service-Route', '', LIST],
  // RFC 3841, 3891, 3892, 3903, 3911, 4028
  ['Accept-Contact', 'a', LIST],
  ['Reject-Contact', 'j', LIST],
  ['Request-Disposition', 'd', LIST],
  ['Replaces', '', SINGLE],
  ['Referred-By', 'b', SINGLE],
  ['SIP-ETag', '', SINGLE],
  ['SIP-If-Match', '', SINGLE],
  ['Join', '', SINGLE],
  ['Session-Expires', 'x', SINGLE],
  ['Min-SE', '', SINGLE],
  // RFC 3323, 3325, 3329, 3455/7315, 4412, 4488, 4538, 5002, 5009, 5318
  ['Privacy', '', SINGLE],
  ['P-Asserted-Identity', '', LIST],
  ['P-Preferred-Identity', '', LIST],
  ['Security-Client', '', LIST],
  ['Security-Server', '', LIST],
  ['Security-Verify', '', LIST],
  ['P-Access-Network-Info', '', LIST],
  ['P-Associated-URI', '', LIST],
  ['P-Called-Party-ID', '', SINGLE],
  ['P-Charging-Function-Addresses', '', ROWS],
  ['P-Charging-Vector', '', SINGLE],
  ['P-Visited-Network-ID', '', LIST],
  ['P-Early-Media', '', LIST],
  ['Resource-Priority', '', LIST],
  ['Accept-Resource-Priority', '', LIST],
  ['Refer-Sub', '', SINGLE],
  ['Target-Dialog', '', SINGLE],
  // RFC 5360, 5373, 5393, 5626, 6050, 6086, 6442, 7044, 7433, 7989, 8224, 8599
  ['Answer-Mode', '', SINGLE],
  ['Priv-Answer-Mode', '', SINGLE],
  ['Max-Breadth', '', SINGLE],
  ['Flow-Timer', '', SINGLE],
  ['P-Preferred-Service', '', LIST],
  ['P-Asserted-Service', '', LIST],
  ['Info-Package', '', SINGLE],
  ['Recv-Info', '', LIST],
  ['Geolocation', '', LIST],
  ['Geolocation-Routing', '', SINGLE],
  ['History-Info', '', LIST],
  ['User-to-User', '', LIST],
  ['Session-ID', '', SINGLE],
  ['Identity', 'y', ROWS],
  ['Feature-Caps', '', LIST],
  ['Suppress-If-Match', '', SINGLE],
  ['Content-ID', '', SINGLE],
  ['Content-Transfer-Encoding', '', SINGLE],
  ['Permission-Missing', '', LIST],
  ['Trigger-Consent', '', LIST],
  ['Diversion', '', LIST],
  ['Remote-Party-ID', '', LIST],
]

const ids = new Map<string, number>()
const SLOTS = 1024
const slots = new Uint8Array(SLOTS)
const compactIds = new Uint8Array(256)
// The names in lower case one behind the other: that of id n is nameCodes[nameStarts[n], nameStarts[n + 1]).
const nameStarts: number[] = []
const nameCodes: number[] = []

for (let id = 0; id < table.length; id++) {
  const [name, compact] = table[id]!
  const codes = Array.from(name.toLowerCase(), (c) => c.charCodeAt(0))
  nameStarts.push(nameCodes.length)
  nameCodes.push(...codes)
  if (id === UNKNOWN) continue
  ids.set(name.toLowerCase(), id)
  let slot = slotOf(codes, 0, codes.length)
  while (slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1)
  slots[slot] = id
  if (compact === '') continue
  ids.set(compact, id)
  compactIds[compact.charCodeAt(0)] = id
  compactIds[compact.toUpperCase().charCodeAt(0)] = id
}
nameStarts.push(nameCodes.length)

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
  return table[id]![0]
}

/** The compact letter of an id, or ''. */
export function compactOf(id: number): string {
  return table[id]![1]
}

/** Whether values of this header may share a row, split by commas. */
export function isList(id: number): boolean {
  return table[id]![2] === LIST
}

/** Whether this header may stand once at most. */
export function isSingle(id: number): boolean {
  return table[id]![2] === SINGLE
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
