import { Via } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import { bracketed, canonicalHost, isUnspecified, stripZone } from '../ip.ts'
import type { LocalAddress, Target } from './leg.ts'

/** The address to name in Via and Contact instead of the local one, as behind a NAT that forwards a port. */
export interface Advertise {
  /** An address, or a name that resolves to it. */
  host: string
  /** The local port when left out. */
  port?: number | undefined
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

/**
 * One address for everybody: the advertised one, or the one the leg is bound to. Not for wildcard addresses.
 * @throws SipError `ERR_SIP_ARGUMENT` for an address that no peer could answer to
 */
export function fixedAddressing(local: LocalAddress, advertise?: Advertise): Addressing {
  const { host, port = local.port } = checkedAdvertise(advertise ?? { host: local.host })
  const own = new Set([host, ownName(local.host)])
  return { port, hostFor: () => host, owns: (asked) => own.has(ownName(asked)) }
}

/**
 * An address to give out, as it will be written.
 * @throws SipError `ERR_SIP_ARGUMENT` when it cannot stand in a Via: RFC 3261 18.1.1 wants one that can be reached
 */
export function checkedAdvertise({ host, port }: Advertise): Advertise {
  const name = ownName(host)
  if (isUnspecified(name)) throw unusable(`${host} names no host; advertise an address that peers can reach`)
  try {
    void new Via({ protocol: 'UDP', host: bracketed(name), port: port || undefined, params: {} })
  } catch (cause) {
    throw unusable(`peers cannot be told to answer to ${host}${port === undefined ? '' : ` port ${port}`}`, cause)
  }
  return port === undefined ? { host: name } : { host: name, port }
}

/** A zone is of this machine only: it is never given out, and so never comes back. */
function ownName(host: string): string {
  return stripZone(canonicalHost(host))
}

function unusable(text: string, cause?: unknown): SipError {
  return new SipError('ERR_SIP_ARGUMENT', text, cause === undefined ? {} : { cause })
}
