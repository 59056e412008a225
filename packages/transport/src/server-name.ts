import type { Hop } from './hop.ts'
import { ipFamily } from './ip.ts'
import type { Target } from './leg.ts'
import { isSecure } from './protocol.ts'

/** A secure target keeps the name that was asked for, which its certificate must prove (RFC 5922 7.3). */
export function withServerName(target: Target, hop: Hop): Target {
  if (!isSecure(target.protocol) || ipFamily(hop.host)) return target
  return { ...target, serverName: hop.host.toLowerCase() }
}
