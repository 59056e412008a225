import type { DigestVerifier } from '@netsip/auth'
import type { Dispatcher } from '@netsip/dispatcher'
import {
  type NameAddr,
  SipParseError,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  SipUri,
} from '@netsip/message'
import { checkOptions, type Clock, isSipError, type RulesOf } from '@netsip/runtime'
import type { Leg, Source } from '@netsip/transport'
import { answerTo, type Rejection } from '../answer.ts'
import type { Binding } from '../location/binding.ts'
import { reachOf } from '../location/contact-reach.ts'
import { Domains } from '../domains.ts'
import { FlowTable } from '../location/flow-table.ts'
import type { Handler } from '../handler.ts'
import type { LocationStore } from '../location/location-store.ts'
import { changeContacts, type ExpiryPolicy, isRejection } from './change-contacts.ts'
import { readRegistration, type Registration } from './registration.ts'

const SUPPORTED = new Set(['path', 'outbound'])
const RETRY_AFTER = 30
/** Users remembered of one connection. Those forgotten are found out by the look-up, which skips closed connections. */
const MAX_USERS_OF_FLOW = 1000

/** Options of {@link Registrar}. */
export interface RegistrarOptions {
  readonly dispatcher: Dispatcher
  readonly store: LocationStore
  /** The domains users register in. REGISTER requests for others are left to the next handler. */
  readonly domains: Domains | Iterable<string>
  /** Asks for digest credentials. Without it anyone may register anything: for a closed network or a test only. */
  readonly verifier?: DigestVerifier
  /** Seconds: what is too brief (60), what longer wishes are cut to (7200), what counts without a wish (3600). */
  readonly expires?: Partial<ExpiryPolicy>
  /** Most contacts of one user. Default 10. */
  readonly maxContacts?: number
  /** Whether an authenticated user may change this address-of-record. Default: its user part is the username. */
  readonly mayRegister?: (username: string, aor: string, request: SipRequest) => boolean | Promise<boolean>
  /** Whether there is such a user; 404 when not. Default: everyone may exist. */
  readonly isUser?: (user: string, aor: string) => boolean | Promise<boolean>
  /** Service-Route header field values for the 200 (RFC 3608). */
  readonly serviceRoute?: readonly string[]
  /** The connections bindings refer to. Shared with the {@link Proxy} that shall send down them. */
  readonly flows?: FlowTable
}

const rules: RulesOf<RegistrarOptions> = {
  dispatcher: 'object',
  store: 'object',
  domains: 'any',
  verifier: 'object',
  expires: 'object',
  maxContacts: 1,
  mayRegister: 'function',
  isUser: 'function',
  serviceRoute: 'array',
  flows: 'object',
}

/** What a registrar has done so far. */
export interface RegistrarStats {
  readonly accepted: number
  readonly refused: number
  /** Failures of the location store, each answered 500 or 503 or met again at the next look-up. */
  readonly storeErrors: number
}

/**
 * A registrar (RFC 3261 10.3): binds contacts to addresses-of-record in a {@link LocationStore}. With Path (RFC 3327),
 * Service-Route (RFC 3608) and connection-oriented outbound flows (RFC 5626).
 */
export class Registrar implements Handler {
  readonly methods: readonly string[] = ['REGISTER']
  readonly flows: FlowTable
  readonly #options: RegistrarOptions
  readonly #domains: Domains
  readonly #clock: Clock
  readonly #expires: ExpiryPolicy
  readonly #maxContacts: number
  readonly #users = new Map<string, Set<string>>()
  readonly #unwatch: () => void
  readonly #stats = { accepted: 0, refused: 0, storeErrors: 0 }

  /** @throws SipError `ERR_SIP_ARGUMENT` for a limit that would be none */
  constructor(options: RegistrarOptions) {
    checkOptions('new Registrar', options, rules)
    checkOptions("'expires' of a Registrar", options.expires ?? {}, { min: 0, max: 1, default: 1 })
    const { dispatcher, domains } = options
    this.#options = options
    this.#domains = domains instanceof Domains ? domains : new Domains(domains, dispatcher)
    this.#clock = dispatcher.clock
    this.#expires = { min: 60, max: 7200, default: 3600, ...options.expires }
    this.#maxContacts = options.maxContacts ?? 10
    this.flows = options.flows ?? new FlowTable(dispatcher.random.hex(4))
    this.#unwatch = this.flows.onClosed((key) => this.#flowClosed(key))
  }

