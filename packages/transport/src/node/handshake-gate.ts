import type { Socket } from 'node:net'
import { canonicalHost, hostPort } from '../ip.ts'
import type { FullLegLimits } from '../leg-limits.ts'

/** Bounds handshakes that have not come to an end, in all and of one source, as the bounds of connections say. */
export class HandshakeGate {
  readonly #limits: FullLegLimits
  readonly #refused: (reason: string) => void
  readonly #pending = new Map<string, Socket>()
  readonly #perSource = new Map<string, number>()

  constructor(limits: FullLegLimits, refused: (reason: string) => void) {
    this.#limits = limits
    this.#refused = refused
  }

  /** Lets a socket begin, or destroys it. */
  admit(socket: Socket, begin: () => void): void {
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined) return void socket.destroy()
    const address = canonicalHost(remoteAddress)
    const held = this.#perSource.get(address) ?? 0
    const reason =
      this.#pending.size >= this.#limits.maxConnections
        ? 'too-many-connections'
        : held >= this.#limits.maxConnectionsPerSource
          ? 'too-many-connections-of-source'
          : undefined
    if (reason !== undefined) {
      socket.destroy()
      return this.#refused(reason)
    }
    this.#pending.set(hostPort(address, remotePort), socket)
    this.#perSource.set(address, held + 1)
    socket.once('close', () => this.done(address, remotePort))
    begin()
  }

  /** The handshake has ended, well or not. */
  done(address: string, port: number): void {
    if (!this.#pending.delete(hostPort(address, port))) return
    const held = (this.#perSource.get(address) ?? 1) - 1
    if (held > 0) this.#perSource.set(address, held)
    else this.#perSource.delete(address)
  }

  close(): void {
    for (const socket of this.#pending.values()) socket.destroy()
  }
}
