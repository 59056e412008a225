import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import { checkOptions, type RulesOf, SipError } from '@netsip/runtime'

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

const hostRules: RulesOf<TlsCredentials> = { cert: 'any', key: 'any', passphrase: 'string', ca: 'any' }

export const credentialRules: RulesOf<TlsServerCredentials> = { ...hostRules, hosts: 'object' }

/** Keeps the credentials of a leg, and picks the certificate of the domain that a client asks for. */
export class ServerContexts {
  #used: TlsServerCredentials = {}
  #contexts: ReadonlyMap<string, SecureContext> = new Map()

  constructor(credentials: TlsServerCredentials) {
    this.use(credentials)
  }

  /** Of `tls.createServer`. Without a context the one of the server is used. */
  readonly pick = (name: string, done: (error: Error | null, context?: SecureContext) => void): void =>
    done(null, this.#contexts.get(plainName(name)))

  /**
   * Those in use, but for what is handed in: a certificate comes with its key and passphrase.
   * @throws SipError `ERR_SIP_ARGUMENT` for an option that there is not, which would leave the old certificate to work
   */
  with(given: TlsServerCredentials): TlsServerCredentials {
    checkOptions('reload', given, credentialRules)
    const { cert, key, passphrase } = (given.cert ?? given.key) ? given : this.#used
    return { cert, key, passphrase, ca: given.ca ?? this.#used.ca, hosts: given.hosts ?? this.#used.hosts }
  }

  /**
   * Takes these certificates from now on.
   * @throws SipError `ERR_SIP_ARGUMENT` when one cannot be used; then all stay as they are
   */
  use(credentials: TlsServerCredentials): void {
    const { hosts = {}, ca } = credentials
    const made = Object.entries(hosts).map(([name, ofHost]): [string, SecureContext] => {
      checkOptions(`'hosts': ${name}`, ofHost, hostRules)
      const trusted = ofHost.ca ?? ca
      const own = trusted === undefined ? ofHost : { ...ofHost, ca: trusted }
      return [plainName(name), secureContext(credentialsOf(own, name), name)]
    })
    this.#contexts = new Map(made)
    this.#used = credentials
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
    if (!isText(text) || pemOf(text).includes('-----BEGIN ')) continue
    throw unusableCredentials('what a file holds is wanted (PEM, -----BEGIN ...), not its name', name)
  }
  return {
    ...(cert === undefined ? {} : { cert: pemOf(cert) }),
    ...(key === undefined ? {} : { key: pemOf(key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ca === undefined ? {} : { ca: issuers.map(pemOf) }),
  }
}

function isText(given: unknown): given is string | Uint8Array {
  return typeof given === 'string' || given instanceof Uint8Array
}

// The declarations name no Buffer, so that they need no @types/node; what is no octets is for Node to refuse.
function pemOf(given: string | Uint8Array): string | Buffer {
  return given instanceof Uint8Array ? Buffer.from(given.buffer, given.byteOffset, given.byteLength) : given
}

const words: Record<string, string> = {
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: 'the key is that of another certificate',
  ERR_OSSL_BAD_DECRYPT: 'the key wants another passphrase',
}

export function unusableCredentials(cause: unknown, name?: string): SipError {
  if (cause instanceof SipError) return cause
  const whose = name === undefined ? '' : ` of ${name}`
  const why = cause instanceof Error ? (words[(cause as NodeJS.ErrnoException).code ?? ''] ?? cause.message) : cause
  return new SipError('ERR_SIP_ARGUMENT', `the certificate or key${whose} cannot be used: ${String(why)}`, { cause })
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
