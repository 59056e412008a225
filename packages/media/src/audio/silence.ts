import type { AudioSource } from './source.ts'

/** Silence without end. */
export function silence(): AudioSource {
  return {
    read(frame) {
      frame.fill(0)
      return true
    },
  }
}
