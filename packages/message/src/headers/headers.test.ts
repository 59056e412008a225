import { describe, expect, test } from 'vitest'
import * as api from '../index.ts'
import { type ListHeader, Params, parseMessage, type SingleHeader, SipParseError, SipRequest } from '../index.ts'
import { INVITE } from '../testing/samples.ts'

const request = (): SipRequest => new SipRequest({ method: 'OPTIONS', uri: 'sip:h' })

function read<T>(header: SingleHeader<T> | ListHeader<T>, ...rows: string[]): unknown {
  const message = request()
  for (const row of rows) message.headers.append(header.name, row)
  return header.list ? message.read(header) : message.read(header)
}

const hex = 'ab30317f1a784dc48ff824d0d3715d86'
const other = '47755a9de7794ba387653f2099600ef2'

// header, as it came, what it says, as it is written (when that differs)
const single: [id: string, header: SingleHeader<unknown>, text: string, value: unknown, written?: string][] = [
  ['M045b M032', api.Subject, 'lunch, and more', 'lunch, and more'],
  ['M045b', api.Organization, 'Boxes, by Bob', 'Boxes, by Bob'],
  ['M058', api.Server, 'Home/1.0 (a \\) (nested)) x', 'Home/1.0 (a \\) (nested)) x'],
  ['M058', api.UserAgent, 'Softphone Beta1.5', 'Softphone Beta1.5'],
  ['20.26', api.Priority, 'emergency', 'emergency'],
  ['3903', api.SipETag, 'dx200xyz', 'dx200xyz'],
  ['3903', api.SipIfMatch, 'dx200xyz', 'dx200xyz'],
  ['M070', api.MinExpires, '0060', 60, '60'],
  ['M075 M144', api.RSeq, '988789', 988789],
  ['5626', api.FlowTimer, '126', 126],
  ['5393', api.MaxBreadth, '60', 60],
  ['20.24', api.MimeVersion, '1.0', '1.0'],
  ['M141', api.ContentType, 'application/sdp', { type: 'application', subtype: 'sdp' }],
  [
    'M141 M060',
    api.ContentType,
    'Multipart / MIXED ; Boundary="A b"',
    { type: 'multipart', subtype: 'mixed' },
    'multipart/mixed;Boundary="A b"',
  ],
  ['M142', api.ContentDisposition, 'Session', { type: 'session', handling: 'required' }, 'session'],
  ['M142', api.ContentDisposition, 'icon;handling=optional', { type: 'icon', handling: 'optional' }],
  ['M078', api.DateHeader, 'Sat, 13 Nov 2010 23:29:00 GMT', new Date(Date.UTC(2010, 10, 13, 23, 29))],
  ['M077', api.Timestamp, '54', { seconds: 54 }],
  ['M077', api.Timestamp, '54.5', { seconds: 54.5 }],
  ['M077', api.Timestamp, '54 0.2', { seconds: 54, delay: 0.2 }],
  ['M077 M151', api.RetryAfter, '18000;duration=3600', { seconds: 18000, duration: 3600 }],
  [
    'M077 M151 M058',
    api.RetryAfter,
    '120 (in a (long) meeting)',
    { seconds: 120, comment: 'in a (long) meeting' },
    '120 (in a \\(long\\) meeting)',
  ],
  ['M151', api.RetryAfter, '5', { seconds: 5 }],
  [
    '20.6',
    api.AuthenticationInfo,
    'nextnonce="4,7", qop=auth, nc=00000001',
    { nextnonce: '4,7', qop: 'auth', nc: '00000001' },
  ],
  ['M143', api.Event, 'presence.winfo;id=q7', { type: 'presence.winfo', id: 'q7' }],
  ['M143', api.SubscriptionState, 'Active;expires=600', { state: 'active', expires: 600 }, 'active;expires=600'],
  [
    'M143',
    api.SubscriptionState,
    'terminated;reason=probation;retry-after=30',
    { state: 'terminated', reason: 'probation', retryAfter: 30 },
  ],
  ['M144', api.RAck, '776656 1 INVITE', { rseq: 776656, cseq: 1, method: 'INVITE' }],
  ['M145', api.ReplyTo, 'Bob <sip:bob@biloxi.com>', { displayName: 'Bob' }],
  ['M145', api.ReferTo, '<sip:bob@h?Replaces=a%40b%3Bto-tag%3D1>', { bracketed: true }],
  ['M145', api.ReferredBy, '<sip:r@ref.example>;cid="2UWQFN309shb3@ref.example"', { bracketed: true }],
  [
    'M146',
    api.Replaces,
    '98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff;early-only',
    { callId: '98732@sip.example.com', toTag: 'ff87ff', fromTag: 'r33th4x0r', earlyOnly: true },
    '98732@sip.example.com;to-tag=ff87ff;from-tag=r33th4x0r;early-only',
  ],
  [
    'M138b',
    api.Replaces,
    'a"b<c@h;to-tag=1;from-tag=2',
    { callId: 'a"b<c@h', toTag: '1', fromTag: '2', earlyOnly: false },
  ],
  ['M138b', api.TargetDialog, '<"@h;local-tag=1;remote-tag=2', { callId: '<"@h', localTag: '1', remoteTag: '2' }],
  ['3911', api.Join, 'a@b;to-tag=1;from-tag=2', { callId: 'a@b', toTag: '1', fromTag: '2', earlyOnly: false }],
  [
    '4538',
    api.TargetDialog,
    'fa77as7dad8-sd98ajzz@host.example.com;local-tag=kkaz-;remote-tag=6544',
    { callId: 'fa77as7dad8-sd98ajzz@host.example.com', localTag: 'kkaz-', remoteTag: '6544' },
  ],
  ['M147', api.SessionExpires, '4000;refresher=uac', { seconds: 4000, refresher: 'uac' }],
  ['M147', api.MinSE, '90;x=y', { seconds: 90 }],
  ['3323', api.Privacy, 'id; user;Critical', ['id', 'user', 'critical'], 'id;user;critical'],
  ['7989', api.SessionId, `${hex};remote=${other}`, { local: hex, remote: other }],
  ['6086', api.InfoPackage, 'foo;bar=1', { name: 'foo' }],
  ['4488', api.ReferSub, 'False', false, 'false'],
]

