import { SipUri, type SipRequest, type Uri } from '@netsip/message'
import { type Leg, type Target, targetOf } from '@netsip/transport'
import type { DeliverOptions, Path } from './delivery.ts'
import { hopUri } from './next-hop.ts'

/** The way to a next hop that only this way leads to, as long as it is open; `undefined` when the hop is to be resolved. */
export function pathOnly(request: SipRequest, options: DeliverOptions): { leg: Leg; target: Target } | undefined {
  const { path, hop, leg } = options
  if (!path || (leg && leg !== path.leg) || (request.uri.scheme === 'sips' && !path.leg.secure)) return undefined
  const target = targetOf(path.from)
  if (!hasOneWay(nextUri(request, hop)) || !path.leg.canDeliverTo(target)) return undefined
  return { leg: path.leg, target }
}

/** The targets with the one that the path leads to in front: a dialog stays with the server that it was set up with. */
export function byPath(targets: readonly Target[], path: Path | undefined): readonly Target[] {
  if (!path || targets.length < 2) return targets
  const at = targets.findIndex((target) => leadsTo(path, target))
  return at < 1 ? targets : [targets[at] as Target, ...targets.slice(0, at), ...targets.slice(at + 1)]
}

function leadsTo({ from }: Path, { protocol, addr, port }: Target): boolean {
  return from.proto === protocol && from.addr === addr && from.port === port && from.flow?.open !== false
}

function nextUri(request: SipRequest, hop: Uri | string | undefined): Uri {
  if (hop !== undefined) return typeof hop === 'string' ? hopUri(hop) : hop
  return request.routes[0]?.uri ?? request.uri
}

/** RFC 5626 4.3: `ob` asks for the flow. RFC 7118 5: a browser names itself in `.invalid`, which nobody can resolve. */
function hasOneWay(uri: Uri): boolean {
  return uri instanceof SipUri && (uri.params.has('ob') || uri.host.toLowerCase().endsWith('.invalid'))
}
