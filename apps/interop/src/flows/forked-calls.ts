import { Dispatcher } from '@netsip/dispatcher'
import { type Context, Endpoint } from '@netsip/endpoint'
import type { SipRequest } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { authenticatedUser, createServer, type Server } from '@netsip/server'
import { type Leg, staticResolver } from '@netsip/transport'
import { type LinkOptions, MemoryNetwork } from '@netsip/transport/testing'
import { sdp } from './stage.ts'

/** What one phone believes of a call. */
export interface End {
  readonly host: string
  readonly ctx: Context
  /** When the call was up there, and when it was over, by the clock of the simulation; undefined when it never was. */
  upAt: number | undefined
  overAt: number | undefined
  /** It was hung up here, perhaps before there was an answer. */
  hungUp: boolean
}

/** A call: whoever made it, and every phone that it reached. */
export interface Call {
  readonly caller: End
  readonly callees: End[]
}

/** How one run differs from another. */
export interface ForkedCallsOptions extends LinkOptions {
  readonly seed: number
  readonly calls: number
  /** How often a phone is cut off from its proxy, for up to a minute: longer than anyone goes on repeating. Default 0. */
  readonly cuts?: number
}

const domains = { 'atlanta.example.com': '10.0.1.1', 'biloxi.example.com': '10.0.1.2' } as const
type Domain = keyof typeof domains
const users: Readonly<Record<Domain, readonly string[]>> = {
  'atlanta.example.com': ['alice', 'amy', 'adam'],
  'biloxi.example.com': ['bob', 'beth', 'ben'],
}
/** A refusal whose ACK was lost each of eleven times, and what nobody was reached with, is told and is no fault. */
const lostCodes: ReadonlySet<string> = new Set([
  'ERR_SIP_TIMEOUT',
  'ERR_SIP_UNREACHABLE',
  'ERR_SIP_CLOSED',
  'ERR_SIP_REFUSED',
])
const MOST_PHONES = 3
const finals = [200, 200, 200, 200, 486, 480, 603, 0]

interface Device {
  readonly host: string
  readonly aor: string
  readonly domain: Domain
  readonly endpoint: Endpoint
}

/**
 * Users of two domains with one to three phones each, over UDP and TCP, on a bad network: they register with digest, call each
 * other through one or two proxies that record their route and fork, and cancel, refuse, change, hold and hang up at random.
 */
export class ForkedCalls {
  readonly clock: VirtualClock = new VirtualClock()
  readonly network: MemoryNetwork
  readonly servers: readonly { readonly server: Server; readonly dispatcher: Dispatcher }[]
  readonly devices: readonly Device[]
  readonly calls: Map<string, Call> = new Map()
  readonly errors: unknown[] = []
  readonly #random: SeededRandom
  readonly #options: Required<Pick<ForkedCallsOptions, 'seed' | 'calls' | 'cuts'>>

