import { viewOf } from '../bytes.ts'
import { MediaError } from '../errors.ts'
import { decodeAlaw, decodeUlaw } from '../g711.ts'

/** What the header of a WAV file says. */
export interface WavFormat {
  encoding: 'pcm' | 'alaw' | 'ulaw'
  channels: number
  /** samples a second */
  rate: number
  /** bits of a sample */
  bits: number
  /** where the audio begins in the file, bytes */
  dataOffset: number
  /** bytes of audio; what a file that was cut short promises may be more than it has */
  dataLength: number
}

const encodings: Readonly<Record<number, WavFormat['encoding']>> = { 1: 'pcm', 6: 'alaw', 7: 'ulaw' }
const extensible = 0xfffe
const headerBytes = 44

/** The error for bytes that are no WAV file of ours. */
export function wavError(message: string): MediaError {
  return new MediaError('ERR_MEDIA_WAV', `WAV: ${message}`)
}

function tag(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4))
}

type Encoding = Omit<WavFormat, 'dataOffset' | 'dataLength'>

function encodingOf(bytes: Uint8Array, at: number, length: number): Encoding {
  if (length < 16 || at + length > bytes.length) throw wavError('the "fmt " chunk is too short')
  const view = viewOf(bytes)
  const id = view.getUint16(at, true)
  const code = id === extensible && length >= 26 ? view.getUint16(at + 24, true) : id
  const encoding = encodings[code]
  const format = { channels: view.getUint16(at + 2, true), rate: view.getUint32(at + 4, true) }
  const bits = view.getUint16(at + 14, true)
  if (!encoding) throw wavError(`encoding ${code} is not supported, only PCM, A-law and mu-law`)
  if (!(encoding === 'pcm' ? [8, 16, 24, 32] : [8]).includes(bits)) throw wavError(`${bits} bits a sample`)
  if (format.channels < 1 || format.channels > 8) throw wavError(`${format.channels} channels`)
  if (format.rate < 4000 || format.rate > 192_000) throw wavError(`${format.rate} samples a second`)
  return { encoding, ...format, bits }
}

/**
 * Reads the header of a WAV file from its first bytes.
 *
 * @returns `undefined` when the audio begins further on: come again with more bytes
 * @throws MediaError `ERR_MEDIA_WAV`
 */
export function parseWavHeader(bytes: Uint8Array): WavFormat | undefined {
  if (bytes.length < 12) return undefined
  if (tag(bytes, 0) !== 'RIFF' || tag(bytes, 8) !== 'WAVE') throw wavError('it does not begin with RIFF and WAVE')
  const view = viewOf(bytes)
  let encoding: Encoding | undefined
  let at = 12
  while (at + 8 <= bytes.length) {
    const length = view.getUint32(at + 4, true)
    const name = tag(bytes, at)
    at += 8
    if (name === 'data') {
      if (!encoding) throw wavError('"data" comes before "fmt "')
      return { ...encoding, dataOffset: at, dataLength: length }
    }
    if (name === 'fmt ' && at + length <= bytes.length) encoding = encodingOf(bytes, at, length)
    // chunks are padded to an even length
    at += length + (length % 2)
  }
  return undefined
}

/** Bytes of one sample of all channels. */
export function blockBytes({ channels, bits }: WavFormat): number {
  return (channels * bits) / 8
}

// The upper 16 bits of little-endian PCM; 8-bit samples are unsigned.
function linear(bytes: Uint8Array, width: number): Int16Array {
  const samples = new Int16Array(Math.floor(bytes.length / width))
  for (let i = 0; i < samples.length; i++) {
    const last = i * width + width - 1
    samples[i] = width === 1 ? (bytes[last]! - 128) << 8 : (bytes[last]! << 8) | bytes[last - 1]!
  }
  return samples
}

function mono(samples: Int16Array, channels: number): Int16Array {
  if (channels === 1) return samples
  const mixed = new Int16Array(Math.floor(samples.length / channels))
  for (let i = 0; i < mixed.length; i++) {
    let sum = 0
    for (let channel = 0; channel < channels; channel++) sum += samples[i * channels + channel]!
    mixed[i] = sum / channels
  }
  return mixed
}

/** Decodes whole blocks of audio to 16-bit samples, all channels mixed into one. */
export function decodeWav(bytes: Uint8Array, { encoding, channels, bits }: WavFormat): Int16Array {
  if (encoding === 'alaw') return mono(decodeAlaw(bytes), channels)
  if (encoding === 'ulaw') return mono(decodeUlaw(bytes), channels)
  return mono(linear(bytes, bits / 8), channels)
}

/** The header of a WAV file of 16-bit PCM, one channel. `dataLength`: bytes of audio that follow. */
export function wavHeader(dataLength: number, rate: number): Uint8Array {
  const bytes = new Uint8Array(headerBytes)
  const view = viewOf(bytes)
  const text = (at: number, value: string): void => bytes.set(new TextEncoder().encode(value), at)
  text(0, 'RIFF')
  view.setUint32(4, headerBytes - 8 + dataLength, true)
  text(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, rate, true)
  view.setUint32(28, rate * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  text(36, 'data')
  view.setUint32(40, dataLength, true)
  return bytes
}

/** Samples as little-endian bytes, as a WAV file has them. */
export function littleEndian(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2)
  const view = viewOf(bytes)
  for (let i = 0; i < samples.length; i++) view.setInt16(i * 2, samples[i]!, true)
  return bytes
}
