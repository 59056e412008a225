import { parseCrypto, writeCrypto, type SdesCrypto } from '../srtp/sdes.ts'
import type { AgreedKeys } from '../srtp/protection.ts'
import type { MediaDescription, SdpAttribute } from './description.ts'

/** The usable `a=crypto` lines of a section. A tag that comes twice names neither (RFC 4568 9.1). */
export function cryptoLines({ attributes }: MediaDescription): SdesCrypto[] {
  const lines = attributes.flatMap(({ name, value }) => {
    const crypto = name === 'crypto' ? parseCrypto(value ?? '') : undefined
    return crypto ? [crypto] : []
  })
  return lines.filter(({ tag }) => lines.filter((each) => each.tag === tag).length === 1)
}

/** Our lines as attributes. */
export function cryptoAttributes(keys: readonly SdesCrypto[]): SdpAttribute[] {
  return keys.map((key) => ({ name: 'crypto', value: writeCrypto(key) }))
}

/**
 * Our line in answer to an offer: the first of its lines whose suite we have, with its tag and our key (RFC 4568 7.1.2).
 */
export function answerCrypto(offer: MediaDescription, ours: readonly SdesCrypto[]): SdesCrypto | undefined {
  for (const { tag, suite } of cryptoLines(offer)) {
    const own = ours.find((each) => each.suite === suite)
    if (own) return { ...own, tag }
  }
  return undefined
}

/** The keys of the one line that offer and answer have in common: same tag, same suite; `undefined` without one. */
export function agreedKeys(local: MediaDescription, remote: MediaDescription): AgreedKeys | undefined {
  const theirs = cryptoLines(remote)
  const pairs = cryptoLines(local).flatMap((own) => {
    const peer = theirs.find(({ tag, suite }) => tag === own.tag && suite === own.suite)
    return peer ? [{ suite: own.suite, send: own.master, receive: peer.master }] : []
  })
  return pairs.length === 1 ? pairs[0] : undefined
}
