import type { Credentials } from '@netsip/auth'
import { CSeq, type NameAddr, SipRequest, type SipResponse, type SipUri, type Uri } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import type { Leg, Target } from '@netsip/transport'
import { type Arrival, ClientRequest, type ResponseHandler } from '../request/client-request.ts'
import { failed, type Pending, succeeded } from '../context/completion.ts'
import { type Context, type ContextCallback, inside } from '../context/context.ts'
import { type Address, toNameAddr } from '../context/context-init.ts'
import type { Core } from '../core.ts'
import { argumentError, stateError } from '../errors.ts'
import { nextSeq } from '../request/next-seq.ts'
import { OutcomeBox } from '../context/outcome.ts'
import { prepareRequest } from '../request/prepare-request.ts'
import { applyHeaderFields, headerFields } from '../request/request-args.ts'
import { addressUri, applyRouteSet, toRoute } from '../dialog/route-set.ts'
import { toSipUri } from '../sip-uri2parts.ts'

/** Lifetime that is asked for when the caller does not say, in seconds. */
export const DEFAULT_EXPIRES = 900

/** Arguments of register; every key not named here becomes a header field. */
export interface RegisterArgs {
  /** Where to register: whatever sipUri2parts accepts. Mandatory. */
  readonly registrar: string | SipUri
  /** The address to register. Mandatory. */
  readonly from: Address
  /** Where requests to that address shall go; `'*'` with `expires` 0 removes every binding. Mandatory. */
  readonly contact: Address
  /** Credentials for the challenges of the registrar, and of a proxy on the way to it. */
  readonly auth?: Credentials
  /** Seconds the binding shall last. Default 900; 0 unregisters. */
  readonly expires?: number
  /** Told of responses and errors, and of requests that come on this registration's call. */
  readonly callback?: ContextCallback
  /** Call-ID of the first registration. Default: random. */
  readonly callid?: string
  /** Pre-loaded route, as of an outbound proxy. */
  readonly route?: string | NameAddr | readonly (string | NameAddr)[]
  readonly leg?: Leg
  readonly target?: Target
  readonly dstAddr?: Target
  /** Aborting it gives up a REGISTER that is not answered yet, with `ERR_SIP_CANCELLED`; what the registrar did with it is unknown. */
  readonly signal?: AbortSignal
  readonly [header: string]: unknown
}

const none = undefined
/** Arguments that are no headers, beside those that no request has as headers. */
const NO_HEADERS = { registrar: none, from: none, contact: none, expires: none, callback: none, route: none }

/** What is remembered of an address at a registrar, so that the next REGISTER is of the same call (RFC 3261 10.2.4). */
interface Registered {
  ctx: Context
  auth: Credentials | undefined
  /** The binding has lapsed by then, in ms of the monotonic clock. */
  until: number
}

/** How long a REGISTER, an unregistering or a refused one too, is continued at least, in ms. */
const SHORTEST = 64_000

/** Below this many addresses none is forgotten. */
const FEW = 64

/** The registrations of one endpoint by address and registrar. */
export class RegistrationTable {
  readonly #byKey = new Map<string, Registered>()
  #most = FEW

  /** The context for the next REGISTER: the one before, or one with its Call-ID and numbers, or a new one. */
  contextFor(core: Core, registrar: SipUri, args: RegisterArgs): Context {
    const from = toNameAddr(args.from, 'from')
    const key = `${addressUri(from.uri).toString()}\n${registrar.toString()}\n${regIdOf(args.contact)}`
    const last = this.#byKey.get(key)
    const ctx = last === undefined ? create(core, args, from) : continued(core, last, args, from)
    const now = core.clock.monotonic()
    const until = now + Math.max(SHORTEST, (args.expires ?? DEFAULT_EXPIRES) * 1000)
    this.#byKey.set(key, { ctx, auth: args.auth ?? last?.auth, until })
    if (this.#byKey.size > this.#most) this.#forget(now)
    return ctx
  }

  /** Forgets addresses without a binding, whenever there are twice as many as were left the last time. */
  #forget(now: number): void {
    for (const [key, { until }] of this.#byKey) if (until < now) this.#byKey.delete(key)
    this.#most = Math.max(FEW, 2 * this.#byKey.size)
  }
}

/** Sends one REGISTER (RFC 3261 10.2). */
export function register(core: Core, table: RegistrationTable, args: RegisterArgs): Context {
  for (const key of ['registrar', 'from', 'contact'] as const) {
    if (!args?.[key]) throw argumentError(`register needs '${key}'`)
  }
  const expires = args.expires ?? DEFAULT_EXPIRES
  if (!Number.isInteger(expires) || expires < 0) throw argumentError("'expires' is a whole number of seconds")
  if (args.contact === '*' && expires !== 0) throw argumentError("the contact '*' needs 'expires' 0 (RFC 3261 10.2.2)")
  if (core.closed) throw new SipError('ERR_SIP_CLOSED', 'the endpoint is closed')
  if (args.signal?.aborted === true) throw new SipError('ERR_SIP_CANCELLED', 'the signal is aborted already')
  const registrar = toSipUri(args.registrar)
  const ctx = table.contextFor(core, registrar, args)
  const own = inside(ctx)
  if (args.callback !== undefined) own.callback = args.callback
  const pending: Pending = { core, ctx, callback: own.callback, outcome: (own.outcome = new OutcomeBox()) }
  new Registering(pending, build(core, ctx, registrar, args, expires), args).start()
  return ctx
}

function create(core: Core, args: RegisterArgs, from: NameAddr, callid?: string, cseq?: number): Context {
  const callId = callid ?? args.callid
  return core.createContext({
    from,
    to: from.with({ tag: undefined }),
    ...(args.auth !== undefined && { auth: args.auth }),
    ...(callId !== undefined && { callid: callId }),
    ...(cseq !== undefined && { cseq }),
  })
}

function continued(core: Core, last: Registered, args: RegisterArgs, from: NameAddr): Context {
  const own = inside(last.ctx)
  if (own.outgoing.some((one) => one.method === 'REGISTER' && !one.done)) {
    throw stateError('a REGISTER for this address is pending; wait for its outcome (RFC 3261 10.2)')
  }
  if (own.closed) {
    const auth = args.auth ?? last.auth
    return create(core, auth === undefined ? args : { ...args, auth }, from, last.ctx.callId, own.cseq)
  }
  if (args.auth !== undefined && !sameCredentials(args.auth, last.auth)) {
    own.account = core.createAccount(last.ctx, args.auth)
  }
  return last.ctx
}

/** A pair that was written out anew is the same user: the nonce in hand is good for another REGISTER. */
function sameCredentials(one: Credentials, other: Credentials | undefined): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other
  return one.length === other.length && one.every((part, index) => part === other[index])
}

