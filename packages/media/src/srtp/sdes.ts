import type { Random } from '@netsip/runtime'
import { masterLength, suiteByName, type SrtpSuite } from './crypto.ts'

/** The parts of an `a=crypto` line that this package understands (RFC 4568). */
export interface SdesCrypto {
  /** the number by which the answer refers to this line */
  tag: number
  suite: SrtpSuite
  /** master key and salt */
  master: Uint8Array
}

// WSH is a hint about the replay window, which ours satisfies
const harmless = /^(-.+|WSH=\d+)$/
const lifetime = /^(2\^\d{1,2}|\d{1,15})$/

function fromBase64(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return undefined
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

/** The master key of `inline:KEY|LIFETIME`. One with an MKI, or one of several keys, is not for us. */
function masterOf(parameters: string, suite: SrtpSuite): Uint8Array | undefined {
  const [method, ...rest] = parameters.split(':')
  const [key, life, ...more] = rest.join(':').split('|')
  if (method !== 'inline' || key === undefined || more.length > 0) return undefined
  if (life !== undefined && !lifetime.test(life)) return undefined
  const master = fromBase64(key)
  return master?.length === masterLength(suite) ? master : undefined
}

/** Reads the value of an `a=crypto` line; `undefined` when it is malformed or asks for something that this package does not support. */
export function parseCrypto(value: string): SdesCrypto | undefined {
  const [tag, name, parameters, ...session] = value.trim().split(/\s+/)
  const suite = suiteByName(name ?? '')
  if (!suite || parameters === undefined || !/^[1-9]\d{0,8}$/.test(tag ?? '')) return undefined
  if (!session.every((each) => harmless.test(each))) return undefined
  const master = masterOf(parameters, suite)
  return master && { tag: Number(tag), suite, master }
}

/** The value of an `a=crypto` line. */
export function writeCrypto({ tag, suite, master }: SdesCrypto): string {
  return `${tag} ${suite} inline:${btoa(String.fromCharCode(...master))}`
}

// the suite that every peer has comes first (RFC 4568 6.2)
const offeredSuites: readonly SrtpSuite[] = [
  'AES_CM_128_HMAC_SHA1_80',
  'AES_256_CM_HMAC_SHA1_80',
  'AES_CM_128_HMAC_SHA1_32',
]

/** New keys of ours, one for each suite that we offer. */
export function freshKeys(random: Random): SdesCrypto[] {
  return offeredSuites.map((suite, i) => ({ tag: i + 1, suite, master: random.bytes(masterLength(suite)) }))
}
