/** Samples on their way to the loudspeaker: starts once enough are there, and lets go of the oldest when too many are. */
export class PlayoutQueue {
  readonly #start: number
  readonly #most: number
  #chunks: Float32Array[] = []
  #offset = 0
  #length = 0
  #playing = false

  /** `start` and `most` in samples. */
  constructor(start: number, most: number) {
    this.#start = start
    this.#most = most
  }

  /** Samples that wait. */
  get length(): number {
    return this.#length
  }

  push(samples: Float32Array): void {
    this.#chunks.push(samples)
    this.#length += samples.length
    while (this.#length > this.#most) this.#dropOldest()
    if (this.#length >= this.#start) this.#playing = true
  }

  /** Fills `target`: with silence where nothing has come. */
  pull(target: Float32Array): void {
    let filled = 0
    while (this.#playing && filled < target.length) {
      const chunk = this.#chunks[0]
      if (!chunk) {
        this.#playing = false
        break
      }
      const piece = chunk.subarray(this.#offset, this.#offset + target.length - filled)
      target.set(piece, filled)
      filled += piece.length
      this.#offset += piece.length
      this.#length -= piece.length
      if (this.#offset >= chunk.length) this.#next()
    }
    target.fill(0, filled)
  }

  #dropOldest(): void {
    this.#length -= this.#chunks[0]!.length - this.#offset
    this.#next()
  }

  #next(): void {
    this.#chunks.shift()
    this.#offset = 0
  }
}
