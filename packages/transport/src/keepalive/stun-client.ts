import { SipError, type Clock, type Random, type Timer } from '@netsip/runtime'
import { hostPort } from '../ip.ts'
import type { Target } from '../leg/leg.ts'
import { describeTarget } from '../target.ts'
import type { KeepAliveOptions } from './keep-alive.ts'
import { datagramInterval } from './intervals.ts'
import { stunRequest, type StunMessage } from './stun.ts'

/** RFC 8489 6.2.1: sent again after 0.5, 1, 2 ... s, seven times, then 8 s of waiting. */
const firstRetry = 500
const maxTries = 7
const lastWait = 8000

/** What a {@link StunClient} works with. */
export interface StunWorld {
  clock: Clock
  random: Random
  send(bytes: Uint8Array): void
}

/** Keeps one UDP binding open with STUN, and notices when it is lost or becomes another (RFC 5626 4.4.2). */
export class StunClient {
  readonly #world: StunWorld
  readonly #target: Target
  readonly #options: KeepAliveOptions
  readonly #ended: () => void
  #transaction = ''
  #mapped: string | undefined
  #timer: Timer | undefined
  #over = false

  constructor(world: StunWorld, target: Target, options: KeepAliveOptions, ended: () => void) {
    this.#world = world
    this.#target = target
    this.#options = options
    this.#ended = ended
    this.#ask()
  }

  stop(): void {
    if (this.#over) return
    this.#over = true
    this.#timer?.cancel()
    this.#ended()
  }

  /** Takes an answer that came from the peer; false when it answers nothing that was asked. */
  answered(answer: StunMessage): boolean {
    if (this.#over || answer.transaction !== this.#transaction) return false
    this.#transaction = ''
    const mapped = answer.mapped && hostPort(answer.mapped.host, answer.mapped.port)
    if (mapped !== undefined && this.#mapped !== undefined && this.#mapped !== mapped) {
      this.#fail(`sees us at ${mapped} now, and at ${this.#mapped} before`)
    } else {
      this.#mapped ??= mapped
      this.#after(datagramInterval(this.#options.flowTimer, this.#world.random.float()), () => this.#ask())
    }
    return true
  }

  #ask(): void {
    const transaction = this.#world.random.bytes(12)
    this.#transaction = Array.from(transaction, (octet) => octet.toString(16).padStart(2, '0')).join('')
    this.#try(stunRequest(transaction), 0)
  }

  #try(request: Uint8Array, tries: number): void {
    if (tries === maxTries) return this.#fail('does not answer')
    this.#world.send(request)
    const wait = tries === maxTries - 1 ? lastWait : firstRetry * 2 ** tries
    this.#after(wait, () => this.#try(request, tries + 1))
  }

  #after(ms: number, run: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.#world.clock.setTimer(ms, run)
  }

  #fail(what: string): void {
    this.stop()
    this.#options.onFailed?.(new SipError('ERR_SIP_REFUSED', `${describeTarget(this.#target)} ${what}`))
  }
}
