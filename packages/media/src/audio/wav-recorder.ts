import type { AudioSink } from './source.ts'
import { sessionRate } from './wav-decoder.ts'
import { littleEndian, wavHeader } from './wav-format.ts'

/** A sink that keeps all it hears in memory, 16 kB for each second. */
export interface WavRecorder extends AudioSink {
  /** What was heard so far as a WAV file: 16-bit PCM, 8 kHz, one channel. */
  toBytes(): Uint8Array
}

/** Records what it hears. For long recordings write to a file instead, with `wavFileSink` of `@netsip/media/node`. */
export function wavRecorder(): WavRecorder {
  const frames: Int16Array[] = []
  let samples = 0
  return {
    write(frame) {
      frames.push(frame)
      samples += frame.length
    },
    toBytes() {
      const header = wavHeader(samples * 2, sessionRate)
      const bytes = new Uint8Array(header.length + samples * 2)
      bytes.set(header)
      let at = header.length
      for (const frame of frames) {
        bytes.set(littleEndian(frame), at)
        at += frame.length * 2
      }
      return bytes
    },
  }
}
