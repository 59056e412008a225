import type { RulesOf } from '@netsip/runtime'
import { checkOptions } from '../check-options.ts'

/** Settings of a {@link JitterBuffer}. */
export interface JitterBufferOptions {
  /** samples a second, also the unit of the timestamps (default 8000) */
  clockRate?: number
  /** the least delay, ms (default 20) */
  minDelayMs?: number
  /** how long the first packet is delayed, ms (default 60) */
  startDelayMs?: number
  /** the greatest delay, ms: when more audio waits, the oldest is dropped (default 200) */
  maxDelayMs?: number
}

export const jitterBufferRules: RulesOf<JitterBufferOptions> = {
  clockRate: 1,
  minDelayMs: 0,
  startDelayMs: 0,
  maxDelayMs: 0,
}

/** What a {@link JitterBuffer} did with a packet. */
export type JitterVerdict = 'queued' | 'duplicate' | 'late'

interface Piece {
  /** where its first sample belongs, on the unwrapped time line of the timestamps */
  at: number
  samples: Int16Array
}

const frameMs = 20
const lateInARow = 3
const fadeFrames = 3
// reads over which the depth must stay too large before a frame is dropped: 2 s
const skewWindow = 100

/**
 * Gives one frame for each read, from packets that arrive at uneven times, out of order or not at all. It goes by timestamps, so
 * packets may hold any amount of audio, and the sequence numbers of telephone-event packets leave no gap.
 *
 * In place of a missing frame the one before is repeated, ever quieter, and silence after 60 ms. The delay grows when packets come
 * late. It shrinks again, a frame at a time, when more audio waits than was needed for a while, as with a peer whose clock is fast.
 */
export class JitterBuffer {
  readonly #rate: number
  readonly #min: number
  readonly #start: number
  readonly #max: number
  #pieces: Piece[] = []
  #target: number
  #cursor = 0
  #lastAt = 0
  #lastTimestamp: number | undefined
  #anew = true
  #playing = false
  #lateRun = 0
  #late = 0
  #concealed = 0
  #dropped = 0
  #missing = 0
  #last: Int16Array | undefined
  #reads = 0
  #leastDepth = Infinity

  /** @throws MediaError `ERR_MEDIA_ARGUMENT` for a number out of range */
  constructor(options: JitterBufferOptions = {}) {
    checkOptions('jitterBuffer', options, jitterBufferRules)
    const { clockRate = 8000, minDelayMs = 20, startDelayMs = 60, maxDelayMs = 200 } = options
    this.#rate = clockRate / 1000
    this.#min = minDelayMs * this.#rate
    this.#max = Math.max(maxDelayMs, minDelayMs) * this.#rate
    this.#start = Math.min(this.#max, Math.max(startDelayMs, minDelayMs) * this.#rate)
    this.#target = this.#start
  }

  /** Packets that came too late to be played. */
  get late(): number {
    return this.#late
  }

  /** Frames played in place of audio that was missing. */
  get concealed(): number {
    return this.#concealed
  }

  /** How much audio was dropped to bound the delay, in frames. */
  get dropped(): number {
    return this.#dropped
  }

