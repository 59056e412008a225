import { networkOf } from '../ip.ts'
import type { FullLegLimits } from '../leg/leg-limits.ts'
import type { Connection } from './connection.ts'
import { SilentPeers } from './silent-peers.ts'

/** A peer that keeps changing its sent-by port is not followed for ever. */
const maxAliases = 8

/** The bound that a connection more would break. */
export type Refusal = 'too-many-connections' | 'too-many-connections-of-source'

/** The connections of one leg: found by peer, counted in all and by address. */
export class ConnectionPool {
  readonly #limits: FullLegLimits
  readonly #all = new Set<Connection>()
  readonly #byKey = new Map<string, Connection>()
  readonly #aliases = new Map<string, Connection>()
  readonly #perSource = new Map<string, number>()
  readonly #silent: SilentPeers<Connection>

  constructor(limits: FullLegLimits) {
    this.#limits = limits
    this.#silent = new SilentPeers(limits.clock)
  }

  get size(): number {
    return this.#all.size
  }

  /** Why there is no room for one more with this address, if there is none. */
  refusal(address: string): Refusal | undefined {
    if (this.#all.size >= this.#limits.maxConnections) return 'too-many-connections'
    const held = this.#perSource.get(networkOf(address)) ?? 0
    return held >= this.#limits.maxConnectionsPerSource ? 'too-many-connections-of-source' : undefined
  }

  /** The accepted connection to end when there is a refusal for a newcomer, because it only takes a place. */
  idlest(refusal: Refusal, address: string): Connection | undefined {
    return this.#silent.longest(refusal === 'too-many-connections' ? undefined : networkOf(address))
  }

  /** It has said something, and is one of those that keep their place. */
  heard(connection: Connection): void {
    this.#silent.delete(connection, networkOf(connection.remote.addr))
  }

  add(connection: Connection): void {
    this.#all.add(connection)
    this.#byKey.set(connection.key, connection)
    const network = networkOf(connection.remote.addr)
    if (connection.inbound) this.#silent.add(connection, network)
    this.#perSource.set(network, (this.#perSource.get(network) ?? 0) + 1)
  }

  /** The one to send on, if there is one that takes new requests. */
  find(key: string): Connection | undefined {
    const connection = this.#byKey.get(key)
    return connection?.reusable ? connection : undefined
  }

  /** Also finds a connection under another key, from now on (RFC 5923 4). */
  alias(key: string, connection: Connection): void {
    if (!connection.aliases.includes(key)) {
      if (connection.aliases.length >= maxAliases) return
      connection.aliases = [...connection.aliases, key]
    }
    this.#aliases.set(key, connection)
  }

  /** The one that {@link alias} named, if it takes new requests. */
  findAlias(key: string): Connection | undefined {
    const connection = this.#aliases.get(key)
    return connection?.reusable ? connection : undefined
  }

  /** It is not found any more, but counts until it is {@link remove}d. */
  retire(connection: Connection): void {
    if (this.#byKey.get(connection.key) === connection) this.#byKey.delete(connection.key)
    this.heard(connection)
    for (const key of connection.aliases) {
      if (this.#aliases.get(key) === connection) this.#aliases.delete(key)
    }
    connection.aliases = []
  }

  remove(connection: Connection): void {
    if (!this.#all.delete(connection)) return
    const network = networkOf(connection.remote.addr)
    const held = (this.#perSource.get(network) ?? 1) - 1
    if (held > 0) this.#perSource.set(network, held)
    else this.#perSource.delete(network)
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#all.values()
  }
}
