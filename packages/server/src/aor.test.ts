import { parseUri } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { canonicalAor } from './aor.ts'

describe('canonicalAor', () => {
  test.each([
    ['sip:alice@Example.COM', 'sip:alice@example.com'],
    ['sip:alice@example.com;transport=tcp;user=phone?Subject=x', 'sip:alice@example.com'],
    ['sip:alice:secret@example.com', 'sip:alice@example.com'],
    ['sip:%61lice@example.com', 'sip:alice@example.com'],
    ['sip:alice@example.com:5060', 'sip:alice@example.com'],
    ['sips:alice@example.com:5061', 'sip:alice@example.com'],
    ['sip:alice@example.com:5070', 'sip:alice@example.com:5070'],
    ['sip:Alice@example.com', 'sip:Alice@example.com'],
    ['sip:alice@[2001:DB8::1]:5060', 'sip:alice@[2001:db8::1]'],
  ])('R001 %s is %s', (uri, aor) => {
    expect(canonicalAor(parseUri(uri))).toBe(aor)
  })

  test('R001b sip and sips name the same user', () => {
    expect(canonicalAor(parseUri('sips:alice@example.com'))).toBe(canonicalAor(parseUri('sip:alice@example.com')))
  })

  test('R005 a NUL does not end a name', () => {
    expect(canonicalAor(parseUri('sip:null-%00-null@example.com'))).toBe('sip:null-%00-null@example.com')
  })

  test('R001 a URI without a user agent behind it has none', () => {
    expect(canonicalAor(parseUri('tel:+1-201-555-0123'))).toBeUndefined()
    expect(canonicalAor(parseUri('mailto:alice@example.com'))).toBeUndefined()
  })
})
