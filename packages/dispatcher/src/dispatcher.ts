import type { SipMessage, SipParseError, SipRequest, SipResponse, Uri } from '@netsip/message'
import {
  checkOptions,
  type Clock,
  GuardedEmitter,
  type Random,
  type RulesOf,
  SipError,
  systemClock,
  systemRandom,
  type TimerQueue,
  type Tracer,
} from '@netsip/runtime'
import {
  describeTarget,
  type Flow,
  type Leg,
  literalResolver,
  type Resolver,
  type Source,
  type Target,
  targetOf,
} from '@netsip/transport'
import type { DispatcherLimits } from './admission.ts'
import { ClientDelivery } from './client/client-delivery.ts'
import { ClientSide } from './client/client-side.ts'
import { Core } from './core.ts'
import type { DeliverOptions, Delivery } from './delivery.ts'
import type { ResponseHeir, SentAck } from './client/kept-ack.ts'
import { LegWatch } from './leg-watch.ts'
import { hopUri, type RoutingOptions } from './next-hop.ts'
import type { OverloadControl } from './overload/overload-control.ts'
import type { Receiver } from './receiver.ts'
import { deliverResponse, ResponseDelivery } from './server/response-delivery.ts'
import { ServerSide } from './server/server-side.ts'
import type { DispatcherStats } from './stats.ts'
import { type TimerOptions, type Timers, timersOf } from './timers.ts'

/** What a {@link Dispatcher} is made of; all of it has defaults. */
export interface DispatcherOptions extends RoutingOptions {
  /** The ways in and out. They stay the caller's: `close()` leaves them open unless told. */
  readonly legs?: readonly Leg[] | undefined
  /** Finds addresses for names; default: literal addresses only. In Node hand in `dnsResolver()`. */
  readonly resolver?: Resolver | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  readonly timers?: TimerOptions | undefined
  /** Told of every message in and out, retransmissions and what cannot be read too, of no keep-alive. What it keeps of the octets it has to copy. */
  readonly tracer?: Tracer | undefined
  readonly limits?: DispatcherLimits | undefined
  /** Agrees with neighbours on how much one of us can take (RFC 7339): `new LossControl()`. Default: nothing of the kind. */
  readonly overload?: OverloadControl | undefined
  /** Host names that stand for us beside those of the legs, for `isOwn`. */
  readonly aliases?: readonly string[] | undefined
  /** Give responses that match no transaction to the receiver, as a stateless proxy needs it; default: they are dropped. */
  readonly passStrayResponses?: boolean | undefined
}

const rules: RulesOf<DispatcherOptions> = {
  legs: 'array',
  resolver: 'object',
  clock: 'object',
  random: 'object',
  timers: 'object',
  outboundProxy: 'any',
  domainToProxy: 'object',
  tracer: 'function',
  limits: 'object',
  overload: 'object',
  aliases: 'array',
  passStrayResponses: 'boolean',
}

/** What a dispatcher tells besides the messages it hands out. */
export interface DispatcherEvents {
  /** A message came in, before anything is done with it. */
  message: [message: SipMessage, leg: Leg, source: Source]
  /** Something was thrown away; the reasons are those of `stats().drops`. */
  drop: [reason: string, source?: Source]
  /** The receiver, a callback or a listener failed, or a leg reports trouble of its own. */
  error: [error: Error, message?: SipMessage]
  /** It is about to close: what a listener sends still leaves, all later `deliver` throws. */
  close: []
}

/**
 * The transaction layer (RFC 3261 17) over a set of legs: what goes out finds its way and is repeated until it is
 * answered, what comes in reaches the receiver once.
 */
export class Dispatcher {
  readonly #core: Core
  readonly #events = new GuardedEmitter<DispatcherEvents>()
  readonly #servers: ServerSide
  readonly #clients: ClientSide
  readonly #watches = new Map<Leg, LegWatch>()
  readonly #aliases: ReadonlySet<string>
  readonly #tracer: Tracer | undefined
  #deliveries = 0

