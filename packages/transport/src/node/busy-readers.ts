/** How much of one connection is read before it is another's turn, in bytes: some dozens of messages. */
export const turnBytes = 16_384
/** How many turns there are before the event loop looks at everything else again. */
const turnsAtOnce = 4

/** Has more than is read in one turn. */
interface BusyReader {
  takeTurn(): void
}

/** Those whose peers send much, in a row. */
class BusyReaders {
  readonly #waiting: BusyReader[] = []

  wait(reader: BusyReader): void {
    if (this.#waiting.push(reader) === 1) setImmediate(() => this.#run())
  }

  #run(): void {
    const next = this.#waiting.splice(0, turnsAtOnce)
    // With nobody left, the first who comes again schedules what follows.
    if (this.#waiting.length > 0) setImmediate(() => this.#run())
    for (const reader of next) reader.takeTurn()
  }
}

/** One for all: there is one event loop. */
export const busyReaders: BusyReaders = new BusyReaders()
