import type { Socket } from 'node:net'
import { canonicalHost, hostPort, networkOf } from '../ip.ts'
import type { FullLegLimits } from '../leg/leg-limits.ts'
import { SilentPeers } from '../stream/silent-peers.ts'

/**
 * Bounds handshakes that have not come to an end, in all and of one source, as the bounds of connections say. The one that
 * takes longest gives way to a newcomer.
 */
export class HandshakeGate {
  readonly #limits: FullLegLimits
  readonly #refused: (reason: string, address: string, port: number) => void
  readonly #pending = new Map<string, Socket>()
  readonly #perSource = new Map<string, number>()
  readonly #waiting: SilentPeers<Socket>

  constructor(limits: FullLegLimits, refused: (reason: string, address: string, port: number) => void) {
    this.#limits = limits
    this.#refused = refused
    this.#waiting = new SilentPeers(limits.clock)
  }

  /** Lets a socket begin, or destroys it. `failed`: it closed before it was `done`. */
  admit(socket: Socket, begin: () => void, failed?: (address: string, port: number) => void): void {
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined) return void socket.destroy()
    const address = canonicalHost(remoteAddress)
    const network = networkOf(address)
    const refusal = this.#refusal(network)
    if (refusal !== undefined) {
      socket.destroy()
      return this.#refused(refusal, address, remotePort)
    }
    this.#pending.set(hostPort(address, remotePort), socket)
    this.#perSource.set(network, (this.#perSource.get(network) ?? 0) + 1)
    this.#waiting.add(socket, network)
    socket.once('close', () => {
      if (this.done(address, remotePort)) failed?.(address, remotePort)
    })
    begin()
  }

  /** The handshake has ended, well or not. False when it had before. */
  done(address: string, port: number): boolean {
    const key = hostPort(address, port)
    const socket = this.#pending.get(key)
    if (!socket) return false
    const network = networkOf(address)
    this.#pending.delete(key)
    this.#waiting.delete(socket, network)
    const held = (this.#perSource.get(network) ?? 1) - 1
    if (held > 0) this.#perSource.set(network, held)
    else this.#perSource.delete(network)
    return true
  }

  close(): void {
    for (const socket of this.#pending.values()) socket.destroy()
  }

  #refusal(network: string): string | undefined {
    const { maxConnections, maxConnectionsPerSource } = this.#limits
    const ofSource = (this.#perSource.get(network) ?? 0) >= maxConnectionsPerSource
    if (this.#pending.size < maxConnections && !ofSource) return undefined
    const slowest = this.#waiting.longest(this.#pending.size < maxConnections ? network : undefined)
    // Whoever waits for its handshake sees the error and counts it among those that have failed.
    slowest?.destroy(new Error('the handshake took long, and others wait'))
    if (slowest) return undefined
    return ofSource ? 'too-many-connections-of-source' : 'too-many-connections'
  }
}
