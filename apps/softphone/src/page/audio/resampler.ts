const zeroCrossings = 12
const phases = 256

/** The filter for every fractional position, one row a phase: a sinc under a Hann window. */
function table(cutoff: number, half: number): Float32Array[] {
  return Array.from({ length: phases + 1 }, (_, phase) => {
    const row = new Float32Array(half * 2)
    let sum = 0
    for (let tap = 0; tap < row.length; tap++) {
      const x = tap - half + 1 - phase / phases
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * cutoff * x) / (Math.PI * cutoff * x)
      const value = Math.abs(x) >= half ? 0 : sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / half))
      row[tap] = value
      sum += value
    }
    return row.map((value) => value / sum)
  })
}

/** Changes the sample rate of a stream of any two rates, with a filter that keeps out what the lower one cannot carry. */
export class Resampler {
  readonly #step: number
  readonly #half: number
  readonly #table: Float32Array[]
  #held: Float32Array
  #position: number

  /** Rates in samples per second. */
  constructor(from: number, to: number) {
    const ratio = Math.min(1, to / from)
    this.#step = from / to
    this.#half = Math.ceil(zeroCrossings / ratio)
    this.#table = table(ratio * 0.94, this.#half)
    this.#held = new Float32Array(this.#half)
    this.#position = this.#half
  }

  /** The output that the input so far allows; the rest comes with the next piece. */
  process(input: Float32Array): Float32Array {
    const all = new Float32Array(this.#held.length + input.length)
    all.set(this.#held)
    all.set(input, this.#held.length)
    const output: number[] = []
    while (Math.floor(this.#position) + this.#half < all.length) {
      output.push(this.#at(all, this.#position))
      this.#position += this.#step
    }
    const keep = Math.max(0, Math.floor(this.#position) - this.#half)
    this.#held = all.slice(keep)
    this.#position -= keep
    return Float32Array.from(output)
  }

  #at(samples: Float32Array, position: number): number {
    const base = Math.floor(position)
    const row = this.#table[Math.round((position - base) * phases)]!
    const first = base - this.#half + 1
    let sum = 0
    for (let tap = 0; tap < row.length; tap++) sum += samples[first + tap]! * row[tap]!
    return sum
  }
}
