import type { Clock, Timer } from '@netsip/runtime'
import { HashIndex } from './hash-index.ts'
import { OctetPage, PAGE_BITS } from './octet-page.ts'
import type { Stats } from '../stats.ts'
import type { Timers } from '../timers.ts'

/** What an {@link OctetLog} needs of the layer it lives in. */
export interface OctetLogLayer {
  readonly clock: Clock
  readonly timers: Timers
  /** The time of something kept has run out. */
  expired(companion: object, kind: KeptKind): void
}

/** Where octets are kept. */
export interface OctetStore {
  /** Whether what was put there still is, and its time has not come. */
  holds(place: number): boolean
}

/** What the octets of a log are read as, and counted as. */
export interface KeptKind<Kept = unknown, Companion = never, Layer = never> {
  new (store: OctetStore, layer: Layer, place: number, octets: Uint8Array, companion: Companion): Kept
  /** Counts one out, whose time is over. */
  leave(stats: Stats): void
}

// How much longer than timers J, L and M something may lie there, in parts of it, before it is thrown away.
const TOLERANCE = 1 / 256

const PAGE_MASK = (1 << PAGE_BITS) - 1
// Pages are numbered round and round, so that a place is a word of 32 bits.
const NUMBER_MASK = -1 >>> PAGE_BITS

/**
 * Transactions that are over but for copies that may still come: of a request that was answered the octets of the response,
 * of a call that was made those of its ACK. Objects that live as long as timers J, L and M cost the collector of garbage
 * several times what the request itself does; here they are octets, oldest first, and one timer is enough for all.
 * What belongs to them and is no octets, such as the way they went, is their companion, which many share.
 */
export class OctetLog<
  Kept,
  Companion extends object,
  Layer extends OctetLogLayer = OctetLogLayer,
> implements OctetStore {
  readonly #layer: Layer
  readonly #kind: KeptKind<Kept, Companion, Layer>
  readonly #index = new HashIndex()
  #pages: OctetPage<Companion>[] = []
  // Pages that are written anew, so that a busy server asks for no more memory than the 32 s before have taken.
  #spare: OctetPage<Companion>[] = []
  /** The number of the first page. */
  #number = 0
  #timer: Timer | undefined

  constructor(layer: Layer, kind: KeptKind<Kept, Companion, Layer>) {
    this.#layer = layer
    this.#kind = kind
  }

  /** Takes in a message until then, by default for 64*T1, and says its place. It is counted until those before it go, too. */
  add(hash: number, octets: Uint8Array, companion: Companion, until?: number): number {
    const { clock, timers } = this.#layer
    const due = until ?? clock.monotonic() + timers.timeout
    const record = this.#pageFor(octets, due).write(hash, due, octets, companion)
    const place = ((this.#number + this.#pages.length - 1) << PAGE_BITS) | record
    this.#index.add(hash, place)
    this.#timer ??= clock.setTimer(due - clock.monotonic(), () => this.#sweep())
    return place
  }

  holds(place: number): boolean {
    const page = this.#pageOf(place)
    const record = place & PAGE_MASK
    return page !== undefined && record >= page.begin && !this.#isOver(page, record)
  }

  /** The slot of the first one with this hash, or of the next one behind `slot`; -1 when there is none. */
  slotOf(hash: number, slot?: number): number {
    return this.#index.slotOf(hash, slot)
  }

  /** What is kept there; undefined when its time has come. */
  entryAt(slot: number): Kept | undefined {
    const place = this.#index.placeAt(slot)
    const page = this.#pageOf(place)!
    const record = place & PAGE_MASK
    if (this.#isOver(page, record)) return undefined
    return new this.#kind(this, this.#layer, place, page.octetsAt(record), page.companionAt(record))
  }

  /** Forgets all. */
  clear(): void {
    this.#forgetUntil(Infinity)
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #pageOf(place: number): OctetPage<Companion> | undefined {
    return this.#pages[((place >>> PAGE_BITS) - this.#number) & NUMBER_MASK]
  }

  #isOver(page: OctetPage<Companion>, record: number): boolean {
    return page.dueAt(record) <= this.#layer.clock.monotonic()
  }

  #pageFor(octets: Uint8Array, due: number): OctetPage<Companion> {
    const last = this.#pages.at(-1)
    if (last?.fits(octets)) return last
    const page = this.#emptyPage(octets, due)
    this.#pages.push(page)
    return page
  }

  #emptyPage(octets: Uint8Array, due: number): OctetPage<Companion> {
    const spare = this.#spare.pop()
    spare?.reuse(due)
    return spare?.fits(octets) ? spare : new OctetPage(octets, due, this.#pages.length)
  }

  #sweep(): void {
    const { clock } = this.#layer
    const now = clock.monotonic()
    this.#timer = undefined
    // A timer of the machine may come a fraction of a millisecond early.
    this.#forgetUntil(now + 1)
    const oldest = this.#pages[0]
    if (!oldest) return
    // Not for each of them, where they come close together: a timer costs more than all the rest of the way through here.
    const pause = Math.max(oldest.dueAt(oldest.begin) - now, this.#layer.timers.timeout * TOLERANCE)
    this.#timer = clock.setTimer(pause, () => this.#sweep())
  }

  #forgetUntil(time: number): void {
    for (let page = this.#pages[0]; page; page = this.#pages[0]) {
      while (page.begin < page.end) {
        if (page.dueAt(page.begin) >= time) return this.#trimSpare()
        this.#forgetOldest(page)
      }
      this.#pages.shift()
      this.#number = (this.#number + 1) & NUMBER_MASK
      if (page.isUsual) this.#spare.push(page)
    }
    this.#trimSpare()
  }

  /** Leaves as many as there are in use. */
  #trimSpare(): void {
    this.#spare.length = Math.min(this.#spare.length, this.#pages.length)
  }

  #forgetOldest(page: OctetPage<Companion>): void {
    const record = page.begin
    this.#index.delete(page.hashAt(record), (this.#number << PAGE_BITS) | record)
    page.drop()
    this.#layer.expired(page.companionAt(record), this.#kind)
  }
}
