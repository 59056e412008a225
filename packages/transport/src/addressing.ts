import { canonicalHost, isUnspecified } from './ip.ts'
import type { LocalAddress, Target } from './leg.ts'

/** The address to name in Via and Contact instead of the local one, as behind a NAT that forwards a port. */
export interface Advertise {
  /** An address, or a name that resolves to it. */
  host: string
  /** The local port when left out. */
  port?: number
}

/** Knows what a leg calls itself: to each target an address that it can answer to. */
export interface Addressing {
  /** 0 where none is to be written. */
  readonly port: number
  /** Numeric or a name, no brackets; never a wildcard. */
  hostFor(target?: Target): string
  /** Whether `host` is one that {@link hostFor} may have given out. */
  owns(host: string): boolean
}

/** One address for everybody: the advertised one, or the one the leg is bound to. Not for wildcard addresses. */
export function fixedAddressing(local: LocalAddress, advertise?: Advertise): Addressing {
  const host = advertise ? canonicalHost(advertise.host) : canonicalHost(local.host)
  if (isUnspecified(host)) throw new TypeError(`${host} names no host; advertise an address that peers can reach`)
  const own = new Set([host, canonicalHost(local.host)])
  return { port: advertise?.port ?? local.port, hostFor: () => host, owns: (asked) => own.has(canonicalHost(asked)) }
}
