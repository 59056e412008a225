import type { RtpPacket } from '../rtp/packet.ts'
import { digitOf, type DtmfDigit } from './events.ts'
import { decodeDtmf, type DtmfPayload } from './payload.ts'

/** A digit that was received, from its beginning to its end. */
export interface DtmfEvent {
  digit: DtmfDigit
  durationMs: number
}

/** Settings of a {@link DtmfReceiver}. */
export interface DtmfReceiverOptions {
  /** timestamp units a second (default 8000) */
  clockRate?: number
  /** ms without a packet after which an event counts as over: three update intervals of 50 ms (default 150) */
  timeoutMs?: number
  onDigit(event: DtmfEvent): void
}

interface Running {
  event: number
  /** timestamp of the segment that runs */
  timestamp: number
  /** duration of the segments before it */
  before: number
  duration: number
  heard: number
}

const segmentLength = 0xffff
const remembered = 32

/**
 * Makes one digit of the packets of a telephone-event (RFC 4733 2.5.2), even when all but one of them are lost, or when they come
 * twice or out of order: all packets of an event have the same timestamp, and no two events share one.
 */
export class DtmfReceiver {
  readonly #options: DtmfReceiverOptions
  #running: Running | undefined
  #over: number[] = []

  constructor(options: DtmfReceiverOptions) {
    this.#options = options
  }

  /** Takes a packet with the payload type of telephone-event. `now`: monotonic, ms. */
  receive({ timestamp, payload }: Pick<RtpPacket, 'timestamp' | 'payload'>, now: number): void {
    const report = decodeDtmf(payload)
    if (!report || digitOf(report.event) === undefined || this.#over.includes(timestamp)) return
    if (this.#running?.timestamp !== timestamp) this.#begin(report, timestamp, now)
    const running = this.#running!
    if (running.timestamp !== timestamp) return
    running.duration = Math.max(running.duration, report.duration)
    running.heard = now
    if (report.end) this.#finish()
  }

  /** Ends an event whose last packets were lost. Call it at every tick. */
  poll(now: number): void {
    if (this.#running && now - this.#running.heard >= (this.#options.timeoutMs ?? 150)) this.#finish()
  }

  /** Ends the current event, when the stream is over or another source took over. */
  flush(): void {
    this.#finish()
    this.#over = []
  }

  #begin({ event, duration }: DtmfPayload, timestamp: number, now: number): void {
    const running = this.#running
    const distance = running ? (timestamp - running.timestamp) | 0 : 0
    if (running && running.event === event && distance === segmentLength) {
      // an event longer than 65535 units goes on in a new segment (RFC 4733 2.5.1.3)
      this.#forget(running.timestamp)
      this.#running = { event, timestamp, before: running.before + segmentLength, duration, heard: now }
    } else if (running && distance < 0) {
      // everything else of an older digit was lost: it still comes before the one that runs
      this.#report({ event, timestamp, before: 0, duration, heard: now })
    } else {
      this.#finish()
      this.#running = { event, timestamp, before: 0, duration, heard: now }
    }
  }

  #finish(): void {
    const running = this.#running
    if (!running) return
    this.#running = undefined
    this.#report(running)
  }

  #report({ event, timestamp, before, duration }: Running): void {
    this.#forget(timestamp)
    const durationMs = Math.round(((before + duration) * 1000) / (this.#options.clockRate ?? 8000))
    this.#options.onDigit({ digit: digitOf(event)!, durationMs })
  }

  #forget(timestamp: number): void {
    this.#over.push(timestamp)
    if (this.#over.length > remembered) this.#over.shift()
  }
}
