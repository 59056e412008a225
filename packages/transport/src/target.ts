import { SipError } from '@netsip/runtime'
import { canonicalHost, hostPort, ipFamily } from './ip.ts'
import type { Source, Target } from './leg/leg.ts'
import { defaultPort, type Protocol } from './protocol.ts'

/**
 * The {@link Target} at a literal address.
 * @throws SipError `ERR_SIP_ARGUMENT` for a name
 */
export function targetAt(protocol: Protocol, host: string, port: number = defaultPort(protocol)): Target {
  const addr = canonicalHost(host)
  const family = ipFamily(addr)
  if (!family) throw new SipError('ERR_SIP_ARGUMENT', `${host} is not a literal address; resolve it first`)
  return { protocol, addr, port, family }
}

/** Back to where a message came from: on its connection if it came on one, else to its address and port. */
export function targetOf(source: Source): Target {
  const { proto: protocol, addr, port, family, flow } = source
  return flow ? { protocol, addr, port, family, flow } : { protocol, addr, port, family }
}

/** `udp 192.0.2.1:5060`, for messages to people. */
export function describeTarget(target: Target): string {
  return `${target.protocol} ${hostPort(target.addr, target.port)}`
}
