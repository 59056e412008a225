import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import {
  AbsoluteUri,
  Authorization,
  BodyPart,
  NameAddr,
  parseMessage,
  redactedText,
  SipParseError,
  type SipRequest,
  StreamParser,
  Via,
} from '../index.ts'
import { INVITE, wire } from '../testing/samples.ts'

test('M184 what moves the cursor of a terminal is escaped, also where a terminal takes one octet for it', () => {
  const message = parseMessage(INVITE.replace('Bob <', '"\u009b2J" <'))
  expect(redactedText(message)).toContain('"\\x9b2J" <')
  expect(message.inspect()).toContain('"\\x9b2J" <')
})

const secretive = INVITE.replace('sip:bob@biloxi.example.com SIP', 'sip:bob:hunter2@biloxi.example.com SIP')
  .replace('To: Bob <sip:bob@', 'To: Bob \x1b[31m<sip:bob:hunter2@')
  .replace(
    'Allow:',
    'Authorization: Digest username="alice", realm="atlanta", nonce="84", uri="sip:h", response="7587245234b3434cc3412213e5f113a5"\r\nAllow:',
  )

test('M184 a message shows as one line, without control characters and secrets', () => {
  const message = parseMessage(secretive)
  const line = message.inspect()
  expect(inspect(message)).toBe(line)
  expect(line).toMatch(/^INVITE sip:bob:\*\*\*@biloxi\.example\.com SIP\/2\.0 \| From: "Alice Liddell" /)
  expect(line).toContain(
    'Call-ID: a84b4c76e66710@pc33.atlanta.example.com | CSeq: 314159 INVITE (14 header lines, 6 octets of body)',
  )
  expect(line).not.toMatch(/[\0-\x1f]|hunter2/)
  expect(parseMessage('SIP/2.0 200 OK\r\n\r\n').inspect()).toBe('SIP/2.0 200 OK (0 header lines, 0 octets of body)')
})

test('M099 M184 redacted text has all but the secrets', () => {
  const text = redactedText(parseMessage(secretive))
  expect(text).toContain('\nAuthorization: Digest realm="atlanta", ***\n')
  expect(text).toContain('To: Bob \\x1b[31m<sip:bob:***@biloxi')
  expect(text).toContain('\n\nv=0\n!')
  expect(text).not.toMatch(/hunter2|7587245234|username/)
})

test('M184 media keys in a description are masked', () => {
  const sdp = 'v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0Rm+cm/Vg==|2^20|1:4;inline:QUJD|2^20\r\nt=0 0'
  const text = redactedText(parseMessage(INVITE.replace('Length: 6', `Length: ${sdp.length}`).replace('v=0\r\n!', sdp)))
  expect(text).toContain('\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:***|2^20|1:4;inline:***|2^20\nt=0 0')
})

test('M179 compact names on the way out change nothing but the spelling', () => {
  const message = parseMessage(INVITE.replace('Allow:', 'Subject: a\r\n b\r\nAllow:')) as SipRequest
  const compact = message.toString({ compact: true })
  expect(compact).toContain('\r\nv: SIP/2.0/TCP')
  expect(compact).toContain('\r\ns: a b\r\n')
  expect(compact).toMatch(/\r\nl: 6\r\n\r\nv=0\r\n!$/)
  const again = parseMessage(message.toBytes({ compact: true })) as SipRequest
  expect(again).toMatchObject({ callId: message.callId, contentType: message.contentType, maxForwards: 70 })
  expect([again.vias.map(String), again.from.tag, again.headers.get('Subject')]).toEqual([
    message.vias.map(String),
    message.from.tag,
    'a b',
  ])
})

test('M184 everything that is read shows as one line, without control characters and secrets', () => {
  const message = parseMessage(secretive) as SipRequest
  const parser = new StreamParser()
  parser.push(Buffer.from(secretive.slice(0, 300)))
  const shown = [
    [message.headers, /^SipHeaders \(Via, Via, .*Authorization, .*Content-Length\)$/],
    [message.from, /^NameAddr "Alice Liddell" <sip:alice@/],
    [NameAddr.parse('"\\\x1b[31m\\\0" <sip:h>'), /^NameAddr "\\\\x1b\[31m\\\\x00" <sip:h>$/],
    [Via.parse('SIP/2.0/UDP h;a=b'), /^Via SIP\/2\.0\/UDP h;a=b$/],
    [AbsoluteUri.parse('urn:x\u2028y'), /^AbsoluteUri urn:x\\x2028y$/],
    [new BodyPart({ contentType: 'a/b', body: '' }).headers, /^SipHeaders \(Content-Type\)$/],
    [parser, /^StreamParser \{\}$/],
    [new SipParseError('x', { request: message }).request, /^INVITE sip:bob:\*\*\*@/],
  ] as const
  for (const [value, line] of shown) expect(inspect(value)).toMatch(line)
  for (const [value] of shown) expect(inspect(value)).not.toMatch(/[\0-\x1f\u2028]|hunter2|7587245234/)
})

