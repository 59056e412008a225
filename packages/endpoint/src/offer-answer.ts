import type { SipRequest, SipResponse } from '@netsip/message'

/** `stable` no offer in flight · `offered` ours waits for its answer · `asked` theirs does. */
export type OfferState = 'stable' | 'offered' | 'asked'

/** A session description of ours, as it was sent. */
export interface LocalSession {
  readonly body: Uint8Array
  readonly type: string
}

/**
 * Whose offer is in flight in a dialog (RFC 3264 4, RFC 6337): there may be one at a time. What the session descriptions
 * say is not its business, only which messages carry one.
 */
export class OfferAnswer {
  #state: OfferState = 'stable'
  #local: LocalSession | undefined

  get state(): OfferState {
    return this.#state
  }

  /** The description we sent last. */
  get local(): LocalSession | undefined {
    return this.#local
  }

  /** A session description of ours left, or one of the peer came, in a message that is delivered reliably. */
  saw(message: SipRequest | SipResponse, by: 'local' | 'remote'): void {
    if (!hasSession(message)) return
    if (by === 'local') this.#local = { body: message.body, type: message.contentType ?? 'application/sdp' }
    const answers = this.#state === (by === 'local' ? 'asked' : 'offered')
    if (answers) this.#state = 'stable'
    else if (this.#state === 'stable') this.#state = by === 'local' ? 'offered' : 'asked'
  }

  /** The exchange is over: answered, refused, or never finished. */
  settle(): void {
    this.#state = 'stable'
  }
}

/** Does a message carry an offer or answer? A body with another disposition is neither (RFC 3261 13.2.1). */
export function hasSession(message: SipRequest | SipResponse): boolean {
  if (message.body.length === 0) return false
  const type = (message.contentType ?? '').trim().toLowerCase()
  if (!type.startsWith('application/sdp') && !type.startsWith('multipart/')) return false
  const disposition = message.headers.get('Content-Disposition')?.trim().toLowerCase()
  return disposition === undefined || disposition.startsWith('session')
}
