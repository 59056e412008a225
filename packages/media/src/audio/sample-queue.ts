/** Samples in the order they came, given out in frames of any length. */
export class SampleQueue {
  #parts: Int16Array[] = []
  #length = 0

  /** How many samples wait. */
  get length(): number {
    return this.#length
  }

  push(samples: Int16Array): void {
    if (samples.length === 0) return
    this.#parts.push(samples)
    this.#length += samples.length
  }

  /** Fills the frame as far as the samples reach, the rest with silence, and says how many there were. */
  read(frame: Int16Array): number {
    let filled = 0
    while (filled < frame.length && this.#parts.length > 0) {
      const first = this.#parts[0]!
      const part = first.subarray(0, frame.length - filled)
      frame.set(part, filled)
      filled += part.length
      if (part.length === first.length) this.#parts.shift()
      else this.#parts[0] = first.subarray(part.length)
    }
    frame.fill(0, filled)
    this.#length -= filled
    return filled
  }
}
