import type { SipResponse } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'
import type { ClientUser } from './client-transaction.ts'
import type { Core } from './core.ts'
import type { DeliverOptions } from './delivery.ts'

/** Hears what still comes to a transaction whose delivery is over. */
export class LateUser implements ClientUser {
  readonly #core: Core
  readonly #onResponse: DeliverOptions['onResponse']

  constructor(core: Core, onResponse: DeliverOptions['onResponse']) {
    this.#core = core
    this.#onResponse = onResponse
  }

  onResponse(response: SipResponse, leg: Leg, source: Source): void {
    this.#core.handResponse(response, leg, source, this.#onResponse)
  }

  onFailure(): void {}

  onEnd(): void {}
}
