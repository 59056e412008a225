import { octetsOutside } from './octets-outside.ts'

const SMALLEST = 1 << 6
const FREE = 0

/**
 * Places by hash, both numbers. Of a busy server's requests nearly all are new, and to learn that from a Map of hundreds of
 * thousands of strings takes half a microsecond: its table, its chains and each string it compares lie far apart in memory.
 * Here it is one look at an open-addressed table with an octet a slot, small enough for the processor's own memory.
 * Places whose hashes are equal are told apart by who asks.
 */
export class HashIndex {
  size = 0
  #mask!: number
  // Of each slot seven bits of the hash that do not say where it belongs; FREE when it is.
  #marks!: Uint8Array
  // Hash and place, side by side.
  #slots!: Int32Array

  constructor() {
    this.#resize(SMALLEST)
  }

  /** The slot of the first place with this hash, or of the next one behind `slot`; -1 when there is none. */
  slotOf(hash: number, slot: number = hash - 1): number {
    const marks = this.#marks
    const mask = this.#mask
    const mark = markOf(hash)
    for (let at = (slot + 1) & mask; ; at = (at + 1) & mask) {
      const found = marks[at]
      if (found === FREE) return -1
      if (found === mark && this.#slots[2 * at] === hash) return at
    }
  }

  placeAt(slot: number): number {
    return this.#slots[2 * slot + 1]!
  }

  /** Both are 32-bit integers. */
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
    this.#resize(SMALLEST)
  }

  #put(hash: number, place: number): void {
    const marks = this.#marks
    let at = hash & this.#mask
    while (marks[at] !== FREE) at = (at + 1) & this.#mask
    marks[at] = markOf(hash)
    this.#slots[2 * at] = hash
    this.#slots[2 * at + 1] = place
  }

  /** Frees a slot, and moves up whatever would not be found any more behind the gap. */
  #close(gap: number): void {
    const marks = this.#marks
    const slots = this.#slots
    const mask = this.#mask
    for (let at = (gap + 1) & mask; marks[at] !== FREE; at = (at + 1) & mask) {
      const distance = (at - slots[2 * at]!) & mask
      if (distance < ((at - gap) & mask)) continue
      marks[gap] = marks[at]!
      slots[2 * gap] = slots[2 * at]!
      slots[2 * gap + 1] = slots[2 * at + 1]!
      gap = at
    }
    marks[gap] = FREE
  }

  #grow(): void {
    const marks = this.#marks
    const slots = this.#slots
    this.#resize(2 * marks.length)
    for (let at = 0; at < marks.length; at++) if (marks[at] !== FREE) this.#put(slots[2 * at]!, slots[2 * at + 1]!)
  }

  #resize(length: number): void {
    this.#mask = length - 1
    this.#marks = octetsOutside(length)
    this.#slots = new Int32Array(octetsOutside(8 * length).buffer)
  }
}

function markOf(hash: number): number {
  return (hash >>> 25) + 1
}
