import { DigestVerifier } from '@netsip/auth'
import { Dispatcher } from '@netsip/dispatcher'
import { systemClock, type Tracer } from '@netsip/runtime'
import { Authorize, Chain, FlowTable, MemoryLocationStore, Proxy, Registrar } from '@netsip/server'
import type { TlsTrust } from '@netsip/phone'
import type { Leg, Protocol } from '@netsip/transport'
import { dnsResolver, listenTcp, listenTls, listenUdp, listenWs } from '@netsip/transport/node'
import type { Account } from '../options.ts'
import { hostOnly } from '../terminal/output.ts'
import { openNear, portTaken } from '../ports.ts'
import type { Line } from '../web/protocol.ts'
import { AnsweringLine } from './answering-line.ts'

export interface DemoServerOptions {
  /** The address to listen on, default 127.0.0.1. */
  host?: string
  /** This port or an error; 0 takes any. */
  port?: number
  /** This port, or the next free one. */
  nearPort?: number
  /** Who may register, and call in the name of this domain. */
  accounts: readonly Account[]
  /** Default: the host it listens on. */
  domain?: string
  /** Default: UDP and TCP, on the same port. */
  transport?: Protocol
  /** For `tls` and `wss`. */
  tls?: TlsTrust
  tracer?: Tracer
}

/** A place the server listens on. */
export interface Listening {
  readonly transport: string
  readonly host: string
  readonly port: number
}

/** A registrar and proxy with digest, and two lines that answer by themselves. */
export interface DemoServer {
  readonly listening: readonly Listening[]
  readonly host: string
  readonly port: number
  readonly domain: string
  /** The domain as an address to call or register at: with the port, where that is not the usual one. */
  readonly place: string
  /** The line that plays back what it hears: what to call, and the `host:port` of the phone behind it. */
  readonly echo: { readonly uri: string; readonly contact: string }
  /** What can be called without anybody there. */
  readonly lines: readonly Line[]
  close(): Promise<void>
}

const mostTries = 10

/** Starts the server: UDP and TCP on the same port. Rejects when the port that was asked for is taken. */
export async function startDemoServer(options: DemoServerOptions): Promise<DemoServer> {
  const host = options.host ?? '127.0.0.1'
  const legs = await openLegs(host, options)
  const { port } = legs[0]!.local
  // RFC 3261 19.1.1: From and To carry no port, so a domain that is an address has none either.
  const domain = options.domain ?? hostOnly(legs[0]!.advertised.host)
  const place = options.domain ?? (port === 5060 ? domain : `${domain}:${port}`)
  const [echo, tone] = await openLines(host, legs)
  const dispatcher = new Dispatcher({
    legs,
    resolver: dnsResolver(),
    ...(options.tracer && { tracer: options.tracer }),
  })
  const { registrar, proxy } = serve(dispatcher, options.accounts, domain, { echo: echo.uri, tone: tone.uri })
  const echoUri = `sip:echo@${place}`
  return {
    listening: legs.map(({ protocol, local }) => ({ transport: protocol, host: local.host, port: local.port })),
    host,
    port,
    domain,
    place,
    echo: { uri: echoUri, contact: echo.uri.replace(/^sip:.*@/, '') },
    lines: [
      { label: 'Echo', uri: echoUri, hint: 'plays back what you say' },
      { label: 'Tone', uri: `sip:tone@${place}`, hint: 'plays 440 Hz' },
    ],
    async close() {
      await Promise.all([echo.close(), tone.close()])
      proxy.close()
      registrar.close()
      await dispatcher.close()
      await Promise.all(legs.map((leg) => leg.close()))
    },
  }
}

interface Roles {
  registrar: Registrar
  proxy: Proxy
}

function serve(
  dispatcher: Dispatcher,
  accounts: readonly Account[],
  domain: string,
  lines: Record<string, string>,
): Roles {
  const passwords = new Map(accounts.map(({ user, password }) => [user, password]))
  const domains = [domain]
  const store = new MemoryLocationStore({ clock: systemClock })
  const flows = new FlowTable(dispatcher.random.hex(4))
  const isUser = (user: string): boolean => passwords.has(user) || Object.hasOwn(lines, user)
  const verifier = new DigestVerifier({
    realm: domain,
    lookup: (username) => {
      const password = passwords.get(username)
      return password === undefined ? undefined : { password }
    },
  })
  const registrar = new Registrar({ dispatcher, store, domains, verifier, flows, isUser })
  const proxy = new Proxy({ dispatcher, store, domains, flows, isUser, lines })
  const authorize = new Authorize({ dispatcher, verifier, domains, exempt: (request) => proxy.isInDialog(request) })
  dispatcher.setReceiver(new Chain(dispatcher, [registrar, authorize, proxy]))
  return { registrar, proxy }
}

/** The legs of the server, all on the same port. */
async function openLegs(host: string, options: DemoServerOptions): Promise<Leg[]> {
  const { port, nearPort = 5060, transport } = options
  const open = (next: number): Promise<Leg[]> =>
    transport && transport !== 'udp' ? openWithUdp(transport, host, next, options) : openPair(host, next)
  if (port === undefined) return openNear(nearPort, open)
  if (port !== 0) return open(port)
  // Any port: the one that UDP gets may be taken on TCP.
  for (let tries = 0; ; tries++) {
    try {
      return await open(0)
    } catch (error) {
      if (!portTaken(error) || tries === mostTries) throw error
    }
  }
}

async function openPair(host: string, port: number): Promise<Leg[]> {
  const udp = await listenUdp({ host, port })
  try {
    return [udp, await listenTcp({ host, port: udp.local.port })]
  } catch (error) {
    await udp.close()
    throw error
  }
}

/** A leg of another transport; the lines are still reached over UDP, at any port. */
async function openWithUdp(
  transport: Protocol,
  host: string,
  port: number,
  options: DemoServerOptions,
): Promise<Leg[]> {
  // Whom we trust as a client is not for a server.
  const { insecure: _, ...credentials } = options.tls ?? {}
  const leg = await listenOver[transport]({ host, port }, credentials)
  try {
    return [leg, await listenUdp({ host, port: 0 })]
  } catch (error) {
    await leg.close()
    throw error
  }
}

type Listen = (place: { host: string; port: number }, tls: TlsTrust) => Promise<Leg>

const listenOver: Readonly<Record<Protocol, Listen>> = {
  udp: (place) => listenUdp(place),
  tcp: (place) => listenTcp(place),
  tls: (place, tls) => listenTls({ ...place, ...tls }),
  ws: (place) => listenWs(place),
  wss: (place, tls) => listenWs({ ...place, tls }),
}

async function openLines(host: string, legs: readonly Leg[]): Promise<[AnsweringLine, AnsweringLine]> {
  try {
    const echo = await AnsweringLine.open('echo', host)
    try {
      return [echo, await AnsweringLine.open('tone', host)]
    } catch (error) {
      await echo.close()
      throw error
    }
  } catch (error) {
    await Promise.all(legs.map((leg) => leg.close()))
    throw error
  }
}