interface Built {
  readonly request: SipRequest
  readonly hop: Uri | undefined
}

function build(core: Core, ctx: Context, registrar: SipUri, args: RegisterArgs, expires: number): Built {
  const routes = [args.route ?? []].flat().map(toRoute)
  const domain = registrar.with({ user: undefined, password: undefined, headers: {} })
  const routing = applyRouteSet(domain, routes)
  const request = new SipRequest({ method: 'REGISTER', uri: routing.uri, headers: { 'Max-Forwards': 70 } })
  request.from = ctx.local
  request.to = ctx.peer
  request.callId = ctx.callId
  request.cseq = new CSeq(nextSeq(ctx), 'REGISTER')
  if (routing.routes.length > 0) request.routes = routing.routes
  request.contacts = args.contact === '*' ? '*' : [toNameAddr(args.contact, 'contact')]
  request.expires = expires
  prepareRequest(core, ctx, request)
  // RFC 3327 5.1, RFC 5627 4.1: proxies on the way may name themselves, and a device with a name of its own gets an address.
  const gruu = request.contact?.params.has('+sip.instance') === true ? ['gruu'] : []
  const outbound = request.contact?.params.has('reg-id') === true ? ['outbound'] : []
  request.headers.set('Supported', [...core.settings.supported, 'path', ...outbound, ...gruu].join(', '))
  applyHeaderFields(request, headerFields({ ...args, ...NO_HEADERS }))
  return { request, hop: routing.hop }
}

/** Each flow of a device has a call of its own (RFC 5626 4.2.1). */
function regIdOf(contact: Address): string {
  return contact === '*' ? '' : (toNameAddr(contact, 'contact').params.get('reg-id') ?? '')
}

class Registering implements ResponseHandler {
  readonly #pending: Pending
  readonly #client: ClientRequest
  readonly #signal: AbortSignal | undefined

  constructor(pending: Pending, { request, hop }: Built, args: RegisterArgs) {
    const { core, ctx, callback } = pending
    const { leg, target = args.dstAddr } = args
    this.#pending = pending
    this.#signal = args.signal
    this.#client = new ClientRequest({
      core,
      ctx,
      request,
      handler: this,
      callback,
      leg,
      target,
      hop,
      redirect: 'none',
    })
  }

  start(): void {
    this.#signal?.addEventListener('abort', this.#abort, { once: true })
    this.#client.start()
  }

  success(arrival: Arrival): void {
    this.#signal?.removeEventListener('abort', this.#abort)
    // A registration has no dialog, but its call goes on until it is removed.
    const { request } = this.#client
    const { core, ctx } = this.#pending
    const own = inside(ctx)
    own.keep = !own.leaving && !isRemoval(request)
    if (isRemoval(request)) core.identities.forget(request.to.uri, request.contact)
    else core.identities.learn(request.to.uri, request.contact, arrival.response)
    succeeded(this.#pending, arrival)
  }

  failure(error: Parameters<ResponseHandler['failure']>[0], arrival?: Arrival): void {
    this.#signal?.removeEventListener('abort', this.#abort)
    const { ctx } = this.#pending
    if (isRemoval(this.#client.request)) inside(ctx).keep = false
    failed(this.#pending, this.#client.request, error, arrival)
  }

  readonly #abort = (): void => {
    this.#client.fail(
      new SipError('ERR_SIP_CANCELLED', `REGISTER to ${this.#client.request.uri.toString()} was given up`),
    )
  }
}

function isRemoval(request: SipRequest): boolean {
  const own = request.contact?.params.get('expires')
  return own === undefined ? request.expires === 0 : own === '0'
}

/**
 * How long the registrar keeps our binding, in seconds: its `expires` parameter, else the Expires header, else what was
 * asked for (RFC 3261 10.2.4). `undefined` when the answer does not list it.
 */
export function grantedExpires(response: SipResponse, contact: NameAddr, asked: number): number | undefined {
  const { contacts } = response
  if (contacts === '*') return undefined
  const instance = contact.params.get('+sip.instance')
  const ours = contacts.filter(({ params }) => instance !== undefined && params.get('+sip.instance') === instance)
  // Two flows of a device may have one address (RFC 5626 4.2); without flows the registrar may have changed it.
  const flow = ours.find(({ params }) => params.get('reg-id') === contact.params.get('reg-id'))
  const own = flow ?? contacts.find((one) => one.uri.equals(contact.uri)) ?? ours[0]
  if (own === undefined) return undefined
  const seconds = Number(own.params.get('expires') ?? response.expires ?? asked)
  return Number.isFinite(seconds) ? seconds : asked
}
