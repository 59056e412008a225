import { isIP } from 'node:net'
import type { PeerCertificate } from 'node:tls'
import { domainToASCII } from 'node:url'
import { canonicalHost } from '../ip.ts'

/** One subjectAltName of a certificate: `DNS`, `URI` or `IP Address`, and what it says. */
export interface AltName {
  kind: string
  value: string
}

/**
 * The subjectAltNames of a certificate as Node writes them: `DNS:a, URI:sip:b, IP Address:::1`. A value with characters
 * that could be mistaken for the next one is written as a JSON string.
 */
export function altNames(text: string | undefined): AltName[] {
  const names: AltName[] = []
  const one = /\s*([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:,|$)/gy
  for (const [, kind = '', written = ''] of (text ?? '').matchAll(one)) {
    const value = written.startsWith('"') ? unquoted(written) : written
    if (value !== undefined) names.push({ kind, value })
  }
  return names
}

/**
 * The SIP domains that a certificate is proof of (RFC 5922 7.1): its `sip` URIs without a user; only if there are none
 * its DNS names; only if there is no subjectAltName at all its common name. In lower case.
 */
export function sipDomains(certificate: PeerCertificate): string[] {
  const names = altNames(certificate.subjectaltname)
  if (names.length === 0) {
    const common: unknown = certificate.subject?.CN
    return typeof common === 'string' ? [ascii(common)] : []
  }
  const uris = names.filter(({ kind }) => kind === 'URI').flatMap(({ value }) => sipUriDomain(value) ?? [])
  if (uris.length > 0) return uris
  return names.filter(({ kind }) => kind === 'DNS').map(({ value }) => ascii(value))
}

/**
 * Whether a certificate belongs to who was asked for: exactly this domain, no wildcard, no parent (RFC 5922 7.2); for
 * an address, an IP subjectAltName.
 */
export function provesToBe(certificate: PeerCertificate, asked: string): boolean {
  if (isIP(asked)) {
    const addresses = altNames(certificate.subjectaltname).filter(({ kind }) => kind === 'IP Address')
    return addresses.some(({ value }) => canonicalHost(value) === canonicalHost(asked))
  }
  return sipDomains(certificate).includes(ascii(asked))
}

function sipUriDomain(uri: string): string | undefined {
  const match = /^sip:([^@;?:]+)$/i.exec(uri)
  return match?.[1] === undefined ? undefined : ascii(match[1])
}

/** RFC 5922 7.2: international names compare as A-labels. What is no name at all stays as it is, and matches nothing. */
function ascii(name: string): string {
  const plain = name.replace(/\.$/, '').toLowerCase()
  return plain.includes('*') ? plain : domainToASCII(plain) || plain
}

function unquoted(text: string): string | undefined {
  try {
    return String(JSON.parse(text))
  } catch {
    return undefined
  }
}
