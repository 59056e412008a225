import type { SipRequest, SipResponse } from '@netsip/message'

/** `stable` no offer in flight · `offered` ours waits for its answer · `asked` theirs does. */
export type OfferState = 'stable' | 'offered' | 'asked'

/** A session description, as it was sent. */
export interface SessionDescription {
  readonly body: Uint8Array
  readonly type: string
}

/**
 * Whose offer is in flight in a dialog (RFC 3264 4, RFC 6337): there may be one at a time. What the session descriptions
 * say is not its business, only which messages carry one.
 */
export class OfferAnswer {
  #state: OfferState = 'stable'
  #local: SessionDescription | undefined
  #remote: SessionDescription | undefined
  /** What the offer in flight takes the place of. */
  #agreed: SessionDescription | undefined
  /** What `remote` was before a preview took its place; `null` while there is no preview. */
  #before: SessionDescription | undefined | null = null

  get state(): OfferState {
    return this.#state
  }

  /** The description we sent last, unless it was refused. */
  get local(): SessionDescription | undefined {
    return this.#local
  }

  /**
   * The description of the peer that counts. When it answers an offer in an INVITE that is the first one that came, be it in an
   * unreliable provisional response: what differs in later responses is to be ignored (RFC 3261 13.2.1).
   */
  get remote(): SessionDescription | undefined {
    return this.#remote
  }

  /** A description came in a response that may get lost: it shows what the answer will be, which is still to come. */
  preview(response: SipResponse): void {
    if (this.#before !== null || this.#state !== 'offered' || !hasSession(response)) return
    this.#before = this.#remote
    this.#remote = copyOf(response)
  }

  /** A session description of ours left, or one of the peer came, in a message that is delivered reliably. */
  saw(message: SipRequest | SipResponse, by: 'local' | 'remote'): void {
    if (!hasSession(message)) return
    if (this.#state === 'stable') this.#agreed = this[by]
    if (by === 'local') this.#local = { body: message.body, type: typeOf(message) }
    else if (this.#before === null) this.#remote = copyOf(message)
    if (by === 'remote') this.#before = null
    const answers = this.#state === (by === 'local' ? 'asked' : 'offered')
    if (answers) this.#state = 'stable'
    else if (this.#state === 'stable') this.#state = by === 'local' ? 'offered' : 'asked'
  }

  /** An UPDATE or PRACK with a description, sent `by` one, was answered; with no 2xx: refused. */
  closes(request: SipRequest, response: SipResponse | undefined, by: 'local' | 'remote'): void {
    if (!hasSession(request)) return
    if (response !== undefined && this.#state !== 'stable') this.saw(response, by)
    this.refused()
  }

  /** The offer in flight was refused: what was agreed before stands (RFC 3261 14.1). */
  refused(): void {
    if (this.#state === 'offered') this.#local = this.#agreed
    else if (this.#state === 'asked') this.#remote = this.#agreed
    this.settle()
  }

  /** The exchange is over: answered, or never finished. */
  settle(): void {
    this.#state = 'stable'
    if (this.#before === null) return
    this.#remote = this.#before
    this.#before = null
  }
}

/** A copy, so that what is kept for the length of a call does not hold on to the datagram it came in. */
function copyOf(message: SipRequest | SipResponse): SessionDescription {
  return { body: new Uint8Array(message.body), type: typeOf(message) }
}

function typeOf({ contentType }: SipRequest | SipResponse): string {
  return contentType ?? 'application/sdp'
}

/** Does a message carry an offer or answer? A body with another disposition is neither (RFC 3261 13.2.1). */
export function hasSession(message: SipRequest | SipResponse): boolean {
  if (message.body.length === 0) return false
  if (!describesSession(message.contentType)) return false
  const disposition = message.headers.get('Content-Disposition')?.trim().toLowerCase()
  return disposition === undefined || disposition.startsWith('session')
}

function describesSession(contentType = ''): boolean {
  if (contentType === 'application/sdp') return true
  const type = contentType.trim().toLowerCase()
  return type.startsWith('application/sdp') || type.startsWith('multipart/')
}
