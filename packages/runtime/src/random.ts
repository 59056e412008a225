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

/** Bytes as lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  // In large pieces: engines keep a string that was joined octet by octet as a tree, and copy it together when it is first read.
  let text = ''
  for (let at = 0; at < bytes.length; at += 64) text += String.fromCharCode(...digitsOf(bytes.subarray(at, at + 64)))
  return text
}

function digitsOf(bytes: Uint8Array): number[] {
  const digits: number[] = []
  for (let at = 0; at < bytes.length; at++) {
    const octet = bytes[at] as number
    digits.push(digit(octet >> 4), digit(octet & 15))
  }
  return digits
}

function digit(value: number): number {
  return value < 10 ? 48 + value : 87 + value
}

/** 53 bits made a number in [0, 1): what a double can tell apart. */
export function toFloat(high: number, low: number): number {
  return ((high >>> 5) * 0x4000000 + (low >>> 6)) / 0x20000000000000
}
