/** An IP address in binary form: 4 octets or 16. `undefined` when the text is no literal address. */
export function parseIp(text: string): Uint8Array | undefined {
  if (text.includes(':')) return parseIpv6(stripZone(stripBrackets(text)))
  return parseIpv4(text)
}

/** The family of a literal address (brackets allowed), `undefined` for a name. */
export function ipFamily(text: string): 'IPv4' | 'IPv6' | undefined {
  if (!text.includes(':')) return readIpv4(text) ? 'IPv4' : undefined
  return parseIp(text) && 'IPv6'
}

/**
 * The one spelling of an address that netsip compares and keys by: no brackets, RFC 5952 for IPv6, and an IPv4-mapped
 * one (`::ffff:192.0.2.1`, as dual-stack sockets show them) as plain IPv4. A zone (`%eth0`) stays. Names come back in
 * lower case.
 */
export function canonicalHost(host: string): string {
  // There is only one way to write an IPv4 address.
  if (!host.includes(':')) return host.toLowerCase()
  const octets = parseIp(host)
  if (!octets) return host.toLowerCase()
  const zone = /%[^\]]*/.exec(host)?.[0] ?? ''
  return formatIp(unmap(octets)) + zone
}

/** Whether two hosts are the same address in binary form (RFC 3261 18.2.1), or the same name. */
export function sameHost(a: string, b: string): boolean {
  if (a === b) return true
  return stripZone(canonicalHost(a)) === stripZone(canonicalHost(b))
}

/** Whether a host is this machine by definition: `localhost`, 127.0.0.0/8 or ::1, also IPv4-mapped. */
export function isLoopback(host: string): boolean {
  if (!host.includes(':')) return host.startsWith('127.') ? readIpv4(host) : isLocalhost(host)
  const octets = parseIp(host)
  if (!octets) return false
  const plain = unmap(octets)
  return plain.length === 4 ? plain[0] === 127 : plain.every((octet, index) => octet === (index === 15 ? 1 : 0))
}

function isLocalhost(name: string): boolean {
  return name.length === 9 && name.toLowerCase() === 'localhost'
}

/** `0.0.0.0` and `::`, which name no host (RFC 3261 18.1.1 wants one in a Via). */
export function isUnspecified(host: string): boolean {
  return parseIp(host)?.every((octet) => octet === 0) ?? false
}

/** `224.0.0.0/4` and `ff00::/8`: many hosts behind one address. */
export function isMulticast(host: string): boolean {
  // Most addresses say by their first character that they are none: this is asked for each request that leaves by UDP.
  if (!'2fF'.includes(host.charAt(0))) return false
  const octets = parseIp(host)
  if (!octets) return false
  const first = octets[0] as number
  return octets.length === 4 ? first >= 224 && first < 240 : first === 0xff
}

/**
 * What bounds per source go by: an IPv4 address itself, of an IPv6 address the first four groups, since whoever has one address
 * of a /64 has them all. The address must be canonical.
 */
export function networkOf(addr: string): string {
  if (!addr.includes(':')) return addr
  const [head = '', tail] = addr.split('::')
  const groups = head ? head.split(':') : []
  if (tail !== undefined) {
    const rest = tail ? tail.split(':') : []
    while (groups.length + rest.length < 8) groups.push('0')
    groups.push(...rest)
  }
  return groups.slice(0, 4).join(':')
}

/** `2001:db8::1` as `[2001:db8::1]`; anything else as it is. A zone is of this host only and never leaves it. */
export function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${stripZone(host)}]` : host
}

/** `[2001:db8::1]` as `2001:db8::1`; anything else as it is. */
export function stripBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

/** `host:port`, with brackets round IPv6. */
export function hostPort(host: string, port: number): string {
  return `${bracketed(host)}:${port}`
}

export function stripZone(host: string): string {
  const zone = host.indexOf('%')
  return zone < 0 ? host : host.slice(0, zone)
}

function parseIpv4(text: string): Uint8Array | undefined {
  const octets = new Uint8Array(4)
  return readIpv4(text, octets) ? octets : undefined
}

/** Whether it is an IPv4 address, read into `octets` when somebody wants them. */
function readIpv4(text: string, octets?: Uint8Array): boolean {
  let start = 0
  for (let part = 0; part < 4; part++) {
    const end = part === 3 ? text.length : text.indexOf('.', start)
    const value = parseOctet(text, start, end)
    if (value === undefined) return false
    if (octets !== undefined) octets[part] = value
    start = end + 1
  }
  return true
}

/** No leading zeros: some read them as octal, and two readings of one address are one too many. */
function parseOctet(text: string, start: number, end: number): number | undefined {
  const length = end - start
  if (length < 1 || length > 3 || (length > 1 && text.charCodeAt(start) === 48)) return undefined
  let value = 0
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 48
    if (!(digit >= 0 && digit <= 9)) return undefined
    value = value * 10 + digit
  }
  return value <= 255 ? value : undefined
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0] as string)
  const tail = halves.length === 2 ? parseGroups(halves[1] as string) : []
  if (!head || !tail) return undefined
  const missing = 16 - head.length - tail.length
  // "::" stands for at least one group (RFC 4291 2.2)
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined
  return Uint8Array.from([...head, ...Array<number>(missing).fill(0), ...tail])
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return []
  const octets: number[] = []
  const groups = text.split(':')
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16)
      octets.push(value >> 8, value & 0xff)
      continue
    }
    const embedded = index === groups.length - 1 ? parseIpv4(group) : undefined
    if (!embedded) return undefined
    octets.push(...embedded)
  }
  return octets
}

function unmap(octets: Uint8Array): Uint8Array {
  const mapped =
    octets.length === 16 && octets[10] === 0xff && octets[11] === 0xff && octets.subarray(0, 10).every((o) => o === 0)
  return mapped ? octets.subarray(12) : octets
}

function formatIp(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.')
  const groups = Array.from({ length: 8 }, (_, k) => ((octets[2 * k] as number) << 8) | (octets[2 * k + 1] as number))
  const [start, length] = longestZeroRun(groups)
  if (length < 2) return groupsText(groups)
  return `${groupsText(groups.slice(0, start))}::${groupsText(groups.slice(start + length))}`
}

function groupsText(groups: number[]): string {
  return groups.map((group) => group.toString(16)).join(':')
}

function longestZeroRun(groups: number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0]
  for (let at = 0; at < groups.length; at++) {
    let end = at
    while (groups[end] === 0) end++
    if (end - at > best[1]) best = [at, end - at]
    at = Math.max(at, end)
  }
  return best
}
