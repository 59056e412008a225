// G.711 (ITU-T 1988) by tables: decoding is one look-up in 256 entries, encoding one in 65,536. The encoding tables are
// made on first use, so that a program that never encodes never pays for them.

const BIAS = 132
const CLIP = 32635

function ulawToLinear(code: number): number {
  const bits = ~code & 0xff
  const magnitude = ((((bits & 0x0f) << 3) + BIAS) << ((bits & 0x70) >> 4)) - BIAS
  return bits & 0x80 ? -magnitude : magnitude
}

function alawToLinear(code: number): number {
  const bits = code ^ 0x55
  const segment = (bits & 0x70) >> 4
  const mantissa = (bits & 0x0f) << 4
  const magnitude = segment === 0 ? mantissa + 8 : (mantissa + 0x108) << (segment - 1)
  return bits & 0x80 ? magnitude : -magnitude
}

function linearToUlaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0
  const magnitude = Math.min(Math.abs(sample), CLIP) + BIAS
  const segment = 31 - Math.clz32(magnitude >> 7)
  return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff
}

function linearToAlaw(sample: number): number {
  const mask = sample < 0 ? 0x55 : 0xd5
  const magnitude = (sample < 0 ? ~sample : sample) >> 3
  const segment = Math.max(0, 32 - Math.clz32(magnitude >> 5))
  return ((segment << 4) | ((magnitude >> Math.max(1, segment)) & 0x0f)) ^ mask
}

function decoding(law: (code: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, code) => law(code))
}

function encoding(law: (sample: number) => number): Uint8Array {
  return Uint8Array.from({ length: 65536 }, (_, bits) => law((bits << 16) >> 16))
}

const fromUlaw = /* @__PURE__ */ decoding(ulawToLinear)
const fromAlaw = /* @__PURE__ */ decoding(alawToLinear)
let toUlaw: Uint8Array | undefined
let toAlaw: Uint8Array | undefined

function decode(table: Int16Array, bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) samples[i] = table[bytes[i]!]!
  return samples
}

function encode(table: Uint8Array, samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length)
  for (let i = 0; i < samples.length; i++) bytes[i] = table[samples[i]! & 0xffff]!
  return bytes
}

/** Decodes G.711 mu-law (PCMU) to 16-bit linear samples, one sample a byte. */
export function decodeUlaw(bytes: Uint8Array): Int16Array {
  return decode(fromUlaw, bytes)
}

/** Decodes G.711 A-law (PCMA) to 16-bit linear samples, one sample a byte. */
export function decodeAlaw(bytes: Uint8Array): Int16Array {
  return decode(fromAlaw, bytes)
}

/** Encodes 16-bit linear samples to G.711 mu-law (PCMU), one byte a sample. Silence is 0xFF. */
export function encodeUlaw(samples: Int16Array): Uint8Array {
  return encode((toUlaw ??= encoding(linearToUlaw)), samples)
}

/** Encodes 16-bit linear samples to G.711 A-law (PCMA), one byte a sample. Silence is 0xD5. */
export function encodeAlaw(samples: Int16Array): Uint8Array {
  return encode((toAlaw ??= encoding(linearToAlaw)), samples)
}
