import { createServer as createNetServer, type Server as NetServer } from 'node:net'
import { connect, createSecureContext, createServer, type PeerCertificate, type Server, type TLSSocket } from 'node:tls'
import type { Via } from '@netsip/message'
import { type RulesOf, SipError } from '@netsip/runtime'
import { canonicalHost, isUnspecified } from '../ip.ts'
import type { Leg, Target } from '../leg/leg.ts'
import { sourceOf } from '../source.ts'
import { StreamLeg } from '../stream/stream-leg.ts'
import type { StreamHandlers, StreamSocket } from '../stream/stream-socket.ts'
import { HandshakeGate } from './handshake-gate.ts'
import { addressingOf, bindAddress, localAddress, type ListenOptions } from './listen-options.ts'
import { listenOn, serverAddress, stopServer } from './node-server.ts'
import { streamSocket } from './node-socket.ts'
import { provesToBe, sipDomains } from './peer-identity.ts'
import {
  credentialRules,
  credentialsOf,
  minVersion,
  ServerContexts,
  type NodeCredentials,
  type TlsServerCredentials,
  unusableCredentials,
} from './server-contexts.ts'

/** Options of {@link listenTls}. */
export interface TlsOptions extends ListenOptions, TlsServerCredentials {
  /**
   * What to ask of peers that connect: nothing (default), a certificate if they have one (`request`: one without is
   * not authenticated, and served), or one that we trust (`require`).
   */
  clientCertificate?: 'request' | 'require' | undefined
  /**
   * Asks servers with `alias` in each Via to send us requests on the connection we opened (RFC 5923); needs a
   * certificate that proves our sent-by. Default false.
   */
  alias?: boolean | undefined
  /** `false` connects to servers that prove nothing. Only for tests. */
  rejectUnauthorized?: boolean | undefined
}

const rules: RulesOf<Omit<TlsOptions, keyof ListenOptions>> = {
  ...credentialRules,
  clientCertificate: 'string',
  alias: 'boolean',
  rejectUnauthorized: 'boolean',
}

/** A TLS leg, whose certificates can be replaced while it runs. */
export interface TlsLeg extends Leg {
  /**
   * Uses other credentials for connections from now on. Connections that exist stay, and so does what is left out: the
   * certificate with its key, `ca`, `hosts`.
   * @throws SipError `ERR_SIP_ARGUMENT` when one of them cannot be used; then nothing changes
   */
  reload(credentials: TlsServerCredentials): void
}

/**
 * A TLS leg: takes connections and opens them. A server must prove to be the domain that was asked for, exactly
 * (RFC 5922 7): not the name that DNS led to, and no wildcard.
 * @throws SipError `ERR_SIP_LISTEN` (rejects) when the address cannot be bound, `ERR_SIP_ARGUMENT` when the
 *   certificate or the key cannot be used, or a port or an `advertise` makes no sense, `ERR_SIP_UNRESOLVED` for a
 *   `host` that is a name without an address
 */
export async function listenTls(options: TlsOptions = {}): Promise<TlsLeg> {
  const { host, port } = await bindAddress('tls', options, rules)
  const contexts = new ServerContexts(options)
  const handshakes = tlsServer(options, contexts)
  const server = createNetServer()
  await listenOn(server, 'tls', host, port, options.reusePort)
  return new TlsLegOfNode(server, handshakes, contexts, options)
}

/** Only shakes hands: it is given sockets that another server has accepted. */
function tlsServer(options: TlsOptions, contexts: ServerContexts): Server {
  try {
    return createServer({
      ...credentialsOf(options),
      minVersion,
      SNICallback: contexts.pick,
      requestCert: options.clientCertificate !== undefined,
      rejectUnauthorized: options.clientCertificate === 'require',
      handshakeTimeout: options.firstByteTimeout ?? 30_000,
    })
  } catch (cause) {
    throw unusableCredentials(cause)
  }
}

class TlsLegOfNode extends StreamLeg implements TlsLeg {
  readonly #server: NetServer
  readonly #handshakes: Server
  readonly #contexts: ServerContexts
  readonly #options: TlsOptions
  readonly #gate: HandshakeGate
  #credentials: NodeCredentials

