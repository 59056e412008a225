import type { Context, Endpoint } from '@netsip/endpoint'
import { writeInfoDigit } from './info-dtmf.ts'

/** The requests that either side of an answered call sends in its dialog. */
export class DialogCalls {
  readonly #endpoint: Endpoint
  readonly #ctx: Context
  #over = false

  constructor(endpoint: Endpoint, ctx: Context) {
    this.#endpoint = endpoint
    this.#ctx = ctx
  }

  /** Ends the call; a second time does nothing. The context's `ended` tells when it is over. */
  bye(): void {
    if (this.#over) return
    this.#over = true
    const dialog = this.#ctx.dialogs.find(({ state }) => state === 'confirmed')
    if (dialog) this.#endpoint.newRequest('BYE', this.#ctx, undefined, undefined, { dialog })
  }

  /** Sends a digit by INFO; rejects when the peer does not take it. */
  async info(digit: string, durationMs: number): Promise<void> {
    const headers = { 'Content-Type': 'application/dtmf-relay' }
    this.#endpoint.newRequest('INFO', this.#ctx, undefined, writeInfoDigit(digit, durationMs), headers)
    await this.#ctx.outcome
  }
}
