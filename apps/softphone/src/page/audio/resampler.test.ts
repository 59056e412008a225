import { expect, test } from 'vitest'
import { Resampler } from './resampler.ts'

function tone(hz: number, rate: number, seconds: number): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, index) => Math.sin((2 * Math.PI * hz * index) / rate))
}

/** How much of a frequency is in the samples, 1 for a full tone. */
function share(samples: Float32Array, hz: number, rate: number): number {
  let [re, im] = [0, 0]
  samples.forEach((sample, index) => {
    re += sample * Math.cos((2 * Math.PI * hz * index) / rate)
    im += sample * Math.sin((2 * Math.PI * hz * index) / rate)
  })
  return (2 * Math.hypot(re, im)) / samples.length
}

/** Feeds the samples in the pieces of a worklet. */
function resample(samples: Float32Array, from: number, to: number): Float32Array {
  const resampler = new Resampler(from, to)
  const pieces: number[] = []
  for (let at = 0; at < samples.length; at += 128) pieces.push(...resampler.process(samples.subarray(at, at + 128)))
  return Float32Array.from(pieces)
}

test.each([
  [48_000, 8000],
  [44_100, 8000],
  [8000, 48_000],
  [8000, 44_100],
  [8000, 8000],
])('a tone from %i to %i per second keeps its length, pitch and loudness', (from, to) => {
  const result = resample(tone(440, from, 1), from, to)
  expect(Math.abs(result.length - to)).toBeLessThan(to / 50)
  expect(share(result.subarray(to / 10), 440, to)).toBeCloseTo(1, 1)
})

test('what the lower rate cannot carry is kept out instead of folded back', () => {
  const result = resample(tone(6000, 48_000, 1), 48_000, 8000)
  expect(share(result.subarray(800), 2000, 8000)).toBeLessThan(0.01)
})
