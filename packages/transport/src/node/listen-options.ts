import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { type OptionRules, SipError, systemClock } from '@netsip/runtime'
import { checkedAdvertise, fixedAddressing, type Addressing, type Advertise } from '../leg/addressing.ts'
import { canonicalHost, hostPort, isUnspecified, stripBrackets } from '../ip.ts'
import type { LocalAddress } from '../leg/leg.ts'
import { checkLimits, type LegLimits } from '../leg/leg-limits.ts'
import { defaultPort, type Protocol } from '../protocol.ts'
import { wildcardAddressing } from './local-host.ts'

/** Where a leg listens and what it says of itself. */
export interface ListenOptions extends LegLimits {
  /** An address of this machine, or a name of one; default `0.0.0.0`, every IPv4 address. `::` is every one of both. */
  host?: string | undefined
  /** Default the port of the transport (5060, 5061 for TLS, 80 and 443 for WS and WSS); 0 takes any free one. */
  port?: number | undefined
  /**
   * Lets several processes listen on one UDP or TCP port, each with its share of the peers, the same peer always at the
   * same process. Linux and BSD, from Node 22.12 on; older ones pass it over. Default false.
   */
  reusePort?: boolean | undefined
  /** What to write into Via and Contact instead of the local address, as behind a NAT. */
  advertise?: Advertise | undefined
}

/**
 * Where to bind: a literal address. What makes no sense is refused here, while there is no socket yet to be left behind.
 * @param more - the rules of options that only this transport has
 * @throws SipError `ERR_SIP_ARGUMENT` (rejects) for an option there is not, a port, an `advertise` or a limit that cannot be, `ERR_SIP_UNRESOLVED` for a host
 */
export async function bindAddress(
  protocol: Protocol,
  options: ListenOptions,
  more?: OptionRules,
): Promise<{ host: string; port: number; v6: boolean }> {
  checkLimits(options, { host: 'string', port: 0, reusePort: 'boolean', advertise: 'object', ...more })
  const asked = stripBrackets(options.host ?? '0.0.0.0')
  const { port = defaultPort(protocol), advertise } = options
  if (!isPort(port)) throw new SipError('ERR_SIP_ARGUMENT', `cannot listen on port ${port}: ports are 0 to 65535`)
  if (advertise) checkedAdvertise(advertise)
  const host = isIP(asked) ? asked : await addressOf(asked)
  return { host, port, v6: isIP(host) === 6 }
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535
}

export function localAddress(address: string, port: number): LocalAddress {
  const host = canonicalHost(address)
  return { host, port, family: host.includes(':') ? 'IPv6' : 'IPv4' }
}

export function addressingOf(local: LocalAddress, options: ListenOptions): Addressing {
  if (!isUnspecified(local.host)) return fixedAddressing(local, options.advertise)
  return wildcardAddressing(local, options.clock ?? systemClock, options.advertise)
}

const reasons: Record<string, string> = {
  EADDRINUSE: 'it is taken by another program',
  EACCES: 'this user may not use it',
  EADDRNOTAVAIL: 'that is no address of this machine',
}

/** Why listening failed, with the port, for a person (T007). */
export function listenError(protocol: Protocol, host: string, port: number, cause: Error): SipError {
  const code = (cause as NodeJS.ErrnoException).code ?? ''
  const text = `cannot listen on ${protocol} ${hostPort(host, port)}: ${reasons[code] ?? cause.message} (${code})`
  return new SipError('ERR_SIP_LISTEN', text, { cause })
}

async function addressOf(name: string): Promise<string> {
  try {
    return (await lookup(name)).address
  } catch (cause) {
    throw new SipError('ERR_SIP_UNRESOLVED', `cannot listen on ${name}: no such host`, { cause })
  }
}
