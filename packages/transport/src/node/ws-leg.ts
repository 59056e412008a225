import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { checkOptions, SipError } from '@netsip/runtime'
import { WebSocketServer, type WebSocket } from 'ws'
import { canonicalHost } from '../ip.ts'
import type { Leg, Target } from '../leg/leg.ts'
import type { LegLimits } from '../leg/leg-limits.ts'
import { sourceOf } from '../source.ts'
import { messageFramer } from '../stream/framer.ts'
import { StreamLeg } from '../stream/stream-leg.ts'
import type { StreamHandlers, StreamSocket } from '../stream/stream-socket.ts'
import { describeTarget } from '../target.ts'
import { subprotocol, webStreamSocket, type WebSocketLike } from '../ws/web-socket.ts'
import { FairMessages } from './fair-messages.ts'
import { HandshakeGate } from './handshake-gate.ts'
import { addressingOf, bindAddress, localAddress, type ListenOptions } from './listen-options.ts'
import { listenOn, serverAddress, stopServer } from './node-server.ts'
import {
  credentialRules,
  credentialsOf,
  minVersion,
  ServerContexts,
  unusableCredentials,
  type TlsServerCredentials,
} from './server-contexts.ts'
import { peerOf } from './node-socket.ts'
import { provenDomains, reloadServer } from './tls-leg.ts'

/** Options of {@link listenWs}. */
export interface WsOptions extends ListenOptions {
  /** With credentials the leg speaks WSS. */
  tls?: TlsServerCredentials | undefined
  /** Web pages whose scripts may connect, such as `https://phone.example.com`; default all. Programs send none. */
  origins?: readonly string[] | undefined
  /** The path to connect to, such as `/ws`, from its slash on; default any. */
  path?: string | undefined
}

/**
 * The server side of SIP over WebSocket (RFC 7118). Clients listen nowhere: they are reached on the connection they
 * opened, or not at all.
 * @throws SipError `ERR_SIP_LISTEN` (rejects) when the address cannot be bound, `ERR_SIP_ARGUMENT` when the certificate
 *   or the key cannot be used, or a port, a path or an `advertise` makes no sense, `ERR_SIP_UNRESOLVED` for a
 *   `host` that is a name without an address
 */
export async function listenWs(options: WsOptions = {}): Promise<WsServerLeg> {
  const protocol = options.tls ? 'wss' : 'ws'
  const { host, port } = await bindAddress(protocol, options, { tls: 'object', origins: 'array', path: 'string' })
  if (options.path !== undefined && !options.path.startsWith('/')) {
    throw new SipError('ERR_SIP_ARGUMENT', `listenWs: 'path' begins with a slash: '/${options.path}'`)
  }
  checkOptions("'tls' of listenWs", options.tls ?? {}, credentialRules)
  const contexts = new ServerContexts(options.tls ?? {})
  const server = makeServer(options, contexts)
  await listenOn(server, protocol, host, port, options.reusePort)
  return new WsLeg(server, contexts, protocol, options)
}

/** The server side of SIP over WebSocket. */
export interface WsServerLeg extends Leg {
  /**
   * Uses other credentials for connections from now on. Connections that exist stay, and so does what is left out: the
   * certificate with its key, `ca`, `hosts`.
   * @throws SipError `ERR_SIP_STATE` when the leg speaks WS without TLS, `ERR_SIP_ARGUMENT` when they cannot be used
   */
  reload(credentials: TlsServerCredentials): void
}

/** The longest WebSocket message: one whole SIP message. */
export function maxPayload(limits: LegLimits): number {
  return limits.parse?.maxMessage ?? 1_114_112
}

function makeServer(options: WsOptions, contexts: ServerContexts): Server {
  const { firstByteTimeout = 30_000 } = options
  const timeouts = { headersTimeout: firstByteTimeout, requestTimeout: firstByteTimeout }
  if (!options.tls) return createServer(timeouts, upgradeRequired)
  try {
    return createTlsServer(
      { ...timeouts, ...credentialsOf(options.tls), minVersion, SNICallback: contexts.pick },
      upgradeRequired,
    )
  } catch (cause) {
    throw unusableCredentials(cause)
  }
}

