import { SipUri, type Uri } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import type { Leg } from '@netsip/transport'
import { canonicalAor, defaultPort } from './aor.ts'

/** What knows the server's own addresses: a dispatcher, or anything with legs. */
export interface Own {
  readonly legs: readonly Leg[]
  /** Whether a URI names one of the legs. */
  isOwn(uri: Uri): boolean
}

interface Entry {
  readonly name: string
  readonly host: string
  readonly port: number | undefined
}

/** Whether an address leaves out the port of this domain. */
function isPortless(address: Uri, { host, port }: Entry): boolean {
  return (
    address instanceof SipUri && port !== undefined && address.port === undefined && address.host.toLowerCase() === host
  )
}

function parseDomain(name: string): Entry {
  const { host, port } = SipUri.parse(`sip:${name}`)
  return { name: name.toLowerCase(), host: host.toLowerCase(), port }
}

/**
 * The domains a server is responsible for (RFC 3261 16.5), and what "this proxy itself" means (16.4): one of its domains or
 * one of the addresses its legs listen on.
 *
 * A name without a port (`example.com`) covers URIs without one, with the default one, and with a port of one of the server's
 * legs; a name with a port (`127.0.0.1:5070`) covers only that port, so that a phone at another port of the same host is not
 * taken for the domain. From and To cannot name a port (RFC 3261 19.1.1, table 1): what they say is looked up without.
 */
export class Domains {
  readonly #entries: readonly Entry[]
  readonly #own: Own

  /**
   * @param names at least one domain: `example.com`, `192.0.2.1:5070`, `[2001:db8::1]`. The first one names the realm.
   * @throws {SipParseError} for a name that is not a host with an optional port, {SipError} `ERR_SIP_ARGUMENT` for a text.
   */
  constructor(names: Iterable<string>, own: Own) {
    // A string is iterable too: each letter would become a domain.
    if (typeof names === 'string') throw new SipError('ERR_SIP_ARGUMENT', `domains are a list: ['${names}']`)
    this.#entries = [...names].map(parseDomain)
    this.#own = own
  }

  /** The names, in the order they were given. */
  get names(): readonly string[] {
    return this.#entries.map((entry) => entry.name)
  }

  /** The domain this URI is in, as it was configured (lower case); `undefined` for a foreign one. */
  find(uri: Uri): string | undefined {
    if (!(uri instanceof SipUri)) return undefined
    const host = uri.host.toLowerCase()
    for (const entry of this.#entries) {
      if (entry.host === host && this.#samePort(entry, uri)) return entry.name
    }
    return undefined
  }

  /** The canonical address-of-record of a URI of one of the domains, whichever way it names the port. */
  aor(uri: Uri): string | undefined {
    const domain = this.find(uri)
    if (domain === undefined || !(uri instanceof SipUri) || uri.user === undefined) return undefined
    const { host, port } = SipUri.parse(`sip:${domain}`)
    return canonicalAor(uri.with({ scheme: 'sip', host, port, params: {} }))
  }

  /** The domain of an address as From and To have it: one without a port is in a domain with a port, too. */
  findAddress(address: Uri): string | undefined {
    return this.find(address) ?? this.#entries.find((entry) => isPortless(address, entry))?.name
  }

  /**
   * The address-of-record that a REGISTER to this Request-URI is about, by its To; `undefined` when that is in another domain. A
   * phone that is told where its registrar is, and not which domain it serves, names an address of ours: that stands for them all.
   */
  registered(address: Uri, requestUri: Uri): string | undefined {
    const domain = this.find(requestUri) ?? (this.isSelf(requestUri) ? this.findAddress(address) : undefined)
    const entry = this.#entries.find(({ name }) => name === domain)
    if (!entry || !(address instanceof SipUri)) return undefined
    if (isPortless(address, entry)) return this.aor(address.with({ port: entry.port }))
    return this.find(address) === domain ? this.aor(address) : undefined
  }

  /** Whether the URI names this server: a domain of it or an address of one of its legs. The user part does not matter. */
  isSelf(uri: Uri): boolean {
    if (!(uri instanceof SipUri)) return false
    // Without a port it is the default one that is meant (RFC 3261 19.1.2), and not just any port of this host
    const port = uri.port ?? (uri.transport === 'tls' ? 5061 : defaultPort(uri.scheme))
    return this.#own.isOwn(uri.with({ port })) || this.find(uri) !== undefined
  }

  #samePort(entry: Entry, uri: SipUri): boolean {
    const port = uri.port ?? defaultPort(uri.scheme)
    if (entry.port !== undefined) return entry.port === port
    if (uri.port === undefined || port === defaultPort(uri.scheme)) return true
    return this.#own.legs.some((leg) => leg.advertised.port === port || leg.local.port === port)
  }
}
