import { argumentError } from '../injection.ts'
import { equalsIgnoreCase } from '../values/token.ts'
import { hexDigit } from './escape.ts'

/** What a host is written as: a name, an IPv4 address, or an IPv6 address in brackets. */
export type HostKind = 'name' | 'ipv4' | 'ipv6'

const DOT = 46
const COLON = 58
const HYPHEN = 45

/**
 * What `text` is as the host of a URI or a Via (RFC 3261 25.1 with RFC 5954), `undefined` when it is no host.
 * An IPv6 address counts only in brackets and without a zone. `_` is accepted in names, a trailing dot too.
 */
export function hostKind(text: string): HostKind | undefined {
  if (text === '' || hostEndOf(text, 0) !== text.length) return undefined
  if (text.charCodeAt(0) === 91) return 'ipv6'
  const c = text.charCodeAt(text.lastIndexOf('.') + 1)
  return c <= 57 && c >= 48 ? 'ipv4' : 'name'
}

/** The index after the longest text from `start` on that could be a host; `start` when that is none. */
export function hostEndOf(text: string, start: number): number {
  if (start < text.length && text.charCodeAt(start) === 91) return ipv6End(text, start)
  let label = start
  let i = start
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i)
    const kind = c > 127 ? OUTSIDE : HOST[c]!
    if (kind === WITHIN) continue
    if (kind === OUTSIDE) break
    // a label is neither empty, nor has a hyphen at its start or its end
    if (i === label || (c === DOT && text.charCodeAt(i - 1) === HYPHEN)) return start
    if (c === DOT) label = i + 1
  }
  if (i === start || text.charCodeAt(i - 1) === HYPHEN) return start
  // a trailing dot names the root (RFC 3261 25.1 hostname): the label before it is the last
  const rooted = label === i
  const last = rooted ? Math.max(start, text.lastIndexOf('.', i - 2) + 1) : label
  const c = text.charCodeAt(last)
  // the last label of a name starts with a letter: what starts with a digit is an address, or nothing
  return c > 57 || c < 48 || (!rooted && isIPv4(text, start, i)) ? i : start
}

/** The index after the host at `start`, which is known to end before a `:`, a `;` or the end; `start` for bad IPv6. */
export function usualHostEnd(text: string, start: number): number {
  if (text.charCodeAt(start) === 91) return ipv6End(text, start)
  const semicolon = text.indexOf(';', start)
  const end = semicolon < 0 ? text.length : semicolon
  const colon = text.indexOf(':', start)
  return colon < 0 || colon > end ? end : colon
}

const OUTSIDE = 0
const WITHIN = 1
const EDGE = 2
const HOST = new Uint8Array(128)
for (const c of '_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz') HOST[c.charCodeAt(0)] = WITHIN
for (const c of '-.') HOST[c.charCodeAt(0)] = EDGE

function ipv6End(text: string, start: number): number {
  const close = text.indexOf(']', start)
  return close > start && parseIPv6(text.slice(start + 1, close)) ? close + 1 : start
}

/** A host as a builder may be given it, as it goes on the wire: a bare IPv6 address gets its brackets. */
export function wireHost(host: string): string {
  if (hostKind(host)) return host
  if (host.includes(':') && parseIPv6(host)) return `[${host}]`
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
  if (a.charCodeAt(0) !== 91 || b.charCodeAt(0) !== 91) return false
  const x = parseIPv6(a.slice(1, -1))
  const y = parseIPv6(b.slice(1, -1))
  return x !== undefined && y !== undefined && x.every((group, i) => group === y[i])
}

/** Four of dec-octet of RFC 3986, which RFC 5954 puts in place of 1*3DIGIT: no leading zeros, at most 255. */
function isIPv4(text: string, start: number, end: number): boolean {
  let dots = 0
  let octet = -1
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit === DOT - 48) {
      if (octet < 0) return false
      dots++
      octet = -1
    } else {
      if (digit < 0 || digit > 9 || octet === 0) return false
      octet = octet < 0 ? digit : octet * 10 + digit
      if (octet > 255) return false
    }
  }
  return dots === 3 && octet >= 0
}

/** The eight groups of an IPv6 address without brackets, `undefined` when it is none. */
export function parseIPv6(text: string): number[] | undefined {
  if (text.length < 2 || text.length > 46) return undefined
  const groups: number[] = []
  let gap = -1
  let i = 0
  while (i < text.length) {
    if (text.charCodeAt(i) === COLON) {
      if (text.charCodeAt(i + 1) !== COLON || gap >= 0) return undefined
      gap = groups.length
      i += 2
      // RFC 5118 4.10: an old grammar made implementations write ':::' before an IPv4 tail
      if (text.charCodeAt(i) === COLON && isIPv4(text, i + 1, text.length)) i++
      continue
    }
    const end = groupEnd(text, i)
    if (text.charCodeAt(end) === DOT)
      return isIPv4(text, i, text.length) ? fillGap(groups.concat(ipv4Groups(text, i)), gap) : undefined
    if (end === i || end - i > 4) return undefined
    groups.push(Number.parseInt(text.slice(i, end), 16))
    i = end
    if (i === text.length) break
    if (text.charCodeAt(i) !== COLON) return undefined
    // one colon separates and is passed; of two the gap is read above
    if (text.charCodeAt(i + 1) === COLON) continue
    i++
    if (i === text.length) return undefined
  }
  return fillGap(groups, gap)
}

function groupEnd(text: string, start: number): number {
  let i = start
  while (i < text.length && hexDigit(text.charCodeAt(i)) >= 0) i++
  return i
}

function ipv4Groups(text: string, start: number): number[] {
  const [a, b, c, d] = text.slice(start).split('.').map(Number) as [number, number, number, number]
  return [a * 256 + b, c * 256 + d]
}

function fillGap(groups: number[], gap: number): number[] | undefined {
  if (gap < 0) return groups.length === 8 ? groups : undefined
  if (groups.length > 7) return undefined
  return [...groups.slice(0, gap), ...Array<number>(8 - groups.length).fill(0), ...groups.slice(gap)]
}
