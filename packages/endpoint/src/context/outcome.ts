import type { SipResponse } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import type { Leg, Source } from '@netsip/transport'
import type { Dialog } from '../dialog/dialog.ts'

/** What became of a request: its final 2xx and the dialog it was sent in or made. */
export interface Outcome {
  readonly status: number
  readonly response: SipResponse
  readonly dialog?: Dialog
  /** The leg that the response came on, and where it came from. */
  readonly leg: Leg
  readonly from: Source
}

type Settled = { outcome: Outcome } | { error: SipError }

/** Holds an outcome for those who may ask later; the promise exists only once it is read, so nobody meets a rejection unasked. */
export class OutcomeBox {
  #settled: Settled | undefined
  #promise: Promise<Outcome> | undefined
  #settle: ((settled: Settled) => void) | undefined

  get promise(): Promise<Outcome> {
    this.#promise ??= new Promise<Outcome>((resolve, reject) => {
      this.#settle = (settled) => ('outcome' in settled ? resolve(settled.outcome) : reject(settled.error))
      if (this.#settled !== undefined) this.#settle(this.#settled)
    })
    return this.#promise
  }

  resolve(outcome: Outcome): void {
    this.#finish({ outcome })
  }

  reject(error: SipError): void {
    this.#finish({ error })
  }

  #finish(settled: Settled): void {
    if (this.#settled !== undefined) return
    this.#settled = settled
    this.#settle?.(settled)
  }
}