const lists: [id: string, header: ListHeader<unknown>, rows: string[], values: unknown[], written?: string[]][] = [
  [
    'M033 M048',
    api.Accept,
    ['application/sdp;level=1, ,text/*;q=0.5', '*/*'],
    [
      { type: 'application', subtype: 'sdp' },
      { type: 'text', subtype: '*', q: 0.5 },
      { type: '*', subtype: '*' },
    ],
    ['application/sdp;level=1', 'text/*;q=0.5', '*/*'],
  ],
  ['M032', api.AcceptEncoding, [''], [], []],
  [
    '20.3',
    api.AcceptLanguage,
    ['da, en-gb;q=0.8'],
    [{ value: 'da' }, { value: 'en-gb', q: 0.8 }],
    ['da', 'en-gb;q=0.8'],
  ],
  ['20.4', api.AlertInfo, ['<http://www.example.com/sounds/moo.wav>'], [{ bracketed: true }]],
  [
    '20.9',
    api.CallInfo,
    ['<http://a/p.jpg> ;purpose=icon', '<http://a/>;purpose=info'],
    [{ bracketed: true }, { bracketed: true }],
    ['<http://a/p.jpg> ;purpose=icon', '<http://a/>;purpose=info'],
  ],
  ['20.18', api.ErrorInfo, ['<sip:not-in-service-recording@atlanta.com>'], [{ bracketed: true }]],
  [
    'M043b M044',
    api.WwwAuthenticate,
    ['Digest realm="a", nonce="1", qop="auth", Digest realm="b", nonce="2"', 'Basic realm="c"'],
    [
      { kind: 'www', realm: 'a', qop: ['auth'] },
      { kind: 'www', realm: 'b' },
      { scheme: 'Basic', realm: 'c' },
    ],
    ['Digest realm="a", nonce="1", qop="auth"', 'Digest realm="b", nonce="2"', 'Basic realm="c"'],
  ],
  ['M043b', api.ProxyAuthenticate, ['Digest realm="a", nonce="1"'], [{ kind: 'proxy', nonce: '1' }]],
  [
    'M043b',
    api.Authorization,
    ['Digest username="a", realm="r", uri="sip:h", nc=00000001', 'Digest username="b", realm="s"'],
    [
      { kind: 'www', username: 'a', nc: 1 },
      { kind: 'www', username: 'b' },
    ],
  ],
  ['M043b', api.ProxyAuthorization, ['Digest username="a", realm="r"'], [{ kind: 'proxy', realm: 'r' }]],
  ['20.12', api.ContentEncoding, ['gzip, tar'], ['gzip', 'tar'], ['gzip', 'tar']],
  ['20.13', api.ContentLanguage, ['fr'], ['fr']],
  [
    'M153',
    api.InReplyTo,
    ['70710@saturn.bell-tel.com, 17320@saturn.bell-tel.com'],
    ['70710@saturn.bell-tel.com', '17320@saturn.bell-tel.com'],
    ['70710@saturn.bell-tel.com', '17320@saturn.bell-tel.com'],
  ],
  ['M153 M138b', api.InReplyTo, ['a"b@h, c<d', '>'], ['a"b@h', 'c<d', '>'], ['a"b@h', 'c<d', '>']],
  ['6665', api.AllowEvents, ['spirits-INDPs', 'presence'], ['spirits-INDPs', 'presence']],
  [
    'M148',
    api.Reason,
    ['SIP;cause=600;text="Busy Everywhere" , Q.850;cause=16'],
    [
      { protocol: 'SIP', cause: 600, text: 'Busy Everywhere' },
      { protocol: 'Q.850', cause: 16 },
    ],
    ['SIP;cause=600;text="Busy Everywhere"', 'Q.850;cause=16'],
  ],
  [
    'M149',
    api.Path,
    ['<sip:p1.example.com;lr>,<sip:p2.example.com;lr>'],
    [{ bracketed: true }, { bracketed: true }],
    ['<sip:p1.example.com;lr>', '<sip:p2.example.com;lr>'],
  ],
  ['M149', api.ServiceRoute, ['<sip:orig@home.example;lr>'], [{ bracketed: true }]],
  [
    'M150 M074',
    api.Warning,
    ['307 isi.edu "Session parameter \\"foo\\", not understood", 301 [::1]:5060 "x"'],
    [
      { code: 307, agent: 'isi.edu', text: 'Session parameter "foo", not understood' },
      { code: 301, agent: '[::1]:5060', text: 'x' },
    ],
    ['307 isi.edu "Session parameter \\"foo\\", not understood"', '301 [::1]:5060 "x"'],
  ],
  [
    '3325',
    api.PAssertedIdentity,
    ['"Fluffy" <sip:f@vovida.org>', 'tel:+14085264000'],
    [{ displayName: 'Fluffy' }, { bracketed: false }],
  ],
  ['3325', api.PPreferredIdentity, ['<sip:f@vovida.org>'], [{ bracketed: true }]],
  [
    'M154',
    api.Identity,
    ['aa..bb==;info=<https://cert.example.org/a;b,c.cer>;alg=ES256;ppt="shaken"', 'cc..dd;info=<https://h>;alg=ES256'],
    [
      { digest: 'aa..bb==', info: 'https://cert.example.org/a;b,c.cer', alg: 'ES256', ppt: 'shaken' },
      { digest: 'cc..dd', info: 'https://h' },
    ],
    ['aa..bb==;info=<https://cert.example.org/a;b,c.cer>;alg=ES256;ppt=shaken', 'cc..dd;info=<https://h>;alg=ES256'],
  ],
  [
    'M154',
    api.Identity,
    ['a;info=<b:c>;flag;ppt=div;x=y=z'],
    [{ alg: undefined, ppt: 'div' }],
    ['a;info=<b:c>;ppt=div'],
  ],
  ['3841', api.RequestDisposition, ['proxy, recurse'], ['proxy', 'recurse'], ['proxy', 'recurse']],
  ['3841', api.AcceptContact, ['*;audio;require'], [{ size: 2 }]],
  ['3841', api.RejectContact, ['*;video;methods="BYE,INVITE"'], [{ size: 2 }]],
  ['5009', api.PEarlyMedia, ['sendrecv, gated'], ['sendrecv', 'gated'], ['sendrecv', 'gated']],
  [
    '4412',
    api.ResourcePriority,
    ['ETS.0, dsn.flash'],
    [
      { namespace: 'ets', priority: '0' },
      { namespace: 'dsn', priority: 'flash' },
    ],
    ['ets.0', 'dsn.flash'],
  ],
  ['4412', api.AcceptResourcePriority, ['q735.3'], [{ namespace: 'q735', priority: '3' }]],
  ['M032', api.RecvInfo, ['foo, bar;a'], [{ name: 'foo' }, { name: 'bar' }], ['foo', 'bar;a']],
  [
    '7044',
    api.HistoryInfo,
    ['Bob <sip:bob@h?Reason=SIP%3Bcause%3D302>;index=1.2;foo=bar, <sip:c@h>;index=1.2.1;mp=1.2'],
    [
      { index: '1.2', target: { displayName: 'Bob' } },
      { index: '1.2.1', mp: '1.2' },
    ],
    ['Bob <sip:bob@h?Reason=SIP%3Bcause%3D302>;index=1.2;foo=bar', '<sip:c@h>;index=1.2.1;mp=1.2'],
  ],
  [
    '7433',
    api.UserToUser,
    ['56a390f3d2b7310023a2;encoding=hex;purpose=foo', '"a b"'],
    [{ data: '56a390f3d2b7310023a2', encoding: 'hex', purpose: 'foo' }, { data: 'a b' }],
    ['56a390f3d2b7310023a2;purpose=foo;encoding=hex', '"a b"'],
  ],
]

