import type { SipResponse } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'
import type { ClientUser } from './client-transaction.ts'
import type { Core } from '../core.ts'

/** Who takes the responses that come when their delivery is over. */
export interface ResponseHeir {
  receive(response: SipResponse, leg: Leg, from: Source): void
}

/** Hears what still comes to a transaction whose delivery is over. */
export class LateUser implements ClientUser {
  readonly #core: Core
  readonly #heir: ResponseHeir

  constructor(core: Core, heir: ResponseHeir) {
    this.#core = core
    this.#heir = heir
  }

  onResponse(response: SipResponse, leg: Leg, source: Source): void {
    this.#core.handResponse(response, leg, source, (...arrival) => this.#heir.receive(...arrival))
  }

  onFailure(): void {}

  onEnd(): void {}
}