  constructor(server: NetServer, handshakes: Server, contexts: ServerContexts, options: TlsOptions) {
    const { address, port } = serverAddress(server)
    const local = localAddress(address, port)
    super({ protocol: 'tls', local, addressing: addressingOf(local, options), limits: options })
    this.#server = server
    this.#handshakes = handshakes
    this.#contexts = contexts
    this.#options = options
    this.#credentials = credentialsOf(options)
    const dropped = (reason: string, address: string, port: number): void =>
      this.tell('drop', reason, sourceOf('tls', address, port))
    // The socket of a handshake that has failed may not know any more whose it was: the one below does.
    const failed = (address: string, port: number): void => dropped('tls-handshake', address, port)
    this.#gate = new HandshakeGate(this.limits, dropped)
    server.on('connection', (socket) => this.#gate.admit(socket, () => handshakes.emit('connection', socket), failed))
    server.on('error', (error) => this.tell('error', error))
    handshakes.on('secureConnection', (socket) => this.#secured(socket))
    handshakes.on('tlsClientError', (_error, socket) => void socket.destroy())
  }

  reload(credentials: TlsServerCredentials): void {
    this.#credentials = reloadServer(this.#handshakes, this.#contexts, credentials)
  }

  override via(branch: string, target?: Target): Via {
    const via = super.via(branch, target)
    return this.#options.alias === true ? via.with({ params: via.params.with('alias', null) }) : via
  }

  protected override dial(target: Target, handlers: StreamHandlers): StreamSocket {
    const asked = target.serverName ?? target.addr
    const socket = connect({
      ...this.#credentials,
      minVersion,
      host: target.addr,
      port: target.port,
      ...(isUnspecified(this.local.host) ? {} : { localAddress: this.local.host }),
      // RFC 6066 3: an address is no server name.
      ...(target.serverName === undefined ? {} : { servername: target.serverName }),
      rejectUnauthorized: this.#options.rejectUnauthorized !== false,
      checkServerIdentity: (_host, certificate) => identityError(certificate, asked),
    })
    return streamSocket(socket, handlers, 'secureConnect', () => provenDomains(socket))
  }

  protected override async stopListening(): Promise<void> {
    this.#gate.close()
    await stopServer(this.#server)
  }

  #secured(socket: TLSSocket): void {
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined) return void socket.destroy()
    this.#gate.done(canonicalHost(remoteAddress), remotePort)
    this.accept(remoteAddress, remotePort, (handlers) =>
      streamSocket(socket, handlers, undefined, () => provenDomains(socket)),
    )
  }
}

/** The domains that the peer has proven to be, by a certificate that we trust. */
export function provenDomains(socket: TLSSocket): string[] {
  if (!socket.authorized) return []
  const certificate = socket.getPeerCertificate()
  return Object.keys(certificate).length === 0 ? [] : sipDomains(certificate)
}

/** Why a certificate is not one of who was asked for; `undefined` when it is. */
export function identityError(certificate: PeerCertificate, asked: string): Error | undefined {
  return provesToBe(certificate, asked) ? undefined : notOf(asked, sipDomains(certificate))
}

/** A certificate of `names` was shown where that of `asked` was wanted. */
export function notOf(asked: string, names: readonly string[]): SipError {
  const owners = names.join(', ') || 'nobody'
  return new SipError('ERR_SIP_REFUSED', `the certificate is one of ${owners}, not of ${asked}`)
}

/** Has a server use other credentials, all of them or none, and gives those it has now. */
export function reloadServer(server: Server, contexts: ServerContexts, given: TlsServerCredentials): NodeCredentials {
  const credentials = contexts.with(given)
  const own = credentialsOf(credentials)
  try {
    createSecureContext({ ...own, minVersion })
  } catch (cause) {
    throw unusableCredentials(cause)
  }
  contexts.use(credentials)
  server.setSecureContext({ ...own, minVersion })
  return own
}
