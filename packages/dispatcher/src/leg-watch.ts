import type { SipMessage, SipParseError } from '@netsip/message'
import type { Clock, SipError, Tracer } from '@netsip/runtime'
import type { Flow, Leg, LegEvents, Source } from '@netsip/transport'
import { LegTracer } from './trace.ts'

/** What a dispatcher does with what happens on a leg. */
export interface LegHandlers {
  message(message: SipMessage, source: Source): void
  malformed(error: SipParseError, source: Source): void
  drop(reason: string, source?: Source): void
  flowClosed(flow: Flow, error?: SipError): void
  error(error: Error): void
  tracerFailed(error: unknown): void
  closed(): void
}

/** Listens to one leg until it is stopped. */
export class LegWatch {
  readonly #leg: Leg
  readonly #stops: (() => void)[] = []

  constructor(leg: Leg, clock: Clock, tracer: Tracer | undefined, handlers: LegHandlers) {
    this.#leg = leg
    const trace = tracer && new LegTracer(tracer, clock, leg, (error) => handlers.tracerFailed(error))
    this.#listen('message', (message, source, bytes) => {
      trace?.received(bytes, source)
      handlers.message(message, source)
    })
    this.#listen('malformed', (error, source, bytes) => {
      trace?.received(bytes, source)
      handlers.malformed(error, source)
    })
    this.#listen('drop', (reason, source, bytes) => {
      if (bytes?.length) trace?.received(bytes, source!)
      handlers.drop(reason, source)
    })
    this.#listen('flowClosed', (flow, error) => handlers.flowClosed(flow, error))
    this.#listen('error', (error) => handlers.error(error))
    this.#listen('close', () => handlers.closed())
    if (trace) this.#listen('sent', (bytes, target) => trace.sent(bytes, target))
  }

  stop(): void {
    for (const stop of this.#stops) stop()
    this.#stops.length = 0
  }

  #listen<Name extends keyof LegEvents>(event: Name, listener: (...args: LegEvents[Name]) => void): void {
    this.#leg.on(event, listener)
    this.#stops.push(() => this.#leg.off(event, listener))
  }
}