  /** How long the newest packet waits before it is played, ms; 0 when none waits. */
  get delayMs(): number {
    return Math.max(0, this.#waiting()) / this.#rate
  }

  /** Takes the decoded audio of a packet. `marker`: the packet is the first of a talkspurt, where the delay may be chosen again. */
  put(timestamp: number, samples: Int16Array, marker = false): JitterVerdict {
    const at = this.#unwrap(timestamp)
    if (this.#startsAnew(at, samples.length, marker)) this.#cursor = at - this.#target
    else if (at + samples.length <= this.#cursor) {
      this.#late++
      return 'late'
    }
    this.#lateRun = 0
    if (!this.#insert({ at, samples })) return 'duplicate'
    this.#bound()
    return 'queued'
  }

  /** Fills the frame with the next audio. False, with the frame silent, before the first packet is due. */
  read(frame: Int16Array): boolean {
    frame.fill(0)
    if (this.#anew && !this.#playing) return false
    const found = this.#copy(frame)
    this.#cursor += frame.length
    if (!found && !this.#playing) return false
    this.#playing = true
    if (found) this.#remember(frame)
    else this.#conceal(frame)
    this.#watchSkew(frame.length)
    return true
  }

  /** Removes and returns the audio that still waits, in frames of this many samples, at the end of a stream. */
  drain(samples: number): Int16Array[] {
    const frames: Int16Array[] = []
    while (this.#pieces.length > 0) {
      const frame = new Int16Array(samples)
      if (this.read(frame)) frames.push(frame)
    }
    return frames
  }

  /** Forgets the stream, so that the next packet begins another one. The counts stay. */
  reset(): void {
    this.#pieces = []
    this.#anew = true
    this.#lateRun = 0
    this.#target = this.#start
  }

  #unwrap(timestamp: number): number {
    if (this.#lastTimestamp !== undefined) this.#lastAt += (timestamp - this.#lastTimestamp) | 0
    this.#lastTimestamp = timestamp
    return this.#lastAt
  }

  /** True when this packet sets the time line: the first one, a talkspurt after silence, or the last of several late. */
  #startsAnew(at: number, length: number, marker: boolean): boolean {
    if (this.#anew) {
      this.#anew = false
      return true
    }
    const late = at + length <= this.#cursor
    if (marker && this.#pieces.length === 0) return true
    if (!late) return false
    if (++this.#lateRun < lateInARow) return false
    this.#target = Math.min(this.#max, this.#target + frameMs * this.#rate)
    return true
  }

  #insert(piece: Piece): boolean {
    let index = this.#pieces.length
    while (index > 0 && this.#pieces[index - 1]!.at > piece.at) index--
    if (this.#pieces[index - 1]?.at === piece.at) return false
    this.#pieces.splice(index, 0, piece)
    return true
  }

  /** Drops the oldest when more waits than may. */
  #bound(): void {
    if (this.#waiting() <= this.#max) return
    const cursor = this.#cursor + this.#waiting() - this.#target
    this.#dropped += Math.ceil((cursor - this.#cursor) / (frameMs * this.#rate))
    this.#skipTo(cursor)
  }

  /** What lies before the newest packet. */
  #waiting(): number {
    return (this.#pieces.at(-1)?.at ?? this.#cursor) - this.#cursor
  }

  #end(): number {
    const last = this.#pieces.at(-1)
    return last ? last.at + last.samples.length : this.#cursor
  }

  #skipTo(cursor: number): void {
    this.#cursor = cursor
    while (this.#pieces[0] && this.#pieces[0].at + this.#pieces[0].samples.length <= cursor) this.#pieces.shift()
  }

  #copy(frame: Int16Array): boolean {
    let found = false
    const until = this.#cursor + frame.length
    for (const { at, samples } of this.#pieces) {
      if (at >= until) break
      const from = Math.max(at, this.#cursor)
      const to = Math.min(at + samples.length, until)
      if (from < to) frame.set(samples.subarray(from - at, to - at), from - this.#cursor)
      found = true
    }
    while (this.#pieces[0] && this.#pieces[0].at + this.#pieces[0].samples.length <= until) this.#pieces.shift()
    return found
  }

  #remember(frame: Int16Array): void {
    if (this.#last?.length === frame.length) this.#last.set(frame)
    else this.#last = frame.slice()
    this.#missing = 0
  }

  #conceal(frame: Int16Array): void {
    this.#concealed++
    this.#missing++
    if (!this.#last || this.#missing > fadeFrames || this.#last.length !== frame.length) return
    const gain = 2 ** -this.#missing
    for (let i = 0; i < frame.length; i++) frame[i] = this.#last[i]! * gain
  }

  #watchSkew(samples: number): void {
    this.#leastDepth = Math.min(this.#leastDepth, this.#end() - this.#cursor)
    if (++this.#reads < skewWindow) return
    if (this.#leastDepth > this.#target) {
      this.#dropped++
      this.#skipTo(this.#cursor + samples)
    } else if (this.#leastDepth > this.#min) {
      // what late packets added was not needed for a while
      this.#target = Math.max(this.#start, this.#target - samples)
    }
    this.#reads = 0
    this.#leastDepth = Infinity
  }
}
