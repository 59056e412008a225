import { expect, test } from 'vitest'
import { parseUri } from './parse-uri.ts'
import { TelUri } from './tel-uri.ts'

const equal = (a: string, b: string) => TelUri.parse(a).equals(parseUri(b))
const refused = expect.objectContaining({ code: 'ERR_SIP_PARSE', status: 400 })

test('M100 a tel URI is read in parts and comes back as it came', () => {
  const uri = TelUri.parse('TEL:+1-201-555-0123;ext=1')
  expect(uri).toMatchObject({ scheme: 'tel', number: '+1-201-555-0123', isGlobal: true })
  expect(uri.params.get('EXT')).toBe('1')
  expect(uri.toString()).toBe('TEL:+1-201-555-0123;ext=1')
  expect(TelUri.parse('tel:7042;phone-context=example.com').isGlobal).toBe(false)
})

test('M100b a local number needs phone-context', () => {
  expect(() => TelUri.parse('tel:7042')).toThrow(refused)
  expect(() => new TelUri({ number: '7042' })).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
  expect(new TelUri({ number: '*67#', params: { 'phone-context': '+1' } }).toString()).toBe('tel:*67#;phone-context=+1')
})

test('M100 what is no number is refused', () => {
  for (const bad of [
    'tel:',
    'tel:+',
    'tel:+-',
    'tel:+1a',
    'tel:abc-xyz;phone-context=h',
    'tel:+1 2',
    'tel:+1?x=1',
    'tel:+1;ext=1;EXT=2',
    'tel:+*1',
  ]) {
    expect(() => TelUri.parse(bad), bad).toThrow(refused)
  }
})

test('M100c M100d separators and the order and case of parameters do not count', () => {
  expect(equal('tel:+1-201-555-0123', 'tel:+1(201)555.0123')).toBe(true)
  expect(equal('tel:+1;ext=1-2;x=A', 'TEL:+1;X=a;ext=12')).toBe(true)
  expect(equal('tel:7042;phone-context=Example.com', 'tel:7042;phone-context=example.com')).toBe(true)
  expect(equal('tel:7042;phone-context=+1-2', 'tel:7042;phone-context=+12')).toBe(true)
  expect(equal('tel:+1;ext=1', 'tel:+1')).toBe(false)
  expect(equal('tel:+1;ext=1', 'tel:+1;ext=2')).toBe(false)
  expect(equal('tel:+1', 'sip:+1@h')).toBe(false)
})

test('M101 a number becomes a sip URI with user=phone', () => {
  const at = { host: 'foo.com' }
  expect(TelUri.parse('tel:+358-555-1234567;postd=pp22').toSipUri(at).toString()).toBe(
    'sip:+358-555-1234567;postd=pp22@foo.com;user=phone',
  )
  expect(
    TelUri.parse('tel:+358-555-1234567;POSTD=PP22;isub=1411;b=1;A=2')
      .toSipUri({ ...at, port: 5070 })
      .toString(),
  ).toBe('sip:+358-555-1234567;isub=1411;postd=pp22;a=2;b=1@foo.com:5070;user=phone')
})
