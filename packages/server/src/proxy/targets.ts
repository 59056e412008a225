import { requestUri, type SipRequest, SipUri, type Uri } from '@netsip/message'
import type { Flow, Source } from '@netsip/transport'
import type { Binding } from '../location/binding.ts'
import type { Domains } from '../domains.ts'
import type { FlowTable } from '../location/flow-table.ts'
import type { LocationStore } from '../location/location-store.ts'
import type { Rejection } from '../answer.ts'
import type { RoutePart } from './route.ts'

/** One place a request is forwarded to. */
export interface ProxyTarget {
  readonly uri: Uri
  /** Route values that lead there, the Path it was registered with (RFC 3327). */
  readonly path: readonly string[]
  /** The connection to send down, instead of looking the URI up. */
  readonly flow?: Flow
}

/** Targets that are tried at once; the next group is tried when all of one have failed (RFC 3261 16.6). */
export type TargetGroups = readonly (readonly ProxyTarget[])[]

/** Whether a request to another domain, or along a Route of its own, may be forwarded. */
export type RelayPolicy = (request: SipRequest, from: Source) => boolean | Promise<boolean>

/** Where to look for targets. */
export interface TargetSources {
  readonly domains: Domains
  readonly store: LocationStore
  readonly flows: FlowTable
  /** Fixed contacts by user part, asked before the store. */
  readonly lines: ReadonlyMap<string, Uri>
  /** Whether there is such a user: what tells 480 from 404. */
  readonly isUser: ((user: string, aor: string) => boolean | Promise<boolean>) | undefined
  readonly relay: RelayPolicy | undefined
}

/** The target set of a preprocessed request (RFC 3261 16.5), or why there is none. */
export function targetsOf(
  request: SipRequest,
  route: RoutePart,
  from: Source,
  sources: TargetSources,
): TargetGroups | Rejection | Promise<TargetGroups | Rejection> {
  const { uri } = request
  const aor = calleeOf(request, sources)
  const elsewhere = isElsewhere(request)
  if (aor !== undefined || (!elsewhere && sources.domains.isSelf(uri))) return targetsAt(uri, aor, sources)
  const flow = route.flow !== undefined && request.routes.length === 0 ? sources.flows.get(route.flow) : undefined
  const single: TargetGroups = [[{ uri, path: [], ...(flow && flow !== from.flow ? { flow } : {}) }]]
  return route.inDialog ? single : relayed(request, from, single, sources.relay)
}

/** The canonical address-of-record of the own user whom a preprocessed request is for; `undefined` for any other one. */
export function calleeOf(request: SipRequest, { domains }: TargetSources): string | undefined {
  return isElsewhere(request) ? undefined : domains.aor(request.uri)
}

function isElsewhere({ uri, routes }: SipRequest): boolean {
  return routes.length > 0 || (uri instanceof SipUri && uri.maddr !== undefined)
}

/** The targets behind one address: the contacts of an own user, whose canonical address is `aor`, else the address itself. */
export function targetsAt(
  uri: Uri,
  aor: string | undefined,
  sources: TargetSources,
): TargetGroups | Rejection | Promise<TargetGroups | Rejection> {
  if (aor !== undefined && uri instanceof SipUri) return ownUser(uri, aor, sources)
  return sources.domains.isSelf(uri) ? { status: 404 } : [[{ uri, path: [] }]]
}

/** Closed unless told otherwise: a proxy that forwards for anybody is an open relay. */
async function relayed(
  request: SipRequest,
  from: Source,
  single: TargetGroups,
  relay: RelayPolicy | undefined,
): Promise<TargetGroups | Rejection> {
  return relay && (await relay(request, from)) ? single : { status: 403, reason: 'Relaying Denied' }
}

function ownUser(
  uri: SipUri,
  aor: string,
  sources: TargetSources,
): TargetGroups | Rejection | Promise<TargetGroups | Rejection> {
  const line = sources.lines.get(uri.user ?? '')
  if (line) return [[{ uri: line, path: [] }]]
  const bindings = sources.store.lookup(aor)
  return bindings instanceof Promise
    ? bindings.then((later) => located(later, uri, aor, sources))
    : located(bindings, uri, aor, sources)
}

function located(
  bindings: readonly Binding[],
  uri: SipUri,
  aor: string,
  sources: TargetSources,
): TargetGroups | Rejection | Promise<Rejection> {
  const groups = groupsOf(bindings, uri, sources.flows)
  return groups.length > 0 ? groups : nobody(uri.user ?? '', aor, sources.isUser)
}

function nobody(user: string, aor: string, isUser: TargetSources['isUser']): Rejection | Promise<Rejection> {
  const known = isUser?.(user, aor) ?? true
  return known instanceof Promise ? known.then(unavailable) : unavailable(known)
}

function unavailable(known: boolean): Rejection {
  return { status: known ? 480 : 404 }
}

/** Bindings come ordered by q: those of one q are tried together. */
function groupsOf(bindings: readonly Binding[], requested: SipUri, flows: FlowTable): TargetGroups {
  const groups: ProxyTarget[][] = []
  const instances = new Set<string>()
  let q = Number.NaN
  for (const binding of bindings) {
    const target = targetOf(binding, requested, flows)
    if (!target) continue
    // One flow of an instance at a time (RFC 5626 5.1): the most recent one
    if (binding.instance !== undefined) {
      if (instances.has(binding.instance)) continue
      instances.add(binding.instance)
    }
    if (groups.some((group) => group.some((other) => isSame(other, target)))) continue
    if (binding.q !== q) groups.push([])
    q = binding.q
    groups.at(-1)?.push(target)
  }
  return groups
}

/** No URI is tried twice (RFC 3261 16.5); one URI behind two connections is two devices. */
function isSame(a: ProxyTarget, b: ProxyTarget): boolean {
  return a.flow === b.flow && String(a.path) === String(b.path) && a.uri.equals(b.uri)
}

function targetOf(binding: Binding, requested: SipUri, flows: FlowTable): ProxyTarget | undefined {
  const { uri } = binding.contact
  if (!(uri instanceof SipUri) || (requested.isSecure && !uri.isSecure)) return undefined
  const flow = binding.flow === undefined ? undefined : flows.get(binding.flow)
  if (flow ? requested.isSecure && !flow.leg.secure : binding.flowOnly) return undefined
  return { uri: requestUri(uri), path: binding.path, ...(flow ? { flow } : {}) }
}
