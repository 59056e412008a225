import { DigestVerifier } from '@netsip/auth'
import { Dispatcher, type DispatcherOptions } from '@netsip/dispatcher'
import { type Context, type ContextInit, Endpoint, type EndpointOptions } from '@netsip/endpoint'
import { parseMessage, type SipMessage, type SipRequest } from '@netsip/message'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { Authorize, Chain, createServer, type Handler, type Server, type ServerOptions } from '@netsip/server'
import { staticResolver, type StaticTable } from '@netsip/transport'
import { MemoryNetwork } from '@netsip/transport/testing'

/** Who is on stage, and where. Domains are resolved to the proxies of that name. */
const HOSTS = {
  alice: '10.0.0.1',
  bob: '10.0.0.2',
  carol: '10.0.0.3',
  b1: '10.0.0.11',
  b2: '10.0.0.12',
  b3: '10.0.0.13',
  b4: '10.0.0.14',
  atlanta: '10.0.1.1',
  spare: '10.0.1.2',
  biloxi: '10.0.1.3',
  redirect: '10.0.1.4',
  gateway: '10.0.1.5',
} as const

type Name = keyof typeof HOSTS

const NAMES: StaticTable = {
  'atlanta.example.com': HOSTS.atlanta,
  'biloxi.example.com': HOSTS.biloxi,
  'chicago.example.com': HOSTS.redirect,
  'gateway.example.com': HOSTS.gateway,
  'pair.example.com': [HOSTS.atlanta, HOSTS.spare],
}

/** A simulated network on a virtual clock, where user agents and servers of netsip play a call flow. */
export class Stage {
  readonly clock: VirtualClock = new VirtualClock()
  readonly random: SeededRandom = new SeededRandom(3)
  readonly network: MemoryNetwork
  readonly sent: { readonly from: string; readonly message: SipMessage }[] = []
  readonly #dispatchers: Dispatcher[] = []
  readonly #endpoints: Endpoint[] = []

  constructor() {
    const nameOf = new Map<string, string>(Object.entries(HOSTS).map(([name, host]) => [`${host}:5060`, name]))
    this.network = new MemoryNetwork({
      clock: this.clock,
      random: this.random,
      delay: 5,
      hosts: HOSTS,
      tracer: ({ direction, local, bytes }) => {
        if (direction === 'out') this.sent.push({ from: nameOf.get(local) ?? local, message: parseMessage(bytes) })
      },
    })
  }

  dispatcher(name: Name, options: Partial<DispatcherOptions> = {}): Dispatcher {
    const { clock, random } = this
    const legs = [this.network.listen({ host: HOSTS[name] })]
    const dispatcher = new Dispatcher({ legs, clock, random, resolver: staticResolver(NAMES, { clock }), ...options })
    this.#dispatchers.push(dispatcher)
    return dispatcher
  }

  /** A user agent that takes every call. `proxy` is where its requests go first. */
  phone(name: Name, { proxy, ...options }: EndpointOptions & { proxy?: string } = {}): Phone {
    const dispatcher = this.dispatcher(name, proxy === undefined ? {} : { outboundProxy: proxy })
    const endpoint = new Endpoint(dispatcher, options)
    this.#endpoints.push(endpoint)
    return new Phone(endpoint, `sip:${name}@${HOSTS[name]}`)
  }

  /** A registrar and proxy for `name.example.com`. */
  server(name: Name, options: Partial<ServerOptions> = {}): Server {
    return createServer({ dispatcher: this.dispatcher(name), domains: [`${name}.example.com`], ...options })
  }

  /** What a server asks callers of `domains` for, under a realm of its own. */
  authorize(
    dispatcher: Dispatcher,
    realm: string,
    domains: readonly string[],
    accounts: Record<string, string>,
  ): Authorize {
    const { clock, random } = this
    const lookup = (user: string): { password: string } | undefined => {
      const password = accounts[user]
      return password === undefined ? undefined : { password }
    }
    return new Authorize({ dispatcher, domains, verifier: new DigestVerifier({ realm, lookup, clock, random }) })
  }

  /** A server put together from handlers of the test's own and of netsip. */
  chain(dispatcher: Dispatcher, handlers: readonly Handler[]): void {
    dispatcher.setReceiver(new Chain(dispatcher, handlers))
  }

  /** Lets `ms` pass. */
  pass(ms: number): Promise<void> {
    return this.clock.advanceAsync(ms)
  }

  /** Forgets what was sent so far: what comes before the flow. */
  curtain(): void {
    this.network.ladder.clear()
    this.sent.length = 0
  }

  /** The message sequence chart of what was sent: compare it with {@link drawn}. */
  drawing(): string {
    return drawn(this.network.ladder.toString(undefined, { times: false }))
  }

  requests(method: string, from: Name): SipRequest[] {
    return this.sent.flatMap((one) =>
      one.from === from && one.message.type === 'request' && one.message.method === method ? [one.message] : [],
    )
  }

  /** Lets every transaction run out; what is left then is a leak. */
  async left(): Promise<{ transactions: number; contexts: number }> {
    await this.pass(200_000)
    return {
      transactions: this.#dispatchers.reduce((sum, one) => sum + one.stats().transactions.total, 0),
      contexts: this.#endpoints.reduce((sum, one) => sum + one.stats().contexts, 0),
    }
  }
}

/** A user agent on stage. */
export class Phone {
  readonly endpoint: Endpoint
  readonly contact: string
  /** The call that came in last. */
  incoming: Context | undefined

  constructor(endpoint: Endpoint, contact: string) {
    this.endpoint = endpoint
    this.contact = contact
    this.answers((ctx, invite) => {
      if (invite.to.tag === undefined) this.respond(ctx, invite, 180)
      this.respond(ctx, invite, 200, sdp)
    })
  }

  /** What it does with an INVITE. */
  answers(app: (ctx: Context, invite: SipRequest) => void): void {
    this.endpoint.setApplication((_endpoint, ctx, request) => {
      if (request.method !== 'INVITE') return
      this.incoming = ctx
      app(ctx, request)
    })
  }

  respond(ctx: Context, request: SipRequest, status: number, body?: string): void {
    const init = body === undefined ? {} : { body, headers: { 'Content-Type': 'application/sdp' } }
    this.endpoint.newResponse(ctx, request.createResponse(status, init))
  }

  call(from: string, to: string, more: Partial<ContextInit> = {}): Context {
    return this.endpoint.invite({ from, to, ...more }, undefined, sdp)
  }
}

export const sdp: string = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 't=0 0', 'm=audio 9 RTP/AVP 0', ''].join('\r\n')

/** A message sequence chart as a test draws it: the indentation of the source is taken off. */
export function drawn(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const margin = Math.min(...lines.map((line) => line.length - line.trimStart().length))
  return lines.map((line) => line.slice(margin).trimEnd()).join('\n')
}
