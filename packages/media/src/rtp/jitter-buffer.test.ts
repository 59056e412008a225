import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JitterBuffer, type JitterBufferOptions } from './jitter-buffer.ts'

const samples = 160

/** The audio of packet n: every sample says which packet it came from. */
function audio(n: number, length = samples): Int16Array {
  return new Int16Array(length).fill(n)
}

function read(buffer: JitterBuffer, length = samples): number | undefined {
  const frame = new Int16Array(length)
  return buffer.read(frame) ? frame[0] : undefined
}

function reads(buffer: JitterBuffer, count: number): (number | undefined)[] {
  return Array.from({ length: count }, () => read(buffer))
}

/** How long the first packet is kept back, ms. */
function delay(options: JitterBufferOptions): number {
  const buffer = new JitterBuffer(options)
  buffer.put(0, audio(1))
  return reads(buffer, 20).findIndex((each) => each !== undefined) * 20
}

describe('playout', () => {
  test('A058 keeps the first packet back for the start delay, then gives one frame a read', () => {
    const buffer = new JitterBuffer({ startDelayMs: 60 })
    expect(read(buffer)).toBeUndefined()
    for (let n = 1; n <= 5; n++) buffer.put(n * samples, audio(n))
    expect(reads(buffer, 8)).toEqual([undefined, undefined, undefined, 1, 2, 3, 4, 5])
  })

  test('A057 A057b puts packets in order, and drops duplicates', () => {
    const buffer = new JitterBuffer()
    const verdicts = [1, 3, 2, 3, 1].map((n) => buffer.put(n * samples, audio(n)))
    expect(verdicts).toEqual(['queued', 'queued', 'queued', 'duplicate', 'duplicate'])
    expect(reads(buffer, 6).slice(3)).toEqual([1, 2, 3])
  })

  test('A057 a packet from before the first still comes first', () => {
    const buffer = new JitterBuffer()
    for (const n of [2, 1, 3]) buffer.put(n * samples, audio(n))
    expect(reads(buffer, 5).filter((each) => each !== undefined)).toEqual([1, 2, 3])
  })

  test('A058 makes up for what is missing: the frame before, fading, then silence', () => {
    const buffer = new JitterBuffer({ startDelayMs: 20 })
    buffer.put(0, audio(1000))
    expect(reads(buffer, 7)).toEqual([undefined, 1000, 500, 250, 125, 0, 0])
    expect(buffer.concealed).toBe(5)
  })

  test('A057c counts and drops what comes after its time', () => {
    const buffer = new JitterBuffer({ startDelayMs: 20 })
    buffer.put(0, audio(1))
    reads(buffer, 4)
    expect(buffer.put(samples, audio(2))).toBe('late')
    expect(buffer.late).toBe(1)
  })

  test('A059 packets that keep coming late move the play-out, and make the delay larger', () => {
    const buffer = new JitterBuffer({ startDelayMs: 20 })
    buffer.put(0, audio(1))
    reads(buffer, 10)
    const verdicts = [2, 3, 4].map((n) => buffer.put((n - 1) * samples, audio(n)))
    expect(verdicts).toEqual(['late', 'late', 'queued'])
    expect(reads(buffer, 3)).toEqual([0, 0, 4])
  })

  test('A059 a talkspurt after silence sets the timing anew', () => {
    const buffer = new JitterBuffer({ startDelayMs: 20 })
    buffer.put(0, audio(1))
    reads(buffer, 50)
    expect(buffer.put(3 * samples, audio(7), true)).toBe('queued')
    expect(reads(buffer, 2)).toEqual([0, 7])
  })

  test('A058b never keeps back more than the most, however much comes at once', () => {
    const buffer = new JitterBuffer({ maxDelayMs: 200 })
    for (let n = 0; n < 500; n++) {
      buffer.put(n * samples, audio(n))
      expect(buffer.delayMs).toBeLessThanOrEqual(200)
    }
    expect(buffer.dropped).toBeGreaterThan(400)
  })

  test.each([
    ['faster', 19.9],
    ['slower', 20.1],
  ])('A058b a peer whose clock is %s neither grows the delay nor empties it for long', (_which, sendEvery) => {
    const buffer = new JitterBuffer()
    let sent = 0
    for (let n = 0; n < 30_000; n++) {
      while (sent * sendEvery <= n * 20) buffer.put(sent * samples, audio(sent++ % 1000))
      read(buffer)
      expect(buffer.delayMs).toBeLessThanOrEqual(200)
    }
    // one frame in two hundred is what the clocks differ by
    expect(buffer.concealed + buffer.dropped).toBeLessThan(30_000 / 200 + 400)
  })

  test('A057d goes on over the wrap of the timestamps', () => {
    const buffer = new JitterBuffer({ startDelayMs: 20 })
    const first = 2 ** 32 - 2 * samples
    for (let n = 0; n < 5; n++) buffer.put((first + n * samples) % 2 ** 32, audio(n + 1))
    expect(reads(buffer, 6)).toEqual([undefined, 1, 2, 3, 4, 5])
  })

  test('A069 takes packets of any length and gives frames of 20 ms', () => {
    const buffer = new JitterBuffer({ startDelayMs: 20 })
    buffer.put(0, audio(1, 240))
    buffer.put(240, audio(2, 80))
    buffer.put(320, audio(3, 480))
    expect(reads(buffer, 6)).toEqual([undefined, 1, 1, 3, 3, 3])
  })

  test('A058c the delays are those that were asked for, and never below the least', () => {
    expect(delay({})).toBe(60)
    expect(delay({ startDelayMs: 100 })).toBe(100)
    expect(delay({ startDelayMs: 0, minDelayMs: 40 })).toBe(40)
    expect(delay({ startDelayMs: 100, maxDelayMs: 80 })).toBe(80)
  })

  test('drain gives what waits, and reset forgets the stream', () => {
    const buffer = new JitterBuffer()
    for (let n = 1; n <= 3; n++) buffer.put(n * samples, audio(n))
    expect(buffer.drain(samples).map((frame) => frame[0])).toEqual([1, 2, 3])
    buffer.reset()
    buffer.put(123_456_789, audio(9))
    expect(reads(buffer, 4)[3]).toBe(9)
  })

  test('A057 whatever arrives in whatever order, each frame is played at most once and in order', () => {
    const arrivals = fc.array(fc.tuple(fc.nat(40), fc.boolean()), { maxLength: 200, size: 'max' })
    fc.assert(
      fc.property(arrivals, (events) => {
        const buffer = new JitterBuffer()
        for (const [n, alsoRead] of events) {
          buffer.put(n * samples, audio(n + 1))
          if (alsoRead) read(buffer)
          expect(buffer.delayMs).toBeLessThanOrEqual(200)
        }
        const rest = buffer.drain(samples).map((frame) => frame[0]!)
        const played = rest.filter((n) => Number.isInteger(n) && n > 0)
        expect(played.length).toBeLessThanOrEqual(41)
      }),
    )
  })
})
