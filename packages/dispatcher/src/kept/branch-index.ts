import { HashIndex } from './hash-index.ts'

// Of places, that are not worth giving back.
const FEW = 64

/** What a {@link BranchIndex} takes in. */
export interface Indexed {
  /** By which it is found. */
  readonly hash: number
}

/** Entries by the hash of their branch. Those whose hashes are equal are told apart by who asks. */
export class BranchIndex<Entry extends Indexed> {
  readonly #places = new HashIndex()
  // In the order they came, not by hash: the collector finds what is new in one place.
  #entries: (Entry | undefined)[] = []
  #gaps: number[] = []

  /** The slot of the first entry with this hash, or of the next one behind `slot`; -1 when there is none. */
  slotOf(hash: number, slot?: number): number {
    return this.#places.slotOf(hash, slot)
  }

  entryAt(slot: number): Entry {
    return this.#entries[this.#places.placeAt(slot)]!
  }

  add(entry: Entry): void {
    const place = this.#gaps.pop() ?? this.#entries.length
    this.#entries[place] = entry
    this.#places.add(entry.hash, place)
  }

  delete(entry: Entry): void {
    let slot = this.slotOf(entry.hash)
    while (slot >= 0 && this.entryAt(slot) !== entry) slot = this.slotOf(entry.hash, slot)
    if (slot < 0) return
    const place = this.#places.placeAt(slot)
    this.#entries[place] = undefined
    this.#gaps.push(place)
    this.#places.delete(entry.hash, place)
    if (this.#places.size === 0 && this.#entries.length > FEW) this.#clear()
  }

  *values(): IterableIterator<Entry> {
    for (const entry of this.#entries) if (entry) yield entry
  }

  /** Gives back what a busy time has taken. */
  #clear(): void {
    this.#entries = []
    this.#gaps = []
  }
}
