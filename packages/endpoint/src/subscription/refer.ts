import {
  type EventValue,
  type NameAddr,
  reasonPhrase,
  ReferSub,
  ReferTo,
  Replaces,
  type SipRequest,
  SipUri,
} from '@netsip/message'
import type { Context, ContextCallback } from '../context/context.ts'
import { type Address, type ContextInit, toNameAddr } from '../context/context-init.ts'
import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { argumentError } from '../errors.ts'
import { newRequest } from '../request/new-request.ts'
import type { Notifier } from './notifier.ts'
import type { RequestArgs } from '../request/request-args.ts'
import { respond } from '../response/respond.ts'
import { acceptSubscription, type AcceptArgs } from './subscribe.ts'
import { Subscription } from './subscription.ts'

const FRAGMENT = 'message/sipfrag;version=2.0'

/** How long the progress of a transfer is reported, in seconds. */
const LIFETIME = 180

/** Arguments of refer; every key not named here steers the request or becomes a header. */
export interface ReferArgs extends RequestArgs {
  /** Our call with the target, which the new one shall take the place of: an attended transfer (RFC 3891, RFC 5589). */
  readonly replaces?: Dialog
  /** Asks for no reports (RFC 4488): the subscription ends with the answer, reason `norefersub`, if the peer agrees. Default false. */
  readonly norefersub?: boolean
}

/** RFC 3515 2.1 and RFC 3891: the Replaces goes along as a header of the URI, with tags as the target sees them. */
function withReplaces(target: NameAddr, dialog: Dialog | undefined): NameAddr {
  if (dialog === undefined) return target
  if (!(target.uri instanceof SipUri)) throw argumentError('an attended transfer needs a sip: or sips: target')
  const { callId, remoteTag, localTag } = dialog
  const value = Replaces.format({ callId, toTag: remoteTag || '0', fromTag: localTag || '0' })
  return target.with({ uri: target.uri.with({ headers: target.uri.headers.with('Replaces', value) }) })
}

/**
 * Asks the peer to send a request (RFC 3515): to `target`, INVITE unless its URI says otherwise. The subscription tells how
 * it goes, by NOTIFYs with the status line as their body.
 */
export function refer(
  core: Core,
  ctx: Context | ContextInit,
  target: Address,
  callback?: ContextCallback | null,
  args: ReferArgs = {},
): Subscription {
  const { replaces, norefersub, ...rest } = args
  const referTo = withReplaces(toNameAddr(target, 'target'), replaces)
  let subscription!: Subscription
  newRequest(core, {
    method: 'REFER',
    ctx,
    callback,
    args: { 'Refer-To': referTo.toString(), ...(norefersub === true && { 'Refer-Sub': 'false' }), ...rest },
    onStart: (context, request, dialog) => {
      subscription = new Subscription({ core, ctx: context, event: referEvent(context, request), dialog, request })
      return subscription
    },
  })
  return subscription
}

/** RFC 3515 2.4.6: the second and later REFER of a dialog are told apart by their number. */
function referEvent(ctx: Context, request: SipRequest): EventValue {
  const earlier = referCount.get(ctx) ?? 0
  referCount.set(ctx, earlier + 1)
  return earlier === 0 ? { type: 'refer' } : { type: 'refer', id: String(request.cseq.seq) }
}

const referCount = new WeakMap<Context, number>()
const acceptedCount = new WeakMap<Context, number>()

/** A REFER the application has taken on: it reports how the request it asked for goes. */
export class Transfer {
  /** Where the peer wants us to send a request. */
  readonly target: NameAddr
  /** The request that is asked for: INVITE unless the URI says otherwise (RFC 3515 2.1). */
  readonly method: string
  /** Headers the new request shall carry: those of the target's URI that may be taken over, and Referred-By (RFC 3892). */
  readonly headers: Readonly<Record<string, string>>
  readonly #notifier: Notifier | undefined

  constructor(target: NameAddr, headers: Readonly<Record<string, string>>, notifier: Notifier | undefined) {
    this.target = target
    this.method = (target.uri instanceof SipUri ? target.uri.params.get('method') : undefined) ?? 'INVITE'
    this.headers = headers
    this.#notifier = notifier
  }

  /** Tells of a response to the request; a final one ends it. */
  report(status: number, reason: string = reasonPhrase(status)): void {
    const notifier = this.#notifier
    if (notifier === undefined || notifier.phase === 'terminated') return
    const notification = { body: `SIP/2.0 ${status} ${reason}\r\n`, contentType: FRAGMENT }
    if (status < 200) notifier.notify(notification)
    else notifier.terminate('noresource', notification)
  }
}

/** RFC 3261 19.1.5: of the headers a URI brings along only these are honoured; the rest could do harm. */
const CARRIED = ['Replaces', 'Referred-By', 'Require', 'Target-Dialog', 'Subject', 'Join']

function carriedHeaders(request: SipRequest, target: NameAddr): Record<string, string> {
  const headers: Record<string, string> = {}
  const brought = target.uri instanceof SipUri ? target.uri.headers : undefined
  for (const name of CARRIED) {
    const value = (name === 'Referred-By' ? request.headers.get(name) : undefined) ?? brought?.get(name)
    if (value !== undefined) headers[name] = value
  }
  return headers
}

/** Accepts a REFER: 202, a first NOTIFY `100 Trying`, and a Transfer to report by. Without a subscription when both agree (RFC 4488). */
export function acceptRefer(core: Core, ctx: Context, request: SipRequest, args: AcceptArgs = {}): Transfer {
  const target = request.read(ReferTo)
  if (target === undefined) throw argumentError('a REFER needs a Refer-To')
  const headers = carriedHeaders(request, target)
  const earlier = acceptedCount.get(ctx) ?? 0
  acceptedCount.set(ctx, earlier + 1)
  if (request.read(ReferSub) === false) {
    const response = request.createResponse(args.status ?? 202)
    response.write(ReferSub, false)
    respond(ctx, response)
    return new Transfer(target, headers, undefined)
  }
  const event = earlier === 0 ? 'refer' : `refer;id=${request.cseq.seq}`
  request.headers.set('Event', event)
  const notifier = acceptSubscription(core, ctx, request, { status: 202, expires: LIFETIME, ...args })
  const transfer = new Transfer(target, headers, notifier)
  transfer.report(100)
  return transfer
}
