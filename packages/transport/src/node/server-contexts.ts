import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import { type RulesOf, SipError } from '@netsip/runtime'

/** What a TLS leg proves itself with, and whom it trusts. PEM as text, or as the octets of its file. */
export interface TlsCredentials {
  /** Our certificate, with those of the issuers between it and the root. Without one nobody can connect to us. */
  cert?: string | Uint8Array | undefined
  key?: string | Uint8Array | undefined
  passphrase?: string | undefined
  /** Issuers that we trust; default those of Node. */
  ca?: string | Uint8Array | (string | Uint8Array)[] | undefined
}

/** Credentials of a leg that serves several domains. */
export interface TlsServerCredentials extends TlsCredentials {
  /**
   * Those of further domains, by the name that a client asks for (SNI, RFC 6066 3). Who asks for none of them is shown the
   * certificate beside this. `ca` is taken from there when it is left out.
   */
  hosts?: Readonly<Record<string, TlsCredentials>> | undefined
}

export const credentialRules: RulesOf<TlsServerCredentials> = {
  cert: 'any',
  key: 'any',
  passphrase: 'string',
  ca: 'any',
  hosts: 'object',
}

/** Picks the certificate of the domain that a client asks for. */
export class ServerContexts {
  #contexts: ReadonlyMap<string, SecureContext> = new Map()

  constructor(credentials: TlsServerCredentials) {
    this.use(credentials)
  }

  /** Of `tls.createServer`. Without a context the one of the server is used. */
  readonly pick = (name: string, done: (error: Error | null, context?: SecureContext) => void): void =>
    done(null, this.#contexts.get(plainName(name)))

  /**
   * Takes other certificates from now on; without `hosts` those of further domains stay.
   * @throws SipError `ERR_SIP_ARGUMENT` when one cannot be used; then all stay as they are
   */
  use({ hosts, ca }: TlsServerCredentials): void {
    if (hosts === undefined) return
    const made = Object.entries(hosts).map(([name, credentials]): [string, SecureContext] => {
      const trusted = credentials.ca ?? ca
      const own = trusted === undefined ? credentials : { ...credentials, ca: trusted }
      return [plainName(name), secureContext(credentialsOf(own, name), name)]
    })
    this.#contexts = new Map(made)
  }
}

/** The oldest TLS that is spoken. */
export const minVersion = 'TLSv1.2'

/** Credentials as Node takes them. */
export type NodeCredentials = Pick<SecureContextOptions, keyof TlsCredentials>

/**
 * Nothing but what a secure context takes; `name` is the domain they are of, where there are several.
 * @throws SipError `ERR_SIP_ARGUMENT` for a certificate without its key, and for what is no PEM: Node takes either in silence,
 *   and then no handshake succeeds
 */
export function credentialsOf({ cert, key, passphrase, ca }: TlsCredentials, name?: string): NodeCredentials {
  if (cert !== undefined && key === undefined) throw unusableCredentials('there is a cert, and no key', name)
  const issuers = ca === undefined ? [] : Array.isArray(ca) ? ca : [ca]
  for (const text of [cert, key, ...issuers]) {
    if (typeof text !== 'string' || text.includes('-----BEGIN ')) continue
    throw unusableCredentials('what a file holds is wanted (PEM, -----BEGIN ...), not its name', name)
  }
  return {
    ...(cert === undefined ? {} : { cert: pemOf(cert) }),
    ...(key === undefined ? {} : { key: pemOf(key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ca === undefined ? {} : { ca: issuers.map(pemOf) }),
  }
}

// The declarations name no Buffer, so that they need no @types/node; what is no octets is for Node to refuse.
function pemOf(given: string | Uint8Array): string | Buffer {
  return given instanceof Uint8Array ? Buffer.from(given.buffer, given.byteOffset, given.byteLength) : given
}

export function unusableCredentials(cause: unknown, name?: string): SipError {
  if (cause instanceof SipError) return cause
  const whose = name === undefined ? '' : ` of ${name}`
  const why = cause instanceof Error ? cause.message : String(cause)
  return new SipError('ERR_SIP_ARGUMENT', `the certificate or key${whose} cannot be used: ${why}`, { cause })
}

function secureContext(credentials: NodeCredentials, name: string): SecureContext {
  try {
    return createSecureContext({ ...credentials, minVersion })
  } catch (cause) {
    throw unusableCredentials(cause, name)
  }
}

function plainName(name: string): string {
  return name.replace(/\.$/, '').toLowerCase()
}
