import { canonicalEscapes } from '../grammar/escape.ts'
import { sameHost } from '../grammar/host.ts'
import { equalsIgnoreCase } from '../grammar/token.ts'
import type { Params } from '../params/params.ts'

/** What a SIP URI says behind its scheme, user and password as on the wire. */
export interface UriParts {
  readonly rawUser: string | undefined
  readonly rawPassword: string | undefined
  readonly host: string
  readonly port: number | undefined
  readonly params: Params
  readonly headers: Params
}

/** Parameters that make a difference even where only one of the two URIs has them (RFC 3261 19.1.4). */
const DECISIVE = ['user', 'ttl', 'method', 'maddr', 'transport']

/** Whether two URIs of the same scheme, sip or sips, are equivalent by RFC 3261 19.1.4, with RFC 5954 for addresses. */
export function equalSipUris(a: UriParts, b: UriParts): boolean {
  return (
    a.port === b.port &&
    sameEscaped(a.rawUser, b.rawUser) &&
    sameEscaped(a.rawPassword, b.rawPassword) &&
    sameHost(a.host, b.host) &&
    sameUriParams(a.params, b.params) &&
    sameHeaders(a.headers, b.headers)
  )
}

function sameEscaped(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true
  return a !== undefined && b !== undefined && canonicalEscapes(a) === canonicalEscapes(b)
}

function sameUriParams(a: Params, b: Params): boolean {
  if (DECISIVE.some((name) => a.has(name) !== b.has(name))) return false
  for (const [name] of a) {
    const x = a.raw(name)
    const y = b.raw(name)
    if (x !== undefined && y !== undefined && !equalsIgnoreCase(canonicalEscapes(x), canonicalEscapes(y))) return false
  }
  return true
}

/** Header components are never passed over: each must have its match, in any order. */
function sameHeaders(a: Params, b: Params): boolean {
  return (a.isEmpty && b.isEmpty) || String(sortedHeaders(a)) === String(sortedHeaders(b))
}

function sortedHeaders(headers: Params): string[] {
  return Array.from(headers, ([name, value]) => {
    const lower = name.toLowerCase()
    // values compare by the rules of their header: without regard to case, but for these (RFC 3261 7.3.1, 20.8)
    const exact = lower === 'body' || lower === 'call-id'
    return JSON.stringify([lower, exact ? value : value.toLowerCase()])
  }).sort()
}
