import { type NameAddr, NameAddr as Address, requestUri, SipUri, type Uri } from '@netsip/message'
import { argumentError } from '../errors.ts'

/** Where a request with a route set goes: its Request-URI and its Route values (RFC 3261 12.2.1.1). */
export interface Routing {
  readonly uri: Uri
  readonly routes: readonly NameAddr[]
  /** Where it is sent when not to the first Route: a strict router is reached by the Request-URI (RFC 3261 8.1.2). */
  readonly hop: Uri | undefined
}

/** Applies a route set to a target: loose routes are listed, a strict first route takes the Request-URI. */
export function applyRouteSet(target: Uri, routeSet: readonly NameAddr[]): Routing {
  const first = routeSet[0]
  if (first === undefined) return { uri: target, routes: [], hop: undefined }
  if (!(first.uri instanceof SipUri) || first.uri.lr) return { uri: target, routes: routeSet, hop: undefined }
  const uri = requestUri(first.uri)
  return { uri, routes: [...routeSet.slice(1), new Address({ uri: target })], hop: uri }
}

const NOT_IN_AN_ADDRESS = ['maddr', 'ttl', 'transport', 'lr', 'method']

/** A URI without what table 1 does not allow in From and To: port, routing parameters, headers. */
export function addressUri(uri: Uri): Uri {
  if (!(uri instanceof SipUri)) return uri
  const isAddress = uri.port === undefined && uri.headers.size === 0
  if (isAddress && !NOT_IN_AN_ADDRESS.some((name) => uri.params.has(name))) return uri
  const params = NOT_IN_AN_ADDRESS.reduce(
    (kept, name) => (kept.has(name) ? kept.with(name, undefined) : kept),
    uri.params,
  )
  return uri.with({ port: undefined, params, headers: undefined })
}

/** Reads a configured route. A bare host (`proxy.example.com:5062`) becomes a loose route, a URI is taken as it is. */
export function toRoute(route: string | NameAddr | Uri): NameAddr {
  if (route instanceof Address) return route
  if (typeof route !== 'string') return new Address({ uri: route })
  const text = route.trim()
  try {
    if (text.includes('<')) return Address.parse(text)
    return Address.parse(/^sips?:/i.test(text) ? `<${text}>` : `<sip:${text};lr>`)
  } catch (cause) {
    throw argumentError(`not a route: ${JSON.stringify(route)}`, cause)
  }
}
