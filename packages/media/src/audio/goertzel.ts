/**
 * The power of one frequency in a block of samples, by Goertzel's algorithm: a sine of amplitude A
 * gives A²/2, its mean square. The longer the block, the narrower the band: with N samples, frequencies rate/N Hz apart can be
 * told apart.
 *
 * @param rate samples a second (default 8000)
 */
export function goertzel(samples: Int16Array, hz: number, rate = 8000): number {
  if (samples.length === 0) return 0
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate)
  let before = 0
  let last = 0
  for (const sample of samples) {
    const next = sample + coefficient * last - before
    before = last
    last = next
  }
  const power = last * last + before * before - coefficient * last * before
  return Math.max(0, (2 * power) / samples.length ** 2)
}

/** The mean square of a block of samples: its power over all frequencies. */
export function meanSquare(samples: Int16Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return samples.length === 0 ? 0 : sum / samples.length
}
