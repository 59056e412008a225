import { argumentError } from '../base/injection.ts'
import { equalsIgnoreCase } from './token.ts'
import { ipv4 } from './usual-shape.ts'

/** What a host is written as: a name, an IPv4 address, or an IPv6 address in brackets. */
export type HostKind = 'name' | 'ipv4' | 'ipv6'

// A name has labels of letters, digits, `_` and hyphens, these not at their ends. Its last one starts with no digit: what
// does is an address. A trailing dot names the root (RFC 3261 25.1 hostname, RFC 5954 for the addresses). More labels
// than a line can hold are none: engines keep notes of each in memory that is bounded. An address that nothing of a name
// follows is found before what it is tried as a name.
const label = '(?:[\\w-]*\\w)?'
const HOST = new RegExp(`${ipv4}(?![\\w.-])|(?:\\w${label}\\.){0,4096}[a-z_]${label}\\.?|\\[[\\da-f:.]+\\]`, 'iy')

/**
 * What `text` is as the host of a URI or a Via (RFC 3261 25.1 with RFC 5954), `undefined` when it is no host.
 * An IPv6 address counts only in brackets and without a zone. `_` is accepted in names, a trailing dot too.
 */
export function hostKind(text: string): HostKind | undefined {
  if (!isHost(text)) return undefined
  if (text.startsWith('[')) return 'ipv6'
  return /^[\d.]+$/.test(text) ? 'ipv4' : 'name'
}

/** Whether `text` is a host, of any kind. */
export function isHost(text: string): boolean {
  return text !== '' && hostEndOf(text, 0) === text.length
}

/** The index after the longest text from `start` on that could be a host; `start` when that is none. */
export function hostEndOf(text: string, start: number): number {
  HOST.lastIndex = start
  if (!HOST.test(text)) return start
  const end = HOST.lastIndex
  return text[start] === '[' && !parseIPv6(text.slice(start + 1, end - 1)) ? start : end
}

/** A host as a builder may be given it, as it goes on the wire: a bare IPv6 address gets its brackets. */
export function wireHost(host: string): string {
  if (isHost(host)) return host
  if (parseIPv6(host)) return `[${host}]`
  throw argumentError(`not a host name or address: ${JSON.stringify(host)}`)
}

/** A host without the brackets of an IPv6 address, as sockets and resolvers want it. */
export function bareHost(host: string): string {
  return host.charCodeAt(0) === 91 && host.endsWith(']') ? host.slice(1, -1) : host
}

/**
 * Whether two hosts are the same: names without regard to case, IPv6 addresses by their binary value
 * (RFC 5954 4.2). A name never equals an address, nor an IPv4-mapped IPv6 address the IPv4 one.
 */
export function sameHost(a: string, b: string): boolean {
  if (equalsIgnoreCase(a, b)) return true
  if (!a.startsWith('[') || !b.startsWith('[')) return false
  return String(parseIPv6(bareHost(a))) === String(parseIPv6(bareHost(b)))
}

// RFC 5118 4.10: an old grammar made implementations write ':::' before an IPv4 tail.
const IPV4_TAIL = new RegExp(`(::?):?(${ipv4})$`)

// Groups between colons, and no single colon at either end.
const IPV6 = /^(?!:[^:])[\da-f]{0,4}(?::[\da-f]{0,4})*(?::[\da-f]{1,4}|::)$/i

/** The eight groups of an IPv6 address without brackets, `undefined` when it is none. */
export function parseIPv6(text: string): number[] | undefined {
  const plain = text.includes('.')
    ? text.replace(IPV4_TAIL, (_, colons: string, tail: string) => colons + asGroups(tail))
    : text
  if (!IPV6.test(plain)) return undefined
  const groups: number[] = []
  let gap = -1
  // of two colons at an end, one stands for the gap
  for (const group of plain.slice(plain.startsWith('::') ? 1 : 0, plain.endsWith('::') ? -1 : undefined).split(':')) {
    if (group !== '') groups.push(Number.parseInt(group, 16))
    else if (gap < 0) gap = groups.length
    else return undefined
  }
  if (gap < 0 ? groups.length !== 8 : groups.length > 7) return undefined
  while (groups.length < 8) groups.splice(gap, 0, 0)
  return groups
}

function asGroups(address: string): string {
  const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number]
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}
