import type { ContextInit } from '@netsip/endpoint'
import { type SipRequest, SipUri, type Uri } from '@netsip/message'
import { sameHost } from '@netsip/transport'

type Auth = NonNullable<ContextInit['auth']>

interface OwnRealmsInit {
  /** User name and password; without them nobody gets anything. */
  readonly account: readonly [user: string, password: string] | undefined
  readonly aor: SipUri
  readonly registrar: SipUri
  /** Set: every request goes there first. */
  readonly proxy: SipUri | undefined
  /** Further realms that are ours. */
  readonly realms: readonly string[]
}

/**
 * Who may ask for the password. A digest lets its receiver guess at the password offline, so a callee that sends a challenge of
 * its own gets none: the request must go to our proxy or domain, whoever challenges as a server (401) must serve our domain, and
 * the realm must be one of ours. Ours are those named like our domain, registrar or proxy, those the registrar has asked for, and,
 * while none is known, the first that asks.
 */
export class OwnRealms {
  readonly #account: OwnRealmsInit['account']
  readonly #hosts: readonly string[]
  readonly #everywhere: boolean
  readonly #realms: Set<string>
  /** Those the user has named: they may ask wherever they are. */
  readonly #named: ReadonlySet<string>
  #learned = false

  constructor({ account, aor, registrar, proxy, realms }: OwnRealmsInit) {
    this.#account = account
    this.#hosts = [aor.host, registrar.host, ...(proxy ? [proxy.host] : [])]
    this.#everywhere = proxy !== undefined
    this.#named = new Set(realms.map((realm) => realm.toLowerCase()))
    this.#realms = new Set([...this.#hosts, ...realms].map((realm) => realm.toLowerCase()))
    this.#learned = realms.length > 0
  }

  /** For requests to the registrar: the realm it asks for is one of ours. */
  registration(): { auth?: Auth } {
    const account = this.#account
    if (!account) return {}
    const auth: Auth = (realm) => {
      this.#learn(realm)
      return account
    }
    return { auth }
  }

  /** For a request to this URI. */
  towards(uri: Uri): { auth?: Auth } {
    const account = this.#account
    if (!account || !(this.#everywhere || this.#isOurs(uri))) return {}
    const auth: Auth = (realm, request, kind) => {
      const meant =
        this.#goesToUs(request) &&
        (kind === 'proxy' || this.#named.has(realm.toLowerCase()) || this.#isServedByUs(request))
      return meant && this.#mayAsk(realm) ? account : undefined
    }
    return { auth }
  }

  /** Our domain may redirect a request to a stranger; inside a dialog the Request-URI is always the peer. */
  #goesToUs({ uri, to }: SipRequest): boolean {
    return this.#everywhere || to.tag !== undefined || this.#isOurs(uri)
  }

  /** A 401 comes from whom the request is for: behind our proxy that may be anybody, who can name any realm. */
  #isServedByUs({ uri, to }: SipRequest): boolean {
    // In a call the Request-URI is whatever address the peer has; a telephone number is called at our own domain.
    return !(uri instanceof SipUri) || this.#isOurs(uri) || (to.tag !== undefined && this.#isOurs(to.uri))
  }

  #isOurs(uri: Uri): boolean {
    return uri instanceof SipUri && this.#hosts.some((host) => sameHost(host, uri.host))
  }

  #mayAsk(realm: string): boolean {
    if (this.#realms.has(realm.toLowerCase())) return true
    if (this.#learned) return false
    this.#learn(realm)
    return true
  }

  #learn(realm: string): void {
    this.#learned = true
    this.#realms.add(realm.toLowerCase())
  }
}
