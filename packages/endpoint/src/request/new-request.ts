import type { DeliverOptions } from '@netsip/dispatcher'
import { CSeq, requestUri, SipRequest, type SipResponse, type Uri } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import type { Body } from './body.ts'
import { sendBye } from '../invite/bye.ts'
import { answerChallenge, challengeError } from './challenge.ts'
import { type Arrival, ClientRequest } from './client-request.ts'
import { type Pending, failed, succeeded } from '../context/completion.ts'
import { contactWriter } from './contact.ts'
import { Context, type ContextCallback, inside } from '../context/context.ts'
import { type ContextInit, toNameAddr } from '../context/context-init.ts'
import { type Core, isThenable } from '../core.ts'
import { type Dialog, isTargetRefresh } from '../dialog/dialog.ts'
import { endBroken } from '../context/end-broken.ts'
import { argumentError, stateError } from '../errors.ts'
import { glarePause } from './glare.ts'
import { sendInvite } from '../invite/invite-uac.ts'
import { nextSeq } from './next-seq.ts'
import { hasSession } from '../dialog/offer-answer.ts'
import { OutcomeBox } from '../context/outcome.ts'
import { prepareRequest } from './prepare-request.ts'
import { headerFields, type RequestArgs } from './request-args.ts'
import { applyRouteSet } from '../dialog/route-set.ts'
import { runSession } from '../dialog/session-timer.ts'
import { KNOWN_METHODS } from '../settings.ts'

/** The arguments of newRequest, in the order of Net::SIP. */
export interface NewRequest {
  readonly method: string | SipRequest
  readonly ctx: Context | ContextInit
  readonly callback?: ContextCallback | null | undefined
  readonly body?: Body | null | undefined
  readonly args?: RequestArgs | null | undefined
  /** Called when the request is built, before it leaves: makes who follows it. */
  readonly onStart?: (ctx: Context, request: SipRequest, dialog: Dialog | undefined) => Follower
}

/** Follows a request beside its callback: the subscription it asks for. */
export interface Follower {
  accepted(request: SipRequest, response: SipResponse): void
  refused(error: SipError): void
}

/** Sends a request: in the dialog of its context when there is one, else outside of any. */
export function newRequest(core: Core, { method, ctx, callback, body, args, onStart }: NewRequest): Context {
  const given = args ?? {}
  checkMethod(method)
  if (core.closed || (core.closing && !(ctx instanceof Context)))
    throw new SipError('ERR_SIP_CLOSED', 'the endpoint is closed')
  if (given.signal?.aborted === true) throw new SipError('ERR_SIP_CANCELLED', 'the signal is aborted already')
  const context = ctx instanceof Context ? managed(core, ctx, given) : make(core, method, ctx, given)
  try {
    if (callback !== undefined && callback !== null) inside(context).callback = callback
    if (typeof method === 'string') sendBuilt(core, context, method, body, given, onStart)
    else send(core, context, method, undefined, given)
  } catch (error) {
    // A request that could not be built leaves nothing behind.
    core.detachIfIdle(context)
    throw error
  }
  return context
}

function checkMethod(method: string | SipRequest): void {
  if (typeof method !== 'string') {
    if (method?.type === 'request') return
    throw argumentError('a request needs a method')
  }
  if (method === 'ACK') throw argumentError('ACK is sent by the endpoint with every 2xx to INVITE')
  if (method === 'CANCEL') throw argumentError('use cancelInvite to send CANCEL')
  if (KNOWN_METHODS.has(method) || !KNOWN_METHODS.has(method.toUpperCase())) return
  throw argumentError(`methods are case-sensitive: '${method.toUpperCase()}', not '${method}' (RFC 3261 7.1)`)
}

function managed(core: Core, ctx: Context, args: RequestArgs): Context {
  const own = inside(ctx)
  if (own.owner !== core.endpoint) throw argumentError('this context belongs to another endpoint')
  const callId = args.callid ?? args.callId
  if (callId !== undefined && callId !== ctx.callId) throw argumentError("'callid' differs from that of the context")
  if (!own.closed) return ctx
  if (args.resp40x === undefined || !own.challenged || own.muted) throw stateError('this context is closed')
  own.closed = false
  core.contexts.add(ctx)
  return ctx
}

function make(core: Core, method: string | SipRequest, init: ContextInit, args: RequestArgs): Context {
  if (Object(init) !== init) throw argumentError("a context needs 'from'")
  const callId = args.callid ?? args.callId ?? init.callid ?? init.callId
  const auth = args.auth ?? init.auth
  const base: ContextInit = {
    ...init,
    ...(callId !== undefined && { callid: callId }),
    ...(auth !== undefined && { auth }),
  }
  if (typeof method !== 'string') return core.createContext(fromReady(method, base))
  if (args.resp40x !== undefined) return core.createContext(fromChallenge(base, args))
  return core.createContext(base)
}

/** A ready request brings its own Call-ID, tags and number. */
function fromReady(request: SipRequest, init: ContextInit): ContextInit {
  return { ...init, from: request.from, to: request.to, callid: request.callId, cseq: request.cseq.seq }
}

