import { createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import type { Clock } from '@netsip/runtime'
import { checkedAdvertise, type Addressing, type Advertise } from '../leg/addressing.ts'
import { canonicalHost, isLoopback, isUnspecified } from '../ip.ts'
import type { LocalAddress, Target } from '../leg/leg.ts'
import type { Family } from '../protocol.ts'

/** How long a route or the list of interfaces is believed, in ms: machines move between networks. */
const believed = 15_000
const maxRoutes = 4096

/**
 * Addresses of a leg that listens on all of them: to each peer the one that the system would send from, so that no Via
 * or Contact ever says 0.0.0.0 (RFC 3261 18.1.1).
 */
export function wildcardAddressing(local: LocalAddress, clock: Clock, advertise?: Advertise): Addressing {
  if (advertise) {
    const { host, port = local.port } = checkedAdvertise(advertise)
    const interfaces = remembered(clock, ownAddresses)
    return {
      port,
      hostFor: () => host,
      owns: (asked) => canonicalHost(asked) === host || interfaces().has(canonicalHost(asked)),
    }
  }
  const routes = routeCache(clock)
  const interfaces = remembered(clock, ownAddresses)
  return {
    port: local.port,
    hostFor: (target) => (target && routes(target)) ?? anyAddress(local.family),
    owns: (asked) => interfaces().has(canonicalHost(asked)),
  }
}

/** Every address of this machine. */
export function ownAddresses(): Set<string> {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return new Set(all.map((entry) => canonicalHost(entry.address)))
}

/** An address of this machine that others may reach: the first that is neither loopback nor link-local, else loopback. */
export function anyAddress(family: Family): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const usable = all.filter((entry) => !entry.internal && !/^(fe80|169\.254)/i.test(entry.address))
  const best = usable.find((entry) => entry.family === family) ?? usable.find((entry) => entry.family === 'IPv4')
  return best ? canonicalHost(best.address) : family === 'IPv6' ? '::1' : '127.0.0.1'
}

/**
 * The address that the system sends from towards `target`: it is what connecting a datagram socket binds it to, which
 * sends nothing. `undefined` when there is no route.
 */
export function routeTo(target: Target): string | undefined {
  if (isLoopback(target.addr)) return target.family === 'IPv6' ? '::1' : '127.0.0.1'
  const v6 = target.family === 'IPv6'
  const socket = createSocket({
    type: v6 ? 'udp6' : 'udp4',
    lookup: (host, _options, callback) => callback(null, host, v6 ? 6 : 4),
  })
  socket.on('error', () => {})
  try {
    socket.connect(target.port, target.addr)
    const { address } = socket.address()
    return isUnspecified(address) ? undefined : canonicalHost(address)
  } catch {
    return undefined
  } finally {
    socket.close()
  }
}

function routeCache(clock: Clock): (target: Target) => string | undefined {
  let routes = new Map<string, string | undefined>()
  let since = clock.monotonic()
  return (target) => {
    if (clock.monotonic() - since > believed || routes.size >= maxRoutes) {
      routes = new Map()
      since = clock.monotonic()
    }
    if (!routes.has(target.addr)) routes.set(target.addr, routeTo(target))
    return routes.get(target.addr)
  }
}

function remembered<Value>(clock: Clock, read: () => Value): () => Value {
  let value: Value | undefined
  let since = 0
  return () => {
    if (value === undefined || clock.monotonic() - since > believed) {
      value = read()
      since = clock.monotonic()
    }
    return value
  }
}
