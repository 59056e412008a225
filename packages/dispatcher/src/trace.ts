import type { Clock, Tracer } from '@netsip/runtime'
import { hostPort, type Leg, type Source, type Target } from '@netsip/transport'

/** Tells a tracer of the messages on one leg. */
export class LegTracer {
  readonly #tracer: Tracer
  readonly #clock: Clock
  readonly #leg: Leg
  readonly #local: string

  constructor(tracer: Tracer, clock: Clock, leg: Leg) {
    this.#tracer = tracer
    this.#clock = clock
    this.#leg = leg
    const { host, port } = leg.local
    this.#local = hostPort(host, port)
  }

  received(bytes: Uint8Array, source: Source): void {
    this.#tell('in', bytes, source)
  }

  sent(bytes: Uint8Array, target: Target): void {
    this.#tell('out', bytes, target)
  }

  #tell(direction: 'in' | 'out', bytes: Uint8Array, peer: { readonly addr: string; readonly port: number }): void {
    this.#tracer({
      time: this.#clock.wall(),
      direction,
      protocol: this.#leg.protocol,
      local: this.#local,
      remote: hostPort(peer.addr, peer.port),
      bytes,
    })
  }
}
