import { goertzel, meanSquare } from './goertzel.ts'
import type { AudioSink } from './source.ts'

/** Settings of a {@link ToneDetector}. */
export interface ToneDetectorOptions {
  /** samples a second (default 8000) */
  rate?: number
  /** ms of audio that are examined at a time (default 100, enough to tell frequencies 10 Hz apart) */
  blockMs?: number
  /** the share of a block's energy that must be the tone for the block to count (default 0.5) */
  threshold?: number
}

// mean square below which a block is silence: -60 dB of full scale
const audible = 1000

/** A sink that listens for one frequency and says how much of the energy it heard was that tone. */
export class ToneDetector implements AudioSink {
  readonly #hz: number
  readonly #rate: number
  readonly #threshold: number
  readonly #block: Int16Array
  #filled = 0
  #energy = 0
  #toneEnergy = 0
  #blocks = 0
  #toneBlocks = 0

  constructor(hz: number, { rate = 8000, blockMs = 100, threshold = 0.5 }: ToneDetectorOptions = {}) {
    this.#hz = hz
    this.#rate = rate
    this.#threshold = threshold
    this.#block = new Int16Array(Math.max(1, Math.round((rate * blockMs) / 1000)))
  }

  /** The tone's share of all energy heard, from 0 to 1; 0 when nothing was audible. */
  get share(): number {
    return this.#energy === 0 ? 0 : Math.min(1, this.#toneEnergy / this.#energy)
  }

  /** True when the tone was heard for at least a block, and is most of what was heard. */
  get present(): boolean {
    return this.#toneBlocks > 0 && this.share >= this.#threshold
  }

  /** How long the tone was heard, ms. */
  get heardMs(): number {
    return this.#toneBlocks * this.#blockMs
  }

  /** How long it has listened, ms, in whole blocks. */
  get listenedMs(): number {
    return this.#blocks * this.#blockMs
  }

  write(frame: Int16Array): void {
    for (let at = 0; at < frame.length;) {
      const part = frame.subarray(at, at + this.#block.length - this.#filled)
      this.#block.set(part, this.#filled)
      this.#filled += part.length
      at += part.length
      if (this.#filled === this.#block.length) this.#judge()
    }
  }

  get #blockMs(): number {
    return (this.#block.length * 1000) / this.#rate
  }

  #judge(): void {
    this.#filled = 0
    this.#blocks++
    const energy = meanSquare(this.#block)
    if (energy < audible) return
    const ofTone = goertzel(this.#block, this.#hz, this.#rate)
    this.#energy += energy
    this.#toneEnergy += ofTone
    if (ofTone >= energy * this.#threshold) this.#toneBlocks++
  }
}