describe('headers with one value', () => {
  test.each(single.map(([id, header, ...rest]) => [`${id} ${header.name}`, header, ...rest] as const))(
    '%s',
    (_, header, text, value, written) => {
      expect({ value: read(header, text) }).toMatchObject({ value })
      const message = request()
      message.write(header, header.parse(text))
      expect(message.headers.get(header.name)).toBe(written ?? text)
      expect(header.parse(header.format(header.parse(text)))).toEqual(header.parse(written ?? text))
      message.write(header, undefined)
      expect([message.headers.has(header.name), message.read(header)]).toEqual([false, undefined])
    },
  )
})

describe('headers with many values', () => {
  test.each(lists.map(([id, header, ...rest]) => [`${id} ${header.name}`, header, ...rest] as const))(
    'M034 M041 %s',
    (_, header, rows, values, written) => {
      const read_ = read(header, ...rows) as unknown[]
      expect(read_).toMatchObject(values)
      expect(read_).toHaveLength(values.length)
      const message = request()
      message.write(header, read_)
      expect([...message.headers].map(([, value]) => value)).toEqual(written ?? rows)
      message.write(header, [])
      expect([message.headers.has(header.name), message.read(header)]).toEqual([false, []])
    },
  )
})

const refused: [header: SingleHeader<unknown> | ListHeader<unknown>, ...texts: string[]][] = [
  [api.Priority, 'two words', ''],
  [api.MinExpires, '-1', '1e3', '4294967296', '5 5', ''],
  [api.RSeq, '0', 'x', '4294967296'],
  [api.MimeVersion, '1', 'one.0'],
  [api.ContentType, 'sdp', '/sdp', 'a/b/c', 'a/b;x="unclosed', 'text/plain;;a'],
  [api.ContentDisposition, '', 'a b'],
  [
    api.DateHeader,
    'Fri, 01 Jan 2010 16:00:00 EST',
    'fri, 01 Jan 2010 16:00:00 GMT',
    'Mon, 31 Feb 2010 16:00:00 GMT',
    'Thu, 01 Jan 2010 16:00:00 GMT',
    '',
  ],
  [api.Timestamp, '.5', '1 2 3', 'x'],
  [api.RetryAfter, '120 (unclosed', 'soon', '(only a comment)', '5;duration=x'],
  [api.AuthenticationInfo, 'nextnonce="unclosed', 'a b', 'qop=auth, qop=auth'],
  [api.Event, '', 'a b', ';id=1'],
  [api.SubscriptionState, 'active;expires=soon', ';expires=1'],
  [api.RAck, '1 2', '1 2 INVITE x', 'x 2 INVITE', '1 2 IN@VITE'],
  [
    api.Replaces,
    'a@b;to-tag=1',
    'a@b;from-tag=1',
    'a@b@c;to-tag=1;from-tag=2',
    ';to-tag=1;from-tag=2',
    'a b;to-tag=1;from-tag=2',
  ],
  [api.TargetDialog, 'a@b;local-tag=1'],
  [api.SessionExpires, '90;refresher=proxy', 'x'],
  [api.MinSE, '-90'],
  [api.Identity, 'a..b;info=<h>, c..d;info=<i>', 'abc', 'abc;info=https://h', ';info=<h>', 'a;info=<h>;info=<i>'],
  [api.Privacy, 'id;;user', ''],
  [api.SessionId, hex.toUpperCase(), 'abc', `${hex};remote=x`],
  [api.ReferSub, 'maybe'],
  [api.Path, 'sip:h;lr', '<sip:h>,,<sip:i>'],
  [api.Warning, '307 "x"', '1 h "x"', '3071 h "x"', '307 h x', '307 h "x" y'],
  [api.HistoryInfo, '<sip:h>', '<sip:h>;index=1.'],
  [api.ResourcePriority, 'ets', 'ets.', '.0'],
  [api.AcceptContact, 'audio'],
  [api.UserToUser, ';encoding=hex', 'a b'],
  [api.InReplyTo, 'a b', 'a@b@c'],
  [api.WwwAuthenticate, 'Digest realm="a"', 'Digest realm="a" nonce="b"', 'Digest realm="a", nonce="b",'],
  [api.Authorization, 'Digest username="a", Digest username="b"', '"a"'],
]

