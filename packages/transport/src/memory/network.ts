import {
  systemRandom,
  SipError,
  type Clock,
  type Random,
  type RulesOf,
  type TraceEvent,
  type Tracer,
} from '@netsip/runtime'
import { fixedAddressing, type Advertise } from '../leg/addressing.ts'
import { canonicalHost, hostPort, ipFamily } from '../ip.ts'
import type { BaseLeg, LegInit } from '../leg/base-leg.ts'
import type { LocalAddress } from '../leg/leg.ts'
import { checkLimits, type LegLimits } from '../leg/leg-limits.ts'
import { defaultPort, type Protocol } from '../protocol.ts'
import type { Resolver } from '../resolver/resolver.ts'
import { staticResolver } from '../resolver/static-resolver.ts'
import { Ladder } from './ladder.ts'
import { checkLink, Link, type LinkOptions, linkRules } from './link.ts'
import { MemoryDatagramLeg } from './datagram-leg.ts'
import { MemoryStreamLeg } from './stream-leg.ts'
import type { Wire } from './wire.ts'

// Those that are given away when none is asked for (RFC 6335 6).
const FIRST_PORT = 49_152
const LAST_PORT = 65_535

/** Options of a {@link MemoryNetwork}; the link options hold for every pair of hosts without its own. */
export interface MemoryNetworkOptions extends LinkOptions {
  clock: Clock
  /** Decides every loss and delay: the same seed, the same run. */
  random?: Random | undefined
  /** Is told of every message, both when it leaves and when it arrives. */
  tracer?: Tracer | undefined
  /** Names of hosts, such as `{ alice: '10.0.0.1' }`: for {@link MemoryNetwork.resolver}, the ladder, and `link` and `partition`. */
  hosts?: Readonly<Record<string, string>> | undefined
  /** How many messages the ladder remembers; default 10,000. */
  ladderLimit?: number | undefined
}

const rules: RulesOf<MemoryNetworkOptions> = {
  ...linkRules,
  clock: 'object',
  random: 'object',
  tracer: 'function',
  hosts: 'object',
  ladderLimit: 0,
}

/** Options of a simulated leg. */
export interface MemoryListenOptions extends LegLimits {
  /** `udp` (default) sends datagrams, `tcp` streams that are cut anywhere. */
  protocol?: 'udp' | 'tcp' | undefined
  /** A literal address, IPv4 or IPv6. */
  host: string
  /** Default 5060; 0 takes the next free one. */
  port?: number | undefined
  advertise?: Advertise | undefined
}

/**
 * A network in memory, on a clock of your choice: hosts, and links with delay, jitter, loss, duplication, reordering,
 * size limits and partitions, all from one source of randomness. With a `VirtualClock` and a `SeededRandom` every run
 * can be repeated exactly.
 */
export class MemoryNetwork {
  /** What was sent, for people: `String(network.ladder)`. */
  readonly ladder: Ladder
  /** Knows the names given as `hosts`. */
  readonly resolver: Resolver
  readonly #options: MemoryNetworkOptions
  readonly #wire: Wire
  readonly #links = new Map<string, Link>()
  readonly #linkOptions = new Map<string, LinkOptions>()
  readonly #legs = new Map<string, BaseLeg>()
  #lastPort = LAST_PORT

  /** @throws SipError `ERR_SIP_ARGUMENT` for a number that cannot be */
  constructor(options: MemoryNetworkOptions) {
    checkLink('new MemoryNetwork', options, rules)
    this.#options = options
    const hosts = options.hosts ?? {}
    const names = Object.fromEntries(Object.entries(hosts).map(([name, host]) => [canonicalHost(host), name]))
    this.ladder = new Ladder(names, options.ladderLimit ?? 10_000)
    this.resolver = staticResolver(hosts, { clock: options.clock })
    this.#wire = this.#makeWire()
  }