  constructor({ seed, calls, cuts = 0, ...link }: ForkedCallsOptions) {
    this.#options = { seed, calls, cuts }
    this.#random = new SeededRandom(seed)
    this.network = new MemoryNetwork({ clock: this.clock, random: this.#random, ladderLimit: 2_000_000, ...link })
    this.servers = Object.keys(domains).map((domain) => this.#serve(domain as Domain))
    this.devices = Object.keys(domains).flatMap((domain, at) =>
      users[domain as Domain].flatMap((user, number) =>
        Array.from({ length: 1 + this.#below(MOST_PHONES) }, (_, phone) =>
          this.#equip(user, domain as Domain, `10.${at + 1}.${number}.${phone + 1}`),
        ),
      ),
    )
  }

  /** Runs to the end of the last timer. */
  async run(): Promise<void> {
    const kept = this.devices.map(({ endpoint, aor, host, domain }) => {
      const registration = endpoint.keepRegistered({
        registrar: `sip:${domain}`,
        from: aor,
        contact: contactOf(endpoint, host),
        expires: 120,
        auth: [userOf(aor), 'secret'],
      })
      void registration.register()
      return registration
    })
    await this.clock.advanceAsync(10_000)
    for (let i = 0; i < this.#options.calls; i++) this.#after(this.#below(300_000), () => this.#call(i))
    for (let i = 0; i < this.#options.cuts; i++) this.#after(this.#below(300_000), () => this.#cutOff())
    await this.clock.advanceAsync(600_000)
    for (const registration of kept) void registration.unregister()
    // Longer than an unused connection is kept.
    await this.clock.advanceAsync(1_500_000)
  }

  /** What the network carried of one call, as text. */
  ladderOf(callId: string): string {
    const line = `Call-ID: ${callId}\r`
    return this.network.ladder.toString(({ bytes }) => new TextDecoder().decode(bytes).includes(line))
  }

  #dispatcher(legs: readonly Leg[], outboundProxy?: string): Dispatcher {
    const { clock } = this
    return new Dispatcher({
      legs,
      clock,
      random: this.#random,
      resolver: staticResolver(domains, { clock }),
      ...(outboundProxy !== undefined && { outboundProxy }),
    })
  }

  #serve(domain: Domain): { server: Server; dispatcher: Dispatcher } {
    const host = domains[domain]
    const legs = (['udp', 'tcp'] as const).map((protocol) => this.network.listen({ host, protocol }))
    const dispatcher = this.#dispatcher(legs)
    const accounts = Object.fromEntries(users[domain].map((user) => [user, 'secret']))
    return { server: createServer({ dispatcher, domains: [domain], accounts, relay }), dispatcher }
  }

  #equip(user: string, domain: Domain, host: string): Device {
    const protocol = this.#below(2) === 0 ? 'udp' : 'tcp'
    const leg = this.network.listen({ host, protocol })
    const dispatcher = this.#dispatcher([leg], `sip:${domain};transport=${protocol};lr`)
    const endpoint = new Endpoint(dispatcher, this.#below(3) === 0 ? { sessionExpires: 90 } : {})
    const device = { host, aor: `sip:${user}@${domain}`, domain, endpoint }
    endpoint.on('error', (error) => {
      if (!lostCodes.has((error as Partial<SipError>).code ?? '')) this.errors.push(error)
    })
    endpoint.on('context', (ctx, request) => request.method === 'INVITE' && this.#called(device, ctx))
    endpoint.setApplication((_endpoint, ctx, request) => this.#asked(device, ctx, request))
    return device
  }

  #call(i: number): void {
    const from = this.#oneOf(this.devices)
    const to = this.#oneOf(this.devices.filter(({ aor }) => aor !== from.aor)).aor
    const ctx = from.endpoint.invite(
      {
        from: from.aor,
        to,
        contact: contactOf(from.endpoint, from.host),
        callid: `call-${i}@${from.host}`,
        auth: [userOf(from.aor), 'secret'],
      },
      undefined,
      sdp,
      this.#below(4) === 0 ? { Require: '100rel' } : {},
    )
    const caller = this.#follow(from, ctx)
    this.calls.set(ctx.callId, { caller, callees: [] })
    ctx.on('established', () => this.#talk(caller))
    if (this.#below(4) === 0) this.#after(this.#below(25_000), () => this.#hangUp(caller))
  }

  #called(device: Device, ctx: Context): void {
    const callee = this.#follow(device, ctx)
    this.calls.get(ctx.callId)?.callees.push(callee)
    ctx.on('established', () => this.#talk(callee))
  }

  #follow({ host }: Device, ctx: Context): End {
    const end: End = { host, ctx, upAt: undefined, overAt: undefined, hungUp: false }
    ctx.on(ctx.incoming ? 'established' : 'accepted', () => (end.upAt ??= this.clock.wall()))
    ctx.on('close', () => (end.overAt ??= this.clock.wall()))
    return end
  }

  #asked({ endpoint }: Device, ctx: Context, request: SipRequest): void {
    const { method } = request
    if (method === 'BYE' || method === 'CANCEL' || method === 'ACK' || method === 'PRACK') return
    const answer = (status: number, body?: string): void =>
      endpoint.newResponse(
        ctx,
        request.createResponse(status, {
          ...(body !== undefined && { body, headers: { 'Content-Type': 'application/sdp' } }),
        }),
      )
    if (method !== 'INVITE') return answer(200)
    if (request.to.tag !== undefined) return answer(200, sdp)
    const final = this.#oneOf(finals)
    const waits = (): boolean => ctx.state === 'calling' || ctx.state === 'early'
    this.#after(this.#below(2000), () => waits() && answer(180))
    if (final > 0)
      this.#after(2000 + this.#below(18_000), () => waits() && answer(final, final === 200 ? sdp : undefined))
  }

  /** What happens in a call that is up: changes now and then, and its end, from either side or both. */
  #talk(end: End): void {
    const { ctx } = end
    const { cuts } = this.#options
    if (this.#below(5) === 0) this.#after(this.#below(10_000), () => this.#change(ctx))
    // who is cut off is not told that the other has hung up
    if (ctx.incoming && cuts === 0 && this.#below(2) === 0) return
    this.#after(this.#below(200_000), () => this.#hangUp(end))
  }

  #hangUp(end: End): void {
    end.hungUp = true
    void end.ctx.hangUp()
  }

  #change(ctx: Context): void {
    // after two forks have answered, one of the two
    const dialog = ctx.dialogs.find(({ state, ending }) => state === 'confirmed' && !ending)
    if (dialog === undefined) return
    const method = this.#oneOf(['INVITE', 'INVITE', 'INFO', 'OPTIONS', 'UPDATE'])
    const describes = method === 'INVITE' || method === 'UPDATE'
    try {
      ctx.newRequest(method, undefined, describes ? sdp : undefined, { dialog })
    } catch (error) {
      // another one is on its way
      if ((error as Partial<SipError>).code !== 'ERR_SIP_STATE') throw error
    }
  }

  #cutOff(): void {
    const { host, domain } = this.#oneOf(this.devices)
    this.network.partition(host, domains[domain])
    this.#after(this.#below(60_000), () => this.network.heal(host, domains[domain]))
  }

  #after(ms: number, run: () => unknown): void {
    this.clock.setTimer(ms, run)
  }

  #below(limit: number): number {
    return Math.floor(this.#random.float() * limit)
  }

  #oneOf<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)] as T
  }
}

function contactOf(endpoint: Endpoint, host: string): string {
  const [leg] = endpoint.dispatcher.legs
  return `sip:ua@${host}${leg?.protocol === 'tcp' ? ';transport=tcp' : ''}`
}

/** Who has proved to be one of us may call other domains. */
function relay(request: SipRequest): boolean {
  return authenticatedUser(request) !== undefined
}

function userOf(aor: string): string {
  return aor.slice('sip:'.length, aor.indexOf('@'))
}
