import { goertzel, meanSquare } from '../audio/goertzel.ts'
import type { AudioSink } from '../audio/source.ts'
import type { DtmfDigit } from './events.ts'
import type { DtmfEvent } from './receiver.ts'
import { columnTones, keyAt, rowTones } from './tones.ts'

// Half a frame: a tone of 40 ms fills at least three of these, wherever it begins.
const blockSamples = 80
const blockMs = 10
// a window of three blocks tells the tones of the keypad apart
const windowBlocks = 3
const leastBlocks = 2
// mean square: -40 dB of full scale
const audible = 50_000
// the two tones are nearly all of a key, and of speech hardly ever
const leastShare = 0.8
// how much louder one tone of a key may be than the other: 8 dB (ITU-T Q.24)
const twist = 10 ** 0.8

function strongest(window: Int16Array, tones: readonly number[]): { index: number; power: number } {
  const powers = tones.map((hz) => goertzel(window, hz))
  const power = Math.max(...powers)
  return { index: powers.indexOf(power), power }
}

/** The key that sounds in this piece of audio, if one does. */
function keyIn(window: Int16Array): DtmfDigit | undefined {
  const all = meanSquare(window)
  if (all < audible) return undefined
  const row = strongest(window, rowTones)
  const column = strongest(window, columnTones)
  if (row.power + column.power < all * leastShare) return undefined
  const ratio = row.power / column.power
  return ratio > twist || ratio < 1 / twist ? undefined : keyAt(row.index, column.index)
}

/** A sink that finds digits sent as tones in the audio. A digit is at least 40 ms of a key's two tones with a pause after it. */
export class DtmfToneDetector implements AudioSink {
  readonly #onDigit: (event: DtmfEvent) => void
  readonly #window = new Int16Array(blockSamples * windowBlocks)
  #filled = 0
  #key: DtmfDigit | undefined
  #blocks = 0

  constructor(onDigit: (event: DtmfEvent) => void) {
    this.#onDigit = onDigit
  }

  write(frame: Int16Array): void {
    for (let at = 0; at < frame.length;) {
      const part = frame.subarray(at, at + blockSamples - this.#filled)
      this.#window.set(part, this.#window.length - blockSamples + this.#filled)
      this.#filled += part.length
      at += part.length
      if (this.#filled === blockSamples) this.#judge()
    }
  }

  /** A key that still sounds at the end counts too. */
  end(): void {
    this.#finish()
  }

  #judge(): void {
    const key = keyIn(this.#window)
    if (key !== this.#key) this.#finish()
    if (key !== undefined) this.#blocks++
    this.#key = key
    this.#window.copyWithin(0, blockSamples)
    this.#filled = 0
  }

  #finish(): void {
    const [digit, blocks] = [this.#key, this.#blocks]
    this.#key = undefined
    this.#blocks = 0
    // the window sees a key from when it fills most of it, so what it saw is shorter by about one block
    if (digit !== undefined && blocks >= leastBlocks) this.#onDigit({ digit, durationMs: (blocks + 1) * blockMs })
  }
}
