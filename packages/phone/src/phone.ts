import type { Dispatcher } from '@netsip/dispatcher'
import type { Context, ContextInit, Endpoint, Registration } from '@netsip/endpoint'
import { NameAddr, type SipRequest, type SipResponse, SipUri, type Uri } from '@netsip/message'
import type { MediaBackend, MediaSession } from '@netsip/media'
import { type Random, SipError } from '@netsip/runtime'
import { type Leg, type LocalAddress, stripBrackets, type Target } from '@netsip/transport'
import { type CallError, callError } from './call/call-error.ts'
import type { CallOptions } from './call/call-types.ts'
import { Call } from './call/call.ts'
import { checkSource } from './call/check-audio.ts'
import { Emitter } from './emitter.ts'
import { IncomingRequests } from './incoming-requests.ts'
import { OutgoingInvite } from './call/outgoing-invite.ts'
import { OwnRealms } from './own-realms.ts'
import type { PhoneOptions } from './phone-options.ts'
import { sdpType } from './call/sdp-body.ts'
import { Deferred, handled, Waiting } from './settle.ts'
import { targetUri } from './target-uri.ts'

/** A text that came in by MESSAGE (RFC 3428). */
export interface TextMessage {
  readonly from: NameAddr
  readonly text: string
}

/** Events of a phone. */
export interface PhoneEvents {
  /** Somebody calls: answer(), ring() or reject() it. Without a listener it is answered 480. */
  call: [call: Call]
  /** We are registered, for the first time or again. */
  registered: [registration: Registration]
  unregistered: [registration: Registration]
  /** A registration or a refresh failed; a refresh is tried again by itself. */
  registrationFailed: [error: CallError, registration: Registration]
  message: [message: TextMessage]
  /** Something went wrong that belongs to no call, or a listener threw. */
  error: [error: Error]
}

/** What a phone is made of; {@link createPhone} brings it together. */
export interface PhoneParts {
  aor: SipUri
  registrar: SipUri
  proxy: SipUri | undefined
  options: PhoneOptions
  dispatcher: Dispatcher
  endpoint: Endpoint
  media: MediaBackend
  /** The legs that close with the phone. */
  own: readonly Leg[]
}

function hangUpOn(call: Call, signal: AbortSignal): void {
  const abort = (): void => void call.hangup()
  signal.addEventListener('abort', abort, { once: true })
  call.on('ended', () => signal.removeEventListener('abort', abort))
  if (signal.aborted) abort()
}

/** A random UUID (RFC 9562 5.4). */
function uuid(random: Random): string {
  const hex = random.hex(16)
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16)
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20)].join(
    '-',
  )
}

function ownRealms({ aor, registrar, proxy, options }: PhoneParts): OwnRealms {
  const { user = aor.user ?? '', password, realms = [] } = options
  return new OwnRealms({
    account: password === undefined ? undefined : [user, password],
    aor,
    registrar,
    proxy,
    realms,
  })
}

const longestGrace = 32_000

/** A phone: registers, calls and is called. Made by {@link createPhone}. */
export class Phone extends Emitter<PhoneEvents> {
  /** Our address of record. */
  readonly aor: SipUri
  readonly #parts: PhoneParts
  readonly #identity: NameAddr
  readonly #calls = new Set<Call>()
  readonly #incoming: IncomingRequests
  readonly #instance: string
  readonly #realms: OwnRealms
  #registration: Registration | undefined
  readonly #waiting = new Waiting()
  #closing: Promise<void> | undefined

