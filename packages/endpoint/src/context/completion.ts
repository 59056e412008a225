import type { SipRequest } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import type { Arrival } from '../request/client-request.ts'
import { type Context, type ContextCallback, inside } from './context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'
import type { OutcomeBox } from './outcome.ts'

/** Who wants to know what becomes of a request. */
export interface Pending {
  readonly core: Core
  readonly ctx: Context
  readonly callback: ContextCallback | undefined
  readonly outcome: OutcomeBox
}

export function resolveOutcome(pending: Pending, { response, leg, from }: Arrival, dialog: Dialog | undefined): void {
  pending.outcome.resolve({ status: response.status, response, leg, from, ...(dialog !== undefined && { dialog }) })
}

/** Tells of a 2xx. */
export function succeeded(pending: Pending, arrival: Arrival, dialog?: Dialog): void {
  const { core, ctx, callback } = pending
  core.notify(ctx, callback, { packet: arrival.response, leg: arrival.leg, from: arrival.from })
  resolveOutcome(pending, arrival, dialog)
  core.detachIfIdle(ctx)
}

/** Tells of a failure, and closes the context when that was all it was for. */
export function failed(pending: Pending, request: SipRequest, error: SipError, arrival?: Arrival): void {
  const { core, ctx, callback } = pending
  inside(ctx).challenged = error.code === 'ERR_SIP_AUTH'
  core.notify(ctx, callback, { error, packet: arrival?.response, leg: arrival?.leg, from: arrival?.from })
  core.emit(ctx, 'failed', error, request)
  pending.outcome.reject(error)
  core.detachIfIdle(ctx)
}
