import { expect, test } from 'vitest'
import { AbsoluteUri } from './absolute-uri.ts'
import { parseUri } from './parse-uri.ts'
import { SipUri } from './sip-uri.ts'
import { TelUri } from './tel-uri.ts'

const refused = expect.objectContaining({ code: 'ERR_SIP_PARSE', status: 400 })

test('M080 M100 M102 the scheme chooses the class, whatever its case', () => {
  expect(parseUri('sip:a@b')).toBeInstanceOf(SipUri)
  expect(parseUri('SIPS:a@b')).toMatchObject({ scheme: 'sips' })
  expect(parseUri('Tel:+1')).toBeInstanceOf(TelUri)
  expect(parseUri('nobodyKnowsThisScheme:totallyopaquecontent')).toMatchObject({
    scheme: 'nobodyknowsthisscheme',
    rest: 'totallyopaquecontent',
  })
})

test('M102 M103 another scheme is a string that compares by case', () => {
  const urn = parseUri('URN:service:sos')
  expect(urn.toString()).toBe('URN:service:sos')
  expect(urn.equals(parseUri('urn:service:sos'))).toBe(true)
  expect(urn.equals(parseUri('urn:service:SOS'))).toBe(false)
  expect(parseUri('soap.beep://192.0.2.103:3002')).toMatchObject({ scheme: 'soap.beep' })
  expect(parseUri('mailto:a%ZZ@b').toString()).toBe('mailto:a%ZZ@b')
})

test('M104 M022 text without a scheme, or with anything around it, is no URI', () => {
  for (const bad of [
    '',
    'user@host',
    'host',
    ':x',
    '1sip:a',
    '<sip:a@b>',
    ' sip:a',
    'urn:',
    'urn:a b',
    'urn:<a>',
    'urn:a\r\n',
  ]) {
    expect(() => parseUri(bad), bad).toThrow(refused)
  }
})

test('M181 an AbsoluteUri that cannot be written, or has a class of its own, is refused', () => {
  const wrong = expect.objectContaining({ code: expect.stringMatching(/^ERR_SIP_(ARGUMENT|INJECTION)$/) })
  for (const [scheme, rest] of [
    ['urn', 'a\r\nb'],
    ['urn', 'a b'],
    ['urn', ''],
    ['u rn', 'a'],
    ['', 'a'],
    ['sip', 'a@b'],
  ] as const) {
    expect(() => new AbsoluteUri({ scheme, rest })).toThrow(wrong)
  }
  expect(new AbsoluteUri({ scheme: 'URN', rest: 'service:sos' }).toString()).toBe('urn:service:sos')
  expect(() => AbsoluteUri.parse('sip:a@b')).toThrow(refused)
})
