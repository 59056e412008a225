import { toFloat, toHex, type Random } from './random.ts'

// A call into the system for each tag would cost more than the tag; getRandomValues gives at most 65,536 bytes.
const poolSize = 4096

class SystemRandom implements Random {
  readonly #pool = new Uint8Array(poolSize)
  #used = poolSize

  bytes(count: number): Uint8Array {
    const result = new Uint8Array(count)
    let filled = 0
    while (filled < count) {
      const piece = this.#take(Math.min(count - filled, poolSize))
      result.set(piece, filled)
      filled += piece.length
      piece.fill(0)
    }
    return result
  }

  hex(bytes: number): string {
    if (bytes > poolSize) return toHex(this.bytes(bytes))
    const piece = this.#take(bytes)
    const text = toHex(piece)
    piece.fill(0)
    return text
  }

  float(): number {
    return toFloat(this.uint32(), this.uint32())
  }

  uint32(): number {
    const [a, b, c, d] = this.#take(4) as Uint8Array & [number, number, number, number]
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
  }

  /** A view of unused bytes of the pool, valid until the next call. */
  #take(count: number): Uint8Array {
    if (this.#used + count > poolSize) {
      globalThis.crypto.getRandomValues(this.#pool)
      this.#used = 0
    }
    this.#used += count
    return this.#pool.subarray(this.#used - count, this.#used)
  }
}

/** Random values nobody can guess, from the Web Crypto generator of the platform, fetched in batches. */
export const systemRandom: Random = new SystemRandom()
