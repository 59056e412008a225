import type { Socket } from 'node:net'
import { busyReaders, turnBytes } from './busy-readers.ts'

/**
 * Hands on what a socket brings. Of a socket that brings much, only a part at a time, in turn with others like it and after
 * all who bring little: peers that send without end leave everybody else their place.
 */
export class FairReader {
  readonly #socket: Socket
  readonly #hand: (bytes: Uint8Array) => void
  #rest: Uint8Array = new Uint8Array(0)
  #held = false
  #waits = false

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

  takeTurn(): void {
    this.#waits = false
    if (this.#socket.destroyed || this.#held) return
    const piece = this.#rest.subarray(0, turnBytes)
    this.#rest = this.#rest.subarray(turnBytes)
    this.#hand(piece)
    this.#goOn()
  }

  #read(chunk: Uint8Array): void {
    if (this.#rest.length === 0 && chunk.length < turnBytes) return this.#hand(chunk)
    this.#socket.pause()
    // What was on its way when it was paused still comes.
    this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    this.#goOn()
  }

  #goOn(): void {
    if (this.#held || this.#waits) return
    if (this.#rest.length === 0) return void this.#socket.resume()
    this.#waits = true
    busyReaders.wait(this)
  }
}
