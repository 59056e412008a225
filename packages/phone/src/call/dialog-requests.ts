import type { Context, Dialog, Endpoint } from '@netsip/endpoint'
import { writeDtmfInfo } from '@netsip/media'
import type { NameAddr, Uri } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import { sdpOf, sdpType } from './sdp-body.ts'
import { Deferred } from '../settle.ts'

/** A final status line as the body of a NOTIFY has it (RFC 3420, RFC 3515 2.4.5). */
const finalLine = /^SIP\/2\.0 ([2-6]\d\d) ?([^\r\n]*)/

/** The requests that either side of an answered call sends in its dialog. */
export class DialogRequests {
  readonly #endpoint: Endpoint
  readonly #ctx: Context
  #over = false

  constructor(endpoint: Endpoint, ctx: Context) {
    this.#endpoint = endpoint
    this.#ctx = ctx
  }

  /** The dialog of the call while it is up. */
  get dialog(): Dialog | undefined {
    return this.#ctx.dialogs.find(({ state }) => state === 'confirmed')
  }

  has(dialog: Dialog): boolean {
    return this.#ctx.dialogs.includes(dialog)
  }

  /** Ends the call; a second time does nothing. The context's `ended` tells when it is over. */
  bye(): void {
    if (this.#over) return
    this.#over = true
    const { dialog } = this
    // After a request that nobody answered its BYE is on the way already (RFC 5057 5.1).
    if (dialog && !dialog.ending) this.#endpoint.newRequest('BYE', this.#ctx, undefined, undefined, { dialog })
  }

  /** Sends a digit by INFO; rejects when the peer does not take it. */
  async info(digit: string, durationMs: number): Promise<void> {
    const type = 'application/dtmf-relay'
    const body = writeDtmfInfo(digit, durationMs, type)
    this.#endpoint.newRequest('INFO', this.#ctx, undefined, body, { 'Content-Type': type })
    await this.#ctx.outcome
  }

  /** Offers another description (RFC 3261 14.1); resolves with the peer's answer, rejects when the call stays as it is. */
  async reinvite(offer: string): Promise<string> {
    this.#endpoint.invite(this.#ctx, undefined, offer, { ...this.#inside, 'Content-Type': sdpType })
    const { response } = await this.#ctx.outcome
    const answer = sdpOf(response)
    if (answer === undefined) throw new SipError('ERR_MEDIA_SDP', 'the answer says nothing about the sound')
    return answer
  }

  /** Asks the peer to call somebody else (RFC 3515), in place of `replaces` (RFC 3891). Settles with what it says of that call. */
  refer(target: Uri, by: NameAddr, replaces: Dialog | undefined, failed: Failed): Referral {
    const subscription = this.#endpoint.refer(this.#ctx, target, undefined, {
      ...this.#inside,
      ...(replaces && { replaces }),
      'Referred-By': `<${by.uri.toString()}>`,
    })
    const { promise, resolve, reject } = new Deferred<void>()
    subscription
      .on('notify', (request) => {
        const [, status, reason = ''] = finalLine.exec(request.text) ?? []
        if (status?.startsWith('2')) resolve()
        else if (status !== undefined) reject(failed(Number(status), reason))
      })
      .on('failed', reject)
      .on('terminated', () => reject(new SipError('ERR_SIP_STATE', 'the peer did not say how it went')))
    const giveUp = (error: Error): void => {
      reject(error)
      subscription.unsubscribe()
    }
    return { done: promise, giveUp }
  }

  get #inside(): { dialog?: Dialog } {
    const { dialog } = this
    return dialog ? { dialog } : {}
  }
}

/** A call that the peer was asked to make. */
export interface Referral {
  /** Settles with what the peer says of it: its word is all there is, and it may never come. */
  readonly done: Promise<void>
  /** Waits no longer. */
  readonly giveUp: (error: Error) => void
}

/** A final status that the peer reports, as an error. */
export type Failed = (status: number, reason: string) => Error
