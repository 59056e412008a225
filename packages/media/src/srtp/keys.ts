import { saltLength, srtpSuites, type SrtpCrypto, type SrtpSuite } from './crypto.ts'

/** What a master key becomes for one kind of packet. */
export interface SessionKeys {
  encryption: Uint8Array
  authentication: Uint8Array
  salt: Uint8Array
}

// RFC 3711 4.3.2: encryption, authentication and salt of SRTP, and the same of SRTCP
const labels = { rtp: [0, 1, 2], rtcp: [3, 4, 5] } as const
const authenticationLength = 20
const labelAt = 7

/**
 * The session keys (RFC 3711 4.3.1, with a key derivation rate of 0).
 *
 * @param master key and salt, as long as `masterLength(suite)`
 */
export function deriveKeys(
  crypto: SrtpCrypto,
  suite: SrtpSuite,
  master: Uint8Array,
  kind: keyof typeof labels,
): SessionKeys {
  const { keyLength } = srtpSuites[suite]
  const key = master.subarray(0, keyLength)
  const salt = master.subarray(keyLength, keyLength + saltLength)
  const derive = (label: number, length: number): Uint8Array => {
    const counter = new Uint8Array(16)
    counter.set(salt)
    counter[labelAt]! ^= label
    return crypto.aesCounter(key, counter, new Uint8Array(length))
  }
  const [encryption, authentication, salting] = labels[kind]
  return {
    encryption: derive(encryption, keyLength),
    authentication: derive(authentication, authenticationLength),
    salt: derive(salting, saltLength),
  }
}

/** The counter block of a packet: its salt, its source and its index (RFC 3711 4.1.1). */
export function counterBlock(salt: Uint8Array, ssrc: number, index: number): Uint8Array {
  const counter = new Uint8Array(16)
  counter.set(salt)
  const view = new DataView(counter.buffer)
  view.setUint32(4, view.getUint32(4) ^ ssrc)
  view.setUint16(8, view.getUint16(8) ^ Math.floor(index / 2 ** 32))
  view.setUint32(10, view.getUint32(10) ^ (index >>> 0))
  return counter
}

/** True when both are equal, in a time that does not tell where they differ. */
export function sameTag(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length
  for (let i = 0; i < one.length; i++) difference |= one[i]! ^ (other[i] ?? 0)
  return difference === 0
}
