import { Event, type EventValue, MinExpires, SipETag, SipIfMatch, type SipResponse } from '@netsip/message'
import { GuardedEmitter, type SipError, type Timer } from '@netsip/runtime'
import type { Body } from '../request/body.ts'
import { type ContextInit, toNameAddr } from '../context/context-init.ts'
import type { Core } from '../core.ts'
import { argumentError, ResponseError } from '../errors.ts'
import { newRequest } from '../request/new-request.ts'

/** What is published, and for whom. */
export interface PublicationInit extends ContextInit {
  /** The event package. Mandatory. */
  readonly event: string | EventValue
  /** Seconds the state shall stand without a refresh. Default 3600. */
  readonly expires?: number
}

/** Events of a Publication. */
export interface PublicationEvents {
  /** The state stands for `expires` seconds under this entity tag. */
  published: [expires: number, etag: string]
  /** It was refused, or nobody answered; nothing is refreshed until `publish` is called again. */
  failed: [error: SipError]
  removed: []
}

/** State of ours that an event state compositor holds (RFC 3903): published, refreshed before it expires, and removed. */
export class Publication {
  readonly #core: Core
  readonly #init: PublicationInit
  readonly #event: EventValue
  readonly #emitter = new GuardedEmitter<PublicationEvents>()
  #expires: number
  #etag: string | undefined
  #body: Body | undefined
  #contentType: string | undefined
  #timer: Timer | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(core: Core, init: PublicationInit) {
    if (init.event === undefined || init.event === '') throw argumentError("publish needs 'event'")
    this.#core = core
    this.#init = init
    this.#event = typeof init.event === 'string' ? { type: init.event } : init.event
    this.#expires = init.expires ?? 3600
    toNameAddr(init.to, 'to')
  }

  /** The entity tag of what stands; `undefined` while nothing does. */
  get etag(): string | undefined {
    return this.#etag
  }

  /** Publishes new state, in place of what stood before. */
  publish(body: Body, contentType: string): Promise<void> {
    this.#body = body
    this.#contentType = contentType
    return this.#inTurn(() => this.#send(body, this.#expires))
  }

  /** Removes what stands (RFC 3903 4.5). */
  remove(): Promise<void> {
    this.rest()
    return this.#inTurn(async () => {
      if (this.#etag !== undefined) await this.#send(undefined, 0)
    })
  }

  /** Is not refreshed any more. @internal */
  rest(): void {
    this.#timer?.cancel()
    this.#core.kept.delete(this)
  }

  /** RFC 3903 4: the next PUBLISH waits for the answer to the one before, whose tag it needs. */
  #inTurn(run: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(run)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  on<E extends keyof PublicationEvents>(event: E, listener: (...args: PublicationEvents[E]) => unknown): this {
    this.#emitter.on(event, listener)
    return this
  }

  off<E extends keyof PublicationEvents>(event: E, listener: (...args: PublicationEvents[E]) => unknown): this {
    this.#emitter.off(event, listener)
    return this
  }

  async #send(body: Body | undefined, expires: number): Promise<void> {
    this.rest()
    try {
      const { response } = await this.#request(body, expires).outcome
      this.#accepted(response, expires)
    } catch (error) {
      if (this.#recover(error)) return this.#send(this.#body, this.#expires)
      this.#etag = undefined
      this.#emit('failed', error as SipError)
      throw error
    }
  }

  #request(body: Body | undefined, expires: number): ReturnType<typeof newRequest> {
    const write: Record<string, string | number> = { Event: Event.format(this.#event), Expires: expires }
    if (this.#etag !== undefined) write['SIP-If-Match'] = SipIfMatch.format(this.#etag)
    if (body !== undefined && this.#contentType !== undefined) write['Content-Type'] = this.#contentType
    return newRequest(this.#core, { method: 'PUBLISH', ctx: this.#init, body, args: write })
  }

  #accepted(response: SipResponse, asked: number): void {
    if (asked === 0) {
      this.#etag = undefined
      return this.#emit('removed')
    }
    const expires = response.expires ?? asked
    this.#etag = response.read(SipETag)
    // RFC 3903 4.1: every 200 has a tag; one without cannot be refreshed.
    if (this.#etag === undefined) return
    this.#emit('published', expires, this.#etag)
    const refresh = (): Promise<void> => this.#send(undefined, this.#expires)
    this.#timer = this.#core.clock.setTimer(
      850 * Math.max(1, expires),
      () => void this.#inTurn(refresh).catch(() => undefined),
    )
    this.#core.kept.add(this)
  }

  /** 412: the tag is unknown, so all is said anew; 423: a longer lifetime (RFC 3903 4.1, 4.2). */
  #recover(error: unknown): boolean {
    if (!(error instanceof ResponseError)) return false
    if (error.status === 412 && this.#etag !== undefined) {
      this.#etag = undefined
      return true
    }
    const minimum = error.status === 423 ? error.response.read(MinExpires) : undefined
    if (minimum === undefined || minimum <= this.#expires) return false
    this.#expires = minimum
    return true
  }

  #emit<E extends keyof PublicationEvents>(event: E, ...args: PublicationEvents[E]): void {
    this.#emitter.emit((error) => this.#core.report(error), event, ...args)
  }
}
