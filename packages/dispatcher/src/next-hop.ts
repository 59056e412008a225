import { parseUri, type SipRequest, type Uri } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import { hopOf, type Hop } from '@netsip/transport'

/** Where requests go that do not go where their Request-URI says. */
export interface RoutingOptions {
  /**
   * Where requests outside a dialog go that carry no Route: `proxy.example.com`, `sip:192.0.2.1:5080;transport=tcp`.
   * Requests within a dialog follow their route set and remote target (RFC 3261 12.2.1.1).
   */
  readonly outboundProxy?: string | Uri | undefined
  /**
   * Proxies by domain, as in Net::SIP: the domain itself, else `*.parent` for any of its parents, else `*`. A domain
   * named here is reached through its proxy by every request; `*` stands where `outboundProxy` would.
   */
  readonly domainToProxy?: Readonly<Record<string, string>> | undefined
}

/** Picks the next hop of a request: RFC 3261 8.1.2. */
export class Routing {
  readonly #outbound: Hop | undefined
  readonly #byDomain = new Map<string, Hop>()

  /** @throws SipError ERR_SIP_ARGUMENT when a proxy is not a SIP URI or host */
  constructor(options: RoutingOptions = {}) {
    for (const [domain, proxy] of Object.entries(options.domainToProxy ?? {})) {
      this.#byDomain.set(domain.toLowerCase(), proxyHop(proxy))
    }
    this.#outbound = options.outboundProxy ? proxyHop(options.outboundProxy) : this.#byDomain.get('*')
    this.#byDomain.delete('*')
  }

  /** @throws SipError ERR_SIP_UNRESOLVED when the URI names no host, as `tel:` does, and no proxy stands in */
  hopFor(request: SipRequest, explicit?: Uri | string): Hop {
    return asSecureAs(request.uri, this.#hopFor(request, explicit))
  }

  /** The next hop of a request to a URI without a Route. */
  hopOfTarget(uri: Uri, inDialog: boolean): Hop {
    const proxy = this.#viaDomain(uri) ?? (inDialog ? undefined : this.#outbound)
    return proxy ? asSecureAs(uri, proxy) : hopOf(uri)
  }

  #hopFor(request: SipRequest, explicit?: Uri | string): Hop {
    if (explicit !== undefined) return hopOf(typeof explicit === 'string' ? hopUri(explicit) : explicit)
    const route = request.routes[0]
    if (route) return this.#viaDomain(route.uri) ?? hopOf(route.uri)
    return this.hopOfTarget(request.uri, request.to.tag !== undefined)
  }

  #viaDomain(uri: Uri): Hop | undefined {
    if (this.#byDomain.size === 0 || !('host' in uri)) return undefined
    const domain = uri.host.toLowerCase()
    const exact = this.#byDomain.get(domain)
    if (exact) return exact
    for (let dot = domain.indexOf('.'); dot !== -1; dot = domain.indexOf('.', dot + 1)) {
      const parent = this.#byDomain.get(`*${domain.slice(dot)}`)
      if (parent) return parent
    }
    return undefined
  }
}

/** A next hop as people write it: a URI, or only `host`, `host:port` or `[v6]:port`. */
export function hopUri(text: string): Uri {
  return parseUri(/^(sips?|tel):|^\w+:.*@/i.test(text) ? text : `sip:${text}`)
}

function proxyHop(proxy: string | Uri): Hop {
  try {
    return hopOf(typeof proxy === 'string' ? hopUri(proxy) : proxy)
  } catch (cause) {
    throw new SipError('ERR_SIP_ARGUMENT', `a proxy must be a host or a sip URI, not ${String(proxy)}`, { cause })
  }
}

/** RFC 3261 8.1.2: a request to a `sips` URI goes by TLS, whatever it is that names its next hop. */
function asSecureAs(uri: Uri, hop: Hop): Hop {
  if (hop.secure || uri.scheme !== 'sips') return hop
  const { transport } = hop
  return { ...hop, secure: true, ...(transport && { transport: transport.startsWith('ws') ? 'wss' : 'tls' }) }
}
