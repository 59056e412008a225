import type { Timer } from '@netsip/runtime'
import type { StreamHandlers, StreamSocket } from '../stream/stream-socket.ts'
import type { Link } from './link.ts'
import type { Wire } from './wire.ts'

/** A lost segment is sent again after this long, twice as long each time, as TCP does. */
const firstRetry = 200
const maxTries = 8

interface Segment {
  bytes: Uint8Array
  arrived: boolean
  deliver: () => void
  done: ((error?: Error) => void) | undefined
}

/** Connects one simulated host to another: a handshake, then two {@link PipeEnd}s. */
export function openPipe(
  wire: Wire,
  from: string,
  target: { addr: string; port: number },
  handlers: StreamHandlers,
): StreamSocket {
  const there = wire.link(from, target.addr)
  const back = wire.link(target.addr, from)
  const near = new PipeEnd(wire, there, handlers)
  near.transmit(() => {
    if (near.dead) return
    const leg = wire.streamLeg(target.addr, target.port)
    if (!leg) return near.later(back, () => near.fail(coded('ECONNREFUSED')))
    leg.connected(from, wire.freePort(from), (farHandlers) => {
      const far = new PipeEnd(wire, back, farHandlers)
      near.join(far)
      far.join(near)
      far.transmit(() => near.established())
      return far
    })
  })
  return near
}

/** One end of a simulated connection. */
class PipeEnd implements StreamSocket {
  readonly #wire: Wire
  readonly #link: Link
  readonly #handlers: StreamHandlers
  readonly #retries = new Set<Timer>()
  #other: PipeEnd | undefined
  #segments: Segment[] = []
  #ending = false
  #dead = false
  queued = 0

  constructor(wire: Wire, link: Link, handlers: StreamHandlers) {
    this.#wire = wire
    this.#link = link
    this.#handlers = handlers
  }

  get dead(): boolean {
    return this.#dead
  }

  join(other: PipeEnd): void {
    this.#other = other
  }

  established(): void {
    if (!this.#dead) this.#handlers.opened()
  }

  write(bytes: Uint8Array, done: (error?: Error) => void): void {
    if (this.#dead || this.#ending) {
      this.#wire.clock.setTimer(0, () => done(coded('EPIPE')))
      return
    }
    // What is one write here arrives in pieces there, as streams do.
    const cut = bytes.length < 2 ? bytes.length : 1 + (this.#wire.random.uint32() % (bytes.length - 1))
    this.#queue(bytes.slice(0, cut), bytes.length === cut ? done : undefined)
    if (bytes.length > cut) this.#queue(bytes.slice(cut), done)
  }

  end(): void {
    if (this.#dead || this.#ending) return
    this.#ending = true
    this.transmit(
      () => this.#other?.peerEnded(),
      () => this.#die(),
    )
  }

  destroy(): void {
    if (this.#dead) return
    const other = this.#other
    if (other) this.later(this.#link, () => other.fail(coded('ECONNRESET')))
    this.#wire.clock.setTimer(0, () => this.#die())
  }

  /** Sends something that has to arrive, after all that was sent before. */
  transmit(deliver: () => void, done?: (error?: Error) => void): void {
    this.#send({ bytes: new Uint8Array(0), arrived: false, deliver, done })
  }

  /** Runs something when a segment that may be lost for good would arrive. */
  later(link: Link, run: () => void): void {
    const ms = link.segment()
    if (ms !== undefined) this.#wire.clock.setTimer(ms, run)
  }

  peerEnded(): void {
    if (!this.#dead) this.#handlers.ended()
  }

  receive(bytes: Uint8Array): void {
    if (!this.#dead) this.#handlers.data(bytes)
    else if (this.#other) this.later(this.#link, () => this.#other?.fail(coded('ECONNRESET')))
  }

  fail(error: Error): void {
    this.#die(error)
  }

  #queue(bytes: Uint8Array, done?: (error?: Error) => void): void {
    this.queued += bytes.length
    this.#send({ bytes, arrived: false, deliver: () => this.#other?.receive(bytes), done })
  }

  #send(segment: Segment): void {
    this.#segments.push(segment)
    this.#try(segment, 0)
  }

  #try(segment: Segment, tries: number): void {
    if (this.#dead) return
    if (tries >= maxTries) return this.#die(coded('ETIMEDOUT'))
    const ms = this.#link.segment()
    const timer = this.#wire.clock.setTimer(ms ?? firstRetry * 2 ** tries, () => {
      this.#retries.delete(timer)
      if (ms === undefined) this.#try(segment, tries + 1)
      else this.#arrived(segment)
    })
    this.#retries.add(timer)
  }

  #arrived(segment: Segment): void {
    segment.arrived = true
    while (this.#segments[0]?.arrived && !this.#dead) {
      const [first] = this.#segments.splice(0, 1) as [Segment]
      this.queued -= first.bytes.length
      first.deliver()
      first.done?.()
    }
  }

  #die(error?: Error): void {
    if (this.#dead) return
    this.#dead = true
    for (const timer of this.#retries) timer.cancel()
    this.#retries.clear()
    const segments = this.#segments
    this.#segments = []
    for (const { done } of segments) done?.(error ?? coded('EPIPE'))
    this.#handlers.closed(error)
  }
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code })
}
