import type { NameAddr, SipResponse } from '@netsip/message'
import { GuardedEmitter, isSipError, SipError, type Timer } from '@netsip/runtime'
import { toNameAddr } from '../context/context-init.ts'
import type { Core } from '../core.ts'
import { ResponseError } from '../errors.ts'
import { contactAsSeen, grantsOutbound, type KeepOptions, keepAliveFor, outboundContact, seenAt } from './outbound.ts'
import type { Outcome } from '../context/outcome.ts'
import { DEFAULT_EXPIRES, grantedExpires, register, type RegisterArgs, type RegistrationTable } from './register.ts'
import { RegistrationFlow } from './registration-flow.ts'

/** Where a kept registration stands. `failed` means that it is tried again; `stopped` that it is not. */
export type RegistrationState =
  | 'idle'
  | 'registering'
  | 'registered'
  | 'failed'
  | 'unregistering'
  | 'unregistered'
  | 'stopped'

/** Events of a Registration. */
export interface RegistrationEvents {
  registering: []
  /** The registrar keeps our binding for `expires` seconds. */
  registered: [expires: number, response: SipResponse]
  /** An attempt failed; `retryInMs` says when the next one is, `undefined` that there is none. */
  failed: [error: SipError, retryInMs: number | undefined]
  /** The connection to the registrar is gone, or our address has changed: a new one is made, in `retryInMs`. */
  lost: [error: SipError | undefined, retryInMs: number]
  unregistered: []
}

/** Base and limit of the pause after failures, in ms (RFC 5626 4.5). */
const RETRY_BASE = 30_000
const RETRY_MAX = 1_800_000

/** How long a way must have held, in ms, for its loss not to count as a further failure (RFC 5626 4.5). */
const STEADY = 120_000

/** Refusals that the next attempt would meet as well (RFC 3261 10.3). */
const FINAL = new Set([401, 403, 404, 407, 416, 420])

/** Keeps an address registered: refreshes before it expires, tries again after failures, removes the binding at the end. */
export class Registration {
  readonly #core: Core
  readonly #table: RegistrationTable
  readonly #args: RegisterArgs
  readonly #options: KeepOptions
  #contact: NameAddr
  readonly #emitter = new GuardedEmitter<RegistrationEvents>()
  #state: RegistrationState = 'idle'
  #expires: number | undefined
  #publicAddress: { readonly host: string; readonly port: number | undefined } | undefined
  #failures = 0
  /** When the present way was registered by, while it holds. */
  #since: number | undefined
  #flow: RegistrationFlow | undefined
  #outbound = false
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #leaving: Promise<void> | undefined

  constructor(core: Core, table: RegistrationTable, args: RegisterArgs, options: KeepOptions = {}) {
    this.#core = core
    this.#table = table
    this.#args = args
    this.#options = options
    this.#contact = outboundContact(toNameAddr(args?.contact, 'contact'), options)
  }

  get state(): RegistrationState {
    return this.#state
  }

  /** Seconds the registrar granted last; `undefined` while there is no binding. */
  get expires(): number | undefined {
    return this.#expires
  }

  /** Where the registrar saw our last REGISTER come from (RFC 3581): behind a NAT not the address we bound. */
  get publicAddress(): { readonly host: string; readonly port: number | undefined } | undefined {
    return this.#publicAddress
  }

  /** What the registrar has for our address: the Contact as given, with what outbound and a learned address added to it. */
  get contact(): NameAddr {
    return this.#contact
  }

  /** The address that reaches this very device (RFC 5627), while it is registered. It shows whose device it is. */
  get gruu(): NameAddr | undefined {
    return this.#core.identities.get(toNameAddr(this.#args.from, 'from').uri)?.gruu
  }

  /** One that does not show it, for the `contact` of an anonymous call; it ends with the registration. */
  get tempGruu(): NameAddr | undefined {
    return this.#core.identities.get(toNameAddr(this.#args.from, 'from').uri)?.tempGruu
  }

  /** The registrar reaches us on the connection that we used to register (RFC 5626 6). */
  get outbound(): boolean {
    return this.#outbound
  }

