import { checkOptions } from '../check-options.ts'
import { MediaError } from '../errors.ts'
import type { AudioSource } from './source.ts'

/** Settings of a {@link tone}. */
export interface ToneOptions {
  /** ms; endless when left out */
  durationMs?: number
  /** amplitude from 0 to 1 of full scale (default 0.5) */
  level?: number
  /** samples a second (default 8000) */
  rate?: number
}

/**
 * A sine tone. With a duration it gives exactly that many milliseconds and then ends.
 *
 * @throws MediaError `ERR_MEDIA_ARGUMENT` for a frequency that is not between 0 and half the rate, or an option out of range
 */
export function tone(hz: number, options: ToneOptions = {}): AudioSource {
  checkOptions('tone', options, { durationMs: 0, level: 0, rate: 1 })
  const { durationMs = Infinity, level = 0.5, rate = 8000 } = options
  if (!(hz > 0 && hz < rate / 2)) {
    throw new MediaError('ERR_MEDIA_ARGUMENT', `a tone of ${hz} Hz does not fit ${rate} samples a second`)
  }
  const amplitude = Math.max(0, Math.min(1, level)) * 32767
  const length = Math.round((durationMs * rate) / 1000)
  let position = 0
  return {
    read(frame) {
      if (position >= length) {
        frame.fill(0)
        return false
      }
      for (let i = 0; i < frame.length; i++, position++) {
        // the phase is taken modulo one turn, so that an endless tone keeps its precision
        frame[i] =
          position < length ? Math.round(amplitude * Math.sin(2 * Math.PI * (((position * hz) / rate) % 1))) : 0
      }
      return true
    },
  }
}