/** An answer to a challenge belongs to the call that was challenged, with a higher number (RFC 3261 22.2). */
function fromChallenge(init: ContextInit, args: RequestArgs): ContextInit {
  const { resp40x } = args
  if (resp40x === undefined) return init
  return {
    ...init,
    from: toNameAddr(init.from, 'from').with({ tag: resp40x.from.tag }),
    callid: resp40x.callId,
    cseq: Math.max(resp40x.cseq.seq, init.cseq ?? 0),
  }
}

function sendBuilt(
  core: Core,
  ctx: Context,
  method: string,
  body: Body | null | undefined,
  args: RequestArgs,
  onStart: NewRequest['onStart'],
): void {
  const dialog = chooseDialog(ctx, method, args.dialog)
  const fields = headerFields(args)
  if (method === 'BYE') {
    const outcome = new OutcomeBox()
    const { callback } = inside(ctx)
    const { leg, target = args.dstAddr } = args
    sendBye(core, ctx, needDialog(dialog), { callback, outcome, fields, body, leg, target })
    inside(ctx).outcome = outcome
    return
  }
  if (dialog !== undefined) checkUsable(dialog, method)
  else if (method === 'PRACK' || method === 'UPDATE')
    throw stateError(`${method} needs a dialog, and this context has none`)
  const { request, hop } =
    dialog === undefined ? outsideDialog(core, ctx, method, args.uri) : insideDialog(dialog, method)
  prepareRequest(core, ctx, request, { dialog, fields, body })
  if (dialog !== undefined && hasSession(request)) describe(dialog, method)
  if (args.resp40x !== undefined) authorizeNow(ctx, request, args)
  const follower = onStart?.(ctx, request, dialog)
  const address = method === 'MESSAGE' && dialog === undefined ? request.uri.toString() : undefined
  send(core, ctx, request, dialog, args, { hop, follower, address, prepare: contactWriter(ctx, request) })
}

/** The dialog a request goes by: the one named, else the only confirmed one, else the only early one. */
function chooseDialog(ctx: Context, method: string, named: Dialog | undefined): Dialog | undefined {
  const { dialogs } = inside(ctx)
  if (named !== undefined) {
    if (!dialogs.includes(named)) throw stateError('this dialog is over, or belongs to another context')
    return named
  }
  const confirmed = dialogs.filter((dialog) => dialog.state === 'confirmed')
  const candidates = confirmed.length > 0 ? confirmed : dialogs
  if (candidates.length > 1) {
    throw argumentError(`this context has ${candidates.length} dialogs: say in args.dialog which one ${method} is for`)
  }
  return candidates[0]
}

function needDialog(dialog: Dialog | undefined): Dialog {
  if (dialog === undefined)
    throw stateError('BYE ends a dialog, and this context has none; use cancelInvite before the answer')
  return dialog
}

function checkUsable(dialog: Dialog, method: string): void {
  if (dialog.ending || dialog.state === 'terminated') throw stateError('this dialog is over')
  if (method !== 'INVITE') return
  if (dialog.state === 'early')
    throw stateError('a dialog has to be confirmed before it takes a re-INVITE (RFC 3261 14.1)')
  if (dialog.invitePending !== undefined) throw stateError('an INVITE is in progress in this dialog (RFC 3261 14.1)')
}

/** RFC 3264 4: no second offer while one is in flight. */
function describe(dialog: Dialog, method: string): void {
  if (method !== 'INVITE' && method !== 'UPDATE') return
  if (dialog.session.state !== 'stable') throw stateError('an offer is in flight in this dialog (RFC 3264 4)')
}

interface Built {
  readonly request: SipRequest
  readonly hop: Uri | undefined
}

function insideDialog(dialog: Dialog, method: string): Built {
  return { request: dialog.createRequest(method), hop: dialog.hop }
}

function outsideDialog(core: Core, ctx: Context, method: string, uri: string | Uri | undefined): Built {
  const { parts, incoming, answered } = inside(ctx)
  const target = uri === undefined ? parts.target : toNameAddr(uri, 'uri').uri
  // RFC 3608 6.1: what the registrar asks for, unless the caller has a route of its own.
  const routes = parts.routes.length > 0 ? parts.routes : (core.identities.get(ctx.local.uri)?.routes ?? [])
  const routing = applyRouteSet(requestUri(target), routes)
  const request = new SipRequest({ method, uri: routing.uri })
  request.maxForwards = 70
  request.from = ctx.local
  // RFC 3261 8.1.1.2: with the tag of who has asked us it would be in the dialog of a subscription, beside the numbers of that.
  const wasAsked = ctx.incoming && incoming.length + answered.length > 0
  request.to = wasAsked ? ctx.peer.with({ tag: undefined }) : ctx.peer
  request.callId = ctx.callId
  request.cseq = new CSeq(nextSeq(ctx), method)
  if (routing.routes.length > 0) request.routes = routing.routes
  return { request, hop: routing.hop }
}

