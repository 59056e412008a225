import { busyReaders, turnBytes } from './busy-readers.ts'

/** What messages come from. */
interface MessageSource {
  pause(): void
  resume(): void
}

/**
 * As {@link FairReader} for bytes, for a source of whole messages: those beyond what is read in one turn wait until everybody
 * else had a turn.
 */
export class FairMessages {
  readonly #source: MessageSource
  readonly #hand: (message: Uint8Array) => void
  #waiting: Uint8Array[] = []
  #readNow = 0
  #held = false
  #waits = false

  constructor(source: MessageSource, hand: (message: Uint8Array) => void) {
    this.#source = source
    this.#hand = hand
  }

  read(message: Uint8Array): void {
    if (this.#readNow === 0) setImmediate(() => (this.#readNow = 0))
    this.#readNow += message.length
    if (this.#waiting.length === 0 && this.#readNow <= turnBytes) return this.#hand(message)
    this.#waiting.push(message)
    this.#source.pause()
    this.#goOn()
  }

  /** Hands on what waits: nothing more will come. */
  finish(): void {
    for (const message of this.#waiting.splice(0)) this.#hand(message)
  }

  pause(): void {
    this.#held = true
    this.#source.pause()
  }

  resume(): void {
    this.#held = false
    this.#goOn()
  }

  takeTurn(): void {
    this.#waits = false
    let [read, count] = [0, 0]
    while (!this.#held && read < turnBytes && count < this.#waiting.length) {
      const message = this.#waiting[count++] as Uint8Array
      read += message.length
      this.#hand(message)
    }
    this.#waiting = this.#waiting.slice(count)
    this.#goOn()
  }

  #goOn(): void {
    if (this.#held || this.#waits) return
    if (this.#waiting.length === 0) return this.#source.resume()
    this.#waits = true
    busyReaders.wait(this)
  }
}
