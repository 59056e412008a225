const SMALLEST = 1 << 6
const FREE = 0

/**
 * Places by hash, both numbers. Of a busy server's requests nearly all are new, and to learn that from a Map of hundreds of
 * thousands of strings takes half a microsecond: its table, its chains and each string it compares lie far apart in memory.
 * Here one look at an open-addressed table of numbers is enough. Places whose hashes are equal are told apart by who asks.
 */
export class HashIndex {
  size = 0
  // Hash and place, side by side.
  #slots = new Int32Array(2 * SMALLEST)
  #mask = SMALLEST - 1

  /** The slot of the first place with this hash, or of the next one behind `slot`; -1 when there is none. */
  slotOf(hash: number, slot: number = hash - 1): number {
    const slots = this.#slots
    const mask = this.#mask
    for (let at = (slot + 1) & mask; ; at = (at + 1) & mask) {
      const found = slots[2 * at]
      if (found === hash) return at
      if (found === FREE) return -1
    }
  }

  placeAt(slot: number): number {
    return this.#slots[2 * slot + 1]!
  }

  /** `hash` is a 32-bit integer other than 0, `place` any. */
  add(hash: number, place: number): void {
    if (2 * ++this.size > this.#mask) this.#grow()
    this.#put(hash, place)
  }

  delete(hash: number, place: number): void {
    let slot = this.slotOf(hash)
    while (slot >= 0 && this.placeAt(slot) !== place) slot = this.slotOf(hash, slot)
    if (slot < 0) return
    this.#close(slot)
    if (--this.size === 0 && this.#mask >= SMALLEST) this.clear()
  }

  /** Gives back what a busy time has taken. */
  clear(): void {
    this.size = 0
    this.#slots = new Int32Array(2 * SMALLEST)
    this.#mask = SMALLEST - 1
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
      slots[2 * gap] = slots[2 * at]!
      slots[2 * gap + 1] = slots[2 * at + 1]!
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
}
