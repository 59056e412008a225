import { type RulesOf, systemClock, type Clock, type Random } from '@netsip/runtime'
import { checkOptions } from './check-options.ts'
import { MediaError } from './errors.ts'
import type { PacketAddress, PacketSocket, SocketPair } from './packet-socket.ts'
import { RtpSession, type RtpSessionOptions } from './rtp-session.ts'
import type { CreateSessionOptions, MediaBackend } from './session.ts'

/** Settings of a {@link MemoryPacketNetwork}. */
export interface MemoryPacketNetworkOptions {
  clock?: Clock
  /** decides about loss, jitter and duplicates; without it there are none */
  random?: Random
  /** ms that each packet takes (default 0) */
  delayMs?: number
  /** most ms added at random, so that packets may overtake each other (default 0) */
  jitterMs?: number
  /** share of packets that are lost, 0-1 */
  loss?: number
  /** share of packets that come twice, 0-1 */
  duplicate?: number
}

const rules: RulesOf<MemoryPacketNetworkOptions> = {
  clock: 'object',
  random: 'object',
  delayMs: 0,
  jitterMs: 0,
  loss: 0,
  duplicate: 0,
}

const firstPort = 30000

/** A network of packet sockets in memory, for tests on a virtual clock. Addresses are names and never looked up. */
export class MemoryPacketNetwork {
  /** Called with each packet as it is sent, also with those that will be lost. */
  tap: ((bytes: Uint8Array, from: PacketAddress, to: PacketAddress) => void) | undefined
  readonly #options: MemoryPacketNetworkOptions
  readonly #clock: Clock
  readonly #sockets = new Map<string, PacketSocket>()
  #nextPort = firstPort

  constructor(options: MemoryPacketNetworkOptions = {}) {
    checkOptions('a network', options, rules)
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /** How many sockets are open. */
  get size(): number {
    return this.#sockets.size
  }

  /** @throws MediaError `ERR_MEDIA_PORTS` when the port is taken */
  bind(address: string, port: number = this.#freePort()): PacketSocket {
    const key = `${address} ${port}`
    if (this.#sockets.has(key)) throw new MediaError('ERR_MEDIA_PORTS', `port ${port} of ${address} is taken`)
    const socket: PacketSocket = {
      local: { address, port },
      send: (bytes, to) => this.#send(bytes, { address, port }, to),
      onPacket: undefined,
      onError: undefined,
      close: async () => void this.#sockets.delete(key),
    }
    this.#sockets.set(key, socket)
    return socket
  }

  /** An even port for RTP and the next one for RTCP. */
  bindPair(address: string): SocketPair {
    const port = this.#freePort()
    return { rtp: this.bind(address, port), rtcp: this.bind(address, port + 1) }
  }

  /** Sends a packet as if it came from that address. */
  inject(bytes: Uint8Array, from: PacketAddress, to: PacketAddress): void {
    this.#deliver(bytes.slice(), from, to)
  }

  #freePort(): number {
    const port = this.#nextPort
    this.#nextPort += 2
    return port
  }

  #send(bytes: Uint8Array, from: PacketAddress, to: PacketAddress): void {
    const { random, loss = 0, duplicate = 0 } = this.#options
    this.tap?.(bytes, from, to)
    if (random && random.float() < loss) return
    const copies = random && random.float() < duplicate ? 2 : 1
    for (let copy = 0; copy < copies; copy++) this.#deliver(bytes.slice(), from, to)
  }

  #deliver(bytes: Uint8Array, from: PacketAddress, to: PacketAddress): void {
    const { random, delayMs = 0, jitterMs = 0 } = this.#options
    const delay = delayMs + (random ? random.float() * jitterMs : 0)
    this.#clock.setTimer(delay, () => this.#sockets.get(`${to.address} ${to.port}`)?.onPacket?.(bytes, from))
  }
}

/** A backend whose sessions talk over a network in memory. `host`: the address that its sockets have there. */
export function memoryBackend(
  network: MemoryPacketNetwork,
  options: Omit<RtpSessionOptions, 'sockets'> & { host: string },
): MediaBackend {
  return {
    createSession: async ({ codecs, host, srtp }: CreateSessionOptions = {}) =>
      new RtpSession({
        ...options,
        sockets: network.bindPair(options.host),
        ...(codecs && { codecs }),
        ...(host && { host }),
        ...(srtp && { srtp }),
      }),
  }
}
