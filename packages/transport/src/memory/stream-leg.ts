import type { SipMessage } from '@netsip/message'
import type { LegInit } from '../leg/base-leg.ts'
import type { Source, Target } from '../leg/leg.ts'
import { StreamLeg } from '../stream/stream-leg.ts'
import type { StreamHandlers, StreamSocket } from '../stream/stream-socket.ts'
import { openPipe } from './pipe.ts'
import type { ConnectionReceiver, Wire } from './wire.ts'

/** A TCP leg of a {@link MemoryNetwork}: messages arrive in order, whole, and in pieces. */
export class MemoryStreamLeg extends StreamLeg implements ConnectionReceiver {
  readonly #wire: Wire

  constructor(init: LegInit, wire: Wire) {
    super(init)
    this.#wire = wire
    this.on('sent', (bytes, target) => wire.record(this, 'out', target, bytes))
  }

  connected(address: string, port: number, wire: (handlers: StreamHandlers) => StreamSocket): void {
    this.accept(address, port, wire)
  }

  protected override receiveMessage(message: SipMessage, source: Source, bytes: Uint8Array): void {
    this.#wire.record(this, 'in', source, bytes)
    super.receiveMessage(message, source, bytes)
  }

  protected override dial(target: Target, handlers: StreamHandlers): StreamSocket {
    return openPipe(this.#wire, this.local.host, target, handlers)
  }

  protected override stopListening(): Promise<void> {
    return Promise.resolve()
  }

  protected override defer(run: () => void): void {
    this.limits.clock.setTimer(0, run)
  }
}
