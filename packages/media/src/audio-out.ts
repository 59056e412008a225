import type { Random } from '@netsip/runtime'
import { frameSamples, type AudioSource } from './audio/source.ts'
import { DtmfSender, type DtmfOptions } from './dtmf/sender.ts'
import { MediaError } from './errors.ts'
import type { AgreedAudio } from './sdp/agreement.ts'
import { sends } from './sdp/direction.ts'
import { RtpSender, type RtpContent } from './rtp/sender.ts'

/** What a session sends while it has no source: packets of silence, or no packets. */
export type Idle = 'silence' | 'quiet'

/** What an {@link AudioOut} needs of its session. */
export interface AudioOutOptions {
  random: Random
  idle: Idle
  /** monotonic, ms */
  now(): number
  transmit(bytes: Uint8Array): void
  sourceEnded(source: AudioSource): void
  failed(error: MediaError): void
}

// A source with its own pace may be this late before the gap counts as a pause in the talk.
const pauseMs = 200

/** The sending half of a stream: pulls the source at the pace of its ticks, encodes, numbers, and weaves in DTMF. */
export class AudioOut {
  readonly #options: AudioOutOptions
  readonly #rtp: RtpSender
  readonly #dtmf = new DtmfSender()
  #agreed: AgreedAudio | undefined
  #startedAt: number | undefined
  #source: AudioSource | undefined
  #detach: (() => void) | undefined
  #left = new Int16Array(0)
  #nextSample = 0
  #talking = false
  #bytes = 0

  constructor(options: AudioOutOptions) {
    this.#options = options
    this.#rtp = new RtpSender(options.random)
  }

  get rtp(): RtpSender {
    return this.#rtp
  }

  /** Payload bytes sent, over all SSRCs. */
  get bytes(): number {
    return this.#bytes
  }

  /** What was negotiated last; it counts from the next packet on. */
  set agreed(agreed: AgreedAudio) {
    this.#agreed = agreed
  }

  /** @param now monotonic, ms: the zero of the time line */
  start(now: number): void {
    this.#startedAt ??= now
  }

  setSource(source: AudioSource | undefined): void {
    this.#detach?.()
    this.#detach = undefined
    this.#source = source
    this.#left = new Int16Array(0)
    if (source?.attach) this.#detach = source.attach((frame) => this.#pushed(frame))
  }

  async sendDtmf(digits: string, options: DtmfOptions | undefined): Promise<void> {
    const { events } = this.#agreed ?? {}
    if (this.#startedAt === undefined)
      throw new MediaError('ERR_MEDIA_STATE', 'DTMF can be sent once media has started')
    if (!events) throw new MediaError('ERR_MEDIA_DTMF', 'the peer did not agree to telephone-event')
    await this.#dtmf.send(digits, events.allowed, options)
  }

  /** One tick of the pacer. `due`: when it should have come. */
  tick(due: number): void {
    const agreed = this.#agreed
    if (!agreed || !sends(agreed.direction)) {
      this.#talking = false
      return
    }
    const { clockRate } = agreed.codec
    const samples = (agreed.ptime * clockRate) / 1000
    const at = Math.max(this.#sampleAt(due, clockRate), this.#nextSample)
    const frame = this.#frame(samples)
    if (this.#dtmf.active) this.#sendEvent(agreed, at, samples)
    else if (frame) this.#sendAudio(agreed, at, frame)
    else this.#talking = false
  }

  /** The RTP timestamp of this moment (RFC 3550 6.4.1: a sender report names one). */
  timestampAt(now: number): number {
    return this.#rtp.timestamp(this.#sampleAt(now, this.#agreed?.codec.clockRate ?? 8000))
  }

  close(): void {
    this.setSource(undefined)
    this.#dtmf.cancel(new MediaError('ERR_MEDIA_CLOSED', 'the session was closed before all digits were sent'))
    this.#agreed = undefined
  }

  #sampleAt(time: number, clockRate: number): number {
    return Math.round(((time - (this.#startedAt ?? time)) * clockRate) / 1000)
  }

  /** The audio of one packet; `undefined` when nothing is to be sent. A source that sets its own pace is never read. */
  #frame(samples: number, next = true): Int16Array | undefined {
    const source = this.#source
    if (source?.attach) return undefined
    if (!source) return this.#idleFrame(samples)
    const frame = new Int16Array(samples)
    let filled = this.#takeLeft(frame)
    while (filled < samples) {
      const part = new Int16Array(frameSamples)
      if (!this.#read(source, part)) {
        this.#sourceEnded(source)
        if (filled > 0) return frame
        // what was set in its place goes on without a gap, if it has anything to say
        return next ? this.#frame(samples, false) : this.#idleFrame(samples)
      }
      const room = samples - filled
      frame.set(part.subarray(0, room), filled)
      if (room < part.length) this.#left = part.subarray(room)
      filled += Math.min(room, part.length)
    }
    return frame
  }

  #idleFrame(samples: number): Int16Array | undefined {
    return this.#options.idle === 'silence' ? new Int16Array(samples) : undefined
  }

  #takeLeft(frame: Int16Array): number {
    const left = this.#left
    const taken = Math.min(left.length, frame.length)
    frame.set(left.subarray(0, taken))
    this.#left = left.subarray(taken)
    return taken
  }

  #read(source: AudioSource, frame: Int16Array): boolean {
    try {
      return source.read(frame)
    } catch (error) {
      this.#options.failed(new MediaError('ERR_MEDIA_APPLICATION', 'the audio source threw', { cause: error }))
      return false
    }
  }

  #sourceEnded(source: AudioSource): void {
    if (this.#source !== source) return
    this.#source = undefined
    this.#options.sourceEnded(source)
  }

  #pushed(frame: Int16Array): void {
    const agreed = this.#agreed
    if (!agreed || !sends(agreed.direction) || this.#startedAt === undefined || this.#dtmf.active) return
    const { clockRate } = agreed.codec
    const now = this.#sampleAt(this.#options.now(), clockRate)
    const paused = now - this.#nextSample > (pauseMs * clockRate) / 1000
    if (paused) this.#talking = false
    this.#sendAudio(agreed, paused ? now : this.#nextSample, frame)
  }

  #sendAudio({ codec, payloadType }: AgreedAudio, sample: number, frame: Int16Array): void {
    // silence was not sent, so this is the first packet of a talkspurt (RFC 3551 4.1)
    const marker = !this.#talking || sample !== this.#nextSample
    this.#talking = true
    this.#nextSample = sample + frame.length
    this.#transmit({ payloadType, payload: codec.encode(frame), timestamp: this.#rtp.timestamp(sample), marker })
  }

  #sendEvent({ codec, events }: AgreedAudio, sample: number, samples: number): void {
    this.#talking = false
    this.#nextSample = sample + samples
    const packet = this.#dtmf.next(sample, samples, codec.clockRate)
    if (!packet || !events) return
    const { payload, marker, startSample } = packet
    this.#transmit({ payloadType: events.sendType, payload, timestamp: this.#rtp.timestamp(startSample), marker })
  }

  #transmit(content: RtpContent): void {
    this.#bytes += content.payload.length
    this.#options.transmit(this.#rtp.packet(content))
  }
}
