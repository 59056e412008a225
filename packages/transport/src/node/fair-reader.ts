import type { Socket } from 'node:net'

/** How much of one connection is read in one turn of the event loop, in bytes: some dozens of messages. */
const turnBytes = 16_384

/**
 * Hands on what a socket brings, of much only a part and the rest in later turns: a peer that sends without end
 * leaves the other connections their turns.
 */
export class FairReader {
  readonly #socket: Socket
  readonly #hand: (bytes: Uint8Array) => void
  #rest: Uint8Array = new Uint8Array(0)
  #held = false
  #scheduled = false

  constructor(socket: Socket, hand: (bytes: Uint8Array) => void) {
    this.#socket = socket
    this.#hand = hand
    socket.on('data', (chunk: Uint8Array) => this.#read(chunk))
  }

  pause(): void {
    this.#held = true
    this.#socket.pause()
  }

  resume(): void {
    this.#held = false
    this.#goOn()
  }

  #read(chunk: Uint8Array): void {
    if (this.#rest.length === 0 && chunk.length <= turnBytes) return this.#hand(chunk)
    this.#socket.pause()
    // What was on its way when it was paused still comes.
    const waiting = this.#rest.length > 0
    this.#rest = waiting ? Buffer.concat([this.#rest, chunk]) : chunk
    if (!waiting) this.#turn()
  }

  #turn(): void {
    this.#scheduled = false
    if (this.#socket.destroyed || this.#held) return
    const piece = this.#rest.subarray(0, turnBytes)
    this.#rest = this.#rest.subarray(turnBytes)
    this.#hand(piece)
    this.#goOn()
  }

  #goOn(): void {
    if (this.#held || this.#scheduled) return
    if (this.#rest.length === 0) return void this.#socket.resume()
    this.#scheduled = true
    setImmediate(() => this.#turn())
  }
}
