import { wireRate } from '../../web/protocol.ts'
import { PlayoutQueue } from './playout-queue.ts'
import { Resampler } from './resampler.ts'

/** Plays frames of 8000 Hz at the rate of the loudspeaker. */
class Playback extends AudioWorkletProcessor {
  readonly #resampler = new Resampler(wireRate, sampleRate)
  readonly #queue = new PlayoutQueue(sampleRate * 0.06, sampleRate * 0.24)

  constructor() {
    super()
    this.port.addEventListener('message', ({ data }: MessageEvent<Int16Array>) => {
      this.#queue.push(this.#resampler.process(Float32Array.from(data, (sample) => sample / 32_768)))
    })
    this.port.start()
  }

  override process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [first, ...others] = outputs[0] ?? []
    if (first) this.#queue.pull(first)
    for (const channel of others) channel.set(first!)
    return true
  }
}

registerProcessor('playback', Playback)
