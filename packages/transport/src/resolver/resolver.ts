import { SipError } from '@netsip/runtime'
import type { Hop } from './hop.ts'
import { ipFamily } from '../ip.ts'
import type { Target } from '../leg/leg.ts'
import type { Protocol } from '../protocol.ts'
import { targetAt } from '../target.ts'

/** Finds the addresses of a hop (RFC 3263). */
export interface Resolver {
  /**
   * The targets to try, best first, no two alike, only for `protocols`: those that there are legs for.
   * A literal address is answered at once, not by a promise.
   * @throws SipError `ERR_SIP_UNRESOLVED` (thrown or rejected) when there is none; the message says what is missing
   */
  resolve(hop: Hop, protocols: readonly Protocol[]): Target[] | Promise<Target[]>
  /**
   * Notes that a target failed: for `ms` from now it is put last (RFC 3263 4.3; RFC 3261 21.5.4 for a 503 with
   * Retry-After). A resolver chooses how long when `ms` is left out.
   */
  avoid?(target: Target, ms?: number): void
}

const plainOrder: readonly Protocol[] = ['udp', 'tcp', 'tls', 'ws', 'wss']

/**
 * The one transport for a hop whose transport DNS is not asked for (RFC 3263 4.1): the named one, else TLS for `sips`,
 * else UDP; without a UDP leg whatever leg there is.
 * @throws SipError `ERR_SIP_UNRESOLVED` when there is no leg for it
 */
export function chooseProtocol(hop: Hop, protocols: readonly Protocol[]): Protocol {
  const order: readonly Protocol[] = hop.transport ? [hop.transport] : hop.secure ? ['tls', 'wss'] : plainOrder
  const chosen = order.find((protocol) => protocols.includes(protocol))
  if (chosen) return chosen
  const asked = hop.transport ?? (hop.secure ? 'tls' : undefined)
  throw new SipError(
    'ERR_SIP_UNRESOLVED',
    asked ? `${hop.host} asks for ${asked}, and no leg speaks it` : `there is no leg to reach ${hop.host} by`,
  )
}

/** The target of a hop whose host is a literal address, `undefined` for a name. */
export function literalTarget(hop: Hop, protocols: readonly Protocol[]): Target | undefined {
  if (!ipFamily(hop.host)) return undefined
  return targetAt(chooseProtocol(hop, protocols), hop.host, hop.port)
}

/** Knows literal addresses only, and no name at all: never asks anybody. */
export const literalResolver: Resolver = {
  resolve(hop, protocols) {
    const target = literalTarget(hop, protocols)
    if (target) return [target]
    throw new SipError(
      'ERR_SIP_UNRESOLVED',
      `${hop.host} is a name, and there is no resolver for names: dnsResolver() is one`,
    )
  },
}
