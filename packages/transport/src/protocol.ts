/** The transports of SIP that netsip has legs for (RFC 3261 18, RFC 7118), in lower case. */
export type Protocol = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'

/** The family of an IP address, as Node names it. */
export type Family = 'IPv4' | 'IPv6'

const defaultPorts: Record<Protocol, number> = { udp: 5060, tcp: 5060, tls: 5061, ws: 80, wss: 443 }

/** The port meant when none is written (RFC 3261 18.1.1, RFC 7118 5.5). */
export function defaultPort(protocol: Protocol): number {
  return defaultPorts[protocol]
}

/** A transport as written in a Via or a URI, in whatever case; `undefined` for one netsip does not know. */
export function parseProtocol(text: string): Protocol | undefined {
  if (text === 'UDP') return 'udp'
  const lower = text.toLowerCase()
  return Object.hasOwn(defaultPorts, lower) ? (lower as Protocol) : undefined
}

/** Whether messages arrive whole and in order, so that transactions need not send them again (RFC 3261 17). */
export function isReliable(protocol: Protocol): boolean {
  return protocol !== 'udp'
}

/** Whether it runs over TLS, as a sips URI asks for (RFC 3261 26.2.2). */
export function isSecure(protocol: Protocol): boolean {
  return protocol === 'tls' || protocol === 'wss'
}
