import { octetsOutside } from './octets-outside.ts'

/** Words of 32 bits in a page, as a power of two; a message that is longer, and cannot be sent over UDP, gets a page of its own. */
export const PAGE_BITS = 18
const PAGE_WORDS = 1 << PAGE_BITS
// The first page is so much smaller, and each that is added while others are in use twice as long as the one before: a phone
// that is asked for its OPTIONS now and then needs 4 KiB, not 1 MiB; a busy server spares itself the making of many.
const DOUBLINGS = 8

// What a record begins with, a word each; the octets of the message follow, up to the next whole word.
const HASH = 0
const LENGTH = 1
const DUE = 2
const COMPANION = 3
const HEADER = 4

/** Messages one after another in octets of their own, where the collector of garbage does not look. A record is named by its first word. */
export class OctetPage<Companion> {
  /** Where the oldest record begins that is still wanted. */
  begin = 0
  /** Where the next record will begin. */
  end = 0
  readonly #words: Int32Array
  readonly #octets: Uint8Array
  #companions: Companion[] = []
  #companion: Companion | undefined
  // Times are kept as whole milliseconds since then: it is when the first message is due, so that none is as far off as timer J.
  #since: number

  /** A page that `octets` fit into, due then, beside so many others. */
  constructor(octets: Uint8Array, due: number, others: number) {
    const usual = PAGE_WORDS >> Math.max(0, DOUBLINGS - others)
    this.#octets = octetsOutside(4 * Math.max(usual, wordsOf(octets.length)))
    this.#words = new Int32Array(this.#octets.buffer)
    this.#since = Math.floor(due)
  }

  /** Whether it is no longer than pages are, so that others may be written over what was on it. */
  get isUsual(): boolean {
    return this.#words.length <= PAGE_WORDS
  }

  /** Empties it, for messages of which the first is due then. */
  reuse(due: number): void {
    this.begin = this.end = 0
    this.#companions = []
    this.#companion = undefined
    this.#since = Math.floor(due)
  }

  fits(octets: Uint8Array): boolean {
    return this.end + wordsOf(octets.length) <= this.#words.length
  }

  write(hash: number, due: number, octets: Uint8Array, companion: Companion): number {
    const at = this.end
    const words = this.#words
    words[at + HASH] = hash
    words[at + LENGTH] = octets.length
    words[at + DUE] = Math.ceil(due - this.#since)
    if (companion !== this.#companion) this.#companions.push((this.#companion = companion))
    words[at + COMPANION] = this.#companions.length - 1
    this.#octets.set(octets, 4 * (at + HEADER))
    this.end = at + wordsOf(octets.length)
    return at
  }

  /** Lets go of the oldest record. */
  drop(): void {
    this.begin += wordsOf(this.#words[this.begin + LENGTH]!)
  }

  hashAt(record: number): number {
    return this.#words[record + HASH]!
  }

  /** In milliseconds of the clock that `due` was of. */
  dueAt(record: number): number {
    return this.#words[record + DUE]! + this.#since
  }

  companionAt(record: number): Companion {
    return this.#companions[this.#words[record + COMPANION]!]!
  }

  /** A copy: they may wait to be sent while the page is written anew. */
  octetsAt(record: number): Uint8Array {
    const start = 4 * (record + HEADER)
    return this.#octets.slice(start, start + this.#words[record + LENGTH]!)
  }
}

function wordsOf(length: number): number {
  return HEADER + ((length + 3) >> 2)
}
