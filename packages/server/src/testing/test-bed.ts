import { Dispatcher, type Receiver } from '@netsip/dispatcher'
import { CSeq, NameAddr, type SipMessage, SipRequest, type SipResponse, type HeaderInit } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { type Leg, type Source, targetOf } from '@netsip/transport'
import { MemoryNetwork } from '@netsip/transport/testing'
import { createServer, type Server, type ServerOptions } from '../create-server.ts'

/** Tests: a server and user agents on a simulated network, on a clock that the test turns. */
export class TestBed {
  readonly clock: VirtualClock = new VirtualClock()
  readonly random: SeededRandom = new SeededRandom(7)
  readonly network: MemoryNetwork = new MemoryNetwork({ clock: this.clock, random: this.random, delay: 1 })
  readonly serverLegs: Leg[] = []
  readonly agents: TestAgent[] = []
  dispatcher: Dispatcher
  server: Server | undefined

  constructor() {
    const { clock, random } = this
    this.serverLegs.push(
      this.network.listen({ host: '10.0.0.1' }),
      this.network.listen({ host: '10.0.0.1', protocol: 'tcp' }),
    )
    this.dispatcher = new Dispatcher({ legs: this.serverLegs, clock, random })
  }

  /** A server for example.com at 10.0.0.1, UDP and TCP. */
  start(options: Partial<ServerOptions> = {}): Server {
    this.server = createServer({ dispatcher: this.dispatcher, domains: ['example.com'], ...options })
    return this.server
  }

  agent(user: string, host: string, protocol: 'udp' | 'tcp' = 'udp'): TestAgent {
    const agent = new TestAgent(this, user, this.network.listen({ host, protocol }))
    this.agents.push(agent)
    return agent
  }

  run(ms: number): Promise<void> {
    return this.clock.advanceAsync(ms)
  }

  /** Closing a connection takes time, which only passes when it is told to. */
  async close(...legs: readonly Leg[]): Promise<void> {
    const closed = Promise.all(legs.map((leg) => leg.close()))
    await this.run(60_000)
    await closed
  }

  /** Lets every transaction run out; what is left then is a leak. */
  async settle(): Promise<{ contexts: number; transactions: number; timers: number }> {
    await this.run(400_000)
    const contexts = this.server?.proxy.contexts ?? 0
    const all = [this.dispatcher, ...this.agents.map(({ dispatcher }) => dispatcher)]
    const transactions = all.reduce((sum, dispatcher) => sum + dispatcher.stats().transactions.total, 0)
    this.server?.close()
    await Promise.all(all.map((dispatcher) => dispatcher.close()))
    const legs = [...this.serverLegs, ...this.agents.map(({ leg }) => leg)]
    await this.close(...legs)
    return { contexts, transactions, timers: this.clock.pending }
  }
}

/** A request on its way and what came back. */
export class Exchange {
  readonly request: SipRequest
  readonly responses: SipResponse[] = []
  error: SipError | undefined

  constructor(request: SipRequest) {
    this.request = request
  }

  get statuses(): number[] {
    return this.responses.map(({ status }) => status)
  }

  /** @throws {Error} when there was none yet. */
  get final(): SipResponse {
    const final = this.responses.find(({ status }) => status >= 200)
    if (!final) throw new Error(`no final response, but ${this.statuses.join(' ') || 'nothing'}`)
    return final
  }
}

/** What is in a request that an agent makes. */
export interface RequestInit {
  /** Request-URI of a REGISTER. */
  readonly uri?: string
  readonly to?: string
  readonly from?: string
  readonly callId?: string
  readonly seq?: number
  readonly contact?: string | null
  readonly headers?: Record<string, string | number | readonly string[]>
  readonly body?: string
  /** The next hop; the server by default. */
  readonly hop?: string | null
}

/** A user agent of few words: it sends what a test says and answers as the test says. */
export class TestAgent implements Receiver {
  readonly bed: TestBed
  readonly user: string
  readonly leg: Leg
  readonly dispatcher: Dispatcher
  readonly requests: SipRequest[] = []
  readonly tag: string
  onRequest: (request: SipRequest) => void = (request) => this.answer(request, 200)
  #calls = 0

  constructor(bed: TestBed, user: string, leg: Leg) {
    this.bed = bed
    this.user = user
    this.leg = leg
    this.tag = `${user}-tag`
    this.dispatcher = new Dispatcher({ legs: [leg], clock: bed.clock, random: bed.random })
    this.dispatcher.setReceiver(this)
  }

