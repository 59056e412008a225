import type { Leg, Target } from '@netsip/transport'
import type { Core } from './core.ts'

/** An ACK that is out, as it went: a hundredth of the call that it is kept after. */
export class SentAck {
  readonly #core: Core
  readonly #bytes: Uint8Array
  readonly #leg: Leg | undefined
  readonly #target: Target

  constructor(core: Core, bytes: Uint8Array, leg: Leg | undefined, target: Target) {
    this.#core = core
    this.#bytes = bytes
    this.#leg = leg
    this.#target = target
  }

  repeat(): void {
    this.#core.dispatcher.deliverOctets(this.#bytes, {
      keepVia: true,
      leg: this.#leg,
      target: this.#target,
      onError: (error) => this.#core.report(error),
    })
  }
}
