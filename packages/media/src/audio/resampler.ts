import { MediaError } from '../errors.ts'

const zeroCrossings = 16
const largestTable = 1_000_000

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

function halfWidth(from: number, to: number): number {
  return Math.ceil(zeroCrossings / Math.min(1, to / from))
}

// A Blackman window keeps what folds back below -70 dB.
function windowed(x: number): number {
  if (Math.abs(x) >= zeroCrossings) return 0
  const turn = (Math.PI * x) / zeroCrossings
  const window = 0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn)
  return x === 0 ? window : (window * Math.sin(Math.PI * x)) / (Math.PI * x)
}

/**
 * Converts a stream of samples to another rate, by a windowed sinc that also takes away what the lower rate cannot
 * carry. Everything pushed comes out once `flush` was called, without delay against the input.
 */
export class Resampler {
  readonly #step: number
  readonly #phases: number
  readonly #half: number
  readonly #table: Float32Array
  #input = new Int16Array(0)
  /** the input sample that `#input` begins with; those before the stream are zeros */
  #inputAt = 0
  #produced = 0
  #consumed = 0

  /**
   * @param from samples a second of the input
   * @param to samples a second of the output
   * @throws MediaError `ERR_MEDIA_ARGUMENT` for a pair of rates that have next to nothing in common
   */
  constructor(from: number, to: number) {
    if (!Resampler.converts(from, to)) {
      throw new MediaError('ERR_MEDIA_ARGUMENT', `${from} samples a second cannot be converted to ${to}`)
    }
    const common = greatestCommonDivisor(from, to)
    this.#step = from / common
    this.#phases = to / common
    const cutoff = Math.min(1, to / from)
    this.#half = halfWidth(from, to)
    this.#inputAt = -this.#half
    this.#input = new Int16Array(this.#half)
    this.#table = this.#taps(cutoff)
  }

  /** Whether the filter between two rates is of a reasonable size. */
  static converts(from: number, to: number): boolean {
    const phases = to / greatestCommonDivisor(from, to)
    return phases * halfWidth(from, to) * 2 <= largestTable
  }

  /** Takes input and gives the output that is complete. */
  push(samples: Int16Array): Int16Array {
    this.#consumed += samples.length
    return this.#convert(samples)
  }

  /** The rest, for the end of the stream. */
  flush(): Int16Array {
    const rest = Math.ceil((this.#consumed * this.#phases) / this.#step) - this.#produced
    return this.#convert(new Int16Array(this.#half + 1)).subarray(0, Math.max(0, rest))
  }

  #taps(cutoff: number): Float32Array {
    const taps = this.#half * 2
    const table = new Float32Array(this.#phases * taps)
    for (let phase = 0; phase < this.#phases; phase++) {
      for (let tap = 0; tap < taps; tap++) {
        const distance = tap - this.#half + 1 - phase / this.#phases
        table[phase * taps + tap] = cutoff * windowed(distance * cutoff)
      }
    }
    return table
  }

  #convert(samples: Int16Array): Int16Array {
    const input = new Int16Array(this.#input.length + samples.length)
    input.set(this.#input)
    input.set(samples, this.#input.length)
    const end = this.#inputAt + input.length
    const output: number[] = []
    for (;;) {
      const position = (this.#produced + output.length) * this.#step
      const whole = Math.floor(position / this.#phases)
      if (whole + this.#half >= end) break
      output.push(this.#at(input, whole - this.#half + 1 - this.#inputAt, position % this.#phases))
    }
    const next = Math.floor(((this.#produced + output.length) * this.#step) / this.#phases)
    const keepFrom = Math.min(input.length, Math.max(0, next - this.#half + 1 - this.#inputAt))
    this.#input = input.slice(keepFrom)
    this.#inputAt += keepFrom
    this.#produced += output.length
    return Int16Array.from(output)
  }

  #at(input: Int16Array, first: number, phase: number): number {
    const taps = this.#half * 2
    let sum = 0
    for (let tap = 0; tap < taps; tap++) sum += input[first + tap]! * this.#table[phase * taps + tap]!
    return Math.max(-32768, Math.min(32767, Math.round(sum)))
  }
}
