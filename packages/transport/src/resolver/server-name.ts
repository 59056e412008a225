import type { Hop } from './hop.ts'
import { ipFamily } from '../ip.ts'
import type { Target } from '../leg/leg.ts'
import { isSecure } from '../protocol.ts'

/** A secure target keeps the name that was asked for, which its certificate must prove (RFC 5922 7.3). */
export function withServerName(target: Target, hop: Hop): Target {
  if (!isSecure(target.protocol) || ipFamily(hop.host)) return target
  return { ...target, serverName: plainName(hop.host) }
}

/** The one spelling of a name: in lower case, and without the dot behind the root, which the server name of TLS has not (RFC 6066 3). */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
