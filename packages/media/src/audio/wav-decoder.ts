import { Resampler } from './resampler.ts'
import { decodeWav, wavError, type WavFormat } from './wav-format.ts'

/** The rate of all audio in a session, samples a second. */
export const sessionRate = 8000

/** Turns the bytes of a WAV file's audio into samples at 8 kHz, block by block. */
export class WavDecoder {
  readonly #format: WavFormat
  readonly #resampler: Resampler | undefined

  /** @throws MediaError `ERR_MEDIA_WAV` for a rate that cannot be converted */
  constructor(format: WavFormat) {
    this.#format = format
    if (format.rate === sessionRate) return
    if (!Resampler.converts(format.rate, sessionRate)) throw wavError(`${format.rate} samples a second`)
    this.#resampler = new Resampler(format.rate, sessionRate)
  }

  /** The samples of the next bytes, which must be whole blocks. */
  push(bytes: Uint8Array): Int16Array {
    const samples = decodeWav(bytes, this.#format)
    return this.#resampler ? this.#resampler.push(samples) : samples
  }

  /** What is left at the end. */
  flush(): Int16Array {
    return this.#resampler?.flush() ?? new Int16Array(0)
  }
}
