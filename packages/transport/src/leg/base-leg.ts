import { MAGIC_COOKIE, SipParseError, SipUri, Via, parseMessage, type SipMessage } from '@netsip/message'
import { GuardedEmitter, SipError } from '@netsip/runtime'
import type { Addressing } from './addressing.ts'
import { bracketed, hostPort, isLoopback, isMulticast, isUnspecified, stripBrackets } from '../ip.ts'
import type { KeepAliveOptions, StopKeepAlive } from '../keepalive/keep-alive.ts'
import type { Leg, LegCriteria, LegEvents, LocalAddress, SendSink, Source, Target } from './leg.ts'
import { withDefaults, type FullLegLimits, type LegLimits } from './leg-limits.ts'
import { defaultPort, isReliable, isSecure, type Protocol } from '../protocol.ts'
import { applyReceived } from '../received.ts'

/** What every leg is made from. */
export interface LegInit {
  protocol: Protocol
  local: LocalAddress
  addressing: Addressing
  limits: LegLimits
}

/** What a listener for errors throws is told to nobody. */
function ignore(): void {}

/** A Contact, and what it was made for: most are for the same user at the same address. */
interface LastContact {
  readonly host: string
  readonly user: string | undefined
  readonly secure: boolean
  readonly uri: SipUri
}

/** What all legs have in common: what they call themselves, how they check what comes in, how they tell of it. */
export abstract class BaseLeg implements Leg {
  readonly protocol: Protocol
  readonly reliable: boolean
  readonly secure: boolean
  readonly local: LocalAddress
  readonly key: string
  learned: { readonly host: string; readonly port: number } | undefined
  protected readonly limits: FullLegLimits
  protected readonly addressing: Addressing
  readonly #emitter = new GuardedEmitter<LegEvents>()
  #closed = false
  #closing: Promise<void> | undefined
  // What a Via of ours says but for its branch, which is the same for all peers that are reached from one address.
  #lastVia: { readonly host: string; readonly via: Via } | undefined
  #lastContact: LastContact | undefined

  constructor(init: LegInit) {
    this.protocol = init.protocol
    this.reliable = isReliable(init.protocol)
    this.secure = isSecure(init.protocol)
    this.local = init.local
    this.key = `${init.protocol}:${hostPort(init.local.host, init.local.port)}`
    this.limits = withDefaults(init.limits)
    this.addressing = init.addressing
  }

  get advertised(): { host: string; port: number } {
    return { host: this.addressing.hostFor(), port: this.addressing.port }
  }

  on<Name extends keyof LegEvents>(event: Name, listener: (...args: LegEvents[Name]) => void): this {
    this.#emitter.on(event, listener)
    return this
  }

  once<Name extends keyof LegEvents>(event: Name, listener: (...args: LegEvents[Name]) => void): this {
    this.#emitter.once(event, listener)
    return this
  }

  off<Name extends keyof LegEvents>(event: Name, listener: (...args: LegEvents[Name]) => void): this {
    this.#emitter.off(event, listener)
    return this
  }

  abstract send(bytes: Uint8Array, target: Target, sink?: SendSink): void

  abstract keepAlive(target: Target, options?: KeepAliveOptions): StopKeepAlive

  learn(via: Via): void {
    if (via.received === undefined && typeof via.rport !== 'number') return
    const host = via.received ?? via.host
    const port = typeof via.rport === 'number' ? via.rport : this.addressing.port
    if (this.learned?.host !== host || this.learned.port !== port) this.learned = { host, port }
  }

  /** Frees everything; called once. */
  protected abstract shutDown(): Promise<void>

  get closed(): boolean {
    return this.#closed
  }

  close(): Promise<void> {
    this.#closed = true
    this.#closing ??= this.shutDown().then(() => this.tell('close'))
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  canDeliverTo(target: Target): boolean {
    if (this.closed || target.protocol !== this.protocol) return false
    if (target.flow) return target.flow.leg === this && target.flow.open
    // A socket bound to :: takes IPv4 too, as mapped addresses.
    const dualStack = this.local.family === 'IPv6' && isUnspecified(this.local.host)
    if (target.family !== this.local.family && !dualStack) return false
    return isLoopback(this.local.host) ? isLoopback(target.addr) || isMulticast(target.addr) : true
  }

  match(criteria: LegCriteria): boolean {
    const { protocol, host, port, family } = criteria
    return (
      (protocol === undefined || protocol === this.protocol) &&
      (family === undefined || family === this.local.family) &&
      (port === undefined || port === this.local.port || port === this.addressing.port) &&
      (host === undefined || this.addressing.owns(stripBrackets(host)))
    )
  }

  via(branch: string, target?: Target): Via {
    const via = this.#viaOf(this.addressing.hostFor(target)).with({ branch })
    return this.protocol === 'udp' && target && isMulticast(target.addr) ? groupVia(via, target) : via
  }

  #viaOf(host: string): Via {
    if (this.#lastVia?.host !== host) this.#lastVia = { host, via: this.#newVia(host) }
    return this.#lastVia.via
  }

  /** The cookie stands in for a branch; `rport` asks for symmetric answers (RFC 3581 3). */
  #newVia(host: string): Via {
    return new Via({
      protocol: this.protocol.toUpperCase(),
      host: bracketed(host),
      port: this.addressing.port || undefined,
      params: this.protocol === 'udp' ? { branch: MAGIC_COOKIE, rport: null } : { branch: MAGIC_COOKIE },
    })
  }

