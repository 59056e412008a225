import type { Clock, Timer } from './clock.ts'

/** Something that waits for at most one timer. The links belong to the queue it stands in. */
export abstract class TimerEntry {
  lane: TimerLane | undefined = undefined
  previous: TimerEntry | undefined = undefined
  next: TimerEntry | undefined = undefined
  due = 0

  abstract onTimer(): void
}

// Lanes of 5 s and more hold timeouts, which may fire late by this fraction of their length: 125 ms of 32 s.
const LONG = 5000
const TOLERANCE = 1 / 256

// Milliseconds between two rests. Where single calls come and go, the queue is empty again and again: each of them would set and
// stop six timers of the clock.
const OFTEN = 100

/**
 * Timers of equal length share a lane, and a lane needs one timer of the clock however many wait in it. Transactions
 * use a handful of lengths, so arming and disarming cost a few pointers each, and nothing is sorted. The timer of a lane
 * outlasts its last entry as long as anything waits in another, or did so a moment ago: where most timers are disarmed,
 * setting one for each request would cost more than the rest of the queue.
 */
export class TimerQueue {
  readonly #clock: Clock
  readonly #lanes = new Map<number, TimerLane>()
  #waiting = 0
  // When the timers of the clock were stopped last.
  #rested = -Infinity

  constructor(clock: Clock) {
    this.#clock = clock
  }

  arm(entry: TimerEntry, ms: number): void {
    if (entry.lane) entry.lane.remove(entry)
    else this.#waiting++
    let lane = this.#lanes.get(ms)
    if (!lane) this.#lanes.set(ms, (lane = new TimerLane(this, this.#clock, ms)))
    lane.add(entry)
  }

  disarm(entry: TimerEntry): void {
    if (!entry.lane) return
    entry.lane.remove(entry)
    if (--this.#waiting === 0 && this.#clock.monotonic() - this.#rested >= OFTEN) this.rest()
  }

  /** Stops the timers of the clock when nothing waits, which otherwise run out some time after the last entry. */
  rest(): void {
    if (this.#waiting > 0) return
    this.#rested = this.#clock.monotonic()
    for (const lane of this.#lanes.values()) lane.rest()
  }
}

class TimerLane {
  readonly #queue: TimerQueue
  readonly #clock: Clock
  readonly #ms: number
  #head: TimerEntry | undefined
  #tail: TimerEntry | undefined
  #timer: Timer | undefined
  #firing = false

  constructor(queue: TimerQueue, clock: Clock, ms: number) {
    this.#queue = queue
    this.#clock = clock
    this.#ms = ms
  }

  add(entry: TimerEntry): void {
    entry.lane = this
    // A small whole number is stored in the entry itself; a fraction would take an object of its own.
    entry.due = Math.ceil(this.#clock.monotonic() + this.#ms)
    entry.previous = this.#tail
    if (this.#tail) this.#tail.next = entry
    else this.#head = entry
    this.#tail = entry
    if (!this.#firing) this.#timer ??= this.#clock.setTimer(this.#ms, () => this.#fire())
  }

  remove(entry: TimerEntry): void {
    if (entry.previous) entry.previous.next = entry.next
    else this.#head = entry.next
    if (entry.next) entry.next.previous = entry.previous
    else this.#tail = entry.previous
    entry.lane = entry.previous = entry.next = undefined
  }

  /** Nothing waits in any lane. */
  rest(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #fire(): void {
    this.#timer = undefined
    this.#firing = true
    const now = this.#clock.monotonic()
    try {
      this.#runDue(now)
    } finally {
      this.#firing = false
      if (this.#head) this.#timer = this.#clock.setTimer(this.#pause(now), () => this.#fire())
    }
  }

  /** Until the next is due, but not so short that a busy lane sets a timer for each of its entries. */
  #pause(now: number): number {
    return Math.max(this.#head!.due - now, this.#ms < LONG ? 0 : this.#ms * TOLERANCE)
  }

  #runDue(now: number): void {
    const last = this.#tail
    // A timer of the machine may come a fraction of a millisecond early.
    for (let entry = this.#head; entry && entry.due - now < 1; entry = this.#head) {
      this.#queue.disarm(entry)
      entry.onTimer()
      if (entry === last) break
    }
  }
}
