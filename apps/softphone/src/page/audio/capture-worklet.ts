import { frameSamples, wireRate } from '../../web/protocol.ts'
import { Resampler } from './resampler.ts'

/** Turns what the microphone hears into 20 ms frames at 8000 Hz. */
class Capture extends AudioWorkletProcessor {
  readonly #resampler = new Resampler(sampleRate, wireRate)
  #frame = new Int16Array(frameSamples)
  #filled = 0

  override process(inputs: Float32Array[][]): boolean {
    const channel = inputs[0]?.[0]
    if (!channel) return true
    for (const sample of this.#resampler.process(channel)) {
      this.#frame[this.#filled] = Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_767)))
      this.#filled++
      if (this.#filled === frameSamples) this.#send()
    }
    return true
  }

  #send(): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort has no origin
    this.port.postMessage(this.#frame, [this.#frame.buffer])
    this.#frame = new Int16Array(frameSamples)
    this.#filled = 0
  }
}

registerProcessor('capture', Capture)
