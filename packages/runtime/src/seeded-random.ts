import { toFloat, toHex, type Random } from './random.ts'

/**
 * Random values that are the same for the same seed, on every machine: xoshiro128** seeded by splitmix32.
 * For simulations and tests; anybody can guess them, so never for a nonce or a key.
 */
export class SeededRandom implements Random {
  readonly #state: Uint32Array

  /** @param seed any whole number; its low 32 bits count */
  constructor(seed: number) {
    let mix = seed | 0
    this.#state = Uint32Array.from({ length: 4 }, () => {
      mix = (mix + 0x9e3779b9) | 0
      let word = Math.imul(mix ^ (mix >>> 16), 0x21f0aaad)
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
      return word ^ (word >>> 15)
    })
  }

  bytes(count: number): Uint8Array {
    const result = new Uint8Array(count)
    for (let at = 0; at < count; at += 4) {
      const word = this.uint32()
      for (let k = 0; k < 4 && at + k < count; k++) result[at + k] = word >>> (8 * k)
    }
    return result
  }

  hex(bytes: number): string {
    return toHex(this.bytes(bytes))
  }

  float(): number {
    return toFloat(this.uint32(), this.uint32())
  }

  uint32(): number {
    const state = this.#state as Uint32Array & [number, number, number, number]
    const result = Math.imul(rotate(Math.imul(state[1], 5), 7), 9) >>> 0
    const shifted = state[1] << 9
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = rotate(state[3], 11)
    return result
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
