import { SipUri } from '@netsip/message'
import { expect, test } from 'vitest'
import { targetUri } from './target-uri.ts'

const aor = SipUri.parse('sip:alice@example.com')

test.each([
  ['bob', 'sip:bob@example.com'],
  ['john.doe', 'sip:john.doe@example.com'],
  ['bob@other.example', 'sip:bob@other.example'],
  [' sip:bob@other.example;transport=tcp ', 'sip:bob@other.example;transport=tcp'],
  ['tel:+4930123', 'tel:+4930123'],
  ['192.0.2.1', 'sip:192.0.2.1'],
  ['192.0.2.1:5070', 'sip:192.0.2.1:5070'],
  ['[2001:db8::1]:5070', 'sip:[2001:db8::1]:5070'],
  ['host:5070', 'sip:host:5070'],
])('%j is %s', (text, uri) => {
  expect(targetUri(text, aor).toString()).toBe(uri)
})

test('our domain keeps its port and its sips', () => {
  expect(targetUri('bob', SipUri.parse('sips:alice@example.com:5071')).toString()).toBe('sips:bob@example.com:5071')
})

test.each(['', '  ', 'sip:', 'bob@', 'not an address', 'a<b>', 'http://x', 'mailto:bob'])('%j is none', (text) => {
  expect(() => targetUri(text, aor)).toThrow('is not an address to call')
})

test('a URI stays what it is, and what only has one is none', () => {
  const uri = SipUri.parse('sip:bob@other.example')
  expect(targetUri(uri, aor)).toBe(uri)
  for (const wrong of [{ uri }, { to: 'bob' }, undefined, 42])
    expect(() => targetUri(wrong as unknown as string, aor)).toThrow('is not an address to call')
})