  /** @internal */
  constructor(parts: PhoneParts) {
    super((error) => this.tell('error', error))
    this.aor = parts.aor
    this.#parts = parts
    const { displayName } = parts.options
    this.#identity = new NameAddr({ uri: parts.aor, ...(displayName !== undefined && { displayName }) })
    this.#instance = uuid(parts.dispatcher.random)
    this.#realms = ownRealms(parts)
    this.#incoming = new IncomingRequests({
      endpoint: parts.endpoint,
      maxCalls: parts.options.maxCalls ?? 1000,
      clock: parts.dispatcher.clock,
      waiting: this.#waiting,
      calls: this.#calls,
      aor: parts.aor,
      place: (target, options) => this.#callTo(target.uri, options),
      createSession: ({ proto, addr, port, family }) => this.#createSession({ protocol: proto, addr, port, family }),
      onCall: (call) => this.#offer(call),
      onMessage: (message) => this.#take(message),
      report: (error) => this.tell('error', error),
    })
    parts.endpoint.setApplication((_endpoint, ctx, request, leg, from) =>
      this.#incoming.handle(ctx, request, leg, from),
    )
  }

  /** The calls that are not over. */
  get calls(): readonly Call[] {
    return [...this.#calls]
  }

  /** Where the phone listens. */
  get local(): LocalAddress & { readonly transport: string } {
    const { local, protocol } = this.#leg
    return { ...local, transport: protocol }
  }

  /** Whether the phone is registered now. */
  get registered(): boolean {
    return this.#registration?.state === 'registered'
  }

  /**
   * Registers, answers challenges, and keeps the registration alive until {@link unregister} or {@link close}.
   * @throws {CallError} ERR_SIP_AUTH for a wrong password, ERR_SIP_TIMEOUT, ERR_SIP_UNRESOLVED, ERR_SIP_REFUSED, ERR_SIP_STATUS
   */
  register(): Promise<Registration> {
    return handled(this.#register())
  }

  /** Takes the registration back and stops refreshing it; does nothing when there is none. Resolves when the registrar has answered. */
  async unregister(): Promise<void> {
    await this.#registration?.unregister()
  }

  /**
   * Calls somebody: `sip:bob@example.com`, `bob@example.com`, or `bob` in our own domain, or a URI, such as `call.remote.uri`. Resolves when the INVITE is on its
   * way; `call.answered` says what became of it.
   * @throws {SipError} ERR_SIP_ARGUMENT for an address that is none, ERR_MEDIA_PORTS without a free port for sound
   */
  call(target: string | Uri, options: CallOptions = {}): Promise<Call> {
    return handled(this.#callTo(target, options))
  }

  /** Asks what a peer can do (OPTIONS). Resolves with its 200. @throws {CallError} for any other outcome */
  options(target: string | Uri): Promise<SipResponse> {
    return handled(this.#request('OPTIONS', targetUri(target, this.aor), undefined, { Accept: sdpType }))
  }

  /** Sends a text (MESSAGE, RFC 3428). Resolves when it is accepted. @throws {CallError} when it is not */
  message(target: string | Uri, text: string): Promise<SipResponse> {
    const headers = { 'Content-Type': 'text/plain;charset=UTF-8' }
    return handled(this.#request('MESSAGE', targetUri(target, this.aor), text, headers))
  }

  /**
   * Hangs up, unregisters, and closes what the phone opened. Never fails: what a peer has not answered after `graceMs`
   * milliseconds (default 32 000, as long as SIP waits) is dropped.
   */
  close({ graceMs = longestGrace }: { graceMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(graceMs)
    return this.#closing
  }

  /** The same as {@link close}: for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #leg(): Leg {
    return this.#parts.dispatcher.legs[0]!
  }

  #context(target: Uri): ContextInit {
    return { from: this.#identity, to: new NameAddr({ uri: target }), ...this.#realms.towards(target) }
  }

  /** A session that offers the address by which the peer reaches us. */
  #createSession(peer: Target | undefined): Promise<MediaSession> {
    const { media, options } = this.#parts
    const host = stripBrackets(this.#leg.contact(undefined, false, peer).host)
    return media.createSession({
      ...(options.codecs && { codecs: options.codecs }),
      ...(options.srtp && { srtp: options.srtp }),
      // A WebSocket client does not know its address (RFC 7118 5); the sockets of the sound do.
      ...(!host.endsWith('.invalid') && { host }),
    })
  }

  /** The first place that requests to this URI go to; undefined when it cannot be found, which the request itself will say. */
  async #firstTarget(uri: Uri): Promise<Target | undefined> {
    try {
      const [target] = await this.#parts.dispatcher.resolveUri(this.#parts.proxy ?? uri)
      return target
    } catch {
      return undefined
    }
  }

  async #register(): Promise<Registration> {
    this.#open()
    this.#registration ??= await this.#keepRegistered()
    try {
      await this.#registration.register()
    } catch (error) {
      throw this.#registrationError(error)
    }
    return this.#registration
  }

  async #keepRegistered(): Promise<Registration> {
    const { endpoint, registrar, options } = this.#parts
    const registration = endpoint.keepRegistered({
      registrar,
      from: this.#identity,
      contact: this.#contact(await this.#firstTarget(registrar)),
      ...(this.#outbound && { Supported: 'outbound, path' }),
      expires: options.expires ?? 300,
      ...this.#realms.registration(),
    })
    return registration
      .on('registered', () => this.tell('registered', registration))
      .on('unregistered', () => this.tell('unregistered', registration))
      .on('failed', (error) => this.tell('registrationFailed', this.#registrationError(error), registration))
  }

  /** Behind these transports nobody can reach us but on the connection that we opened (RFC 5626). */
  get #outbound(): boolean {
    return ['tls', 'ws', 'wss'].includes(this.#leg.protocol)
  }

  #contact(registrar: Target | undefined): NameAddr {
    const uri = this.#leg.contact(this.aor.user, this.aor.isSecure, registrar)
    if (!this.#outbound) return new NameAddr({ uri })
    return new NameAddr({ uri, params: { 'reg-id': '1', '+sip.instance': `<urn:uuid:${this.#instance}>` } })
  }

  /** A Contact that asks to be reached on the connection that the request came on (RFC 5626 4.3). */
  #flowContact(uri: Uri, peer: Target | undefined): SipUri {
    const secure = this.aor.isSecure || (uri instanceof SipUri && uri.isSecure)
    const contact = this.#leg.contact(this.aor.user, secure, peer)
    return contact.with({ params: contact.params.with('ob', null) })
  }

  #registrationError(error: unknown): CallError {
    return callError(error, `the registration of ${this.aor.toString()}`)
  }

  async #callTo(target: string | Uri, options: CallOptions): Promise<Call> {
    this.#open()
    options.signal?.throwIfAborted()
    checkSource(options.source)
    const uri = targetUri(target, this.aor)
    const { endpoint, dispatcher } = this.#parts
    const peer = await this.#firstTarget(uri)
    const session = await this.#createSession(peer)
    try {
      const offer = await session.createOffer()
      const init = { ...this.#context(uri), ...(this.#outbound && { contact: this.#flowContact(uri, peer) }) }
      const ctx = endpoint.invite(init, undefined, offer, { headers: options.headers ?? {}, 'Content-Type': sdpType })
      const call = new Call({
        id: ctx.callId,
        direction: 'out',
        local: this.#identity,
        remote: new NameAddr({ uri }),
        aor: this.aor,
        session,
        clock: dispatcher.clock,
        waiting: this.#waiting,
        report: (error) => this.tell('error', error),
      })
      call.attach(new OutgoingInvite({ endpoint, ctx, call, session, target: uri }))
      this.#incoming.track(ctx, call, session)
      if (options.source) call.play(options.source)
      if (options.signal) hangUpOn(call, options.signal)
      this.#keep(call)
      return call
    } catch (error) {
      await session.close()
      throw error
    }
  }

  async #request(
    method: string,
    target: Uri,
    body: string | undefined,
    headers: Record<string, string>,
  ): Promise<SipResponse> {
    this.#open()
    const ctx: Context = this.#parts.endpoint.newRequest(method, this.#context(target), undefined, body, headers)
    try {
      return (await ctx.outcome).response
    } catch (error) {
      throw callError(error, `${method} to ${target.toString()}`)
    }
  }

  #keep(call: Call): void {
    this.#calls.add(call)
    call.on('ended', () => void this.#calls.delete(call))
  }

  #offer(call: Call): void {
    if (this.#closing || this.listenerCount('call') === 0) return call.reject(480)
    this.#keep(call)
    this.tell('call', call)
  }

  #take({ from, text }: { from: NameAddr; request: SipRequest; text: string }): boolean {
    if (this.listenerCount('message') === 0) return false
    this.tell('message', { from, text })
    return true
  }

  async #close(graceMs: number): Promise<void> {
    const { endpoint, dispatcher, own } = this.#parts
    const polite = Promise.all([...this.calls.map((call) => call.hangup()), this.unregister()])
    const late = new Deferred<void>()
    const timer = dispatcher.clock.setTimer(graceMs, late.resolve)
    await Promise.race([polite, late.promise])
    timer.cancel()
    await endpoint.close({ graceful: false })
    const gone = new SipError('ERR_SIP_CLOSED', 'the phone was closed')
    this.#waiting.giveUp(gone)
    const closed = callError(gone, 'the call')
    await Promise.all(this.calls.map((call) => call.finish({ by: 'local' }, closed)))
    await dispatcher.close()
    await Promise.all(own.map((leg) => leg.close()))
  }

  #open(): void {
    if (this.#closing) throw new SipError('ERR_SIP_CLOSED', 'the phone is closed')
  }
}
