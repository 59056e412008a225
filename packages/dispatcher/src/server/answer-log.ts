import type { Clock, Timer } from '@netsip/runtime'
import type { AnswerPath } from '../admission.ts'
import { AnswerPage, PAGE_BITS } from './answer-page.ts'
import type { AnswerKind } from './answered-request.ts'
import { HashIndex } from './hash-index.ts'
import type { ServerLayer } from './server-transaction.ts'

/** What an {@link AnswerLog} needs of the layer it lives in. */
export interface AnswerLogLayer extends ServerLayer {
  readonly clock: Clock
  /** The time of something filed has run out. */
  expired(path: Partial<AnswerPath>, kind: AnswerKind): void
}

// How much longer than timers J and L an answer may lie there, in parts of it, before it is thrown away.
const TOLERANCE = 1 / 256

const PAGE_MASK = (1 << PAGE_BITS) - 1
// Pages are numbered round and round, so that a place is a word of 32 bits.
const NUMBER_MASK = -1 >>> PAGE_BITS

/**
 * Requests that were answered, for the time that a copy of them may come: all of the transaction that is still of use is the
 * octets of the response. Objects that live as long as timers J and L cost the collector of garbage several times what
 * answering the request does; here they are octets, oldest first, and one timer is enough for all.
 */
export class AnswerLog<Answer, Path extends object> {
  readonly #layer: AnswerLogLayer
  readonly #kind: AnswerKind<Answer, Path>
  readonly #index = new HashIndex()
  #pages: AnswerPage<Path>[] = []
  // Pages that are written anew, so that a busy server asks for no more memory than the 32 s before have taken.
  #spare: AnswerPage<Path>[] = []
  /** The number of the first page. */
  #number = 0
  #timer: Timer | undefined

  constructor(layer: AnswerLogLayer, kind: AnswerKind<Answer, Path>) {
    this.#layer = layer
    this.#kind = kind
  }

  /** Takes in an answer until then, by default for timer J or L, and says its place. It is counted until those before it go, too. */
  add(hash: number, octets: Uint8Array, path: Path, until?: number): number {
    const { clock, timers } = this.#layer
    const due = until ?? clock.monotonic() + timers.timeout
    const record = this.#pageFor(octets, due).write(hash, due, octets, path)
    const place = ((this.#number + this.#pages.length - 1) << PAGE_BITS) | record
    this.#index.add(hash, place)
    this.#timer ??= clock.setTimer(due - clock.monotonic(), () => this.#sweep())
    return place
  }

  /** Whether an answer is still there, and its time has not come. */
  holds(place: number): boolean {
    const page = this.#pageOf(place)
    const record = place & PAGE_MASK
    return page !== undefined && record >= page.begin && !this.#isOver(page, record)
  }

  /** The slot of the first answer with this hash, or of the next one behind `slot`; -1 when there is none. */
  slotOf(hash: number, slot?: number): number {
    return this.#index.slotOf(hash, slot)
  }

  /** The answer there; undefined when its time has come. */
  answerAt(slot: number): Answer | undefined {
    const place = this.#index.placeAt(slot)
    const page = this.#pageOf(place)!
    const record = place & PAGE_MASK
    if (this.#isOver(page, record)) return undefined
    return new this.#kind(this, this.#layer, place, page.octetsAt(record), page.pathAt(record))
  }

  /** Forgets all. */
  clear(): void {
    this.#forgetUntil(Infinity)
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #pageOf(place: number): AnswerPage<Path> | undefined {
    return this.#pages[((place >>> PAGE_BITS) - this.#number) & NUMBER_MASK]
  }

  #isOver(page: AnswerPage<Path>, record: number): boolean {
    return page.dueAt(record) <= this.#layer.clock.monotonic()
  }

  #pageFor(octets: Uint8Array, due: number): AnswerPage<Path> {
    const last = this.#pages.at(-1)
    if (last?.fits(octets)) return last
    const page = this.#emptyPage(octets, due)
    this.#pages.push(page)
    return page
  }

  #emptyPage(octets: Uint8Array, due: number): AnswerPage<Path> {
    const spare = this.#spare.pop()
    spare?.reuse(due)
    return spare?.fits(octets) ? spare : new AnswerPage(octets, due, this.#pages.length)
  }

  #sweep(): void {
    const { clock } = this.#layer
    const now = clock.monotonic()
    this.#timer = undefined
    // A timer of the machine may come a fraction of a millisecond early.
    this.#forgetUntil(now + 1)
    const oldest = this.#pages[0]
    if (!oldest) return
    // Not for each of them, where they come close together: a timer costs more than the rest of an answer's way through here.
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

  #forgetOldest(page: AnswerPage<Path>): void {
    const record = page.begin
    this.#index.delete(page.hashAt(record), (this.#number << PAGE_BITS) | record)
    page.drop()
    this.#layer.expired(page.pathAt(record), this.#kind)
  }
}
