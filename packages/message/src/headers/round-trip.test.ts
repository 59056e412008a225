import { describe, expect, test } from 'vitest'
import { parseMessage, type SipMessage, type SipRequest } from '../index.ts'
import { headerSamples } from '../testing/header-samples.ts'
import { wire } from '../testing/samples.ts'

// Headers by the document that defines them.
const defined = {
  'RFC 3261':
    'Accept Accept-Encoding Accept-Language Alert-Info Allow Authentication-Info Authorization Call-ID Call-Info Contact ' +
    'Content-Disposition Content-Encoding Content-Language Content-Length Content-Type CSeq Date Error-Info Expires From ' +
    'In-Reply-To Max-Forwards Min-Expires MIME-Version Organization Priority Proxy-Authenticate Proxy-Authorization ' +
    'Proxy-Require Record-Route Reply-To Require Retry-After Route Server Subject Supported Timestamp To Unsupported ' +
    'User-Agent Via Warning WWW-Authenticate',
  'RFC 3262': 'RAck RSeq',
  'RFC 3325': 'P-Asserted-Identity P-Preferred-Identity',
  'RFC 3326': 'Reason',
  'RFC 3327': 'Path',
  'RFC 3515': 'Refer-To',
  'RFC 3608': 'Service-Route',
  'RFC 3841': 'Accept-Contact Reject-Contact Request-Disposition',
  'RFC 3891': 'Replaces',
  'RFC 3892': 'Referred-By',
  'RFC 3903': 'SIP-ETag SIP-If-Match',
  'RFC 4028': 'Min-SE Session-Expires',
  'RFC 4412': 'Accept-Resource-Priority Resource-Priority',
  'RFC 4538': 'Target-Dialog',
  'RFC 5009': 'P-Early-Media',
  'RFC 5626': 'Flow-Timer',
  'RFC 6086': 'Info-Package Recv-Info',
  'RFC 6665': 'Allow-Events Event Subscription-State',
  'RFC 7044': 'History-Info',
  'RFC 7433': 'User-to-User',
  'RFC 7989': 'Session-ID',
  'RFC 8224': 'Identity',
}

// What messages read without a descriptor: property and header, and how it came.
const getters: Readonly<Record<string, readonly [property: keyof SipRequest, ...rows: string[]]>> = {
  Allow: ['allow', 'INVITE,  ACK', 'BYE'],
  'Call-ID': ['callId', 'a84b4c76e66710@pc33'],
  Contact: [
    'contacts',
    '"A, B" <sip:a@h;ob>;q=0.7;expires=60;reg-id=1;+sip.instance="<urn:uuid:0>", <sip:b@h>',
    '<sip:c@h;gr=x>',
  ],
  'Content-Length': ['contentLength', '0'],
  'Content-Type': ['contentType', 'application/sdp;  charset=utf-8'],
  CSeq: ['cseq', '0009   INVITE'],
  Expires: ['expires', '0060'],
  From: ['from', '  "Alice" <sip:a@h>;tag=1;x="y"'],
  'Max-Forwards': ['maxForwards', '0068'],
  'Proxy-Require': ['proxyRequire', 'foo,bar'],
  'Record-Route': ['recordRoutes', '<sip:p1;lr>,<sip:p2;lr>', '<sip:p3;lr>'],
  Require: ['require', '100rel'],
  Route: ['routes', '<sip:p1;lr>;x=y,<sip:p2;lr>'],
  Supported: ['supported', ''],
  To: ['to', 'sip:b@h;tag=x'],
  Unsupported: ['unsupported', 'foo , bar'],
  Via: ['vias', 'SIP / 2.0 / UDP h ; branch=z9hG4bK1, SIP/2.0/TCP [::1]:5060;rport', 'SIP/2.0/TLS h'],
}

const message = (name: string, rows: readonly string[]): SipRequest =>
  parseMessage(wire(['INVITE sip:h SIP/2.0', ...rows.map((row) => `${name}: ${row}`), 'X-Last: 1'])) as SipRequest

// Values print as they are written.
const isPrinted = (field: unknown): boolean =>
  typeof field === 'object' &&
  field !== null &&
  !Array.isArray(field) &&
  Object.getPrototypeOf(field) !== Object.prototype
const shown = (value: unknown): string =>
  JSON.stringify(value, (_, field: unknown) => (isPrinted(field) ? String(field) : field))

const readWith = (name: string): ((message: SipMessage) => unknown) => {
  const property = getters[name]?.[0]
  const header = headerSamples.find(([header]) => header.name === name)?.[0]
  if (property) return (message) => message[property as keyof SipMessage]
  return (message) => (header!.list ? message.read(header!) : message.read(header!))
}
const rowsOf = (name: string): readonly string[] =>
  getters[name]?.slice(1) ??
  headerSamples
    .find(([header]) => header.name === name)!
    .slice(1)
    .map(String)

describe.each(Object.entries(defined))('%s', (_, names) => {
  test.each(names.split(' '))('%s is read as a value, and reading it changes no octet', (name) => {
    const one = message(name, rowsOf(name))
    const before = Buffer.from(one.toBytes())
    const value = readWith(name)(one)
    expect(value).toBeDefined()
    expect(Buffer.from(one.toBytes())).toEqual(before)
    expect(one.headers.size).toBe(rowsOf(name).length + 1)
    // read once and kept
    expect(typeof value !== 'object' || readWith(name)(one) === value).toBe(true)
  })

  const written = names.split(' ').filter((name) => name !== 'Content-Length')
  test.each(written)('%s is written as it was read', (name) => {
    const [one, other] = [message(name, rowsOf(name)), message(name, [])]
    const value = readWith(name)(one)
    const property = getters[name]?.[0]
    const header = headerSamples.find(([header]) => header.name === name)?.[0]
    if (property) Object.assign(property === 'vias' ? {} : other, { [property]: value })
    else if (header!.list) other.write(header!, value as unknown[])
    else other.write(header!, value)
    for (const via of property === 'vias' ? one.vias.toReversed() : []) other.pushVia(via)
    const back = parseMessage(other.toBytes())
    expect(shown(readWith(name)(back))).toBe(shown(value))
    expect(back.headers.get('X-Last')).toBe('1')
  })
})

test('M038 the compact name is understood, and written on demand, for each header that has one', () => {
  const compact = {
    a: 'Accept-Contact',
    b: 'Referred-By',
    c: 'Content-Type',
    d: 'Request-Disposition',
    f: 'From',
    i: 'Call-ID',
  }
  const more = { e: 'Content-Encoding', j: 'Reject-Contact', k: 'Supported', m: 'Contact', o: 'Event', r: 'Refer-To' }
  const rest = { s: 'Subject', t: 'To', u: 'Allow-Events', v: 'Via', x: 'Session-Expires', y: 'Identity' }
  for (const [short, name] of Object.entries({ ...compact, ...more, ...rest })) {
    const rows = rowsOf(name)
    const [long, shorter] = [message(name, rows), message(short, rows)]
    expect(shown(readWith(name)(shorter)), name).toBe(shown(readWith(name)(long)))
    expect(long.toString({ compact: true })).toContain(`\r\n${short}: `)
    expect(parseMessage(long.toBytes({ compact: true })).headers.getAll(name)).toEqual(long.headers.getAll(name))
  }
})
