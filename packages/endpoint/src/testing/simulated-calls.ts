import { Dispatcher } from '@netsip/dispatcher'
import type { SipRequest } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { type LinkOptions, MemoryNetwork } from '@netsip/transport/testing'
import type { Context } from '../context/context.ts'
import { Endpoint } from '../endpoint.ts'
import { ResponseError } from '../errors.ts'

/** What one end believes of a call. */
export interface End {
  readonly ctx: Context
  /** It has seen, or sent, the 2xx. */
  up: boolean
  /** Why it is over: `local`, `remote` or `error` for a call that was up, else `refused N` or the code of an error. */
  cause: string | undefined
  /** When, by the wall clock of the simulation. */
  at: number
}

/** Both ends of a call; the callee has none when no INVITE arrived. */
export interface Call {
  readonly caller: End
  callee: End | undefined
}

/** A message that was not lost. */
export interface Arrival {
  readonly sentAt: number
  /** Such as `BYE` and `200 INVITE`. */
  readonly what: string
}

/** How one run differs from another. */
export interface SimulationOptions extends LinkOptions {
  readonly seed: number
  readonly calls: number
  readonly protocol?: 'udp' | 'tcp'
}

const callers = ['10.0.0.1', '10.0.0.2', '10.0.0.3']
const callees = ['10.0.1.1', '10.0.1.2', '10.0.1.3']
const finals = [200, 200, 200, 200, 200, 486, 480, 603]

/** Random calls between endpoints on a bad network: cancelled, refused, changed and hung up by either side or by both at once. */
export class SimulatedCalls {
  readonly clock: VirtualClock = new VirtualClock()
  readonly network: MemoryNetwork
  readonly endpoints: readonly Endpoint[]
  readonly calls: Map<string, Call> = new Map()
  /** The bindings that the callees hold for the callers, as their registrars. */
  readonly bindings: Set<string> = new Set()
  readonly errors: unknown[] = []
  readonly #random: SeededRandom
  #arrivals: Map<string, Arrival[]> | undefined
  readonly #options: SimulationOptions

