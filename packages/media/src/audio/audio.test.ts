import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeAlaw, encodeUlaw } from '../g711.ts'
import { echo } from './echo.ts'
import { goertzel, meanSquare } from './goertzel.ts'
import { Resampler } from './resampler.ts'
import type { AudioSource } from './source.ts'
import { tone } from './tone.ts'
import { ToneDetector } from './tone-detector.ts'
import { littleEndian, wavHeader } from './wav-format.ts'
import { wavRecorder } from './wav-recorder.ts'
import { wavSource } from './wav-source.ts'

function all(source: AudioSource, most = 10_000): Int16Array {
  const frames: number[] = []
  const frame = new Int16Array(160)
  for (let i = 0; i < most && source.read(frame); i++) frames.push(...frame)
  return Int16Array.from(frames)
}

function sine(hz: number, rate: number, seconds: number): Int16Array {
  return Int16Array.from({ length: rate * seconds }, (_, i) =>
    Math.round(16_000 * Math.sin((2 * Math.PI * hz * i) / rate)),
  )
}

function wav(data: Uint8Array, { code = 1, rate = 8000, channels = 1, bits = 16 } = {}): Uint8Array {
  const bytes = new Uint8Array(44 + data.length)
  bytes.set(wavHeader(data.length, rate))
  const view = new DataView(bytes.buffer)
  view.setUint16(20, code, true)
  view.setUint16(22, channels, true)
  view.setUint16(34, bits, true)
  bytes.set(data, 44)
  return bytes
}

function listen(samples: Int16Array): ToneDetector {
  const detector = new ToneDetector(440)
  for (let at = 0; at < samples.length; at += 160) detector.write(samples.subarray(at, at + 160))
  return detector
}

