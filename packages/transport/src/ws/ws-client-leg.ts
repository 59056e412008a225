import { systemRandom, SipError, type Random } from '@netsip/runtime'
import type { Addressing, Advertise } from '../leg/addressing.ts'
import { canonicalHost, stripBrackets } from '../ip.ts'
import type { Hop } from '../resolver/hop.ts'
import type { Flow, Leg, LocalAddress, Target } from '../leg/leg.ts'
import { checkLimits, type LegLimits } from '../leg/leg-limits.ts'
import { defaultPort, type Protocol } from '../protocol.ts'
import type { Resolver } from '../resolver/resolver.ts'
import { messageFramer } from '../stream/framer.ts'
import { StreamLeg } from '../stream/stream-leg.ts'
import type { StreamHandlers, StreamSocket } from '../stream/stream-socket.ts'
import { subprotocol, webStreamSocket, type WebSocketConstructor, type WebSocketLike } from './web-socket.ts'

/** Options of {@link connectWs}. */
export interface ConnectWsOptions extends LegLimits {
  /** Default `globalThis.WebSocket`. */
  WebSocket?: WebSocketConstructor | undefined
  /** What to write into Via and Contact instead of a random name in `.invalid` (RFC 7118 5). */
  advertise?: Advertise | undefined
  random?: Random | undefined
}

/** The client side of a WebSocket: everything goes to one server, on one connection that is opened again when lost. */
export interface WsClientLeg extends Leg {
  /** The server, as a target of this leg. */
  readonly server: Target
  /** Sends everything to that server, whatever its URI says, as a WebSocket client has to; `sips` only over `wss`. */
  readonly resolver: Resolver
  /** The connection, opened if it is not. Rejects with `ERR_SIP_REFUSED`. */
  connect(): Promise<Flow>
}

/**
 * Connects to a SIP server over WebSocket (RFC 7118), in a browser or anywhere else with a `WebSocket`.
 * @param url such as `wss://sip.example.com/ws`
 * @throws SipError `ERR_SIP_ARGUMENT` (rejects) for another kind of URL or without a `WebSocket`; `ERR_SIP_REFUSED`
 *   when the server cannot be reached or does not speak SIP
 */
export async function connectWs(url: string, options: ConnectWsOptions = {}): Promise<WsClientLeg> {
  checkLimits(options, { WebSocket: 'function', advertise: 'object' })
  const { WebSocket = (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket } = options
  if (!WebSocket) throw new SipError('ERR_SIP_ARGUMENT', 'there is no WebSocket here; hand one in as options.WebSocket')
  const leg = new WebSocketLeg(serverOf(url), () => new WebSocket(url, [subprotocol]), options)
  try {
    await leg.connect()
  } catch (error) {
    await leg.close()
    throw error
  }
  return leg
}

function serverOf(url: string): Target {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const protocol: Protocol | undefined =
    parsed?.protocol === 'ws:' ? 'ws' : parsed?.protocol === 'wss:' ? 'wss' : undefined
  if (!parsed || !protocol) throw new SipError('ERR_SIP_ARGUMENT', `${url} is no ws: or wss: URL`)
  const addr = canonicalHost(stripBrackets(parsed.hostname))
  const port = parsed.port === '' ? defaultPort(protocol) : Number(parsed.port)
  return { protocol, addr, port, family: addr.includes(':') ? 'IPv6' : 'IPv4' }
}

class WebSocketLeg extends StreamLeg implements WsClientLeg {
  readonly server: Target
  readonly resolver: Resolver
  readonly #open: () => WebSocketLike

  constructor(server: Target, open: () => WebSocketLike, options: ConnectWsOptions) {
    const addressing = clientAddressing(options)
    const local: LocalAddress = { host: addressing.hostFor(), port: addressing.port, family: server.family }
    super({ protocol: server.protocol, local, addressing, limits: options }, messageFramer)
    this.server = server
    this.#open = open
    this.resolver = { resolve: (hop) => [this.#serverFor(hop)] }
  }

  connect(): Promise<Flow> {
    return this.flowTo(this.server)
  }

  /** Whatever the target is, the way to it is through the server. */
  override canDeliverTo(target: Target): boolean {
    if (this.closed || target.protocol !== this.protocol) return false
    return target.flow ? target.flow.leg === this && target.flow.open : true
  }

  override send(...[bytes, target, sink]: Parameters<Leg['send']>): void {
    super.send(bytes, target.flow ? target : this.server, sink)
  }

  /** RFC 3261 26.2.2: what a sips URI names is not to go in the open, not even to the only server there is. */
  #serverFor({ host, secure }: Hop): Target {
    if (!secure || this.secure) return this.server
    throw new SipError('ERR_SIP_UNRESOLVED', `sips asks for TLS all the way to ${host}; connect to a wss: URL`)
  }

  protected override dial(_target: Target, handlers: StreamHandlers): StreamSocket {
    return webStreamSocket(this.#open(), handlers)
  }

  protected override stopListening(): Promise<void> {
    return Promise.resolve()
  }
}

/** A browser does not know its address: it names itself at random in `.invalid`, which nobody resolves. */
function clientAddressing({ advertise, random = systemRandom }: ConnectWsOptions): Addressing {
  const host = advertise ? canonicalHost(advertise.host) : `${random.hex(6)}.invalid`
  return { port: advertise?.port ?? 0, hostFor: () => host, owns: (asked) => canonicalHost(asked) === host }
}
