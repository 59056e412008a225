import { SipError } from '@netsip/runtime'
import type { LegInit } from '../leg/base-leg.ts'
import { DatagramLeg } from '../datagram/datagram-leg.ts'
import { isStun } from '../keepalive/stun.ts'
import type { SendSink, Source, Target } from '../leg/leg.ts'
import { sourceOf } from '../source.ts'
import { describeTarget } from '../target.ts'
import type { DatagramReceiver, Wire } from './wire.ts'
import { isKeepAlive } from '@netsip/message'

/** A UDP leg of a {@link MemoryNetwork}. */
export class MemoryDatagramLeg extends DatagramLeg implements DatagramReceiver {
  readonly #wire: Wire
  readonly #self: Source

  constructor(init: LegInit, wire: Wire) {
    super(init)
    this.#wire = wire
    this.#self = sourceOf('udp', init.local.host, init.local.port)
  }

  arrive(bytes: Uint8Array, source: Source): void {
    if (isMessage(bytes)) this.#wire.record(this, 'in', source, bytes)
    this.receiveDatagram(bytes, source)
  }

  protected override transmit(bytes: Uint8Array, target: Target, sink?: SendSink): boolean {
    if (!this.canDeliverTo(target)) {
      this.failSend(sink, new SipError('ERR_SIP_REFUSED', `${this.key} cannot reach ${describeTarget(target)}`))
      return false
    }
    const fate = this.#wire.link(this.local.host, target.addr).datagram(bytes.length)
    if (isMessage(bytes)) this.#wire.record(this, 'out', target, bytes, 'lost' in fate ? fate.lost : undefined)
    if ('arrivals' in fate) for (const ms of fate.arrivals) this.#deliver(bytes.slice(), target, ms)
    return true
  }

  protected override defer(run: () => void): void {
    this.limits.clock.setTimer(0, run)
  }

  protected override closeSocket(): Promise<void> {
    return Promise.resolve()
  }

  #deliver(bytes: Uint8Array, target: Target, ms: number): void {
    const source = this.#self
    this.#wire.clock.setTimer(ms, () => this.#wire.datagramLeg(target.addr, target.port)?.arrive(bytes, source))
  }
}

function isMessage(bytes: Uint8Array): boolean {
  return !isKeepAlive(bytes) && !isStun(bytes)
}
