import type { Dispatcher } from '@netsip/dispatcher'
import { parseUri, type SipMessage, type SipRequest, SipUri, type Uri } from '@netsip/message'
import { checkOptions, type RulesOf } from '@netsip/runtime'
import type { Leg, Source } from '@netsip/transport'
import { flowOf } from '../location/contact-reach.ts'
import { Domains } from '../domains.ts'
import { FlowTable } from '../location/flow-table.ts'
import type { Handler } from '../handler.ts'
import type { LocationStore } from '../location/location-store.ts'
import { workingCopy } from '../access/authenticated-user.ts'
import { answer, type Rejection } from '../answer.ts'
import { handleCancel } from './cancel.ts'
import { copyFor, downFlow, type ForwardPlan, wantsRecordRoute } from './forward.ts'
import { checkForwarding, Forwarding, type ForwardingOptions } from './forwarding.ts'
import { isLoop, loopPart } from './loop.ts'
import { RecordRouter } from './record-route.ts'
import { ResponseContext } from './response-context.ts'
import { preprocessRoute, type RoutePart } from './route.ts'
import { calleeOf, type RelayPolicy, type TargetGroups, targetsOf, type TargetSources } from './targets.ts'
import { DEFAULT_TIMER_C } from './timer-c.ts'
import { validateRequest } from './validate.ts'

const RETRY_AFTER = 10

/** Options of {@link Proxy}. */
export interface ProxyOptions {
  readonly dispatcher: Dispatcher
  /** Where the contacts of own users are found. */
  readonly store: LocationStore
  /** The domains this proxy finds users in. */
  readonly domains: Domains | Iterable<string>
  /** Stay on the path of the dialogs it sets up. Default `true`; between TLS and plain legs it always does (RFC 3261 16.6). */
  readonly recordRoute?: boolean
  /** Whether a request to another domain is forwarded. Default: never, as everything else is an open relay. */
  readonly relay?: RelayPolicy
  /** Users with one fixed contact, by user part: `{ echo: 'sip:echo@127.0.0.1:5070' }`. */
  readonly lines?: Readonly<Record<string, string | Uri>>
  /** Whether there is such a user: 404 when not, 480 when there is but nowhere. Default: everyone may exist. */
  readonly isUser?: (user: string, aor: string) => boolean | Promise<boolean>
  /** The connections bindings refer to: those of the {@link Registrar} in front. */
  readonly flows?: FlowTable
  /** Seals Record-Route values. Give the same one to all servers of an address, and after a restart. Default: random. */
  readonly secret?: Uint8Array
  /** Where calls go that own users do not take. Default: nowhere. */
  readonly forwarding?: ForwardingOptions
  /** How long an INVITE may ring, ms. More than three minutes by RFC 3261 16.6; default 185 000. */
  readonly timerC?: number
  /** Most requests in progress; more are answered 503. Default 50 000. */
  readonly maxContexts?: number
  /** Most targets one request is forked to. Default 16. */
  readonly maxBranches?: number
}

const rules: RulesOf<ProxyOptions> = {
  dispatcher: 'object',
  store: 'object',
  domains: 'any',
  recordRoute: 'boolean',
  relay: 'function',
  lines: 'object',
  isUser: 'function',
  flows: 'object',
  secret: 'object',
  forwarding: 'object',
  timerC: 1,
  maxContexts: 1,
  maxBranches: 1,
}

/**
 * A stateful forking proxy (RFC 3261 16) with Record-Route. Own users are found in a {@link LocationStore}; requests inside a
 * dialog follow the Route this proxy wrote; everything else is refused unless `relay` allows it.
 */
export class Proxy implements Handler {
  readonly #options: ProxyOptions
  readonly #dispatcher: Dispatcher
  readonly #domains: Domains
  readonly #sources: TargetSources
  readonly #flows: FlowTable
  readonly #recordRouter: RecordRouter
  readonly #contexts = new Map<SipRequest, ResponseContext>()

