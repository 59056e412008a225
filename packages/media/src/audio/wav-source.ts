import { checkOptions } from '../check-options.ts'
import { SampleQueue } from './sample-queue.ts'
import type { AudioSource } from './source.ts'
import { WavDecoder } from './wav-decoder.ts'
import { blockBytes, parseWavHeader, wavError } from './wav-format.ts'

/** Settings of a {@link wavSource}. */
export interface WavSourceOptions {
  /** how many times it is played (default 1; Infinity: without end) */
  times?: number
}

const blocksAtOnce = 4096

/**
 * Plays a WAV file that is in memory: PCM of 8 to 32 bits, A-law or mu-law, any rate, channels mixed into one.
 *
 * @throws MediaError `ERR_MEDIA_WAV` when the bytes are not of these formats, `ERR_MEDIA_ARGUMENT` when `times` is below 0
 */
export function wavSource(bytes: Uint8Array, options: WavSourceOptions = {}): AudioSource {
  checkOptions('wavSource', options, { times: 0 })
  const { times = 1 } = options
  const format = parseWavHeader(bytes)
  if (!format) throw wavError('there is no audio in it')
  const { dataOffset, dataLength } = format
  const whole = bytes.subarray(dataOffset, dataOffset + dataLength)
  const data = whole.subarray(0, whole.length - (whole.length % blockBytes(format)))
  const chunk = blocksAtOnce * blockBytes(format)
  const queue = new SampleQueue()
  let decoder = new WavDecoder(format)
  let at = 0
  let left = data.length === 0 ? 0 : times

  const more = (): boolean => {
    if (left === 0) return false
    queue.push(decoder.push(data.subarray(at, at + chunk)))
    at += chunk
    if (at < data.length) return true
    queue.push(decoder.flush())
    decoder = new WavDecoder(format)
    at = 0
    left--
    return true
  }

  return {
    read(frame) {
      while (queue.length < frame.length && more()) continue
      return queue.read(frame) > 0
    },
  }
}
