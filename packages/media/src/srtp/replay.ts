const size = 128

/** Remembers which packets of a source came, so that none is taken twice (RFC 3711 3.3.2). */
export class ReplayWindow {
  readonly #seen = new Float64Array(size).fill(-1)
  #highest = -1

  /** The highest index taken; -1 before the first. */
  get highest(): number {
    return this.#highest
  }

  /** True for an index that is neither too old nor taken already. */
  allows(index: number): boolean {
    return index > this.#highest - size && this.#seen[index % size] !== index
  }

  /** To be called only once the packet proved to be authentic. */
  take(index: number): void {
    this.#seen[index % size] = index
    this.#highest = Math.max(this.#highest, index)
  }
}