  /** @throws {SipParseError} for a domain or line that cannot be parsed, {SipError} `ERR_SIP_ARGUMENT` for a limit that would be none */
  constructor(options: ProxyOptions) {
    checkOptions('new Proxy', options, rules)
    if (options.forwarding) checkForwarding(options.forwarding)
    const { dispatcher, domains, store, isUser, relay, lines = {} } = options
    this.#options = options
    this.#dispatcher = dispatcher
    this.#domains = domains instanceof Domains ? domains : new Domains(domains, dispatcher)
    this.#flows = options.flows ?? new FlowTable(dispatcher.random.hex(4))
    this.#recordRouter = new RecordRouter(options.secret, dispatcher.random)
    this.#sources = {
      domains: this.#domains,
      store,
      flows: this.#flows,
      lines: new Map(Object.entries(lines).map(([user, uri]) => [user, typeof uri === 'string' ? parseUri(uri) : uri])),
      isUser,
      relay,
    }
  }

  /** How many requests are in progress. */
  get contexts(): number {
    return this.#contexts.size
  }

  /** Whether a request came by the Route that this proxy wrote for its dialog. Does not change the request. */
  isInDialog(request: SipRequest): boolean {
    if (request.routes.length === 0) return false
    return preprocessRoute(request.clone(), this.#domains, this.#recordRouter).inDialog
  }

  /** Ends all branches and timers, silently. */
  close(): void {
    for (const context of this.#contexts.values()) context.close()
  }

  handle(packet: SipMessage, leg: Leg, from: Source): boolean | Promise<boolean> {
    if (packet.type !== 'request') return false
    if (packet.method === 'CANCEL') return handleCancel(this.#dispatcher, packet, this.#contexts)
    return packet.method === 'ACK' ? this.#forwardAck(packet, leg, from) : this.#forward(packet, leg, from)
  }

  #forward(request: SipRequest, leg: Leg, from: Source): boolean | Promise<boolean> {
    const part = this.#check(request)
    if (typeof part !== 'string') return this.#answer(request, part)
    const work = workingCopy(request)
    const route = preprocessRoute(work, this.#domains, this.#recordRouter)
    if (this.#isForUs(work)) return this.#answerForUs(request)
    const context = this.#contextFor(request, part, this.#forwardingOf(work))
    try {
      const plan = this.#planFor(work, route, leg, from)
      const targets = targetsOf(work, route, from, this.#sources)
      return targets instanceof Promise ? this.#beginLater(context, plan, targets) : context.start(plan, targets)
    } catch (error) {
      context.close()
      throw error
    }
  }

  async #beginLater(
    context: ResponseContext,
    plan: ForwardPlan,
    targets: Promise<TargetGroups | Rejection>,
  ): Promise<true> {
    try {
      return context.start(plan, await targets)
    } catch (error) {
      context.close()
      throw error
    }
  }

  /** The loop part of the branch when the request may go on, else why not (RFC 3261 16.3). */
  #check(request: SipRequest): string | Rejection {
    const rejection = validateRequest(request)
    if (rejection) return rejection
    const part = loopPart(request)
    if (isLoop(request, this.#dispatcher.legs, part)) return { status: 482 }
    if (this.#contexts.size >= (this.#options.maxContexts ?? 50_000))
      return { status: 503, headers: { 'Retry-After': RETRY_AFTER } }
    return part
  }

  /** Only a new call to an own user: to no other request may a proxy add targets (RFC 3261 16.5). */
  #forwardingOf(work: SipRequest): Forwarding | undefined {
    const { forwarding } = this.#options
    if (!forwarding || work.method !== 'INVITE' || work.to.tag !== undefined) return undefined
    const aor = calleeOf(work, this.#sources)
    return aor === undefined ? undefined : new Forwarding(forwarding, work, aor, this.#sources)
  }

  #contextFor(request: SipRequest, part: string, forwarding: Forwarding | undefined): ResponseContext {
    const context = new ResponseContext({
      dispatcher: this.#dispatcher,
      request,
      loopPart: part,
      forwarding,
      timerC: this.#options.timerC ?? DEFAULT_TIMER_C,
      maxBranches: this.#options.maxBranches ?? 16,
      onEnd: () => this.#contexts.delete(request),
    })
    this.#contexts.set(request, context)
    return context
  }

  #planFor(work: SipRequest, route: RoutePart, leg: Leg, from: Source): ForwardPlan {
    const wanted = wantsRecordRoute(work, route.inDialog)
    return {
      request: work,
      leg,
      from,
      callerFlow: wanted ? flowOf(work, leg, from, this.#flows) : undefined,
      recordRoute: recordRouteOf(wanted, this.#options.recordRoute ?? true),
      recordRouter: this.#recordRouter,
      keyOf: (flow) => this.#flows.keyOf(flow),
    }
  }

  /** An ACK of a 2xx goes its way like any request, without state and without ever an answer (RFC 3261 16.7, 17.1). */
  #forwardAck(ack: SipRequest, leg: Leg, from: Source): boolean | Promise<boolean> {
    const part = this.#check(ack)
    if (typeof part !== 'string') return true
    const work = ack.clone()
    const route = preprocessRoute(work, this.#domains, this.#recordRouter)
    const plan = this.#planFor(work, route, leg, from)
    const targets = targetsOf(work, route, from, this.#sources)
    return targets instanceof Promise
      ? targets.then((later) => this.#sendAck(plan, later, part))
      : this.#sendAck(plan, targets, part)
  }

  #sendAck(plan: ForwardPlan, targets: TargetGroups | Rejection, part: string): true {
    const target = 'status' in targets ? undefined : targets[0]?.[0]
    if (target) this.#dispatcher.deliver(copyFor(plan, target), { branchSuffix: part, ...downFlow(target.flow) })
    return true
  }

  #isForUs({ uri, routes }: SipRequest): boolean {
    return routes.length === 0 && uri instanceof SipUri && uri.user === undefined && this.#domains.isSelf(uri)
  }

  /** Nobody to forward to: this proxy itself is asked (RFC 3261 16.3 step 3 and 11 for OPTIONS). */
  #answerForUs(request: SipRequest): true {
    return this.#answer(request, { status: request.method === 'OPTIONS' ? 200 : 404 })
  }

  #answer(request: SipRequest, rejection: Rejection): true {
    answer(request, this.#dispatcher, rejection)
    return true
  }
}

function recordRouteOf(wanted: boolean, stay: boolean): ForwardPlan['recordRoute'] {
  if (!wanted) return 'never'
  return stay ? 'always' : 'crossing'
}