  /**
   * A leg on this network.
   * @throws SipError `ERR_SIP_LISTEN` when the address is taken, `ERR_SIP_ARGUMENT` when it is no literal address of one host
   */
  listen(options: MemoryListenOptions): MemoryDatagramLeg | MemoryStreamLeg {
    checkLimits(options, { protocol: 'string', host: 'string', port: 0, advertise: 'object' })
    const protocol = options.protocol ?? 'udp'
    const init = this.#initOf(protocol, options)
    const key = keyOf(protocol, init.local.host, init.local.port)
    if (this.#legs.has(key)) throw new SipError('ERR_SIP_LISTEN', `${key} is taken`)
    const leg = protocol === 'udp' ? new MemoryDatagramLeg(init, this.#wire) : new MemoryStreamLeg(init, this.#wire)
    this.#legs.set(key, leg)
    leg.once('close', () => this.#legs.delete(key))
    return leg
  }

  /**
   * Sets how the link between two hosts behaves from now on, both ways. Hosts are addresses, or names among `hosts`.
   * @throws SipError `ERR_SIP_ARGUMENT` for a host that is neither, or a number that cannot be
   */
  link(a: string, b: string, options: LinkOptions): void {
    checkLink('link', options, linkRules)
    for (const way of this.#bothWays(a, b)) {
      this.#linkOptions.set(way, { ...this.#linkOptions.get(way), ...options })
      const cut = this.#links.get(way)?.cut ?? false
      this.#links.delete(way)
      this.#linkByWay(way).cut = cut
    }
  }

  /** Nothing passes between two hosts until it is healed. @throws SipError as `link` does */
  partition(a: string, b: string): void {
    for (const way of this.#bothWays(a, b)) this.#linkByWay(way).cut = true
  }

  /** Ends the partition of two hosts, or all of them. @throws SipError as `link` does */
  heal(a?: string, b?: string): void {
    const ways = a !== undefined && b !== undefined ? this.#bothWays(a, b) : [...this.#links.keys()]
    for (const way of ways) this.#linkByWay(way).cut = false
  }

  #bothWays(a: string, b: string): string[] {
    return bothWays(this.#addressOf(a), this.#addressOf(b))
  }

  #addressOf(host: string): string {
    const address = this.#options.hosts?.[host] ?? host
    if (ipFamily(address)) return address
    throw new SipError('ERR_SIP_ARGUMENT', `${host} is no address and no name among 'hosts'`)
  }

  #initOf(protocol: Protocol, options: MemoryListenOptions): LegInit {
    const host = canonicalHost(options.host)
    const family = ipFamily(host)
    if (!family) throw new SipError('ERR_SIP_ARGUMENT', `${options.host} is not a literal address`)
    const port = options.port === 0 ? this.#freePort(protocol, host) : (options.port ?? defaultPort(protocol))
    const local: LocalAddress = { host, port, family }
    const limits = {
      ...options,
      clock: options.clock ?? this.#options.clock,
      random: options.random ?? this.#wire.random,
    }
    return { protocol, local, addressing: fixedAddressing(local, options.advertise), limits }
  }

  #freePort(protocol: Protocol, host: string): number {
    for (let tries = FIRST_PORT; tries <= LAST_PORT; tries++) {
      this.#lastPort = this.#lastPort >= LAST_PORT ? FIRST_PORT : this.#lastPort + 1
      if (!this.#legs.has(keyOf(protocol, host, this.#lastPort))) return this.#lastPort
    }
    throw new SipError('ERR_SIP_LISTEN', `${host} has no port left: spread the legs over more hosts`)
  }

  #linkByWay(way: string): Link {
    const known = this.#links.get(way)
    if (known) return known
    const link = new Link(this.#options.clock, this.#wire.random, { ...this.#options, ...this.#linkOptions.get(way) })
    this.#links.set(way, link)
    return link
  }

  #makeWire(): Wire {
    const { clock, tracer, random = systemRandom } = this.#options
    return {
      clock,
      random,
      link: (from, to) => this.#linkByWay(`${from}>${to}`),
      datagramLeg: (host, port) => this.#find('udp', host, port, MemoryDatagramLeg),
      streamLeg: (host, port) => this.#find('tcp', host, port, MemoryStreamLeg),
      freePort: (host) => this.#freePort('tcp', host),
      record: (leg, direction, remote, bytes, lost) => {
        const event: TraceEvent = {
          time: clock.wall(),
          direction,
          protocol: leg.protocol,
          local: hostPort(leg.local.host, leg.local.port),
          remote: hostPort(remote.addr, remote.port),
          ...(remote.flow ? { flow: remote.flow.id } : {}),
          bytes,
        }
        if (direction === 'out') this.ladder.add(lost === undefined ? event : { ...event, lost })
        tracer?.(event)
      },
    }
  }

  #find<Kind extends BaseLeg>(
    protocol: Protocol,
    host: string,
    port: number,
    kind: new (...args: never[]) => Kind,
  ): Kind | undefined {
    const leg = this.#legs.get(keyOf(protocol, host, port))
    return leg instanceof kind && !leg.closed ? leg : undefined
  }
}

function keyOf(protocol: Protocol, host: string, port: number): string {
  return `${protocol}:${hostPort(host, port)}`
}

function bothWays(a: string, b: string): [string, string] {
  const [one, other] = [canonicalHost(a), canonicalHost(b)]
  return [`${one}>${other}`, `${other}>${one}`]
}
