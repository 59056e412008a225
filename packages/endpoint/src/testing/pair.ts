import { Dispatcher, type DispatcherOptions } from '@netsip/dispatcher'
import { parseMessage, type SipMessage, type SipRequest, type SipResponse } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import type { Leg, Source } from '@netsip/transport'
import { MemoryNetwork } from '@netsip/transport/testing'
import type { Context } from '../context/context.ts'
import type { ContextInit } from '../context/context-init.ts'
import { Endpoint } from '../endpoint.ts'
import type { EndpointOptions } from '../settings.ts'
import { drawn } from './drawn.ts'

/** A message that was sent on the simulated network. */
export interface Sent {
  /** ms since the clock started. */
  readonly at: number
  readonly from: string
  readonly to: string
  readonly message: SipMessage
}

/** Hosts of the simulated network. */
export const HOSTS = {
  alice: '10.0.0.1',
  bob: '10.0.0.2',
  carol: '10.0.0.3',
  bill: '10.0.0.4',
  music: '10.0.0.5',
  park: '10.0.0.6',
  pc: '10.0.0.7',
  proxy: '10.0.0.9',
} as const

/** A network with a virtual clock, and the messages that crossed it. */
export class World {
  readonly clock: VirtualClock = new VirtualClock()
  readonly random: SeededRandom = new SeededRandom(7)
  readonly sent: Sent[] = []
  readonly network: MemoryNetwork

  constructor(options: { delay?: number; loss?: number } = {}) {
    const names = new Map<string, string>(Object.entries(HOSTS).map(([name, host]) => [host, name]))
    const nameOf = (address: string): string => names.get(address.slice(0, address.lastIndexOf(':'))) ?? address
    this.network = new MemoryNetwork({
      clock: this.clock,
      random: this.random,
      delay: options.delay ?? 5,
      ...(options.loss !== undefined && { loss: options.loss }),
      hosts: HOSTS,
      tracer: ({ direction, local, remote, bytes }) => {
        if (direction === 'in') return
        const message = readable(bytes)
        if (message === undefined) return
        this.sent.push({ at: this.clock.monotonic(), from: nameOf(local), to: nameOf(remote), message })
      },
    })
  }

  /** What was sent, a line a message: `alice > bob INVITE`, `bob > alice 180 INVITE`. */
  flow(): string[] {
    return this.sent.map(({ from, to, message }) => `${from} > ${to} ${label(message)}`)
  }

  /** The message sequence chart of what was sent, without times: compare it with {@link drawn}. */
  drawing(): string {
    return drawn(this.network.ladder.toString(undefined, { times: false }))
  }

  requests(method: string, from?: string): SipRequest[] {
    return this.sent
      .filter((one) => from === undefined || one.from === from)
      .map(({ message }) => message)
      .filter((message) => message.type === 'request')
      .filter((message) => message.method === method)
  }

  responses(status: number, method?: string): SipResponse[] {
    return this.sent
      .map(({ message }) => message)
      .filter((message) => message.type === 'response')
      .filter((message) => message.status === status && (method === undefined || message.cseq.method === method))
  }

  /** Lets `ms` pass, promises included. */
  pass(ms: number): Promise<void> {
    return this.clock.advanceAsync(ms)
  }
}

function readable(bytes: Uint8Array): SipMessage | undefined {
  try {
    return parseMessage(bytes)
  } catch {
    return undefined
  }
}

export function label(message: SipMessage): string {
  return message.type === 'request' ? message.method : `${message.status} ${message.cseq.method}`
}

/** One user agent of a World: endpoint, dispatcher and leg. */
export class Party {
  readonly world: World
  readonly name: string
  readonly leg: Leg
  readonly dispatcher: Dispatcher
  readonly endpoint: Endpoint
  readonly uri: string
  /** Requests the application was handed. */
  readonly seen: { ctx: Context; request: SipRequest; leg: Leg; from: Source }[] = []
  readonly errors: unknown[] = []