  /**
   * Registers now, for the first time or after a change of the network. Resolves when the registrar has accepted, rejects with
   * the SipError of this attempt. Later attempts follow by themselves, unless the refusal was final.
   */
  register(): Promise<void> {
    this.#core.kept.add(this)
    const attempt = (): Promise<void> => this.#attempt()
    this.#running ??= (this.#leaving?.then(attempt) ?? attempt()).finally(() => (this.#running = undefined))
    return this.#running
  }

  /** Removes the binding and ends the refreshing. Resolves when the registrar has answered, whatever it said. */
  unregister(): Promise<void> {
    this.rest()
    return (this.#leaving = this.#leave(this.#leaving, this.#running))
  }

  /** After what was begun before it; what is begun after it waits (RFC 3261 10.2: one REGISTER at a time). */
  async #leave(before: Promise<void> | undefined, running: Promise<void> | undefined): Promise<void> {
    await before
    const wasUp = this.#expires !== undefined
    await running?.catch(() => undefined)
    this.#stop()
    if (!wasUp && this.#expires === undefined) {
      this.#state = 'unregistered'
      return
    }
    this.#state = 'unregistering'
    this.#expires = undefined
    try {
      await this.#remove(this.#contact)
    } catch (error) {
      this.#emit('failed', asSipError(error), undefined)
    }
    this.#state = 'unregistered'
    this.#emit('unregistered')
  }

  on<E extends keyof RegistrationEvents>(event: E, listener: (...args: RegistrationEvents[E]) => unknown): this {
    this.#emitter.on(event, listener)
    return this
  }

  once<E extends keyof RegistrationEvents>(event: E, listener: (...args: RegistrationEvents[E]) => unknown): this {
    this.#emitter.once(event, listener)
    return this
  }

  off<E extends keyof RegistrationEvents>(event: E, listener: (...args: RegistrationEvents[E]) => unknown): this {
    this.#emitter.off(event, listener)
    return this
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unregister()
  }

