import type { Socket } from 'node:dgram'
import { checkOptions, type RulesOf, SipError } from '@netsip/runtime'
import { isMulticast, isUnspecified } from '../ip.ts'

/** What a UDP leg hears and says beside its own address. */
export interface MulticastOptions {
  /** Groups to listen to, such as `224.0.1.75` (sip.mcast.net); the leg must be bound to `0.0.0.0` or `::`. Default none. */
  groups?: readonly string[] | undefined
  /** Our address on the network to use; for IPv6 `::%eth0`. Default what the system chooses. */
  interface?: string | undefined
}

const rules: RulesOf<MulticastOptions> = { groups: 'array', interface: 'string' }

/** @throws SipError `ERR_SIP_ARGUMENT` for what is no option, or of another type */
export function checkMulticast(options: MulticastOptions | undefined): void {
  checkOptions("'multicast' of listenUdp", options ?? {}, rules)
}

/** Sets up a bound socket: what it sends to a group goes no further than one hop (RFC 3261 18.1.1). */
export function useMulticast(socket: Socket, host: string, { groups = [], interface: via }: MulticastOptions): void {
  socket.setMulticastTTL(1)
  if (via !== undefined) attempt(`send to groups by ${via}`, () => socket.setMulticastInterface(via))
  for (const group of groups) {
    if (!isMulticast(group)) throw new SipError('ERR_SIP_ARGUMENT', `${group} is no multicast address`)
    if (!isUnspecified(host)) {
      throw new SipError('ERR_SIP_ARGUMENT', `a leg on ${host} hears no group; bind it to 0.0.0.0 or ::`)
    }
    attempt(`join ${group}`, () => socket.addMembership(group, via))
  }
}

function attempt(what: string, run: () => void): void {
  try {
    run()
  } catch (cause) {
    throw new SipError('ERR_SIP_LISTEN', `cannot ${what}: ${String(cause)}`, { cause })
  }
}