test('M184 what may be a secret is masked also where it does not stand as it should', () => {
  const lines = [
    'Authorization: dXNlcjpwYXNz',
    'proxy-authorization : Digest,response="5ec"',
    'AUTHORIZATION: Basic 5ec',
  ]
  const info = ['Authentication-Info: rspauth="5ec", qop=auth', 'Proxy-Authentication-Info: rspauth="5ec"']
  const text = redactedText(parseMessage(wire(['OPTIONS sip:h SIP/2.0', ...lines, ...info])))
  expect(text).not.toMatch(/dXNl|5ec/)
  expect(text).toContain('\nAUTHORIZATION: Basic ***')
})

test('M099 M184 no secret gets into JSON either, nor the password of another URI into what is shown', () => {
  const message = parseMessage(secretive) as SipRequest
  message.read(Authorization)
  const error = new SipParseError('x', { request: message })
  expect(JSON.parse(JSON.stringify({ message, of: error.request }))).toEqual({
    message: message.inspect(),
    of: message.inspect(),
  })
  expect(JSON.stringify(error)).not.toContain('INVITE')
  for (const uri of ['http://u:hunter2@h/', 'HTTPS://u:hunter2@h']) {
    expect(inspect(AbsoluteUri.parse(uri))).toMatch(/u:\*\*\*@h/)
    const text = wire(['OPTIONS sip:h SIP/2.0', `Call-Info: <${uri}>`])
    expect(redactedText(parseMessage(text))).not.toContain('hunter2')
  }
})

test('values are their text in JSON, without passwords, and headers only their names', () => {
  const message = parseMessage(
    [
      'OPTIONS sip:bob:hush@b.example SIP/2.0',
      'Via: SIP/2.0/UDP h:5060;branch=z9hG4bKx',
      'From: "Al" <sip:alice:hush@a.example;lr>;tag=1',
      'To: <tel:+1234>;tag=5',
      'CSeq: 7 OPTIONS',
      'Authorization: Digest username="al", realm="r", nonce="n", uri="sip:b", response="hush"',
      '\r\n',
    ].join('\r\n'),
  ) as SipRequest
  const { uri, via, from, to, cseq, headers } = message
  const shown = {
    uri,
    via,
    from,
    to,
    number: to.uri,
    params: to.params,
    cseq,
    headers,
    auth: message.read(Authorization),
  }
  expect(JSON.parse(JSON.stringify(shown))).toEqual({
    uri: 'sip:bob:***@b.example',
    via: 'SIP/2.0/UDP h:5060;branch=z9hG4bKx',
    from: '"Al" <sip:alice:***@a.example;lr>;tag=1',
    to: '<tel:+1234>;tag=5',
    number: 'tel:+1234',
    params: ';tag=5',
    cseq: '7 OPTIONS',
    headers: '(Via, From, To, CSeq, Authorization)',
    auth: ['www "r"'],
  })
})

test.each([
  ['a long password', `alice:${'hunter2'.repeat(60)}`],
  ['a long user', `${'a'.repeat(400)}:hunter2`],
  ['both', `${'a'.repeat(400)}:${'hunter2'.repeat(60)}`],
])('M184 %s is masked as a short one is', (_name, userinfo) => {
  const message = parseMessage(INVITE.replace('To: Bob <sip:bob@', `To: Bob <sip:${userinfo}@`)) as SipRequest
  expect(redactedText(message)).not.toContain('hunter2')
  expect(redactedText(message)).toContain(':***@biloxi.example.com')
  expect(JSON.stringify(message.to)).not.toContain('hunter2')
  expect(message.inspect()).not.toContain('hunter2')
})

test('M184 what is no password stays to be read', () => {
  const message = parseMessage(
    INVITE.replace('To: Bob <sip:bob@', `To: Bob <sip:[2001:db8::1]:5060;x=${'y'.repeat(100)}>, <sip:bob@`),
  )
  expect(redactedText(message)).toContain(`sip:[2001:db8::1]:5060;x=${'y'.repeat(100)}>`)
})
