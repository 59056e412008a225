import type { DeliverOptions } from '@netsip/dispatcher'
import { NameAddr, type SipRequest, SipUri } from '@netsip/message'
import { type Flow, type Leg, type Source, type Target, targetOf } from '@netsip/transport'
import type { RecordRouter } from './record-route.ts'
import type { ProxyTarget } from './targets.ts'

const DEFAULT_MAX_FORWARDS = 70

/** The methods that neither make a dialog nor change its route: a Record-Route in them would say nothing (RFC 3261 16.6 step 4). */
const WITHOUT_RECORD_ROUTE = new Set('REGISTER ACK CANCEL BYE OPTIONS MESSAGE PUBLISH INFO PRACK UPDATE'.split(' '))

/** What is equal for all branches of a forwarded request. */
export interface ForwardPlan {
  /** The request after route preprocessing. It is copied, never changed. */
  readonly request: SipRequest
  /** Where it came in. */
  readonly leg: Leg
  readonly from: Source
  /** Names the connection back to the caller in the Record-Route, when that is how the caller is reached. */
  readonly callerFlow: string | undefined
  /** `crossing`: only between a TLS leg and a plain one, where it must be (RFC 3261 16.6 step 4). */
  readonly recordRoute: 'always' | 'crossing' | 'never'
  readonly recordRouter: RecordRouter
  readonly keyOf: (flow: Flow) => string
}

/** Whether requests like this one get a Record-Route: those that may make a dialog, and those with methods nobody here knows. */
export function wantsRecordRoute(request: SipRequest, inDialog: boolean): boolean {
  return !inDialog && !WITHOUT_RECORD_ROUTE.has(request.method)
}

/** A copy of the request for one target: Request-URI, Max-Forwards and Route (RFC 3261 16.6 steps 1 to 3 and 6). */
export function copyFor({ request }: ForwardPlan, target: ProxyTarget): SipRequest {
  const copy = request.clone()
  if (target.uri !== request.uri) copy.uri = target.uri
  copy.maxForwards = request.maxForwards === undefined ? DEFAULT_MAX_FORWARDS : request.maxForwards - 1
  if (target.path.length > 0) copy.routes = [...target.path.map((value) => NameAddr.parse(value)), ...request.routes]
  yieldToStrictRouter(copy)
  return copy
}

/** A strict router expects itself in the Request-URI, and the target last in the Route (RFC 3261 16.6 step 6). */
function yieldToStrictRouter(copy: SipRequest): void {
  const [first, ...rest] = copy.routes
  if (!first || !(first.uri instanceof SipUri) || first.uri.lr) return
  copy.routes = [...rest, new NameAddr({ uri: copy.uri })]
  copy.uri = first.uri
}

/**
 * Puts this proxy into the Record-Route once the leg out is known (RFC 3261 16.6 step 4). Two values when the two sides differ
 * in transport or address (RFC 5658) or when a connection must be named: the upper one faces the callee. Called again for
 * another leg it replaces what it wrote.
 */
export function stampRecordRoute(
  plan: ForwardPlan,
  copy: SipRequest,
  leg: Leg,
  target: Target,
  flow: Flow | undefined,
): void {
  if (plan.recordRoute === 'never' || (plan.recordRoute === 'crossing' && leg.secure === plan.leg.secure)) return
  const { callId } = copy
  const secure = plan.request.uri instanceof SipUri && plan.request.uri.isSecure
  const calleeFlow = flow && plan.keyOf(flow)
  const write = (side: Leg, to: Target, name: string | undefined): NameAddr =>
    plan.recordRouter.value(side, callId, name, secure && side.secure, to)
  const toCaller = targetOf(plan.from)
  const inner = write(plan.leg, toCaller, plan.callerFlow)
  const outer = write(leg, target, calleeFlow)
  const own = String(inner) === String(outer) ? [inner] : [outer, inner]
  const before = plan.request.headers.getAll('Record-Route')
  // As text: what others wrote there passes as it came, whether it can be read or not
  if (before.length > 0) copy.headers.set('Record-Route', [...own.map(String), ...before])
  else copy.recordRoutes = own
}

/** Delivery options that send down one connection. */
export function downFlow(flow: Flow | undefined): Pick<DeliverOptions, 'leg' | 'target'> {
  return flow ? { leg: flow.leg, target: { ...targetOf(flow.remote), flow } } : {}
}