  async #attempt(): Promise<void> {
    this.#stopTimer()
    this.#state = 'registering'
    this.#emit('registering')
    try {
      this.#registered(await this.#asSeen(await this.#bind()))
    } catch (error) {
      const failure = asSipError(error)
      this.#failed(failure)
      throw failure
    }
  }

  /** RFC 5626 4.2.1: a registrar that cannot be reached by flows on this path says 439, and may take a plain binding. */
  async #bind(): Promise<Outcome> {
    try {
      return await this.#send(this.#contact)
    } catch (error) {
      if (!(error instanceof ResponseError) || error.status !== 439 || !this.#contact.params.has('reg-id')) throw error
      this.#contact = this.#contact.with({ params: this.#contact.params.with('reg-id', undefined) })
      return this.#send(this.#contact)
    }
  }

  /** Binds the address where we were seen, if that is another and the options ask for it, and removes the one before. */
  async #asSeen(outcome: Outcome): Promise<Outcome> {
    const before = this.#contact
    const seen = this.#options.learnAddress === true ? contactAsSeen(before, outcome.response) : undefined
    if (seen === undefined) return outcome
    this.#contact = seen
    // With a device name and a flow number the new binding takes the place of the old one (RFC 5626 6).
    if (grantsOutbound(before, outcome.response)) return this.#send(seen)
    const gone = before.with({ params: before.params.with('expires', '0') })
    return this.#send(seen, { Contact: [seen.toString(), gone.toString()] })
  }

  #send(contact: NameAddr, headers: Readonly<Record<string, string[]>> = {}): Promise<Outcome> {
    return register(this.#core, this.#table, { ...this.#args, contact, ...headers }).outcome
  }

  #remove(contact: NameAddr): Promise<Outcome> {
    return register(this.#core, this.#table, { ...this.#args, contact, expires: 0 }).outcome
  }

  #registered({ response, leg, from }: Outcome): void {
    const granted = grantedExpires(response, this.#contact, this.#args.expires ?? DEFAULT_EXPIRES)
    if (granted === undefined || granted <= 0) {
      throw new SipError('ERR_SIP_STATE', `the registrar answered ${response.status} but does not list our contact`)
    }
    this.#since ??= this.#core.clock.monotonic()
    this.#expires = granted
    if (response.via !== undefined) this.#publicAddress = seenAt(response.via)
    this.#outbound = grantsOutbound(this.#contact, response)
    this.#flow?.stop()
    const keepAlive = keepAliveFor(this.#options.keepAlive, this.#outbound, response)
    this.#flow = new RegistrationFlow({ leg, from }, keepAlive, (error) => this.#lost(error))
    this.#state = 'registered'
    this.#emit('registered', granted, response)
    // Early enough for a refresh to fail and be tried again; spread, so that a restarted registrar is not met by all at once.
    // RFC 5627 4.2: an address of this very device that lasts less than 64 s is refreshed at half time.
    const share = granted < 64 && this.gruu !== undefined ? 0.5 : 0.8 + 0.1 * this.#core.random.float()
    this.#next(granted * 1000 * share)
  }

  /** RFC 5626 4.4.1, 4.5: a new flow at once, unless the last one did not hold either. */
  #lost(error: SipError | undefined): void {
    // An attempt that is under way ends by itself, one way or the other.
    if (this.#state !== 'registered' || this.#core.closed) return
    this.#useOtherFlow()
    const pause = this.#countFailure() === 0 ? 0 : this.#backOff()
    this.#state = 'failed'
    this.#emit('lost', error, pause)
    this.#next(pause)
  }

  /** How many failures there were before this one. */
  #countFailure(): number {
    const now = this.#core.clock.monotonic()
    if (this.#since !== undefined && now - this.#since >= STEADY) this.#failures = 0
    this.#since = undefined
    return this.#failures++
  }

  #failed(error: SipError): void {
    const status = error instanceof ResponseError ? error.status : undefined
    this.#expires = undefined
    this.#flow?.stop()
    this.#useOtherFlow()
    if (
      (status !== undefined && FINAL.has(status)) ||
      error.code === 'ERR_SIP_ARGUMENT' ||
      error.code === 'ERR_SIP_CLOSED'
    ) {
      this.#state = 'stopped'
      return this.#emit('failed', error, undefined)
    }
    const broke = this.#since !== undefined && error.code === 'ERR_SIP_REFUSED'
    const isFirst = this.#countFailure() === 0
    // A refresh that finds the connection dead has lost the flow: see #lost.
    const pause = broke && isFirst ? 0 : Math.max(this.#backOff(), retryAfter(error))
    this.#state = 'failed'
    this.#emit('failed', error, pause)
    this.#next(pause)
  }

  /** What we send goes by another flow of ours, if there is one, until this one is back. */
  #useOtherFlow(): void {
    this.#core.identities.lose(toNameAddr(this.#args.from, 'from').uri, this.#contact)
  }

  #backOff(): number {
    const longest = Math.min(RETRY_BASE * 2 ** (this.#failures - 1), RETRY_MAX)
    return longest * (0.5 + 0.5 * this.#core.random.float())
  }

  #next(ms: number): void {
    this.#stopTimer()
    if (this.#core.closed) return
    this.#timer = this.#core.clock.setTimer(ms, () => {
      // The failure has its event and its next attempt.
      this.register().catch(() => undefined)
    })
  }

  /** Neither refreshes nor watches any more. @internal */
  rest(): void {
    this.#core.kept.delete(this)
    this.#stop()
  }

  #stop(): void {
    this.#stopTimer()
    this.#flow?.stop()
  }

  #stopTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #emit<E extends keyof RegistrationEvents>(event: E, ...args: RegistrationEvents[E]): void {
    this.#emitter.emit((error) => this.#core.report(error), event, ...args)
  }
}

function retryAfter(error: SipError): number {
  if (!(error instanceof ResponseError)) return 0
  const seconds = Number.parseInt(error.response.headers.get('Retry-After') ?? '', 10)
  return Number.isFinite(seconds) ? seconds * 1000 : 0
}

function asSipError(error: unknown): SipError {
  return isSipError(error) ? error : new SipError('ERR_SIP_STATE', String(error), { cause: error })
}
