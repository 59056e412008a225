import { MAGIC_COOKIE } from '@netsip/message'
import type { Random } from '@netsip/runtime'

/** What a {@link BranchIndex} takes in; it keeps the hash it is found by. */
export interface Indexed {
  hash: number
}

const SMALLEST = 1 << 6
const FREE = 0

/**
 * Entries by the hash of a branch. Of a busy server's requests nearly all are new, and to learn that from a Map of hundreds
 * of thousands of strings takes half a microsecond: its table, its chains and each string it compares lie far apart in
 * memory. Here one look at a table of numbers is enough. Entries whose hashes are equal are told apart by who asks.
 */
export class BranchIndex<Entry extends Indexed> {
  // Nobody outside can know which branches fall together.
  readonly #seed: number
  readonly #factor: number
  // An open-addressed table: hash and place in `entries`, side by side.
  #slots = new Int32Array(2 * SMALLEST)
  #mask = SMALLEST - 1
  // In the order they came, not by hash: the collector finds what is new in one place.
  #entries: (Entry | undefined)[] = []
  #gaps: number[] = []

  constructor(random: Random) {
    this.#seed = random.uint32() | 0
    this.#factor = random.uint32() | 1
  }

  /** Of a branch with the magic cookie, which says nothing. */
  hashOf(branch: string): number {
    let hash = this.#seed
    for (let i = MAGIC_COOKIE.length; i < branch.length; i++) {
      hash = Math.imul(hash ^ branch.charCodeAt(i), this.#factor)
    }
    hash ^= hash >>> 16
    hash = Math.imul(hash, 0x45d9f3b)
    hash ^= hash >>> 13
    return hash === FREE ? 1 : hash
  }

  /** The slot of the first entry with this hash, or of the next one behind `slot`; -1 when there is none. */
  slotOf(hash: number, slot: number = hash - 1): number {
    const slots = this.#slots
    const mask = this.#mask
    for (let at = (slot + 1) & mask; ; at = (at + 1) & mask) {
      const found = slots[2 * at]
      if (found === hash) return at
      if (found === FREE) return -1
    }
  }

  entryAt(slot: number): Entry {
    return this.#entries[this.#slots[2 * slot + 1]!]!
  }

  add(hash: number, entry: Entry): void {
    if (2 * this.#size > this.#mask) this.#grow()
    const place = this.#gaps.pop() ?? this.#entries.length
    this.#entries[place] = entry
    entry.hash = hash
    this.#put(hash, place)
  }

  delete(entry: Entry): void {
    let slot = this.slotOf(entry.hash)
    while (slot >= 0 && this.entryAt(slot) !== entry) slot = this.slotOf(entry.hash, slot)
    if (slot < 0) return
    const place = this.#slots[2 * slot + 1]!
    this.#entries[place] = undefined
    this.#gaps.push(place)
    this.#close(slot)
    if (this.#size === 0) this.#clear()
  }

  *values(): IterableIterator<Entry> {
    for (const entry of this.#entries) if (entry) yield entry
  }

  get #size(): number {
    return this.#entries.length - this.#gaps.length
  }

  #put(hash: number, place: number): void {
    let at = hash & this.#mask
    while (this.#slots[2 * at] !== FREE) at = (at + 1) & this.#mask
    this.#slots[2 * at] = hash
    this.#slots[2 * at + 1] = place
  }

  /** Frees a slot, and moves up whatever would not be found any more behind the gap. */
  #close(gap: number): void {
    const slots = this.#slots
    const mask = this.#mask
    for (let at = (gap + 1) & mask; slots[2 * at] !== FREE; at = (at + 1) & mask) {
      const distance = (at - slots[2 * at]!) & mask
      if (distance < ((at - gap) & mask)) continue
      slots.copyWithin(2 * gap, 2 * at, 2 * at + 2)
      gap = at
    }
    slots[2 * gap] = FREE
  }

  #grow(): void {
    const slots = this.#slots
    this.#slots = new Int32Array(2 * slots.length)
    this.#mask = slots.length - 1
    for (let at = 0; at < slots.length; at += 2) if (slots[at] !== FREE) this.#put(slots[at]!, slots[at + 1]!)
  }

  /** Gives back what a busy time has taken. */
  #clear(): void {
    this.#slots = new Int32Array(2 * SMALLEST)
    this.#mask = SMALLEST - 1
    this.#entries = []
    this.#gaps = []
  }
}
