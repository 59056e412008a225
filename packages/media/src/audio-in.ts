import { frameSamples, type AudioSink } from './audio/source.ts'
import { DtmfReceiver, type DtmfEvent } from './dtmf/receiver.ts'
import { MediaError } from './errors.ts'
import { JitterBuffer, type JitterBufferOptions } from './rtp/jitter-buffer.ts'
import type { RtpPacket } from './rtp/packet.ts'
import { RtpReceiver } from './rtp/receiver.ts'
import type { AgreedAudio } from './sdp/agreement.ts'
import { receives } from './sdp/direction.ts'

/** What an {@link AudioIn} needs of its session. */
export interface AudioInOptions {
  jitterBuffer?: JitterBufferOptions
  digit(event: DtmfEvent): void
  failed(error: MediaError): void
}

// RFC 3389: comfort noise, which is no audio
const comfortNoise = 13

/** The receiving half of a stream: order, loss and jitter, decoding, DTMF, and a frame each tick to the sinks. */
export class AudioIn {
  readonly #options: AudioInOptions
  readonly #rtp: RtpReceiver
  readonly #jitterBuffer: JitterBuffer
  readonly #dtmf: DtmfReceiver
  readonly #sinks = new Set<AudioSink>()
  #agreed: AgreedAudio | undefined
  #owed = 0
  #unknown = 0

  constructor(options: AudioInOptions) {
    this.#options = options
    this.#jitterBuffer = new JitterBuffer(options.jitterBuffer)
    this.#dtmf = new DtmfReceiver({ onDigit: (event) => options.digit(event) })
    this.#rtp = new RtpReceiver({ onSource: (_ssrc, before) => this.#sourceChanged(before) })
  }

  get rtp(): RtpReceiver {
    return this.#rtp
  }

  get jitterBuffer(): JitterBuffer {
    return this.#jitterBuffer
  }

  /** Packets of a payload type that was not agreed. */
  get unknown(): number {
    return this.#unknown
  }

  /** What was negotiated last; it counts from the next packet on. */
  set agreed(agreed: AgreedAudio) {
    this.#agreed = agreed
  }

  addSink(sink: AudioSink): () => void {
    this.#sinks.add(sink)
    return () => void this.#sinks.delete(sink)
  }

  /** Takes a packet. `now`: when it arrived, monotonic, ms. */
  receive(packet: RtpPacket, now: number): void {
    const timed = packet.payloadType !== this.#agreed?.events?.receiveType
    for (const each of this.#rtp.receive(packet, now, timed)) this.#use(each, now)
  }

  /** One tick of the pacer that covers this many samples: plays what is due, in frames of 20 ms. */
  tick(samples: number, now: number): void {
    this.#dtmf.poll(now)
    for (this.#owed += samples; this.#owed >= frameSamples; this.#owed -= frameSamples) {
      const frame = new Int16Array(frameSamples)
      if (this.#jitterBuffer.read(frame)) this.#play(frame)
    }
  }

  /** Plays what still waits, and ends the sinks. */
  close(): void {
    this.#dtmf.flush()
    for (const frame of this.#jitterBuffer.drain(frameSamples)) this.#play(frame)
    for (const sink of this.#sinks) this.#guard(sink, () => sink.end?.())
    this.#sinks.clear()
  }

  #use(packet: RtpPacket, now: number): void {
    const agreed = this.#agreed
    if (!agreed) return
    if (packet.payloadType === agreed.events?.receiveType) {
      this.#dtmf.receive(packet, now)
      return
    }
    const codec = agreed.receive.get(packet.payloadType)
    if (!codec) {
      if (packet.payloadType !== comfortNoise) this.#unknown++
      return
    }
    if (!receives(agreed.direction) || packet.payload.length === 0) return
    const samples = codec.decode(packet.payload)
    this.#jitterBuffer.put(packet.timestamp, samples, packet.marker)
    for (const sink of this.#sinks) if (sink.direct) this.#guard(sink, () => sink.write(samples))
  }

  #play(frame: Int16Array): void {
    for (const sink of this.#sinks) if (!sink.direct) this.#guard(sink, () => sink.write(frame))
  }

  /** A sink that throws is taken off: it would throw fifty times a second. */
  #guard(sink: AudioSink, run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#sinks.delete(sink)
      this.#options.failed(new MediaError('ERR_MEDIA_APPLICATION', 'an audio sink threw', { cause: error }))
    }
  }

  #sourceChanged(before: number | undefined): void {
    if (before === undefined) return
    this.#jitterBuffer.reset()
    this.#dtmf.flush()
  }
}
