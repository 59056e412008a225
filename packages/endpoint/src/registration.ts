import type { NameAddr, SipResponse } from '@netsip/message'
import { isSipError, SipError, type Timer } from '@netsip/runtime'
import { EventEmitter } from 'eventemitter3'
import { toNameAddr } from './context-init.ts'
import type { Core } from './core.ts'
import { ResponseError } from './errors.ts'
import { DEFAULT_EXPIRES, grantedExpires, register, type RegisterArgs, type RegistrationTable } from './register.ts'

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
  unregistered: []
}

/** Base and limit of the pause after failures, in ms (RFC 5626 4.5). */
const RETRY_BASE = 30_000
const RETRY_MAX = 1_800_000

/** Refusals that the next attempt would meet as well (RFC 3261 10.3). */
const FINAL = new Set([401, 403, 404, 407, 416, 420])

/** Keeps an address registered: refreshes before it expires, tries again after failures, removes the binding at the end. */
export class Registration {
  readonly #core: Core
  readonly #table: RegistrationTable
  readonly #args: RegisterArgs
  readonly #contact: NameAddr
  readonly #emitter = new EventEmitter<RegistrationEvents>()
  #state: RegistrationState = 'idle'
  #expires: number | undefined
  #publicAddress: { readonly host: string; readonly port: number | undefined } | undefined
  #failures = 0
  #timer: Timer | undefined
  #running: Promise<void> | undefined

  constructor(core: Core, table: RegistrationTable, args: RegisterArgs) {
    this.#core = core
    this.#table = table
    this.#args = args
    this.#contact = toNameAddr(args.contact, 'contact')
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

  /**
   * Registers now. Resolves when the registrar has accepted, rejects with the SipError of this attempt; later attempts
   * follow by themselves, unless the refusal was final.
   */
  register(): Promise<void> {
    this.#running ??= this.#attempt().finally(() => (this.#running = undefined))
    return this.#running
  }

  /** Removes the binding and ends the refreshing. Resolves when the registrar has answered, whatever it said. */
  async unregister(): Promise<void> {
    this.#stopTimer()
    const wasUp = this.#state === 'registered' || this.#expires !== undefined
    await this.#running?.catch(() => undefined)
    this.#stopTimer()
    if (!wasUp && this.#expires === undefined) return this.#become('unregistered')
    this.#become('unregistering')
    this.#expires = undefined
    try {
      await register(this.#core, this.#table, { ...this.#args, expires: 0 }).outcome
    } catch (error) {
      this.#emit('failed', asSipError(error), undefined)
    }
    this.#become('unregistered')
    this.#emit('unregistered')
  }

  on<E extends keyof RegistrationEvents>(event: E, listener: (...args: RegistrationEvents[E]) => void): this {
    this.#emitter.on(event, listener)
    return this
  }

  once<E extends keyof RegistrationEvents>(event: E, listener: (...args: RegistrationEvents[E]) => void): this {
    this.#emitter.once(event, listener)
    return this
  }

  off<E extends keyof RegistrationEvents>(event: E, listener: (...args: RegistrationEvents[E]) => void): this {
    this.#emitter.off(event, listener)
    return this
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unregister()
  }

  async #attempt(): Promise<void> {
    this.#stopTimer()
    this.#become('registering')
    this.#emit('registering')
    try {
      const { response } = await register(this.#core, this.#table, this.#args).outcome
      this.#registered(response)
    } catch (error) {
      const failure = asSipError(error)
      this.#failed(failure)
      throw failure
    }
  }

  #registered(response: SipResponse): void {
    const granted = grantedExpires(response, this.#contact, this.#args.expires ?? DEFAULT_EXPIRES)
    if (granted === undefined || granted <= 0) {
      throw new SipError('ERR_SIP_STATE', `the registrar answered ${response.status} but does not list our contact`)
    }
    this.#failures = 0
    this.#expires = granted
    this.#notePublicAddress(response)
    this.#become('registered')
    this.#emit('registered', granted, response)
    // Early enough for a refresh to fail and be tried again; spread, so that a restarted registrar is not met by all at once.
    this.#next(granted * 1000 * (0.8 + 0.1 * this.#core.random.float()))
  }

  #notePublicAddress({ via }: SipResponse): void {
    if (via === undefined) return
    const port = typeof via.rport === 'number' ? via.rport : via.port
    this.#publicAddress = { host: via.received ?? via.host, port }
  }

  #failed(error: SipError): void {
    const status = error instanceof ResponseError ? error.status : undefined
    this.#expires = undefined
    if (
      (status !== undefined && FINAL.has(status)) ||
      error.code === 'ERR_SIP_ARGUMENT' ||
      error.code === 'ERR_SIP_CLOSED'
    ) {
      this.#become('stopped')
      return this.#emit('failed', error, undefined)
    }
    const pause = Math.max(this.#backOff(), retryAfter(error))
    this.#failures += 1
    this.#become('failed')
    this.#emit('failed', error, pause)
    this.#next(pause)
  }

  #backOff(): number {
    const longest = Math.min(RETRY_BASE * 2 ** this.#failures, RETRY_MAX)
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

  #stopTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #become(state: RegistrationState): void {
    this.#state = state
  }

  #emit<E extends keyof RegistrationEvents>(event: E, ...args: RegistrationEvents[E]): void {
    try {
      this.#emitter.emit(event, ...(args as never))
    } catch (error) {
      this.#core.report(error)
    }
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
