import type { AudioSource } from '../audio/source.ts'
import { checkOptions } from '../check-options.ts'
import { MediaError } from '../errors.ts'
import { eventOf, type DtmfDigit } from './events.ts'

/** The lower tone of each row of the keypad, Hz (ITU-T Q.23). */
export const rowTones = [697, 770, 852, 941] as const
/** The upper tone of each column, Hz. */
export const columnTones = [1209, 1336, 1477, 1633] as const

const keys = ['123A', '456B', '789C', '*0#D']
const rate = 8000
// each tone at -9 dB of full scale, so that both together do not clip
const amplitude = 11_600

/** The key of a row and a column. */
export function keyAt(row: number, column: number): DtmfDigit {
  return keys[row]![column] as DtmfDigit
}

/** The two frequencies of a key, Hz; `undefined` for a character without tones. */
export function tonesOf(digit: string): readonly [low: number, high: number] | undefined {
  const key = digit.toUpperCase()
  const row = key.length === 1 ? keys.findIndex((each) => each.includes(key)) : -1
  return row < 0 ? undefined : [rowTones[row]!, columnTones[keys[row]!.indexOf(key)]!]
}

/** Settings of {@link dtmfTones}. */
export interface DtmfToneOptions {
  /** ms of each tone (default 100) */
  durationMs?: number
  /** ms of silence after each (default 50) */
  gapMs?: number
}

function sine(hz: number, i: number): number {
  return Math.sin((2 * Math.PI * hz * i) / rate)
}

function samplesOf([low, high]: readonly [number, number], tone: number, gap: number): Int16Array {
  return Int16Array.from({ length: tone + gap }, (_, i) =>
    i < tone ? Math.round(amplitude * (sine(low, i) + sine(high, i))) : 0,
  )
}

/**
 * A source that plays digits as tones, for peers that do not support telephone-event.
 *
 * @throws MediaError `ERR_MEDIA_ARGUMENT` for a character that is no digit, or an option out of range
 */
export function dtmfTones(digits: string, options: DtmfToneOptions = {}): AudioSource {
  checkOptions('dtmfTones', options, { durationMs: 1, gapMs: 0 })
  const { durationMs = 100, gapMs = 50 } = options
  const pairs = Array.from(digits, (digit) => {
    const tones = eventOf(digit) === undefined ? undefined : tonesOf(digit)
    if (!tones) throw new MediaError('ERR_MEDIA_ARGUMENT', `"${digit}" has no DTMF tones`)
    return tones
  })
  const [tone, gap] = [Math.round((durationMs * rate) / 1000), Math.round((gapMs * rate) / 1000)]
  let next = 0
  let current: Int16Array = new Int16Array(0)
  return {
    read(frame) {
      let filled = 0
      while (filled < frame.length && (current.length > 0 || next < pairs.length)) {
        if (current.length === 0) current = samplesOf(pairs[next++]!, tone, gap)
        const part = current.subarray(0, frame.length - filled)
        frame.set(part, filled)
        filled += part.length
        current = current.subarray(part.length)
      }
      frame.fill(0, filled)
      return filled > 0
    },
  }
}