  /** @throws SipError ERR_SIP_ARGUMENT for a timer, a bound or a proxy that makes no sense, for what is no leg, an option of another type, and one there is not */
  constructor(options: DispatcherOptions = {}) {
    checkOptions('new Dispatcher', options, rules)
    this.#core = new Core({
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
      resolver: options.resolver ?? literalResolver,
      timers: timersOf(options.timers),
      limits: options.limits,
      overload: options.overload,
      outboundProxy: options.outboundProxy,
      domainToProxy: options.domainToProxy,
      events: {
        drop: (reason, source) => this.#emit('drop', reason, source),
        error: (error, message) => this.#emit('error', error, message),
      },
    })
    this.#servers = new ServerSide(this.#core)
    this.#clients = new ClientSide(this.#core, options.passStrayResponses ?? false)
    this.#aliases = new Set((options.aliases ?? []).map((name) => name.toLowerCase()))
    this.#tracer = options.tracer
    for (const leg of options.legs ?? []) this.addLeg(leg)
  }

  get clock(): Clock {
    return this.#core.clock
  }

  get random(): Random {
    return this.#core.random
  }

  /** The timers in milliseconds, with what follows from T1, T2 and T4. */
  get timers(): Timers {
    return this.#core.timers
  }

  /** Where its timers wait, for a user that has as many: timers of equal length cost little there. It goes by `clock`. */
  get queue(): TimerQueue {
    return this.#core.queue
  }

  get legs(): readonly Leg[] {
    return [...this.#core.legs.all]
  }

  on<Name extends keyof DispatcherEvents>(event: Name, listener: (...args: DispatcherEvents[Name]) => void): this {
    this.#events.on(event, listener)
    return this
  }

  once<Name extends keyof DispatcherEvents>(event: Name, listener: (...args: DispatcherEvents[Name]) => void): this {
    this.#events.once(event, listener)
    return this
  }

  off<Name extends keyof DispatcherEvents>(event: Name, listener: (...args: DispatcherEvents[Name]) => void): this {
    this.#events.off(event, listener)
    return this
  }

  /** Who gets the messages now. */
  get receiver(): Receiver | undefined {
    return this.#core.receiver
  }

  /** Who gets the messages; one at a time. Without one, requests are answered 503. */
  setReceiver(receiver: Receiver | undefined): void {
    this.#core.receiver = receiver
  }

  /** @throws SipError ERR_SIP_CLOSED after `close()`, ERR_SIP_ARGUMENT for what is no leg, such as the promise of one */
  addLeg(leg: Leg): void {
    this.#assertOpen()
    if (typeof leg.canDeliverTo !== 'function')
      throw new SipError('ERR_SIP_ARGUMENT', 'this is no leg: is an await missing before listenUdp()?')
    if (!this.#core.legs.add(leg)) return
    this.#watches.set(
      leg,
      new LegWatch(leg, this.#core.clock, this.#tracer, {
        message: (message, source) => this.#receive(message, leg, source),
        malformed: (error, source) => this.#malformed(error, leg, source),
        drop: (reason, source) => this.#core.drop(reason, source),
        flowClosed: (flow, error) => this.#flowClosed(flow, error),
        error: (error) => this.#emit('error', error),
        tracerFailed: (error) => this.#core.report(error),
        closed: () => this.removeLeg(leg),
      }),
    )
  }

  /**
   * Lets go of a leg, which stays open. Server transactions on it still send through it until they end; requests that wait for an
   * answer by it go on by another leg that reaches the next target, or fail with `ERR_SIP_CLOSED`.
   */
  removeLeg(leg: Leg): void {
    if (!this.#core.legs.remove(leg)) return
    this.#watches.get(leg)?.stop()
    this.#watches.delete(leg)
    // Not even a phone that rings is heard any more, and no timer waits for that.
    const error = new SipError('ERR_SIP_CLOSED', `the leg ${leg.key} is closed, or was removed`)
    for (const transaction of this.#core.clients.values()) {
      if (transaction.leg === leg) transaction.onFlowClosed(error)
    }
  }

  /**
   * Sends a message, reliably where it has a transaction.
   *
   * A request goes to the first Route or its Request-URI, by way of `outboundProxy` and `domainToProxy`; the name is
   * resolved once, and each target that fails or is silent is followed by the next. Our Via is put on top of the
   * request itself (a copy to be sent again as a new request must have it taken off), and Max-Forwards 70 where there is none; a CANCEL or ACK that has the Via of
   * an INVITE of ours goes where that went. With a literal next hop the packet has left when this returns.
   *
   * A response goes to the transaction of its request, or by its top Via when there is none.
   *
   * What fails is told through `options.onError`, after this has returned.
   * @throws SipError ERR_SIP_CLOSED after `close()`, ERR_SIP_ARGUMENT for the `id` of a request that is still under way
   */
  deliver(message: SipMessage, options: DeliverOptions = {}): Delivery {
    this.#assertOpen()
    const key = options.id ?? ++this.#deliveries
    if (options.id !== undefined && this.#core.deliveries.isNamed(options.id)) {
      throw new SipError('ERR_SIP_ARGUMENT', `a delivery ${options.id} is under way; name this one otherwise`)
    }
    if (message.type === 'response') {
      return deliverResponse(this.#core, this.#servers.responder, message, options, key)
    }
    const delivery = new ClientDelivery(this.#core, message, options, key)
    delivery.start()
    if (delivery.isUnderWay) this.#core.deliveries.add(delivery)
    return delivery
  }

  /**
   * Stops a delivery: nothing more is resolved or sent, but for what waits already for a connection to open, and none of its callbacks
   * is called. True when there was something to stop. A transaction with a final response stays to absorb what comes again.
   */
  cancelDelivery(delivery: Delivery | string): boolean {
    if (delivery instanceof ResponseDelivery) return delivery.cancel()
    const id = typeof delivery === 'string' ? delivery : delivery.id
    return this.#core.deliveries.find(id)?.cancel() ?? false
  }

  /**
   * Stops sending a request again, while what the first sending brings is still told. For an INVITE that nobody wants any
   * more but that may have arrived: a 2xx to it needs its ACK and BYE. True when there was something to stop.
   */
  quietDelivery(delivery: Delivery | string): boolean {
    const id = typeof delivery === 'string' ? delivery : delivery.id
    return this.#core.deliveries.find(id)?.quiet() ?? false
  }

  /**
   * Lets go of an INVITE whose 2xx have been acknowledged, while more of them may come for as long as its transaction lives:
   * they go to `heir`, together with the ACKs, and no callback of the delivery is called any more. False when there is no
   * such transaction, or no ACK.
   */
  passOn(delivery: Delivery, heir: ResponseHeir, acks: readonly SentAck[]): boolean {
    return delivery instanceof ClientDelivery && delivery.passOn(heir, acks)
  }

  /**
   * Where a request to this URI would go, best first.
   * @throws SipError ERR_SIP_UNRESOLVED (rejects)
   */
  async resolveUri(uri: Uri | string): Promise<Target[]> {
    const hop = this.#core.routing.hopOfTarget(typeof uri === 'string' ? hopUri(uri) : uri, false)
    return this.#core.resolver.resolve(hop, this.#core.legs.protocols())
  }

  /**
   * The host a request goes to next: its first Route or Request-URI, or the proxy that stands in for it. `hop` is that of its
   * delivery, if one is given there.
   * @throws SipError ERR_SIP_UNRESOLVED when there is none
   */
  nextHop(request: SipRequest, hop?: Uri | string): string {
    return this.#core.routing.hopFor(request, hop).host
  }

  /** Whether a URI names us: an address of one of the legs, or one of the aliases. */
  isOwn(uri: Uri): boolean {
    if (!('host' in uri)) return false
    if (this.#aliases.has(uri.host.toLowerCase())) return true
    return this.#core.legs.isOwn(uri.host, uri.port)
  }

  /**
   * The INVITE that an incoming CANCEL is for (RFC 3261 9.2), undefined when there is none (481). Once the INVITE has had
   * its final response a request made from the CANCEL stands for it, as the message itself is not kept that long.
   */
  findInvite(cancel: SipRequest): SipRequest | undefined {
    return this.#servers.findInvite(cancel)
  }

  /**
   * Whether an incoming CANCEL names a request other than INVITE that is still known, answered or not: it is answered 200 and
   * changes nothing (RFC 3261 9.2, RFC 6665 4.6).
   */
  namesRequest(cancel: SipRequest): boolean {
    return this.#servers.namesRequest(cancel)
  }

  /** A snapshot of the gauges and counters. */
  stats(): DispatcherStats {
    return this.#core.stats.snapshot()
  }

  /** Ends every transaction without a word to its user, and every timer. The legs stay open unless `closeLegs`. */
  async close(options: { readonly closeLegs?: boolean } = {}): Promise<void> {
    const legs = this.legs
    if (!this.#core.closed) this.#emit('close')
    this.#core.closed = true
    for (const delivery of this.#core.deliveries.values()) delivery.cancel()
    for (const transaction of [...this.#core.clients.values(), ...this.#core.servers.values()]) {
      transaction.user = undefined
      transaction.terminate()
    }
    this.#core.servers.clear()
    this.#core.clients.clear()
    this.#core.queue.rest()
    for (const leg of legs) this.removeLeg(leg)
    this.#core.receiver = undefined
    if (options.closeLegs) await Promise.all(legs.map((leg) => leg.close()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #receive(message: SipRequest | SipResponse, leg: Leg, source: Source): void {
    if (this.#events.hears('message')) this.#emit('message', message, leg, source)
    if (message.type === 'request') this.#servers.receive(message, leg, source)
    else this.#clients.receive(message, leg, source)
  }

  #malformed(error: SipParseError, leg: Leg, source: Source): void {
    this.#servers.malformed(error, leg, source)
  }

  #flowClosed(flow: Flow, error: SipError | undefined): void {
    const text = `${describeTarget(targetOf(flow.remote))} closed the connection`
    this.#core.flows.closed(flow, error ?? new SipError('ERR_SIP_REFUSED', text))
  }

  /** A listener that throws is reported, and never reaches the stack. */
  #emit<Name extends keyof DispatcherEvents>(event: Name, ...args: DispatcherEvents[Name]): void {
    const report = (error: unknown): void => {
      this.#core.stats.applicationErrors++
      if (event !== 'error') this.#emit('error', error instanceof Error ? error : new Error(String(error)))
    }
    this.#events.emit(report, event, ...args)
  }

  #assertOpen(): void {
    if (this.#core.closed) throw new SipError('ERR_SIP_CLOSED', 'the dispatcher is closed')
  }
}
