import { md5 } from '@noble/hashes/legacy.js'
import { sha256, sha512_256 } from '@noble/hashes/sha2.js'
import { toHex } from '@netsip/runtime'

/** A hash that digest authentication knows (RFC 8760 2.1). */
export type DigestHash = 'MD5' | 'SHA-256' | 'SHA-512-256'

/** The value of the `algorithm` parameter (RFC 7616 3.3, RFC 8760). */
export type DigestAlgorithm = DigestHash | `${DigestHash}-sess`

const ALGORITHMS: ReadonlyMap<string, DigestAlgorithm> = new Map(
  (['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess', 'SHA-512-256', 'SHA-512-256-sess'] as const).map((name) => [
    name.toLowerCase(),
    name,
  ]),
)

// sha512_256 is the hash of that name with its own initial value, not a cut SHA-512 (RFC 7616 3.9.2, erratum 4897)
const HASHES = { MD5: md5, 'SHA-256': sha256, 'SHA-512-256': sha512_256 }

const encoder = new TextEncoder()

const STRENGTH: Record<DigestHash, number> = { MD5: 0, 'SHA-256': 1, 'SHA-512-256': 2 }

/** The algorithm of that name in whatever case, MD5 for none (RFC 7616 3.3); undefined for one that is not known. */
export function algorithmOf(name: string | undefined): DigestAlgorithm | undefined {
  return name === undefined ? 'MD5' : ALGORITHMS.get(name.toLowerCase())
}

/** The hash that an algorithm uses. */
export function hashOf(algorithm: DigestAlgorithm): DigestHash {
  return (isSession(algorithm) ? algorithm.slice(0, -5) : algorithm) as DigestHash
}

/** Whether it is one of the `-sess` algorithms. */
export function isSession(algorithm: DigestAlgorithm): boolean {
  return algorithm.endsWith('-sess')
}

/** Which of two algorithms is stronger: above 0 when `a` is, 0 when they use the same hash. */
export function compareStrength(a: DigestAlgorithm, b: DigestAlgorithm): number {
  return STRENGTH[hashOf(a)] - STRENGTH[hashOf(b)]
}

/** The hash of octets, or of text in UTF-8, as lower-case hexadecimal. */
export function hashHex(hash: DigestHash, data: string | Uint8Array): string {
  return toHex(HASHES[hash](typeof data === 'string' ? encoder.encode(data) : data))
}
