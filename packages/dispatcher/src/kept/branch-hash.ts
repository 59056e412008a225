import { MAGIC_COOKIE } from '@netsip/message'
import type { Random } from '@netsip/runtime'

/** A number for a branch, never 0; nobody outside can know which branches fall together. */
export class BranchHash {
  readonly #seed: number
  readonly #factor: number

  constructor(random: Random) {
    this.#seed = random.uint32() | 0
    this.#factor = random.uint32() | 1
  }

  /** Of a branch with the magic cookie, which says nothing. */
  of(branch: string): number {
    let hash = this.#seed
    for (let i = MAGIC_COOKIE.length; i < branch.length; i++) {
      hash = Math.imul(hash ^ branch.charCodeAt(i), this.#factor)
    }
    hash ^= hash >>> 16
    hash = Math.imul(hash, 0x45d9f3b)
    hash ^= hash >>> 13
    return hash === 0 ? 1 : hash
  }
}