test.each(refused.map(([header, ...texts]) => [header.name, header, texts] as const))(
  '%s refuses what it cannot be',
  (_, header, texts) => {
    for (const text of texts) expect(() => read(header, text), text).toThrow(SipParseError)
  },
)

test('a malformed value says which header and where', () => {
  const message = parseMessage(INVITE.replace('Allow:', 'x: 90;refresher=nobody\r\nAllow:'))
  expect(() => message.read(api.SessionExpires)).toThrow(
    expect.objectContaining({ header: 'Session-Expires', status: 400 }),
  )
})

test('M038 values are read under compact names, kept, and read again after a write', () => {
  const message = parseMessage(INVITE.replace('Allow:', 'x: 90;refresher=uac;more=1\r\nAllow:'))
  const value = message.read(api.SessionExpires)
  expect(value).toMatchObject({ seconds: 90, refresher: 'uac' })
  expect(value!.params!.get('more')).toBe('1')
  expect(message.read(api.SessionExpires)).toBe(value)
  message.headers.set('Session-Expires', 1800)
  expect(message.read(api.SessionExpires)).toMatchObject({ seconds: 1800 })
  message.write(api.SessionExpires, { seconds: 60, refresher: 'uas', params: Params.of({ a: 'b c' }) })
  expect(message.headers.get('x')).toBe('60;refresher=uas;a="b c"')
})