/** `resp40x`: credentials are there on the first sending; they must be at hand. */
function authorizeNow(ctx: Context, request: SipRequest, { resp40x }: RequestArgs): void {
  if (resp40x === undefined) return
  const answer = answerChallenge(inside(ctx).account, request, resp40x)
  if (isThenable(answer)) throw argumentError("'resp40x' needs credentials that are not looked up asynchronously")
  if (answer !== 'retry') throw challengeError(request, resp40x, answer)
}

function send(
  core: Core,
  ctx: Context,
  request: SipRequest,
  dialog: Dialog | undefined,
  args: RequestArgs,
  way: Pick<PlainRequest, 'prepare' | 'hop' | 'follower' | 'address'> = {},
): void {
  if (request.callId !== ctx.callId) throw argumentError('the Call-ID of this request differs from that of the context')
  request.maxForwards ??= 70
  const { leg, redirect, forks, glare } = args
  const target = args.target ?? args.dstAddr
  if (request.method === 'ACK') {
    core.dispatcher.deliver(request, { ...(leg && { leg }), ...(target && { target }) })
    return
  }
  const own = inside(ctx)
  const pending: Pending = { core, ctx, callback: own.callback, outcome: (own.outcome = new OutcomeBox()) }
  if (request.method === 'INVITE') {
    const { hop, prepare } = way
    sendInvite({ pending, request, dialog, glare, forks, leg, target, redirect, hop, prepare, signal: args.signal })
  } else {
    sendPlain({ pending, request, dialog, glare, leg, target, redirect, ...way, signal: args.signal })
  }
}

interface PlainRequest {
  readonly pending: Pending
  readonly request: SipRequest
  readonly dialog: Dialog | undefined
  readonly leg?: RequestArgs['leg'] | undefined
  readonly target?: RequestArgs['target'] | undefined
  readonly redirect?: RequestArgs['redirect'] | undefined
  readonly hop?: Uri | undefined
  readonly prepare?: DeliverOptions['prepare']
  readonly signal?: AbortSignal | undefined
  readonly follower?: Follower | undefined
  /** Waits for other requests to this address: see MessageQueue. */
  readonly address?: string | undefined
  /** `'fail'` for the retry after a 491 too. */
  readonly glare?: RequestArgs['glare'] | undefined
}

/** A request that is neither INVITE nor BYE: one answer, and what it means for its dialog. */
export function sendPlain(options: PlainRequest): void {
  const { pending, request, dialog, leg, target, redirect, hop, prepare, signal, follower, address } = options
  const { core, ctx, callback } = pending
  const updated = request.method === 'UPDATE' ? dialog : undefined
  updated?.session.saw(request, 'local')
  const client: ClientRequest = new ClientRequest({
    core,
    ctx,
    request,
    dialog,
    callback,
    leg,
    target,
    redirect,
    hop,
    prepare,
    onOver: address === undefined ? undefined : () => core.messages.leave(address, client),
    handler: {
      success: (arrival) => {
        signal?.removeEventListener('abort', abort)
        if (isTargetRefresh(request.method)) dialog?.refreshTarget(arrival.response)
        updated?.session.closes(request, arrival.response, 'remote')
        if (updated !== undefined) runSession(core, ctx, updated, arrival.response, 'uac')
        dialog?.notePeer(arrival.response)
        follower?.accepted(client.request, arrival.response)
        succeeded(pending, arrival, dialog)
      },
      failure: (error, arrival) => {
        signal?.removeEventListener('abort', abort)
        updated?.session.closes(request, undefined, 'remote')
        if (arrival?.response.status === 491 && updateLater(options, client.request, error, arrival)) return
        follower?.refused(error)
        if (dialog !== undefined) endBroken(core, ctx, dialog, error, request.method)
        failed(pending, client.request, error, arrival)
      },
    },
  })
  const abort = (): void => client.fail(new SipError('ERR_SIP_CANCELLED', `${request.method} was given up`))
  signal?.addEventListener('abort', abort, { once: true })
  if (address === undefined) client.start()
  else core.messages.enter(address, client)
}

/** RFC 3311 5.3: an UPDATE that met an offer of the peer is tried once more, as a re-INVITE is. */
function updateLater(options: PlainRequest, refused: SipRequest, error: SipError, arrival: Arrival): boolean {
  const { dialog, pending, signal } = options
  if (refused.method !== 'UPDATE' || dialog === undefined || options.glare === 'fail') return false
  const { core, ctx } = pending
  core.clock.setTimer(glarePause(core, dialog), () => {
    const wanted = dialog.state !== 'terminated' && !dialog.ending && dialog.session.state === 'stable'
    if (!wanted || signal?.aborted === true) return failed(pending, refused, error, arrival)
    const request = refused.clone()
    request.popVia()
    request.cseq = new CSeq(dialog.nextSeq(), 'UPDATE')
    inside(ctx).account?.repeat(request)
    sendPlain({ ...options, request, glare: 'fail' })
  })
  return true
}
