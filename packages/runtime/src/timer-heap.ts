/** What a {@link TimerHeap} keeps: `due` orders, and of equal ones the lower `order` (set first) comes first. */
export interface HeapEntry {
  readonly due: number
  readonly order: number
  cancelled: boolean
}

/** A binary heap of timers. A cancelled one stays until it surfaces, or until half of the heap is such ballast. */
export class TimerHeap<Entry extends HeapEntry> {
  #entries: Entry[] = []
  #cancelled = 0

  /** How many are neither cancelled nor taken. */
  get size(): number {
    return this.#entries.length - this.#cancelled
  }

  add(entry: Entry): void {
    this.#entries.push(entry)
    this.#rise(this.#entries.length - 1)
  }

  cancel(entry: Entry): void {
    entry.cancelled = true
    this.#cancelled++
    if (this.#cancelled > 64 && this.#cancelled * 2 > this.#entries.length) this.#compact()
  }

  /** The next one to come, if any. */
  peek(): Entry | undefined {
    while (this.#entries[0]?.cancelled) {
      this.#removeFirst()
      this.#cancelled--
    }
    return this.#entries[0]
  }

  take(): Entry | undefined {
    const first = this.peek()
    if (first) this.#removeFirst()
    return first
  }

  #removeFirst(): void {
    const last = this.#entries.pop()
    if (!last || this.#entries.length === 0) return
    this.#entries[0] = last
    this.#sink(0)
  }

  #compact(): void {
    this.#entries = this.#entries.filter((entry) => !entry.cancelled).sort((a, b) => (before(a, b) ? -1 : 1))
    this.#cancelled = 0
  }

  #rise(from: number): void {
    const entries = this.#entries
    const entry = entries[from] as Entry
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(entry, entries[parent] as Entry)) break
      entries[at] = entries[parent] as Entry
      at = parent
    }
    entries[at] = entry
  }

  #sink(from: number): void {
    const entries = this.#entries
    const entry = entries[from] as Entry
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= entries.length) break
      if (child + 1 < entries.length && before(entries[child + 1] as Entry, entries[child] as Entry)) child++
      if (!before(entries[child] as Entry, entry)) break
      entries[at] = entries[child] as Entry
      at = child
    }
    entries[at] = entry
  }
}

function before(a: HeapEntry, b: HeapEntry): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order)
}
