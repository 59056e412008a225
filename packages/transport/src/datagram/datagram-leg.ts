import { isKeepAlive } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import { BaseLeg } from '../leg/base-leg.ts'
import { canonicalHost, hostPort } from '../ip.ts'
import type { KeepAliveOptions, StopKeepAlive } from '../keepalive/keep-alive.ts'
import { datagramInterval } from '../keepalive/intervals.ts'
import { isStun, parseStun, stunAnswer } from '../keepalive/stun.ts'
import { StunClient } from '../keepalive/stun-client.ts'
import type { SendSink, Source, Target } from '../leg/leg.ts'
import { targetOf } from '../target.ts'
import { maxDatagram } from './limits.ts'

const crlf = Uint8Array.of(13, 10, 13, 10)

/** A leg of datagrams: one message each, STUN and keep-alives beside them on the same port (RFC 5626 8). */
export abstract class DatagramLeg extends BaseLeg {
  readonly #clients = new Map<string, StunClient>()
  readonly #stops = new Set<StopKeepAlive>()

  /** Hands over one datagram; false when that failed, and the sink knows. */
  protected abstract transmit(bytes: Uint8Array, target: Target, sink?: SendSink): boolean

  /** Closes what is below. */
  protected abstract closeSocket(): Promise<void>

  send(bytes: Uint8Array, target: Target, sink?: SendSink): void {
    if (this.closed) return this.failSend(sink, this.closedError())
    if (bytes.length > maxDatagram) {
      const text = `${bytes.length} bytes do not fit into a datagram; at most ${maxDatagram} do`
      return this.failSend(sink, new SipError('ERR_SIP_TOO_LARGE', text))
    }
    if (this.transmit(bytes, target, sink)) this.tell('sent', bytes, target)
  }

  override keepAlive(target: Target, options: KeepAliveOptions = {}): StopKeepAlive {
    if (this.closed) {
      this.defer(() => options.onFailed?.(this.closedError()))
      return () => {}
    }
    return options.datagrams === 'crlf' ? this.#keepWithCrlf(target, options) : this.#keepWithStun(target, options)
  }

  /** One datagram, whatever it is. */
  protected receiveDatagram(bytes: Uint8Array, source: Source): void {
    if (this.closed || isKeepAlive(bytes)) return
    if (isStun(bytes)) this.#receiveStun(bytes, source)
    else this.receiveBytes(bytes, source)
  }

  protected override shutDown(): Promise<void> {
    for (const stop of this.#stops) stop()
    return this.closeSocket()
  }

  #receiveStun(bytes: Uint8Array, source: Source): void {
    const message = parseStun(bytes)
    if (!message) return this.tell('drop', 'garbage', source)
    if (message.kind === 'request') {
      this.transmit(stunAnswer(bytes, message, source.addr, source.port), targetOf(source))
      return
    }
    const client = this.#clients.get(hostPort(source.addr, source.port))
    if (!client?.answered(message)) return this.tell('drop', 'stray-stun', source)
    if (message.mapped) this.learned = message.mapped
  }

  #keepWithStun(target: Target, options: KeepAliveOptions): StopKeepAlive {
    const key = hostPort(canonicalHost(target.addr), target.port)
    this.#clients.get(key)?.stop()
    const { clock, random } = this.limits
    const send = (bytes: Uint8Array): void => void this.transmit(bytes, target)
    const stop = (): void => client.stop()
    const client: StunClient = new StunClient({ clock, random, send }, target, options, () => {
      this.#stops.delete(stop)
      if (this.#clients.get(key) === client) this.#clients.delete(key)
    })
    this.#clients.set(key, client)
    this.#stops.add(stop)
    return stop
  }

  #keepWithCrlf(target: Target, options: KeepAliveOptions): StopKeepAlive {
    const beat = (): void => {
      this.transmit(crlf, target)
      timer = this.limits.clock.setTimer(datagramInterval(options.flowTimer, this.limits.random.float()), beat)
    }
    let timer = this.limits.clock.setTimer(0, beat)
    const stop = (): void => {
      timer.cancel()
      this.#stops.delete(stop)
    }
    this.#stops.add(stop)
    return stop
  }
}
