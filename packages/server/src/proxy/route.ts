import { type NameAddr, type SipRequest, SipUri, type Uri } from '@netsip/message'
import { defaultPort } from '../aor.ts'
import type { Domains } from '../domains.ts'
import type { RecordRouter } from './record-route.ts'

/** What the Route of a request told. */
export interface RoutePart {
  /** The request came by a Record-Route that this proxy wrote for its dialog. */
  readonly inDialog: boolean
  /** The connection the last own Route value names: the way to the one beyond this proxy. */
  readonly flow: string | undefined
}

/**
 * Route preprocessing (RFC 3261 16.4): undoes what a strict router did, drops a maddr that names this proxy, and takes off the
 * own values from the top of the Route. Changes `request`.
 */
export function preprocessRoute(request: SipRequest, domains: Domains, recordRouter: RecordRouter): RoutePart {
  const inUri = undoStrictRouting(request, domains, recordRouter)
  dropOwnMaddr(request, domains)
  return takeOwnRoutes(request, domains, recordRouter, inUri)
}

/** A strict router put the value this proxy wrote into the Request-URI and the Request-URI last into the Route. */
function undoStrictRouting(request: SipRequest, domains: Domains, recordRouter: RecordRouter): SipUri | undefined {
  const { uri, routes } = request
  const last = routes.at(-1)
  if (!last || !(uri instanceof SipUri) || !uri.lr || !domains.isSelf(uri)) return undefined
  request.uri = last.uri
  request.routes = routes.slice(0, -1)
  return recordRouter.isSealed(uri, request) ? uri : undefined
}

function dropOwnMaddr(request: SipRequest, domains: Domains): void {
  const { uri } = request
  if (!(uri instanceof SipUri) || uri.maddr === undefined) return
  const port = uri.port === undefined ? {} : { port: uri.port }
  const transport = uri.transport === undefined ? {} : { params: { transport: uri.transport } }
  const named = new SipUri({ scheme: uri.scheme, host: uri.maddr, ...port, ...transport })
  if (!domains.isSelf(named)) return
  const params = uri.params.with('maddr', undefined).with('transport', undefined)
  request.uri = uri.with({ params, port: uri.port === defaultPort(uri.scheme) ? uri.port : undefined })
}

/** Two values in a row are this proxy's when it bridges (double Record-Route): the last one is of the far side. */
function takeOwnRoutes(
  request: SipRequest,
  domains: Domains,
  recordRouter: RecordRouter,
  inUri: SipUri | undefined,
): RoutePart {
  const { routes } = request
  const own = ownAtTop(routes, domains)
  if (own.length > 0) request.routes = routes.slice(own.length)
  const sealed = [...(inUri ? [inUri] : []), ...own].filter((uri) => recordRouter.isSealed(uri, request))
  const last = sealed.at(-1)
  // What has no To tag is in no dialog, and its Route one that somebody kept from another request.
  return { inDialog: last !== undefined && request.to.tag !== undefined, flow: last?.user }
}

function ownAtTop(routes: readonly NameAddr[], domains: Domains): SipUri[] {
  const own: SipUri[] = []
  for (const { uri } of routes) {
    if (!isOwn(uri, domains)) break
    own.push(uri)
  }
  return own
}

function isOwn(uri: Uri, domains: Domains): uri is SipUri {
  return uri instanceof SipUri && domains.isSelf(uri)
}
