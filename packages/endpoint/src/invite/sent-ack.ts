import type { Leg, Target } from '@netsip/transport'
import type { Core } from '../core.ts'

/** An ACK that is out, as it went: a hundredth of the call that it is kept after. */
export class SentAck {
  readonly tag: string
  readonly #core: Core
  readonly #message: Uint8Array | string
  readonly #leg: Leg | undefined
  readonly #target: Target

  constructor(core: Core, tag: string, message: Uint8Array | string, leg: Leg | undefined, target: Target) {
    this.#core = core
    this.tag = tag
    this.#message = message
    this.#leg = leg
    this.#target = target
  }

  repeat(): void {
    this.#core.dispatcher.deliverOctets(this.#message, {
      keepVia: true,
      leg: this.#leg,
      target: this.#target,
      onError: (error) => this.#core.report(error),
    })
  }
}
