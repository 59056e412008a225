import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { SipError } from '@netsip/runtime'
import { DatagramLeg } from '../datagram/datagram-leg.ts'
import type { Leg, SendSink, Source, Target } from '../leg/leg.ts'
import { sourceOf } from '../source.ts'
import { describeTarget } from '../target.ts'
import { checkMulticast, type MulticastOptions, useMulticast } from './multicast.ts'
import { addressingOf, bindAddress, listenError, localAddress, type ListenOptions } from './listen-options.ts'

// Linux keeps 208 KiB unless asked: at 1,000 calls a second that is lost in one pause of 100 ms, and hundreds of requests come again.
const RECEIVE_BUFFER = 2 ** 20

/** Options of {@link listenUdp}. */
export interface UdpOptions extends ListenOptions {
  /** Bytes the system keeps for us while we are busy, at most what it allows; default 1 MiB. */
  receiveBuffer?: number | undefined
  /** Groups to hear, and where to send to groups by. */
  multicast?: MulticastOptions | undefined
}

/**
 * A UDP leg: one socket, for all peers, in both directions.
 * @throws SipError `ERR_SIP_LISTEN` (rejects) when the address cannot be bound or a group not joined; `cause.code` says why,
 *   `ERR_SIP_ARGUMENT` for a port or an `advertise` that makes no sense, `ERR_SIP_UNRESOLVED` for a
 *   `host` that is a name without an address
 */
export async function listenUdp(options: UdpOptions = {}): Promise<Leg> {
  const { host, port, v6 } = await bindAddress('udp', options, { receiveBuffer: 1, multicast: 'object' })
  checkMulticast(options.multicast)
  const socket = createSocket({
    type: v6 ? 'udp6' : 'udp4',
    // Every target is a literal address: without this dgram asks dns.lookup for each datagram.
    lookup: (address, _options, callback) => callback(null, address, v6 ? 6 : 4),
    ...(options.reusePort ? ({ reusePort: true } as object) : {}),
    recvBufferSize: options.receiveBuffer ?? RECEIVE_BUFFER,
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (cause) => reject(listenError('udp', host, port, cause)))
    socket.bind({ address: host, port }, () => {
      try {
        useMulticast(socket, host, options.multicast ?? {})
        resolve()
      } catch (error) {
        reject(error)
      }
    })
  }).catch((error: unknown) => {
    socket.close()
    throw error
  })
  return new UdpLeg(socket, options)
}

class UdpLeg extends DatagramLeg {
  readonly #socket: Socket
  readonly #mapsIpv4: boolean
  /** Bun and Deno may not. */
  readonly #countsQueue: boolean
  // Of the last datagram: the next often comes from the same address.
  #source: Source | undefined
  // Where a datagram of this length was taken for last, and until when that says something of the next.
  #takenFor: Target | undefined
  #takenLength = 0
  #takenUntil = 0

  constructor(socket: Socket, options: ListenOptions) {
    const { address, port } = socket.address()
    const local = localAddress(address, port)
    super({ protocol: 'udp', local, addressing: addressingOf(local, options), limits: options })
    this.#socket = socket
    this.#mapsIpv4 = local.family === 'IPv6'
    this.#countsQueue = 'getSendQueueSize' in socket
    socket.removeAllListeners('error')
    // An ICMP error of some earlier datagram: it belongs to no message any more, and stops nothing (T042).
    socket.on('error', (error) => this.tell('error', error))
    socket.on('message', (bytes, from) => this.#receive(bytes, from))
  }

  protected override transmit(bytes: Uint8Array, target: Target, sink?: SendSink): boolean {
    const address = this.#mapsIpv4 && target.family === 'IPv4' ? `::ffff:${target.addr}` : target.addr
    try {
      if (this.#hasJustTaken(target, bytes.length)) this.#socket.send(bytes, target.port, address)
      else if (this.#queued() > this.limits.maxQueuedBytes) return this.#overload(sink)
      else this.#sendAndAsk(bytes, target, address, sink)
    } catch (cause) {
      this.#refused(cause as Error, target, sink)
      return false
    }
    return true
  }

  protected override closeSocket(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(resolve))
  }

  // Apart, so that what the callback knows of is not set aside for each datagram.
  #sendAndAsk(bytes: Uint8Array, target: Target, address: string, sink: SendSink | undefined): void {
    this.#socket.send(bytes, target.port, address, (error) => this.#answered(error, target, bytes.length, sink))
  }

  #answered(error: Error | null, target: Target, length: number, sink: SendSink | undefined): void {
    if (error) return this.#refused(error, target, sink)
    this.#takenFor = target
    this.#takenLength = length
    this.#takenUntil = this.limits.clock.monotonic() + 1
  }

  /**
   * Whether the system has taken such a datagram for the same target within a millisecond. Then it is not asked again what
   * became of the next, and whether others wait: that would be a thirtieth of what a request costs a busy server.
   */
  #hasJustTaken(target: Target, length: number): boolean {
    const last = this.#takenFor
    return (
      last?.port === target.port &&
      last.addr === target.addr &&
      length <= this.#takenLength &&
      this.limits.clock.monotonic() < this.#takenUntil
    )
  }

  #overload(sink: SendSink | undefined): false {
    this.tell('drop', 'send-queue')
    const text = `the network takes too slowly what is sent from ${this.key}`
    this.failSend(sink, new SipError('ERR_SIP_OVERLOAD', text))
    return false
  }

  /** Bytes that the system did not take at once: they wait in this process. */
  #queued(): number {
    return this.#countsQueue ? this.#socket.getSendQueueSize() : 0
  }

  #refused(error: Error, target: Target, sink: SendSink | undefined): void {
    this.failSend(sink, refused(target, error))
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    if (from.port === 0) return this.tell('drop', 'no-source-port')
    if (this.#source?.port !== from.port || this.#source.addr !== from.address) {
      this.#source = sourceOf('udp', from.address, from.port)
    }
    this.receiveDatagram(bytes, this.#source)
  }
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nobody listens there',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EMSGSIZE: 'the datagram is too long for the way',
}

function refused(target: Target, cause: Error): SipError {
  const code = (cause as NodeJS.ErrnoException).code ?? ''
  const text = `cannot send to ${describeTarget(target)}: ${reasons[code] ?? cause.message}`
  return new SipError(code === 'EMSGSIZE' ? 'ERR_SIP_TOO_LARGE' : 'ERR_SIP_REFUSED', text, { cause })
}
