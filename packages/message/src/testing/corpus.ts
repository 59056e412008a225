import { headerSamples } from './header-samples.ts'
import { INVITE, wire } from './samples.ts'
import { invalid } from './torture-invalid.ts'
import { ipv6 } from './torture-ipv6.ts'
import { semantic, valid } from './torture-valid.ts'

const rich = wire(
  [
    'SUBSCRIBE sip:bob@example.com;transport=tcp SIP/2.0',
    'v: SIP/2.0/TCP [2001:db8::1]:5060;branch=z9hG4bKx;rport, SIP/2.0/UDP h;branch=z9hG4bKy',
    'f: "A, \\"B\\"" <sip:a:secret@example.com;user=phone?x=y>;tag=1',
    't: <tel:+1-201-555-0123;ext=7>',
    'i: a84b4c76e66710@example.com',
    'CSeq: 1 SUBSCRIBE',
    'm: <sip:a@192.0.2.1>;q=0.7;expires=60;+sip.instance="<urn:uuid:0>"',
    'Route: <sip:p1;lr>,<sip:p2;lr>',
    'Authorization: Digest username="a", realm="r", nonce="n", uri="sip:h", response="00", qop=auth, nc=00000001, cnonce="c"',
    'o: presence;id=1',
    'x: 1800;refresher=uac',
    'Reason: SIP;cause=200;text="OK, then"',
    'History-Info: <sip:b@h?Reason=SIP%3Bcause%3D302>;index=1, <sip:c@h>;index=1.1;mp=1',
    'Replaces: a@b;to-tag=1;from-tag=2',
    'RAck: 1 2 INVITE',
    'Warning: 307 h "t"',
    'Retry-After: 5 (x (y));duration=1',
    'Date: Sat, 13 Nov 2010 23:29:00 GMT',
    'y: aa..bb;info=<https://h>;alg=ES256',
    'User-Agent: x (y)',
    'c: multipart/mixed;boundary=b',
    'l: 72',
  ],
  '--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\n\r\nR3LDvMOf\r\n--b--\r\n\r\n',
)

const challenge = wire([
  'SIP/2.0 401 Unauthorized',
  'Via: SIP/2.0/UDP h;branch=z9hG4bKx',
  'From: <sip:a@h>;tag=1',
  'To: <sip:b@h>;tag=2',
  'Call-ID: c',
  'CSeq: 1 REGISTER',
  'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth,auth-int", algorithm=SHA-256, stale=TRUE',
  'Proxy-Authenticate: Digest realm="p", nonce="n"',
  'Content-Length: 0',
])

const everyHeader = wire([
  'INVITE sip:bob@example.com SIP/2.0',
  'Via: SIP/2.0/UDP h;branch=z9hG4bKx',
  'From: <sip:a@h>;tag=1',
  'To: <sip:b@h>',
  'Call-ID: c',
  'CSeq: 1 INVITE',
  'Contact: <sip:a@h>',
  ...headerSamples.flatMap(([{ name }, ...rows]) => rows.map((row) => `${name}: ${row}`)),
])

/** What mutations start from. */
export const corpus: readonly Uint8Array[] = [
  ...[INVITE, rich, challenge, everyHeader].map((text) => Buffer.from(text)),
  ...[...valid, ...semantic, ...invalid, ...ipv6].map(({ text }) => Buffer.from(text)),
]
