/** The two functions that SRTP is made of. `nodeSrtpCrypto` of `@netsip/media/node` takes them from OpenSSL. Both are synchronous. */
export interface SrtpCrypto {
  /** AES in counter mode. The key has 16 or 32 bytes, the counter block 16; its last bytes count up. */
  aesCounter(key: Uint8Array, counter: Uint8Array, data: Uint8Array): Uint8Array
  /** HMAC-SHA1 of both parts, one after the other: 20 bytes. */
  hmacSha1(key: Uint8Array, first: Uint8Array, second: Uint8Array): Uint8Array
}

/** The name of a crypto suite, from RFC 4568 6.2 or RFC 6188. */
export type SrtpSuite =
  | 'AES_CM_128_HMAC_SHA1_80'
  | 'AES_CM_128_HMAC_SHA1_32'
  | 'AES_256_CM_HMAC_SHA1_80'
  | 'AES_256_CM_HMAC_SHA1_32'

/** What a suite means. */
export interface SuiteParameters {
  /** bytes of the master key and of the session's encryption key */
  keyLength: number
  /** bytes of the tag of an RTP packet */
  tagLength: number
}

/** The suites that we have. */
export const srtpSuites: Readonly<Record<SrtpSuite, SuiteParameters>> = {
  AES_CM_128_HMAC_SHA1_80: { keyLength: 16, tagLength: 10 },
  AES_CM_128_HMAC_SHA1_32: { keyLength: 16, tagLength: 4 },
  AES_256_CM_HMAC_SHA1_80: { keyLength: 32, tagLength: 10 },
  AES_256_CM_HMAC_SHA1_32: { keyLength: 32, tagLength: 4 },
}

/** Bytes of the master salt, of every suite. */
export const saltLength = 14

/** A suite by the name in `a=crypto`; `undefined` for one that we do not have. */
export function suiteByName(name: string): SrtpSuite | undefined {
  return Object.hasOwn(srtpSuites, name) ? (name as SrtpSuite) : undefined
}

/** Bytes of the master key and salt of a suite, as they stand in `inline:`. */
export function masterLength(suite: SrtpSuite): number {
  return srtpSuites[suite].keyLength + saltLength
}
