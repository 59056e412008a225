import type { AudioSink, AudioSource } from '@netsip/media'
import { frameSamples } from './protocol.ts'

const mostQueued = 10

/**
 * The sound between a call and the page. The page's clock and ours drift and its frames come in bursts, so a few are
 * held; what comes too late or too early is dropped or heard as silence, and the delay never grows.
 */
export class PageAudio implements AudioSource, AudioSink {
  readonly #queue: Int16Array[] = []
  readonly #toPage: (frame: Uint8Array) => void
  #primed = false

  /** `toPage` takes one frame as it goes over the WebSocket. */
  constructor(toPage: (frame: Uint8Array) => void) {
    this.#toPage = toPage
  }

  /** A frame from the page's microphone; anything but 20 ms of 16-bit samples is ignored. */
  fromPage(bytes: Uint8Array): void {
    if (bytes.byteLength !== frameSamples * 2) return
    const frame = new Int16Array(frameSamples)
    new Uint8Array(frame.buffer).set(bytes)
    this.#queue.push(frame)
    if (this.#queue.length > mostQueued) this.#queue.splice(0, this.#queue.length - mostQueued / 2)
  }

  read(frame: Int16Array): boolean {
    // Two frames are gathered before the first is played, or each hiccup would be heard.
    if (!this.#primed && this.#queue.length < 2) frame.fill(0)
    else {
      const next = this.#queue.shift()
      this.#primed = next !== undefined
      if (next) frame.set(next.subarray(0, frame.length))
      else frame.fill(0)
    }
    return true
  }

  write(frame: Int16Array): void {
    this.#toPage(new Uint8Array(frame.slice().buffer))
  }
}
