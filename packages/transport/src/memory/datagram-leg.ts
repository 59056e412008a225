import { isKeepAlive } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import { BaseLeg, type LegInit } from '../base-leg.ts'
import type { SendSink, Source, Target } from '../leg.ts'
import { sourceOf } from '../source.ts'
import { describeTarget } from '../target.ts'
import type { DatagramReceiver, Wire } from './wire.ts'
import { maxDatagram } from '../datagram.ts'

/** A UDP leg of a {@link MemoryNetwork}. */
export class MemoryDatagramLeg extends BaseLeg implements DatagramReceiver {
  readonly #wire: Wire
  readonly #self: Source

  constructor(init: LegInit, wire: Wire) {
    super(init)
    this.#wire = wire
    this.#self = sourceOf('udp', init.local.host, init.local.port)
  }

  send(bytes: Uint8Array, target: Target, sink?: SendSink): void {
    if (this.closed) return this.failSend(sink, this.closedError())
    if (!this.canDeliverTo(target)) {
      return this.failSend(sink, new SipError('ERR_SIP_REFUSED', `${this.key} cannot reach ${describeTarget(target)}`))
    }
    if (bytes.length > maxDatagram) {
      const text = `${bytes.length} bytes do not fit into a datagram; at most ${maxDatagram} do`
      return this.failSend(sink, new SipError('ERR_SIP_TOO_LARGE', text))
    }
    const fate = this.#wire.link(this.local.host, target.addr).datagram(bytes.length)
    this.#wire.record(this, 'out', target, bytes, 'lost' in fate ? fate.lost : undefined)
    if ('arrivals' in fate) for (const ms of fate.arrivals) this.#deliver(bytes.slice(), target, ms)
    this.tell('sent', bytes, target)
  }

  arrive(bytes: Uint8Array, source: Source): void {
    if (isKeepAlive(bytes)) return
    this.#wire.record(this, 'in', source, bytes)
    this.receiveBytes(bytes, source)
  }

  protected override defer(run: () => void): void {
    this.limits.clock.setTimer(0, run)
  }

  protected shutDown(): Promise<void> {
    return Promise.resolve()
  }

  #deliver(bytes: Uint8Array, target: Target, ms: number): void {
    const source = this.#self
    this.#wire.clock.setTimer(ms, () => this.#wire.datagramLeg(target.addr, target.port)?.arrive(bytes, source))
  }
}