  contact(user?: string, secure: boolean = this.secure, target?: Target): SipUri {
    const host = this.addressing.hostFor(target)
    const last = this.#lastContact
    if (last?.host === host && last.user === user && last.secure === secure) return last.uri
    const uri = this.#newContact(host, user, secure)
    this.#lastContact = { host, user, secure, uri }
    return uri
  }

  #newContact(host: string, user: string | undefined, secure: boolean): SipUri {
    const transport = this.#contactTransport(secure)
    return new SipUri({
      scheme: secure ? 'sips' : 'sip',
      ...(user === undefined ? {} : { user }),
      host: bracketed(host),
      port: this.addressing.port || undefined,
      ...(transport === undefined ? {} : { params: { transport } }),
    })
  }

  isOwnSentBy(via: Via): boolean {
    const last = this.#lastVia?.via
    if (via.host === last?.host && via.port === last.port && via.protocol === last.protocol) return true
    if (via.protocol.toLowerCase() !== this.protocol) return false
    // A WebSocket client has no port, and writes none.
    const port = via.port ?? (this.addressing.port === 0 ? 0 : defaultPort(this.protocol))
    return port === this.addressing.port && this.addressing.owns(stripBrackets(via.host))
  }

  /**
   * With `sips` no transport is written (RFC 5630 3.1.4), and UDP is what a `sip` URI means by itself. A `sip` URI of a TLS
   * leg says `tls`, deprecated as it is: with `tcp` peers would speak plainly to our TLS port.
   */
  #contactTransport(secure: boolean): string | undefined {
    if (this.protocol === 'udp') return undefined
    if (this.protocol === 'tls') return secure ? undefined : 'tls'
    return this.protocol === 'wss' ? 'ws' : this.protocol
  }

  /** Tells listeners. One that throws is reported as an `error` event and never reaches the stack. */
  protected tell<Name extends keyof LegEvents>(event: Name, ...args: LegEvents[Name]): void {
    this.#emitter.emit(event === 'error' ? ignore : this.#report, event, ...args)
  }

  protected hears(event: keyof LegEvents): boolean {
    return this.#emitter.hears(event)
  }

  readonly #report = (thrown: unknown): void =>
    this.tell('error', thrown instanceof Error ? thrown : new Error(String(thrown)))

  /** One whole message, as a datagram or a WebSocket message brings it. */
  protected receiveBytes(bytes: Uint8Array, source: Source): void {
    let message: SipMessage
    try {
      message = parseMessage(bytes, this.limits.parse)
    } catch (error) {
      this.refuse(error, source, bytes)
      return
    }
    this.receiveMessage(message, source, bytes)
  }

  protected receiveMessage(message: SipMessage, source: Source, bytes: Uint8Array): void {
    if (this.closed) return
    try {
      const via = message.via
      // RFC 3261 18.2.1 and 18.1.2 go by the top Via: without one there is no way to treat either kind.
      if (!via) return this.tell('drop', 'no-via', source, bytes)
      if (message.type === 'request') applyReceived(message, source)
    } catch (error) {
      return this.tell('drop', error instanceof SipParseError ? 'bad-via' : 'internal-error', source, bytes)
    }
    this.tell('message', message, source, bytes)
  }

  /** What does not parse: handed up when it can be answered, else dropped. */
  protected refuse(error: unknown, source: Source, bytes: Uint8Array): void {
    if (!(error instanceof SipParseError)) {
      this.#report(error)
      return this.tell('drop', 'internal-error', source, bytes)
    }
    if (error.status === 0 || !error.request) return this.tell('drop', 'garbage', source, bytes)
    try {
      applyReceived(error.request, source)
    } catch {
      return this.tell('drop', 'bad-via', source, bytes)
    }
    this.tell('malformed', error, source, bytes)
  }

  /** Fails a send, after `send` has returned. */
  protected failSend(sink: SendSink | undefined, error: SipError): void {
    if (!sink) return
    this.defer(() => {
      try {
        sink.onSendError(error)
      } catch (thrown) {
        this.#report(thrown)
      }
    })
  }

  /** Runs something right after what runs now. */
  protected defer(run: () => void): void {
    queueMicrotask(run)
  }

  protected closedError(): SipError {
    return new SipError('ERR_SIP_CLOSED', `the leg ${this.key} is closed`)
  }
}

/** A Via for a group: with its address, and on IPv4 that it goes no further than one hop (RFC 3261 18.1.1). */
function groupVia(via: Via, target: Target): Via {
  const params = via.params.with('maddr', target.addr)
  return via.with({ params: target.family === 'IPv4' ? params.with('ttl', '1') : params })
}
