import { Event, type EventValue, type SipRequest } from '@netsip/message'
import { type Context, inside } from '../context/context.ts'
import type { ContextInit } from '../context/context-init.ts'
import type { Core } from '../core.ts'
import { Dialog } from '../dialog/dialog.ts'
import { argumentError, stateError } from '../errors.ts'
import { newRequest } from '../request/new-request.ts'
import { Notifier } from './notifier.ts'
import type { RequestArgs } from '../request/request-args.ts'
import { respond } from '../response/respond.ts'
import { pendingRequest } from '../response/server-request.ts'
import { transactionOf } from '../response/transaction-name.ts'
import { Subscription } from './subscription.ts'

/** Seconds a subscription is asked for when the caller does not say. */
const DEFAULT_EXPIRES = 3600

/** Arguments of subscribe; every key not named here steers the request or becomes a header. */
export interface SubscribeArgs extends RequestArgs {
  /** The event package, as `'presence'` or `{ type, id }`. Mandatory. */
  readonly event: string | EventValue
  /** Seconds. Default 3600; 0 asks for the state once. */
  readonly expires?: number
  /**
   * What to do when several notifiers take the SUBSCRIBE: `'first'` (default) keeps one, `'all'` tells of each further one by
   * the event `fork`.
   */
  readonly forks?: 'first' | 'all'
}

/** Sends SUBSCRIBE, in the dialog of a context or on its own, and keeps the subscription going (RFC 6665 4.1.2). */
export function subscribe(core: Core, ctx: Context | ContextInit, args: SubscribeArgs): Subscription {
  const { event: given, expires = DEFAULT_EXPIRES, ...rest } = args
  if (given === undefined || given === '') throw argumentError("subscribe needs 'event'")
  const event: EventValue = typeof given === 'string' ? { type: given } : given
  const headers = { Event: Event.format(event), Expires: expires, ...rest }
  // Made before the request leaves, and one that cannot leave throws.
  let subscription!: Subscription
  newRequest(core, {
    method: 'SUBSCRIBE',
    ctx,
    args: headers,
    onStart: (context, request, dialog) => {
      const { forks } = args
      subscription = new Subscription({ core, ctx: context, event, expires, dialog, request, forks })
      return subscription
    },
  })
  return subscription
}

/** What a notifier grants. */
export interface AcceptArgs {
  /** Seconds; at most what was asked for. Default: what was asked for, 3600 when nothing was. */
  readonly expires?: number
  /** Status of the answer. Default 200. */
  readonly status?: number
}

/** Accepts a SUBSCRIBE that the application was handed: 200, and a Notifier whose first NOTIFY is the application's to send at once. */
export function acceptSubscription(core: Core, ctx: Context, request: SipRequest, args: AcceptArgs = {}): Notifier {
  const event = request.read(Event)
  if (event === undefined) throw argumentError('a subscription needs an Event header')
  const asked = request.expires ?? DEFAULT_EXPIRES
  const expires = Math.min(args.expires ?? asked, asked)
  const dialog = usageDialog(core, ctx, request)
  const response = request.createResponse(args.status ?? 200)
  if (request.method === 'SUBSCRIBE') response.expires = expires
  // The usage has to be there before the answer, which would otherwise close the context.
  const notifier = new Notifier({ core, ctx, dialog, event, expires })
  respond(ctx, response)
  return notifier
}

/** The dialog a request came in, or a new one that it makes. */
export function usageDialog(core: Core, ctx: Context, request: SipRequest): Dialog {
  const server = pendingRequest(ctx, transactionOf(request))
  if (server === undefined) throw stateError(`this ${request.method} is answered already`)
  if (server.dialog !== undefined) return server.dialog
  const dialog = Dialog.fromRequest(request, server.localIn(request.to), {
    path: { leg: server.leg, from: server.from },
    state: 'confirmed',
    localSeq: inside(ctx).cseq,
  })
  core.dialogs.add(dialog, ctx)
  return dialog
}
