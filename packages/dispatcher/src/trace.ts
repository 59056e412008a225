import type { Clock, Tracer } from '@netsip/runtime'
import { hostPort, type Leg, type Source, type Target } from '@netsip/transport'

/** Tells a tracer of the messages on one leg. */
export class LegTracer {
  readonly #tracer: Tracer
  readonly #clock: Clock
  readonly #leg: Leg
  readonly #local: string
  readonly #failed: (error: unknown) => void

  /** `failed` is told when the tracer throws, which must cost no message. */
  constructor(tracer: Tracer, clock: Clock, leg: Leg, failed: (error: unknown) => void) {
    this.#failed = failed
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

  #tell(direction: 'in' | 'out', bytes: Uint8Array, peer: Source | Target): void {
    const { flow } = peer
    const time = this.#clock.wall()
    const remote = hostPort(peer.addr, peer.port)
    try {
      const event = { time, direction, protocol: this.#leg.protocol, local: this.#local, remote, bytes }
      this.#tracer(flow ? { ...event, flow: flow.id } : event)
    } catch (error) {
      this.#failed(error)
    }
  }
}
