import type { PeerCertificate } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { altNames, provesToBe, sipDomains } from './peer-identity.ts'

function certificate(subjectaltname: string | undefined, CN = 'cn.example'): PeerCertificate {
  return { subject: { CN }, ...(subjectaltname === undefined ? {} : { subjectaltname }) } as unknown as PeerCertificate
}

describe('who a certificate belongs to', () => {
  test('T061 sip URIs, else DNS names, else the common name', () => {
    expect(sipDomains(certificate('DNS:sip7.example.net, URI:sip:Example.com, URI:sip:example.org'))).toEqual([
      'example.com',
      'example.org',
    ])
    expect(sipDomains(certificate('DNS:a.example, DNS:B.example'))).toEqual(['a.example', 'b.example'])
    expect(sipDomains(certificate(undefined))).toEqual(['cn.example'])
    expect(sipDomains(certificate('IP Address:127.0.0.1'))).toEqual([])
  })

  test('T062 sips URIs, and URIs with a user or more, are no domains', () => {
    expect(sipDomains(certificate('URI:sips:example.com, URI:sip:alice@example.com, URI:sip:a.example;x=1'))).toEqual(
      [],
    )
  })

  test('T063 T064 exactly, without regard to case, A-labels for other scripts', () => {
    expect(provesToBe(certificate('DNS:example.com'), 'EXAMPLE.com.')).toBe(true)
    expect(provesToBe(certificate('DNS:example.com'), 'sub.example.com')).toBe(false)
    expect(provesToBe(certificate('DNS:*.example.com'), 'sub.example.com')).toBe(false)
    expect(provesToBe(certificate('DNS:*.example.com'), '*.example.com')).toBe(true)
    expect(provesToBe(certificate('DNS:xn--bcher-kva.example'), 'bücher.example')).toBe(true)
  })

  test('T065 an address is proven by an address', () => {
    const both = certificate('DNS:192.0.2.1, IP Address:127.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1')
    expect([provesToBe(both, '127.0.0.1'), provesToBe(both, '2001:db8::1')]).toEqual([true, true])
    expect([provesToBe(both, '192.0.2.1'), provesToBe(certificate(undefined, '192.0.2.1'), '192.0.2.1')]).toEqual([
      false,
      false,
    ])
  })

  test('a value cannot smuggle in another name', () => {
    const text = 'URI:"sip:x, DNS:evil.example", DNS:good.example'
    expect(altNames(text)).toEqual([
      { kind: 'URI', value: 'sip:x, DNS:evil.example' },
      { kind: 'DNS', value: 'good.example' },
    ])
    expect(provesToBe(certificate(text), 'evil.example')).toBe(false)
  })
})