  constructor({ seed, calls, protocol = 'udp', ...link }: SimulationOptions) {
    this.#options = { seed, calls, protocol }
    this.#random = new SeededRandom(seed)
    const { clock } = this
    this.network = new MemoryNetwork({ clock, random: this.#random, ladderLimit: 2_000_000, ...link })
    this.endpoints = [...callers, ...callees].map((host) => {
      const legs = [this.network.listen({ host, protocol })]
      const endpoint = new Endpoint(new Dispatcher({ legs, clock, random: this.#random }))
      // A refusal whose ACK was lost each of eleven times is told, and is no fault.
      endpoint.on('error', (error) => !isTimeout(error) && this.errors.push(error))
      endpoint.on('context', (ctx, request) => request.method === 'INVITE' && this.#called(ctx))
      endpoint.setApplication((_endpoint, ctx, request) => this.#asked(endpoint, ctx, request))
      return endpoint
    })
  }

  /** Runs to the end of the last timer. */
  async run(): Promise<void> {
    const kept = callers.map((host, i) => {
      const args = { from: `sip:ua@${host}`, contact: `sip:ua@${host}`, registrar: this.#uri(callees[i] ?? '') }
      const registration = this.#endpoint(i).keepRegistered({ ...args, expires: 120 })
      void registration.register()
      return registration
    })
    for (let i = 0; i < this.#options.calls; i++) {
      this.#after(this.#between(0, 300_000), () => this.#call(i))
    }
    await this.clock.advanceAsync(500_000)
    for (const registration of kept) void registration.unregister()
    // Longer than an unused connection is kept.
    await this.clock.advanceAsync(700_000)
  }

  /** What the network carried of one call, as text. */
  ladderOf(callId: string): string {
    const line = `Call-ID: ${callId}\r`
    return this.network.ladder.toString(({ bytes }) => new TextDecoder().decode(bytes).includes(line))
  }

  /** The messages of a call that were not lost on their way to a host. */
  arrived(callId: string, host: string): readonly Arrival[] {
    this.#arrivals ??= this.#index()
    return this.#arrivals.get(`${callId} ${host}`) ?? []
  }

  #index(): Map<string, Arrival[]> {
    const index = new Map<string, Arrival[]>()
    for (const { time, remote, bytes, lost } of this.network.ladder.events) {
      if (lost !== undefined) continue
      const text = new TextDecoder().decode(bytes)
      const [, status] = /^SIP\/2\.0 (\d+)/.exec(text) ?? []
      const method = /\r\nCSeq: \d+ (\w+)/.exec(text)?.[1] ?? ''
      const key = `${/\r\nCall-ID: (.*)/.exec(text)?.[1] ?? ''} ${remote.slice(0, remote.lastIndexOf(':'))}`
      const seen = index.get(key) ?? []
      seen.push({ sentAt: time, what: status === undefined ? method : `${status} ${method}` })
      index.set(key, seen)
    }
    return index
  }

  #endpoint(index: number): Endpoint {
    return this.endpoints[index] as Endpoint
  }

  #call(i: number): void {
    const index = i % callers.length
    const to = this.#uri(callees[this.#between(0, callees.length)] ?? '')
    const ctx = this.#endpoint(index).invite({
      from: `sip:ua@${callers[index]}`,
      to,
      callid: `call-${i}@${callers[index]}`,
    })
    const caller: End = { ctx, up: false, cause: undefined, at: 0 }
    this.calls.set(ctx.callId, { caller, callee: undefined })
    ctx.on('accepted', () => (caller.up = true))
    ctx.on('established', () => this.#talk(caller))
    ctx.on('failed', (error, request) => {
      if (request.method !== 'INVITE' || caller.up) return
      this.#over(caller, error instanceof ResponseError ? `refused ${error.status}` : error.code)
    })
    ctx.on('ended', (_dialog, { by }) => caller.up && this.#over(caller, by))
    // Some have enough before, around or after the answer.
    if (this.#chance(0.25)) this.#after(this.#between(0, 25_000), () => void ctx.hangUp())
  }

  #called(ctx: Context): void {
    const callee: End = { ctx, up: false, cause: undefined, at: 0 }
    const call = this.calls.get(ctx.callId)
    if (call) call.callee = callee
    ctx.on('cancelled', () => this.#over(callee, 'refused 487'))
    ctx.on('established', () => this.#talk(callee))
    ctx.on('ended', (_dialog, { by }) => callee.up && this.#over(callee, by))
  }

  #asked(endpoint: Endpoint, ctx: Context, request: SipRequest): void {
    if (request.method === 'REGISTER') return this.#register(endpoint, ctx, request)
    if (request.method === 'BYE' || request.method === 'CANCEL' || request.method === 'ACK') return
    if (request.method !== 'INVITE' || request.to.tag !== undefined) {
      return endpoint.newResponse(ctx, request.createResponse(200))
    }
    const final = finals[this.#between(0, finals.length)] ?? 200
    const [ring, answer] = [this.#between(0, 2000), this.#between(0, 20_000)]
    const waits = (): boolean => ctx.state === 'calling' || ctx.state === 'early'
    this.#after(ring, () => ring < answer && waits() && endpoint.newResponse(ctx, request.createResponse(180)))
    this.#after(answer, () => {
      const callee = this.calls.get(ctx.callId)?.callee
      if (callee === undefined || !waits()) return
      if (final === 200) callee.up = true
      else this.#over(callee, `refused ${final}`)
      endpoint.newResponse(ctx, request.createResponse(final))
    })
  }

  /** What happens in a call that is up: changes now and then, and its end, from either side or both. */
  #talk({ ctx }: End): void {
    if (this.#chance(0.1)) this.#after(this.#between(0, 10_000), () => this.#change(ctx))
    // The caller hangs up in the end, and the callee perhaps before or at the same time.
    if (ctx.incoming && this.#chance(0.5)) return
    this.#after(this.#between(0, 60_000), () => void ctx.hangUp())
  }

  #change(ctx: Context): void {
    if (!ctx.dialogs.some((dialog) => dialog.state === 'confirmed' && !dialog.ending)) return
    const method = ['INVITE', 'INFO', 'OPTIONS'][this.#between(0, 3)] ?? 'INFO'
    try {
      ctx.newRequest(method)
    } catch (error) {
      // the peer's change is on its way
      if ((error as Partial<SipError>).code !== 'ERR_SIP_STATE') throw error
    }
  }

  #register(endpoint: Endpoint, ctx: Context, request: SipRequest): void {
    const { contact, expires } = request
    const binding = `${contact?.uri.toString()} at ${ctx.local.uri.toString()}`
    const seconds = Number(contact?.params.get('expires') ?? expires ?? 3600)
    if (seconds === 0) this.bindings.delete(binding)
    else this.bindings.add(binding)
    const headers = seconds === 0 ? {} : { Contact: `<${contact?.uri.toString()}>;expires=${seconds}` }
    endpoint.newResponse(ctx, request.createResponse(200, { headers }))
  }

  #over(end: End, cause: string): void {
    end.cause ??= cause
    end.at ||= this.clock.wall()
  }

  #uri(host: string): string {
    return `sip:ua@${host}${this.#options.protocol === 'tcp' ? ';transport=tcp' : ''}`
  }

  #after(ms: number, run: () => unknown): void {
    this.clock.setTimer(ms, run)
  }

  #between(low: number, high: number): number {
    return Math.floor(low + this.#random.float() * (high - low))
  }

  #chance(probability: number): boolean {
    return this.#random.float() < probability
  }
}

function isTimeout(error: unknown): boolean {
  return (error as Partial<SipError>).code === 'ERR_SIP_TIMEOUT'
}
