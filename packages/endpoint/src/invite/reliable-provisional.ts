import type { SipRequest, SipResponse } from '@netsip/message'
import type { Timer } from '@netsip/runtime'
import type { Core } from '../core.ts'
import { stateError } from '../errors.ts'
import { hasSession } from '../dialog/offer-answer.ts'
import { type RAck, RELIABLE } from './rack.ts'

/** When it is sent anew, so that proxies on the way do not give up (RFC 3262 3), in ms. */
const KEEP_ALIVE = 150_000

interface Unacknowledged {
  readonly response: SipResponse
  readonly rseq: number
}

/** What it needs of the INVITE it answers. */
interface Answers {
  readonly core: Core
  readonly request: SipRequest
  readonly send: (response: SipResponse) => void
  /** No PRACK came: the INVITE is refused. */
  readonly giveUp: () => void
}

/** Must this provisional response be sent reliably? Throws when the application asks for what the caller cannot do. */
export function isReliable(request: SipRequest, response: SipResponse): boolean {
  if (response.status <= 100) return false
  const isFirst = request.to.tag === undefined
  if (isFirst && request.require.includes(RELIABLE)) return true
  if (!response.require.includes(RELIABLE)) return false
  if (isFirst && request.supported.includes(RELIABLE)) return true
  throw stateError('reliable provisional responses are for the first INVITE of a caller that supports them (RFC 3262)')
}

/**
 * The reliable provisional responses to one INVITE (RFC 3262 3): each is repeated until its PRACK, the next waits for
 * that, and so does a 2xx while a session description is not acknowledged.
 */
export class ReliableProvisionals {
  readonly #answers: Answers
  readonly #waiting: SipResponse[] = []
  #final: (() => void) | undefined
  #over = false
  #current: Unacknowledged | undefined
  #rseq: number
  #interval = 0
  #left = 0
  #timer: Timer | undefined

  constructor(answers: Answers) {
    this.#answers = answers
    this.#rseq = 1 + Math.floor(answers.core.random.float() * (2 ** 31 - 2))
  }

  /** A 2xx is waiting for a PRACK. */
  get holdsFinal(): boolean {
    return this.#final !== undefined
  }

  /** A response is out whose PRACK has not come. */
  get unacknowledged(): boolean {
    return this.#current !== undefined
  }

  send(response: SipResponse): void {
    if (this.#current !== undefined) {
      this.#waiting.push(response)
      return
    }
    this.#timer?.cancel()
    const rseq = this.#rseq++
    if (!response.require.includes(RELIABLE)) response.headers.append('Require', RELIABLE)
    response.headers.set('RSeq', rseq)
    this.#current = { response, rseq }
    const { t1 } = this.#answers.core.dispatcher.timers
    this.#interval = t1
    this.#left = 64 * t1
    this.#answers.send(response)
    this.#wait()
  }

  /** Keeps a 2xx back while a description is unacknowledged; `false` when it may go at once. */
  hold(send: () => void): boolean {
    const unfinished = [this.#current?.response, ...this.#waiting].some((one) => one !== undefined && hasSession(one))
    if (!unfinished) return false
    this.#final = send
    return true
  }

  /** Is this the acknowledgement of the response that waits for one? */
  matches({ rseq, seq, method }: RAck): boolean {
    const { cseq } = this.#answers.request
    return this.#current?.rseq === rseq && seq === cseq.seq && method === cseq.method
  }

  /** The PRACK is there: on to the next response. */
  acknowledged(): void {
    this.#timer?.cancel()
    const current = this.#current?.response
    this.#current = undefined
    const next = this.#waiting.shift()
    if (next !== undefined) return this.send(next)
    const final = this.#final
    this.#final = undefined
    if (final !== undefined) return final()
    if (current !== undefined && !this.#over)
      this.#timer = this.#answers.core.clock.setTimer(KEEP_ALIVE, () => this.send(current))
  }

  /** A final response ends the repeating. The PRACK of what was sent last is still known (RFC 3262 3). */
  stop(): void {
    this.#over = true
    this.#timer?.cancel()
    this.#waiting.length = 0
    this.#final = undefined
  }

  #wait(): void {
    const ms = Math.min(this.#interval, this.#left)
    this.#timer = this.#answers.core.clock.setTimer(ms, () => this.#tick(ms))
  }

  #tick(ms: number): void {
    this.#left -= ms
    if (this.#left <= 0) {
      this.stop()
      return this.#answers.giveUp()
    }
    // RFC 3262 3: doubling, without the limit of T2.
    this.#interval *= 2
    if (this.#current !== undefined) this.#answers.send(this.#current.response)
    this.#wait()
  }
}