  constructor(
    world: World,
    name: keyof typeof HOSTS,
    options: EndpointOptions & { protocol?: 'udp' | 'tcp'; dispatcher?: Partial<DispatcherOptions> } = {},
  ) {
    const { protocol = 'udp', dispatcher, ...endpoint } = options
    this.world = world
    this.name = name
    this.leg = world.network.listen({ protocol, host: HOSTS[name] })
    const { clock, random } = world
    this.dispatcher = new Dispatcher({
      legs: [this.leg],
      clock,
      random,
      resolver: world.network.resolver,
      ...dispatcher,
    })
    this.endpoint = new Endpoint(this.dispatcher, endpoint)
    this.endpoint.on('error', (error) => this.errors.push(error))
    this.uri = `sip:${name}@${HOSTS[name]}${protocol === 'tcp' ? ';transport=tcp' : ''}`
  }

  /** Sets an application that notes what it sees and then does `app`. */
  serve(app: (ctx: Context, request: SipRequest, leg: Leg, from: Source) => unknown = () => undefined): this {
    this.endpoint.setApplication((_endpoint, ctx, request, leg, from) => {
      this.seen.push({ ctx, request, leg, from })
      return app(ctx, request, leg, from)
    })
    return this
  }

  /** An application that takes every call at once, after a 180. */
  answers(body?: string | ((invite: SipRequest) => string)): this {
    return this.serve((ctx, request) => {
      if (request.method !== 'INVITE') return
      if (request.to.tag === undefined) this.respond(ctx, request, 180)
      this.respond(ctx, request, 200, typeof body === 'function' ? body(request) : body)
    })
  }

  respond(ctx: Context, request: SipRequest, status: number, body?: string): void {
    const init = body === undefined ? {} : { body, headers: { 'Content-Type': 'application/sdp' } }
    this.endpoint.newResponse(ctx, request.createResponse(status, init), this.leg)
  }

  to(peer: Party): ContextInit {
    return { from: this.uri, to: peer.uri }
  }

  last(method: string): { ctx: Context; request: SipRequest } {
    const found = this.seen.findLast(({ request }) => request.method === method)
    if (found === undefined) throw new Error(`${this.name} was never handed ${method}`)
    return found
  }
}

/** What a context callback was told. */
export interface News {
  readonly error: SipError | undefined
  readonly status: number | undefined
  readonly label: string
  readonly ack: SipRequest | undefined
}

/** A callback that notes what it is told. */
export function listener(): { news: News[]; callback: (...args: readonly unknown[]) => void } {
  const news: News[] = []
  const callback = (...args: readonly unknown[]): void => {
    const [, , error, status, packet, , , ack] = args as [
      unknown,
      unknown,
      SipError | undefined,
      number | undefined,
      SipMessage | undefined,
      unknown,
      unknown,
      SipRequest | undefined,
    ]
    news.push({ error, status, ack, label: packet === undefined ? (error?.code ?? '') : label(packet) })
  }
  return { news, callback }
}

/** Alice and Bob on a network of their own. */
export function pair(
  options: { alice?: EndpointOptions; bob?: EndpointOptions; protocol?: 'udp' | 'tcp'; delay?: number } = {},
): { world: World; alice: Party; bob: Party } {
  const world = new World({ ...(options.delay !== undefined && { delay: options.delay }) })
  const { protocol = 'udp' } = options
  const alice = new Party(world, 'alice', { ...options.alice, protocol })
  const bob = new Party(world, 'bob', { ...options.bob, protocol })
  return { world, alice, bob }
}

/** A peer without a stack: what it gets is noted, what it sends is written by hand. */
export class RawPeer {
  readonly leg: Leg
  readonly got: SipMessage[] = []
  readonly #world: World
  readonly #name: keyof typeof HOSTS

  constructor(world: World, name: keyof typeof HOSTS, onMessage?: (message: SipMessage, peer: RawPeer) => void) {
    this.#world = world
    this.#name = name
    this.leg = world.network.listen({ host: HOSTS[name] })
    this.leg.on('message', (message) => {
      this.got.push(message)
      onMessage?.(message, this)
    })
  }

  get uri(): string {
    return `sip:${this.#name}@${HOSTS[this.#name]}`
  }

  send(message: SipMessage, to: keyof typeof HOSTS): void {
    this.leg.send(message.toBytes(), { protocol: 'udp', addr: HOSTS[to], port: 5060, family: 'IPv4' })
  }

  requests(method: string): SipRequest[] {
    return this.got.filter((one) => one.type === 'request').filter((one) => one.method === method)
  }

  responses(): SipResponse[] {
    return this.got.filter((one) => one.type === 'response')
  }

  /** A branch nobody used before. */
  branch(): string {
    return `z9hG4bK${this.#world.random.hex(8)}`
  }
}