test('a header that was missing when it was read is seen once it is there', () => {
  const Level: ListHeader<string> = { name: 'X-Level', list: true, parse: String, format: String }
  const message = request()
  expect([message.read(api.Reason), message.read(Level)]).toEqual([[], []])
  message.headers.append('Reason', 'SIP;cause=200')
  message.headers.append('x-level', '1, 2')
  expect(message.read(api.Reason)).toMatchObject([{ cause: 200 }])
  expect(message.read(Level)).toEqual(['1', '2'])
})

test('M181 what is written cannot add a line', () => {
  const message = request()
  expect(() => message.write(api.Subject, 'x\r\nRoute: <sip:evil>')).toThrow(
    expect.objectContaining({ code: 'ERR_SIP_INJECTION' }),
  )
  expect(() => message.write(api.Reason, [{ protocol: 'SIP', text: 'a\nb' }])).toThrow(
    expect.objectContaining({ code: 'ERR_SIP_INJECTION' }),
  )
  expect(() => message.write(api.Event, { type: 'a b' })).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
  expect(() => message.write(api.RSeq, -1)).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
  expect(() => message.write(api.DateHeader, new Date(Number.NaN))).toThrow(
    expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }),
  )
  expect(message.headers.size).toBe(0)
})

test('anybody can describe a header', () => {
  const Level: SingleHeader<number> = { name: 'X-Level', list: false, parse: Number, format: String }
  const message = request()
  message.write(Level, 5)
  expect([message.read(Level), message.headers.get('x-level')]).toEqual([5, '5'])
})

test('M142b a body without Content-Disposition is a session when it is SDP, else rendered', () => {
  expect(api.defaultDisposition('Application/SDP;x')).toMatchObject({ type: 'session', handling: 'required' })
  expect(api.defaultDisposition('text/plain')).toMatchObject({ type: 'render' })
})

test('M077 M190 a Timestamp is never read as what is no number', () => {
  const { seconds, delay } = read(api.Timestamp, '54 .') as api.TimestampValue
  expect([seconds, delay]).toEqual([54, 0])
  expect(read(api.Timestamp, '1. .5')).toEqual({ seconds: 1, delay: 0.5 })
  for (const text of ['9'.repeat(400), `1 ${'9'.repeat(400)}`, '.5']) {
    expect(() => read(api.Timestamp, text)).toThrow(SipParseError)
  }
})

test('M182 what goes into a parameter of its own adds no other', () => {
  const message = request()
  const bad = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' })
  const target = api.NameAddr.parse('<sip:h>')
  expect(() => message.write(api.HistoryInfo, [{ target, index: '1;rc=2' }])).toThrow(bad)
  const refresher = 'uac;a=b' as 'uac'
  expect(() => message.write(api.SessionExpires, { seconds: 1, refresher })).toThrow(bad)
  expect(message.headers.size).toBe(0)
})

const type = (contentType: string): string => new api.BodyPart({ contentType, body: '' }).disposition.type

test('M142b the disposition of SDP, however its type is written, and of what only begins like it', () => {
  expect(['application/sdp', 'Application / SDP ; a=b', 'application/sdp;a=b'].map(type)).toEqual(
    Array(3).fill('session'),
  )
  expect(['application/sdpx', 'application/sdp-x', 'application/sdp.x'].map(type)).toEqual(Array(3).fill('render'))
})