function upgradeRequired(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { Connection: 'close', Upgrade: 'websocket' }).end('SIP over WebSocket is spoken here\n')
}

class WsLeg extends StreamLeg implements WsServerLeg {
  readonly #server: Server
  readonly #contexts: ServerContexts
  readonly #sockets: WebSocketServer
  readonly #options: WsOptions
  readonly #gate: HandshakeGate

  constructor(server: Server, contexts: ServerContexts, protocol: 'ws' | 'wss', options: WsOptions) {
    const { address, port } = serverAddress(server)
    const local = localAddress(address, port)
    super({ protocol, local, addressing: addressingOf(local, options), limits: options }, messageFramer)
    this.#server = server
    this.#contexts = contexts
    this.#options = options
    this.#gate = new HandshakeGate(this.limits, (reason, address, remotePort) =>
      this.tell('drop', reason, sourceOf(protocol, address, remotePort)),
    )
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: maxPayload(options),
      handleProtocols: () => subprotocol,
    })
    server.on('connection', (socket: Socket) => this.#gate.admit(socket, () => {}))
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#upgrade(request, socket, head),
    )
    // What goes wrong in TLS comes this way, too.
    server.on('clientError', (error: Error, socket: Socket) => this.#handshakeFailed(error, socket))
    server.on('error', (error) => this.tell('error', error))
  }

  reload(credentials: TlsServerCredentials): void {
    if (!('setSecureContext' in this.#server)) {
      throw new SipError('ERR_SIP_STATE', `${this.key} speaks without TLS and has no certificate`)
    }
    reloadServer(this.#server as TlsServer, this.#contexts, credentials)
  }

  /** Only where a client has connected already. */
  override canDeliverTo(target: Target): boolean {
    return super.canDeliverTo(target) && (target.flow !== undefined || this.hasConnectionTo(target))
  }

  protected override dial(target: Target, _handlers: StreamHandlers): StreamSocket {
    throw new SipError('ERR_SIP_REFUSED', `${describeTarget(target)} listens nowhere: it has to connect to us`)
  }

  protected override async stopListening(): Promise<void> {
    this.#gate.close()
    await stopServer(this.#server)
  }

  #handshakeFailed(error: Error, socket: Socket): void {
    const inTls = this.secure && !/^(HPE_|ERR_HTTP_)/.test((error as NodeJS.ErrnoException).code ?? '')
    this.tell('drop', inTls ? 'tls-handshake' : 'ws-handshake', peerOf(this.protocol, socket))
    if (!inTls && socket.writable)
      socket.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    socket.destroy()
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined) return void socket.destroy()
    const refusal = this.#refusal(request)
    if (refusal) {
      this.tell('drop', refusal.reason, sourceOf(this.protocol, remoteAddress, remotePort))
      socket.on('error', () => {})
      socket.end(`HTTP/1.1 ${refusal.status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      this.#gate.done(canonicalHost(remoteAddress), remotePort)
      this.accept(remoteAddress, remotePort, (handlers) => this.#wire(webSocket, socket, handlers))
    })
  }

  #wire(webSocket: WebSocket, socket: Socket, handlers: StreamHandlers): StreamSocket {
    const reader = new FairMessages(webSocket, (message) => handlers.data(message))
    const wired = webStreamSocket(webSocket as unknown as WebSocketLike, {
      ...handlers,
      data: (message) => reader.read(message),
      closed: (error) => {
        reader.finish()
        handlers.closed(error)
      },
    })
    return Object.defineProperties(wired, {
      identities: { value: this.secure ? provenDomains(socket as TLSSocket) : [] },
      pause: { value: () => reader.pause() },
      resume: { value: () => reader.resume() },
    })
  }

  #refusal(request: IncomingMessage): { status: string; reason: string } | undefined {
    const { origins, path } = this.#options
    const asked = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((token) => token.trim())
    const { origin } = request.headers
    if (!asked.includes(subprotocol)) return { status: '400 SIP Subprotocol Required', reason: 'no-subprotocol' }
    if (origins && origin !== undefined && !origins.includes(origin))
      return { status: '403 Forbidden', reason: 'origin' }
    if (path !== undefined && request.url?.replace(/\?.*/, '') !== path)
      return { status: '404 Not Found', reason: 'path' }
    return undefined
  }
}
