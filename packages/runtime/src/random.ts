/** A source of random values, as netsip is handed it. Tags, branches, nonces and jitter all come from one of these. */
export interface Random {
  /** `count` random bytes, a fresh array. */
  bytes(count: number): Uint8Array
  /** `bytes` random bytes as lower-case hexadecimal, twice as many characters. */
  hex(bytes: number): string
  /** A number from 0 (inclusive) to 1 (exclusive), with 53 random bits. */
  float(): number
  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number
}

const hexOctets = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))

/** Bytes as lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const octet of bytes) text += hexOctets[octet]
  return text
}

/** 53 bits made a number in [0, 1): what a double can tell apart. */
export function toFloat(high: number, low: number): number {
  return ((high >>> 5) * 0x4000000 + (low >>> 6)) / 0x20000000000000
}
