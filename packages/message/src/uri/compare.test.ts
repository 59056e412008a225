import { expect, test } from 'vitest'
import { parseUri } from './parse-uri.ts'

function equal(a: string, b: string): boolean {
  const forth = parseUri(a).equals(parseUri(b))
  expect(parseUri(b).equals(parseUri(a))).toBe(forth)
  return forth
}

test('M114 M115 M116 M117 the pairs that RFC 3261 19.1.4 calls equivalent', () => {
  for (const [a, b] of [
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=on'],
    ['sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;security=on'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    [
      'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
      'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
    ],
  ] as const) {
    expect(equal(a, b), `${a} ${b}`).toBe(true)
  }
})

test('M118 M119 M120 the pairs that RFC 3261 19.1.4 calls different', () => {
  for (const [a, b] of [
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:a@h', 'sip:a:@h'],
  ] as const) {
    expect(equal(a, b), `${a} ${b}`).toBe(false)
  }
})

test('M108 schemes, users and escapes', () => {
  expect(equal('sip:a@h', 'sips:a@h')).toBe(false)
  expect(equal('sip:A@h', 'sip:a@h')).toBe(false)
  expect(equal('sip:a:P@h', 'sip:a:p@h')).toBe(false)
  expect(equal('sip:a%3bb@h', 'sip:a;b@h')).toBe(false)
  expect(equal('sip:a%3bb@h', 'sip:a%3Bb@h')).toBe(true)
  expect(equal('sip:%00@h', 'sip:%00%00@h')).toBe(false)
  expect(equal('sip:h', 'sip:a@h')).toBe(false)
})

test('M109 addresses by value', () => {
  expect(equal('sip:[2001:db8::9:1]', 'sip:[2001:DB8::9:01]')).toBe(true)
  expect(equal('sip:[::ffff:192.0.2.1]', 'sip:192.0.2.1')).toBe(false)
})

test('M111 user, ttl, method, maddr and transport in only one make a difference', () => {
  for (const param of ['user=phone', 'ttl=15', 'method=INVITE', 'maddr=239.255.255.1', 'transport=tcp']) {
    expect(equal('sip:a@h', `sip:a@h;${param}`), param).toBe(false)
  }
  expect(equal('sip:a@h;lr;x=1', 'sip:a@h;X=1')).toBe(true)
  expect(equal('sip:a@h;x=1', 'sip:a@h;x=2')).toBe(false)
})

test('M112 every header counts, in any order, as often as it is there', () => {
  expect(equal('sip:a@h?x=1&y=2', 'sip:a@h?Y=2&X=1')).toBe(true)
  expect(equal('sip:a@h?x=1&x=2', 'sip:a@h?x=2&x=2')).toBe(false)
  expect(equal('sip:a@h?x=1', 'sip:a@h?x=1&y=2')).toBe(false)
  expect(equal('sip:a@h?priority=Urgent', 'sip:a@h?priority=urgent')).toBe(true)
  expect(equal('sip:a@h?call-id=A', 'sip:a@h?call-id=a')).toBe(false)
})

test('M113 equivalence is not transitive', () => {
  expect(equal('sip:carol@chicago.com;security=on', 'sip:carol@chicago.com')).toBe(true)
  expect(equal('sip:carol@chicago.com', 'sip:carol@chicago.com;security=off')).toBe(true)
  expect(equal('sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off')).toBe(false)
})

test('URIs of different schemes are different', () => {
  expect(equal('sip:h', 'tel:+1')).toBe(false)
  expect(equal('tel:+1', 'urn:x')).toBe(false)
})

const same = (a: string, b: string): boolean => parseUri(`sip:h?${a}`).equals(parseUri(`sip:h?${b}`))

test('M112 a body among the headers of a URI, and a Call-ID, compare with regard to case', () => {
  expect(same('Subject=Lunch', 'subject=lunch')).toBe(true)
  expect(same('body=Lunch', 'body=lunch')).toBe(false)
  expect(same('Call-ID=A', 'call-id=a')).toBe(false)
})