  get aor(): string {
    return `sip:${this.user}@example.com`
  }

  get contact(): string {
    return this.leg.contact(this.user).toString()
  }

  get methods(): string[] {
    return this.requests.map(({ method }) => method)
  }

  receive(packet: SipMessage, _leg: Leg, from: Source): void {
    if (packet.type === 'response') return
    this.requests.push(packet)
    this.lastSource = from
    if (packet.method !== 'ACK') this.onRequest(packet)
  }

  lastSource: Source | undefined

  answer(request: SipRequest, status: number, headers: Record<string, string> = {}): void {
    const contact = status < 300 && request.method !== 'CANCEL' ? { Contact: `<${this.contact}>` } : {}
    const response = request.createResponse(status, { toTag: this.tag, headers: { ...contact, ...headers } })
    this.dispatcher.deliver(response)
  }

  make(method: string, uri: string, init: RequestInit = {}): SipRequest {
    const {
      to = uri,
      from = this.aor,
      callId = `call-${this.user}-${++this.#calls}`,
      seq = 1,
      contact = `<${this.contact}>`,
    } = init
    const headers: HeaderInit = [
      ['From', `<${from}>;tag=${this.tag}`],
      ['To', to.includes('<') ? to : `<${to}>`],
      ['Call-ID', callId],
      ['CSeq', `${seq} ${method}`],
      ...(contact === null ? [] : [['Contact', contact] as const]),
    ]
    const request = new SipRequest({ method, uri, headers, ...(init.body === undefined ? {} : { body: init.body }) })
    for (const [name, value] of Object.entries(init.headers ?? {})) {
      for (const one of Array.isArray(value) ? value : [value]) request.headers.append(name, one as string | number)
    }
    return request
  }

  send(request: SipRequest, hop: string | null = `sip:10.0.0.1;transport=${this.leg.protocol}`): Exchange {
    const exchange = new Exchange(request)
    this.dispatcher.deliver(request, {
      ...(hop === null ? {} : { hop }),
      onResponse: (response) => exchange.responses.push(response),
      onError: (error) => (exchange.error = error),
    })
    return exchange
  }

  request(method: string, uri: string, init: RequestInit = {}): Exchange {
    return this.send(this.make(method, uri, init), init.hop)
  }

  /** Registers and waits for the answer. */
  async register(init: RequestInit = {}): Promise<SipResponse> {
    const exchange = this.request('REGISTER', init.uri ?? 'sip:example.com', { to: this.aor, ...init })
    await this.bed.run(50)
    return exchange.final
  }

  /** The ACK of a 2xx, by the route set of the dialog (RFC 3261 13.2.2.4). */
  ack(exchange: Exchange): void {
    this.dispatcher.deliver(this.inDialog('ACK', exchange))
  }

  /** A request inside the dialog that this agent's INVITE made. */
  inDialog(method: string, exchange: Exchange, seq: number = exchange.request.cseq.seq): SipRequest {
    const { final, request } = exchange
    const made = this.make(method, final.contact?.uri.toString() ?? '', {
      to: final.to.toString(),
      callId: request.callId,
      seq,
    })
    made.routes = final.recordRoutes.toReversed()
    return made
  }

  /** A request inside the dialog that an INVITE to this agent made. */
  inDialogAsCallee(method: string, invite: SipRequest, seq = 1): SipRequest {
    const made = this.make(method, invite.contact?.uri.toString() ?? '', {
      to: invite.from.toString(),
      callId: invite.callId,
      seq,
    })
    made.from = NameAddr.parse(invite.to.toString()).with({ tag: this.tag })
    made.cseq = new CSeq(seq, method)
    made.routes = invite.recordRoutes
    return made
  }

  /** Sends as it is, past dispatcher and transactions, back to where the last request came from or to the server. */
  sendRaw(text: string): void {
    const bytes = new TextEncoder().encode(text.replaceAll(/\r?\n/g, '\r\n'))
    const to = this.lastSource ?? {
      proto: this.leg.protocol,
      addr: '10.0.0.1',
      host: '10.0.0.1',
      port: 5060,
      family: 'IPv4' as const,
    }
    this.leg.send(bytes, targetOf(to))
  }
}