  stats(): RegistrarStats {
    return { ...this.#stats }
  }

  /** Stops watching connections. The store is left as it is. */
  close(): void {
    this.#unwatch()
    this.#users.clear()
  }

  handle(packet: SipMessage, leg: Leg, from: Source): boolean | Promise<boolean> {
    if (packet.type !== 'request' || packet.method !== 'REGISTER') return false
    if (!this.#domains.isSelf(packet.uri)) return false
    return this.#register(packet, leg, from)
  }

  async #register(request: SipRequest, leg: Leg, from: Source): Promise<true> {
    const response = (await this.#refuse(request)) ?? (await this.#bind(request, leg, from))
    if (response.status < 300) this.#stats.accepted++
    else this.#stats.refused++
    this.#options.dispatcher.deliver(response)
    return true
  }

  /** Steps 2 to 5 of RFC 3261 10.3, in their order: nobody learns which users exist without having proved who they are. */
  async #refuse(request: SipRequest): Promise<SipResponse | undefined> {
    const unsupported = request.require.filter((option) => !SUPPORTED.has(option.toLowerCase()))
    if (unsupported.length > 0)
      return this.#answer(request, { status: 420, headers: { Unsupported: unsupported.join(', ') } })
    const verified = await this.#options.verifier?.verify(request, 'www')
    if (verified && !verified.ok) return verified.response
    const to = readTo(request)
    if (!to || !(to.uri instanceof SipUri)) return this.#answer(request, { status: 400, reason: 'To Is No SIP URI' })
    const aor = this.#domains.registered(to.uri, request.uri)
    if (verified?.ok && !(await this.#mayRegister(verified.username, aor, to.uri, request)))
      return this.#answer(request, { status: 403 })
    if (aor === undefined) return this.#answer(request, { status: 404, reason: 'To Is Of Another Domain' })
    const known = (await this.#options.isUser?.(to.uri.user ?? '', aor)) ?? true
    return known ? undefined : this.#answer(request, { status: 404 })
  }

  #mayRegister(username: string, aor: string | undefined, to: SipUri, request: SipRequest): boolean | Promise<boolean> {
    if (aor === undefined) return true
    return this.#options.mayRegister?.(username, aor, request) ?? to.user === username
  }

  #answer(request: SipRequest, rejection: Rejection): SipResponse {
    return answerTo(request, this.#options.dispatcher, rejection)
  }

  /** Step 6 and later: the contacts. */
  async #bind(request: SipRequest, leg: Leg, from: Source): Promise<SipResponse> {
    try {
      const registration = readRegistration(request, this.#domains)
      if ('status' in registration) return this.#answer(request, registration)
      if (registration.contacts === undefined)
        return this.#accept(request, registration, await this.#options.store.lookup(registration.aor))
      return await this.#change(request, registration, registration.contacts, leg, from)
    } catch (error) {
      this.#stats.storeErrors++
      const overload = isSipError(error) && error.code === 'ERR_SIP_OVERLOAD'
      return this.#answer(
        request,
        overload ? { status: 503, headers: { 'Retry-After': RETRY_AFTER } } : { status: 500 },
      )
    }
  }

  async #change(
    request: SipRequest,
    registration: Registration,
    contacts: readonly NameAddr[] | '*',
    leg: Leg,
    from: Source,
  ): Promise<SipResponse> {
    const { aor, path, callId, cseq } = registration
    const now = this.#clock.monotonic()
    const userAgent = request.headers.get('User-Agent')
    const change = {
      contacts,
      expires: request.headers.get('Expires'),
      now,
      policy: this.#expires,
      maxContacts: this.#maxContacts,
      common: {
        aor,
        updatedAt: now,
        callId,
        cseq,
        path,
        received: { protocol: from.proto, addr: from.addr, port: from.port, family: from.family },
        ...(userAgent === undefined ? {} : { userAgent }),
      },
      reach: (contact: NameAddr) => reachOf(contact, request, leg, from, this.flows),
    }
    let refused: Rejection | undefined
    const bindings = await this.#options.store.update(aor, (current) => {
      const changed = changeContacts(current, change)
      refused = isRejection(changed) ? changed : undefined
      return isRejection(changed) ? current : changed
    })
    if (refused) return this.#answer(request, refused)
    this.#remember(aor, bindings)
    return this.#accept(request, registration, bindings)
  }

  #accept(request: SipRequest, { path, outbound }: Registration, bindings: readonly Binding[]): SipResponse {
    const now = this.#clock.monotonic()
    const { serviceRoute = [] } = this.#options
    const date = new Date(this.#clock.wall()).toUTCString()
    const response = this.#answer(request, { status: 200, headers: { Date: date } })
    // RFC 3261 10.3: a REGISTER makes no dialog
    response.headers.delete('Record-Route')
    for (const binding of bindings) response.headers.append('Contact', contactOf(binding, now))
    for (const value of path) response.headers.append('Path', value)
    for (const value of serviceRoute) response.headers.append('Service-Route', value)
    if (outbound && bindings.some((binding) => binding.callId === request.callId && binding.regId !== undefined))
      response.headers.set('Require', 'outbound')
    return response
  }

  #remember(aor: string, bindings: readonly Binding[]): void {
    for (const { flow } of bindings) {
      if (flow === undefined || !this.flows.get(flow)) continue
      const users = this.#users.get(flow)
      if (!users) this.#users.set(flow, new Set([aor]))
      else if (users.size < MAX_USERS_OF_FLOW) users.add(aor)
    }
  }

  /** RFC 5626 7: what was reachable by a connection only is gone with it; other contacts are from now on reached by their URI. */
  #flowClosed(key: string): void {
    const users = this.#users.get(key)
    this.#users.delete(key)
    for (const aor of users ?? []) void this.#dropFlow(aor, key)
  }

  async #dropFlow(aor: string, key: string): Promise<void> {
    try {
      await this.#options.store.update(aor, (current) =>
        current.some(({ flow }) => flow === key) ? withoutFlow(current, key) : current,
      )
    } catch {
      // A look-up skips bindings of a closed connection, so nothing wrong comes of it
      this.#stats.storeErrors++
    }
  }
}

function readTo(request: SipRequest): NameAddr | undefined {
  try {
    return request.to
  } catch (error) {
    if (error instanceof SipParseError) return undefined
    throw error
  }
}

function withoutFlow(bindings: readonly Binding[], key: string): Binding[] {
  return bindings
    .filter((binding) => !(binding.flow === key && binding.flowOnly))
    .map((binding) => {
      if (binding.flow !== key) return binding
      const { flow: _closed, ...rest } = binding
      return rest
    })
}

/** Each binding with its own remaining time, everything else as it was registered (RFC 3261 10.3 step 8). */
function contactOf({ contact, expiresAt }: Binding, now: number): string {
  const seconds = Math.max(1, Math.round((expiresAt - now) / 1000))
  return contact.with({ params: contact.params.with('expires', String(seconds)) }).toString()
}
