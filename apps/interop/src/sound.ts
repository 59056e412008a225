import { readFileSync } from 'node:fs'
import { goertzel, tone, wavRecorder, wavSource } from '@netsip/media'

const FRAME = 160
const FRAMES_PER_SECOND = 50

/** A WAV file of a steady tone: 8 kHz, mono, 16 bit. */
export function toneWav(hz: number, seconds: number): Uint8Array {
  const source = tone(hz)
  const recorder = wavRecorder()
  for (let n = 0; n < seconds * FRAMES_PER_SECOND; n++) {
    // A fresh one each: who takes frames may keep them.
    const frame = new Int16Array(FRAME)
    source.read(frame)
    recorder.write(frame)
  }
  return recorder.toBytes()
}

/** Seconds of a recording in which a tone is clearly there: its 20 ms frames that hold more power at `hz` than at its neighbours. */
export function secondsOf(hz: number, wavPath: string): number {
  const source = wavSource(new Uint8Array(readFileSync(wavPath)))
  const frame = new Int16Array(FRAME)
  let frames = 0
  while (source.read(frame)) {
    const power = goertzel(frame, hz)
    const beside = Math.max(goertzel(frame, hz * 0.5), goertzel(frame, hz * 2), goertzel(frame, hz * 3))
    if (power > 4 * beside && power > 0) frames++
  }
  return frames / FRAMES_PER_SECOND
}
