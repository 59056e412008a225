import type { SipRequest } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import type { Body } from '../request/body.ts'
import { type Arrival, ClientRequest } from '../request/client-request.ts'
import { contactWriter } from '../request/contact.ts'
import type { Context } from '../context/context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { endShared } from '../context/end-broken.ts'
import { prepareRequest } from '../request/prepare-request.ts'

/** A request that a subscription sends in its dialog. */
export interface UsageRequest {
  readonly core: Core
  readonly ctx: Context
  readonly dialog: Dialog
  readonly method: 'SUBSCRIBE' | 'NOTIFY'
  readonly body?: Body | undefined
  /** Writes what the subscription says about itself. */
  readonly write: (request: SipRequest) => void
  readonly success: (arrival: Arrival) => void
  readonly failure: (error: SipError, arrival?: Arrival) => void
}

/** Sends a request of a usage beside the call: its failure is the usage's affair alone (RFC 5057). */
export function sendUsageRequest(options: UsageRequest): void {
  const { core, ctx, dialog, method, body, write, success, failure } = options
  const request = dialog.createRequest(method)
  write(request)
  prepareRequest(core, ctx, request, { body })
  const handler = {
    success: (arrival: Arrival): void => {
      dialog.refreshTarget(arrival.response)
      success(arrival)
      core.detachIfIdle(ctx)
    },
    failure: (error: SipError, arrival?: Arrival): void => {
      failure(error, arrival)
      endShared(core, ctx, dialog, error, method)
      core.detachIfIdle(ctx)
    },
  }
  new ClientRequest({
    core,
    ctx,
    request,
    dialog,
    handler,
    redirect: 'none',
    prepare: contactWriter(ctx, request),
  }).start()
}