function outcome(bytes: Uint8Array): unknown {
  try {
    all(wavSource(bytes), 100)
    return 'played'
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

/** The share of the energy at this frequency. */
function share(samples: Int16Array, hz: number): number {
  return goertzel(samples, hz) / meanSquare(samples)
}

describe('tone', () => {
  test('A130 gives exactly its duration and then ends', () => {
    expect(all(tone(440, { durationMs: 3000 }))).toHaveLength(24_000)
    const frame = new Int16Array(160)
    const short = tone(440, { durationMs: 10 })
    expect(short.read(frame)).toBe(true)
    expect(frame.subarray(80).every((sample) => sample === 0)).toBe(true)
    expect(short.read(frame)).toBe(false)
    expect(frame.every((sample) => sample === 0)).toBe(true)
  })

  test('is that frequency and nothing else, also after ten minutes', () => {
    const source = tone(1000, { level: 1 })
    for (let i = 0; i < 30_000; i++) source.read(new Int16Array(160))
    expect(share(all(source, 50), 1000)).toBeGreaterThan(0.999)
  })

  test('refuses what cannot be', () => {
    for (const hz of [0, 4000, -1, Number.NaN]) {
      expect(() => tone(hz)).toThrow(expect.objectContaining({ code: 'ERR_MEDIA_ARGUMENT' }))
    }
  })
})

describe('finding a tone', () => {
  test('goertzel gives the mean square of a sine, and nothing of another one', () => {
    const samples = sine(440, 8000, 0.1)
    expect(goertzel(samples, 440)).toBeCloseTo(16_000 ** 2 / 2, -6)
    expect(share(samples, 500)).toBeLessThan(0.001)
    expect(goertzel(new Int16Array(0), 440)).toBe(0)
  })

  test('A085 tells the tone from another, from silence and from noise', () => {
    expect(listen(sine(440, 8000, 1))).toMatchObject({ present: true, heardMs: 1000, listenedMs: 1000 })
    expect(listen(sine(480, 8000, 1))).toMatchObject({ present: false, heardMs: 0 })
    expect(listen(new Int16Array(8000))).toMatchObject({ present: false, share: 0, listenedMs: 1000 })
    const noise = Int16Array.from({ length: 8000 }, (_, i) => ((i * 7919 * 104_729) % 20_011) - 10_000)
    expect(listen(noise).present).toBe(false)
    const other = sine(1000, 8000, 1)
    const both = sine(440, 8000, 1).map((sample, i) => (sample + other[i]!) / 2)
    expect(listen(both).share).toBeCloseTo(0.5, 2)
  })
})

describe('WAV', () => {
  test('A130 what is recorded plays back sample by sample', () => {
    const recorder = wavRecorder()
    const samples = sine(440, 8000, 0.5)
    for (let at = 0; at < samples.length; at += 160) recorder.write(samples.slice(at, at + 160))
    const bytes = recorder.toBytes()
    expect(bytes).toHaveLength(44 + samples.length * 2)
    expect(all(wavSource(bytes))).toEqual(samples)
    expect(all(wavSource(bytes, { times: 3 }))).toHaveLength(3 * samples.length)
  })

  test.each([
    [16_000, 440],
    [44_100, 440],
    [48_000, 3000],
    [11_025, 1000],
  ])('plays %d samples a second at 8 kHz: a tone of %d Hz stays what it is', (rate, hz) => {
    const played = all(wavSource(wav(littleEndian(sine(hz, rate, 1)), { rate })))
    expect(played).toHaveLength(8000)
    expect(share(played.subarray(800, 7200), hz)).toBeGreaterThan(0.999)
    expect(goertzel(played.subarray(800, 7200), hz)).toBeCloseTo(16_000 ** 2 / 2, -7)
  })

  test('takes away what 8 kHz cannot carry, instead of folding it back', () => {
    const played = all(wavSource(wav(littleEndian(sine(6000, 16_000, 1)), { rate: 16_000 })))
    expect(meanSquare(played)).toBeLessThan(16_000)
  })

  test('reads mu-law, A-law, 8 and 24 bits, and mixes two channels into one', () => {
    const samples = sine(440, 8000, 0.2)
    const ulaw = all(wavSource(wav(encodeUlaw(samples), { code: 7, bits: 8 })))
    const alaw = all(wavSource(wav(encodeAlaw(samples), { code: 6, bits: 8 })))
    const eight = all(
      wavSource(
        wav(
          Uint8Array.from(samples, (each) => (each >> 8) + 128),
          { bits: 8 },
        ),
      ),
    )
    const deep = new Uint8Array(samples.length * 3)
    for (const [i, each] of samples.entries()) deep.set([0x55, each & 0xff, (each >> 8) & 0xff], i * 3)
    const stereo = new Int16Array(samples.length * 2)
    for (const [i, each] of samples.entries()) stereo.set([each, 0], i * 2)
    expect(all(wavSource(wav(deep, { bits: 24 })))).toEqual(samples)
    expect(all(wavSource(wav(littleEndian(stereo), { channels: 2 })))).toEqual(samples.map((each) => each / 2))
    for (const played of [ulaw, alaw, eight]) {
      expect(played).toHaveLength(samples.length)
      expect(share(played, 440)).toBeGreaterThan(0.99)
    }
  })

  test('reads past chunks it does not know, and takes a file that was cut short', () => {
    const samples = sine(440, 8000, 0.1)
    const plain = wav(littleEndian(samples))
    const list = Uint8Array.from([
      ...plain.subarray(0, 36),
      ...'LIST'.split('').map((c) => c.charCodeAt(0)),
      3,
      0,
      0,
      0,
    ])
    const withList = Uint8Array.from([...list, 1, 2, 3, 0, ...plain.subarray(36)])
    expect(all(wavSource(withList))).toEqual(samples)
    expect(all(wavSource(plain.subarray(0, 44 + 321)))).toHaveLength(160)
  })

  test.each([
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('this is certainly not a WAV file at all')],
    ['an encoding we do not have', wav(new Uint8Array(10), { code: 85 })],
    ['no channels', wav(new Uint8Array(10), { channels: 0 })],
    ['twelve bits', wav(new Uint8Array(10), { bits: 12 })],
    ['a rate of 3 Hz', wav(new Uint8Array(10), { rate: 3 })],
  ])('refuses %s with ERR_MEDIA_WAV', (_what, bytes) => {
    expect(() => wavSource(bytes)).toThrow(expect.objectContaining({ code: 'ERR_MEDIA_WAV' }))
  })

  test('no bytes make it throw anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60, size: 'max' }), fc.nat(43), fc.nat(255), (tail, at, value) => {
        const bytes = wav(tail)
        bytes[at] = value
        expect(['played', 'ERR_MEDIA_WAV']).toContain(outcome(bytes))
      }),
      { numRuns: 1000 },
    )
  })
})

test('a resampler gives the same whatever the pieces it is fed', () => {
  const input = sine(440, 44_100, 0.2)
  const whole = new Resampler(44_100, 8000)
  const expected = [...whole.push(input), ...whole.flush()]
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1 }), (sizes) => {
      const pieces = new Resampler(44_100, 8000)
      const output: number[] = []
      let at = 0
      for (const size of sizes) {
        output.push(...pieces.push(input.subarray(at, at + size)))
        at += size
      }
      output.push(...pieces.push(input.subarray(at)), ...pieces.flush())
      expect(output).toEqual(expected)
    }),
    { numRuns: 30 },
  )
})

test('an echo that nobody attached gives back what it heard when it is read', () => {
  const mirror = echo()
  const frame = new Int16Array(160)
  expect(mirror.read(frame)).toBe(true)
  mirror.write(new Int16Array(160).fill(7))
  mirror.read(frame)
  expect(frame[0]).toBe(7)
  mirror.read(frame)
  expect(frame[0]).toBe(0)
})
