import { formatLadder, type LadderEvent, type LadderFormat } from '../ladder.ts'

/** Remembers what went over a simulated network, the last `limit` messages of it, and draws it. */
export class Ladder {
  readonly #limit: number
  readonly #names: Readonly<Record<string, string>>
  #events: LadderEvent[] = []

  constructor(names: Readonly<Record<string, string>>, limit: number) {
    this.#names = names
    this.#limit = limit
  }

  get events(): readonly LadderEvent[] {
    return this.#events.slice(Math.max(0, this.#events.length - this.#limit))
  }

  add(event: LadderEvent): void {
    this.#events.push(event)
    if (this.#events.length >= 2 * this.#limit) this.#events = [...this.events]
  }

  clear(): void {
    this.#events = []
  }

  /** The message sequence chart; with `filter`, of the messages it takes. */
  toString(filter: (event: LadderEvent) => boolean = () => true, format: LadderFormat = {}): string {
    return formatLadder(this.events.filter(filter), this.#names, format)
  }
}
