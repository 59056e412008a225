import { MediaError } from '../errors.ts'
import { eventOf } from './events.ts'
import { encodeDtmf } from './payload.ts'

/** How digits are sent as telephone-event. */
export interface DtmfOptions {
  /** length of each tone in ms, rounded to whole packets; 40-20000, default 100 */
  durationMs?: number
  /** silence after each tone in ms, rounded up to whole packets; 0-20000, default 50 */
  gapMs?: number
}

/** One packet of an event, before it gets its sequence number. */
export interface DtmfPacket {
  payload: Uint8Array
  /** the sample at which the event, or this segment of it, began: the timestamp of all its packets (RFC 4733 2.5.1.2) */
  startSample: number
  marker: boolean
}

interface Job {
  codes: number[]
  durationMs: number
  gapMs: number
  done(error?: MediaError): void
}

// the last packet of an event goes out three times (RFC 4733 2.5.1.4)
const endPackets = 3
const longestSegment = 0xffff
const volume = 10

function within(value: number, least: number, what: string): number {
  if (value >= least && value <= 20_000) return value
  throw new MediaError('ERR_MEDIA_ARGUMENT', `${what} is ${value} ms; it must be from ${least} to 20000`)
}

function codesOf(digits: string, allowed: ReadonlySet<number>): number[] {
  return Array.from(digits, (digit) => {
    const code = eventOf(digit)
    if (code === undefined) throw new MediaError('ERR_MEDIA_ARGUMENT', `"${digit}" is no DTMF digit`)
    if (!allowed.has(code)) throw new MediaError('ERR_MEDIA_DTMF', `the peer does not take the event of "${digit}"`)
    return code
  })
}

/**
 * Turns digits into telephone-event packets, one each tick of the stream's pacer (RFC 4733 2.5.1). While it is
 * `active`, send no audio.
 */
export class DtmfSender {
  readonly #jobs: Job[] = []
  #tick = 0
  #startSample = 0
  #segmentSample = 0

  /** True while digits wait or are being sent. */
  get active(): boolean {
    return this.#jobs.length > 0
  }

  /**
   * Adds digits to those being sent. Resolves after the last end packet and its gap.
   *
   * @param allowed the event codes that the peer accepts
   * @throws MediaError `ERR_MEDIA_ARGUMENT` or `ERR_MEDIA_DTMF`; then nothing is sent
   */
  async send(digits: string, allowed: ReadonlySet<number>, options: DtmfOptions = {}): Promise<void> {
    const codes = codesOf(digits, allowed)
    const durationMs = within(options.durationMs ?? 100, 40, 'the duration of a digit')
    const gapMs = within(options.gapMs ?? 50, 0, 'the gap between digits')
    if (codes.length === 0) return
    await new Promise<void>((resolve, reject) => {
      this.#jobs.push({ codes, durationMs, gapMs, done: (error) => (error ? reject(error) : resolve()) })
    })
  }

  /** Drops all digits that wait. */
  cancel(error: MediaError): void {
    for (const job of this.#jobs.splice(0)) job.done(error)
    this.#tick = 0
  }

  /**
   * The packet to send at this tick; `undefined` in a gap.
   *
   * @param sample the sample at which the tick begins
   * @param samples how many samples the tick covers
   * @param rate samples a second
   */
  next(sample: number, samples: number, rate: number): DtmfPacket | undefined {
    const job = this.#jobs[0]
    if (!job) return undefined
    const perTickMs = (samples * 1000) / rate
    const toneTicks = Math.max(1, Math.round(job.durationMs / perTickMs))
    const gapTicks = Math.max(endPackets - 1, Math.ceil(job.gapMs / perTickMs))
    const tick = this.#tick++
    if (tick === 0) this.#startSample = this.#segmentSample = sample
    const packet = this.#packet(job.codes[0]!, tick, toneTicks, samples)
    if (this.#tick === toneTicks + gapTicks) this.#finishDigit(job)
    return packet
  }

  #packet(event: number, tick: number, toneTicks: number, samples: number): DtmfPacket | undefined {
    if (tick >= toneTicks + endPackets - 1) return undefined
    const lasted = Math.min(tick + 1, toneTicks) * samples
    const startSample = this.#segmentSample
    const inSegment = lasted - (startSample - this.#startSample)
    const full = inSegment > longestSegment
    if (full) this.#segmentSample += longestSegment
    const end = !full && tick >= toneTicks - 1
    const duration = Math.min(inSegment, longestSegment)
    return { payload: encodeDtmf({ event, end, volume, duration }), startSample, marker: tick === 0 }
  }

  #finishDigit(job: Job): void {
    this.#tick = 0
    job.codes.shift()
    if (job.codes.length > 0) return
    this.#jobs.shift()
    job.done()
  }
}
