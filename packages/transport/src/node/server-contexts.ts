import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import { type RulesOf, SipError } from '@netsip/runtime'

/** What a TLS leg proves itself with, and whom it trusts. PEM as text, or as the octets of its file. */
export interface TlsCredentials {
  /** Our certificate, with those of the issuers between it and the root. Without one nobody can connect to us. */
  cert?: string | Uint8Array
  key?: string | Uint8Array
  passphrase?: string
  /** Issuers that we trust; default those of Node. */
  ca?: string | Uint8Array | (string | Uint8Array)[]
}

/** Credentials of a leg that serves several domains. */
export interface TlsServerCredentials extends TlsCredentials {
  /**
   * Those of further domains, by the name that a client asks for (SNI, RFC 6066 3). Who asks for none of them is shown the
   * certificate beside this. `ca` is taken from there when it is left out.
   */
  hosts?: Readonly<Record<string, TlsCredentials>>
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
      return [plainName(name), secureContext(credentialsOf(own), name)]
    })
    this.#contexts = new Map(made)
  }
}

/** The oldest TLS that is spoken. */
export const minVersion = 'TLSv1.2'

/** Credentials as Node takes them. */
export type NodeCredentials = Pick<SecureContextOptions, keyof TlsCredentials>

/** Nothing but what a secure context takes. */
export function credentialsOf({ cert, key, passphrase, ca }: TlsCredentials): NodeCredentials {
  return {
    ...(cert === undefined ? {} : { cert: pemOf(cert) }),
    ...(key === undefined ? {} : { key: pemOf(key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ca === undefined ? {} : { ca: Array.isArray(ca) ? ca.map(pemOf) : pemOf(ca) }),
  }
}

// The declarations name no Buffer, so that they need no @types/node; what is no octets is for Node to refuse.
function pemOf(given: string | Uint8Array): string | Buffer {
  return given instanceof Uint8Array ? Buffer.from(given.buffer, given.byteOffset, given.byteLength) : given
}

export function unusableCredentials(cause: unknown, name?: string): SipError {
  const whose = name === undefined ? '' : ` of ${name}`
  return new SipError('ERR_SIP_ARGUMENT', `the certificate or key${whose} cannot be used: ${String(cause)}`, { cause })
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
