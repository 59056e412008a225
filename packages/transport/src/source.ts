import { canonicalHost } from './ip.ts'
import type { Flow, Source } from './leg/leg.ts'
import type { Protocol } from './protocol.ts'

/** The {@link Source} at an address as the system writes it. */
export function sourceOf(proto: Protocol, address: string, port: number, flow?: Flow): Source {
  // Canonical already, as nearly every IPv4 source is: no need to take it apart.
  const addr = address.includes(':') ? canonicalHost(address) : address
  const family = addr.includes(':') ? 'IPv6' : 'IPv4'
  return flow ? { proto, addr, host: addr, port, family, flow } : { proto, addr, host: addr, port, family }
}
