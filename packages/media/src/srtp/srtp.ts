import { concatenated, viewOf } from '../bytes.ts'
import { rtpHeaderLength } from '../rtp/packet.ts'
import { srtpSuites, type SrtpCrypto, type SrtpSuite } from './crypto.ts'
import { counterBlock, deriveKeys, sameTag, type SessionKeys } from './keys.ts'
import { ReplayWindow } from './replay.ts'

// Each source costs a window: a peer that changes its SSRC again and again must not fill the memory.
const maxSources = 16
const half = 0x8000

/** The packet index of a sequence number, given the highest so far (RFC 3711 3.3.1); negative when it cannot be. */
export function guessIndex(sequence: number, highest: number): number {
  if (highest < 0) return sequence
  const rollover = Math.floor(highest / 65536)
  const last = highest % 65536
  if (last < half) return (sequence - last > half ? rollover - 1 : rollover) * 65536 + sequence
  return (last - half > sequence ? rollover + 1 : rollover) * 65536 + sequence
}

/** SRTP in one direction, under one master key: encrypts the packets that we send, or decrypts those that come. */
export class SrtpContext {
  readonly #crypto: SrtpCrypto
  readonly #keys: SessionKeys
  readonly #tagLength: number
  readonly #sources = new Map<number, ReplayWindow>()
  readonly #before: ReadonlyMap<number, ReplayWindow>

  /**
   * @param master key and salt, as long as `masterLength(suite)`
   * @param before the context whose key this one replaces: the rollover counters of its sources are taken over (RFC 3711 3.3.1)
   */
  constructor(crypto: SrtpCrypto, suite: SrtpSuite, master: Uint8Array, before?: SrtpContext) {
    this.#crypto = crypto
    this.#before = new Map(before ? before.#sources : [])
    this.#keys = deriveKeys(crypto, suite, master, 'rtp')
    this.#tagLength = srtpSuites[suite].tagLength
  }

  /** Makes the SRTP packet of an RTP packet. The packets of a source must be given in the order of their sequence numbers. */
  protect(packet: Uint8Array): Uint8Array {
    const view = viewOf(packet)
    const ssrc = view.getUint32(8)
    const window = this.#sources.get(ssrc) ?? this.#remember(ssrc, new ReplayWindow())
    const index = guessIndex(view.getUint16(2), window.highest)
    window.take(index)
    const sealed = this.#crypt(packet, ssrc, index)
    return concatenated(sealed, this.#tag(sealed, index))
  }

  /** Returns the RTP packet in an SRTP packet, or `undefined` when that is forged, malformed or came before (a replay). */
  unprotect(bytes: Uint8Array): Uint8Array | undefined {
    const end = bytes.length - this.#tagLength
    const sealed = bytes.subarray(0, Math.max(0, end))
    if (rtpHeaderLength(sealed) === undefined) return undefined
    const view = viewOf(sealed)
    const ssrc = view.getUint32(8)
    const known = this.#sources.get(ssrc)
    const window = known ?? new ReplayWindow()
    const index = this.#guesses(ssrc, view.getUint16(2), window).find(
      (guess) => guess >= 0 && window.allows(guess) && sameTag(this.#tag(sealed, guess), bytes.subarray(end)),
    )
    if (index === undefined) return undefined
    if (!known) this.#remember(ssrc, window)
    window.take(index)
    return this.#crypt(sealed, ssrc, index)
  }

  /** What the index may be. Under a new key some go on counting rollovers, as they should, and some begin anew. */
  #guesses(ssrc: number, sequence: number, window: ReplayWindow): number[] {
    const before = window.highest < 0 ? this.#before.get(ssrc) : undefined
    const guess = guessIndex(sequence, window.highest)
    return before ? [guessIndex(sequence, before.highest), guess] : [guess]
  }

  #remember(ssrc: number, window: ReplayWindow): ReplayWindow {
    if (this.#sources.size >= maxSources) this.#sources.delete(this.#sources.keys().next().value!)
    this.#sources.set(ssrc, window)
    return window
  }

  #crypt(packet: Uint8Array, ssrc: number, index: number): Uint8Array {
    const headerLength = rtpHeaderLength(packet) ?? packet.length
    const counter = counterBlock(this.#keys.salt, ssrc, index)
    const payload = this.#crypto.aesCounter(this.#keys.encryption, counter, packet.subarray(headerLength))
    return concatenated(packet.subarray(0, headerLength), payload)
  }

  #tag(sealed: Uint8Array, index: number): Uint8Array {
    const rollover = new Uint8Array(4)
    viewOf(rollover).setUint32(0, Math.floor(index / 65536))
    return this.#crypto.hmacSha1(this.#keys.authentication, sealed, rollover).subarray(0, this.#tagLength)
  }
}

// RFC 3711 5.2: the tag of SRTCP has 80 bits in every suite that we have
const rtcpTagLength = 10
const rtcpHeaderLength = 8
const encrypted = 0x80000000

/** SRTCP in one direction, under one master key. */
export class SrtcpContext {
  readonly #crypto: SrtpCrypto
  readonly #keys: SessionKeys
  readonly #sources = new Map<number, ReplayWindow>()
  #sent = 0

  /** @param master key and salt, as long as `masterLength(suite)` */
  constructor(crypto: SrtpCrypto, suite: SrtpSuite, master: Uint8Array) {
    this.#crypto = crypto
    this.#keys = deriveKeys(crypto, suite, master, 'rtcp')
  }

  /** Makes the SRTCP packet of a compound packet. The index grows by one each time, whatever the source. */
  protect(packet: Uint8Array): Uint8Array {
    const index = this.#sent++
    const trailer = new Uint8Array(4)
    viewOf(trailer).setUint32(0, (encrypted | index) >>> 0)
    const sealed = this.#crypt(packet, index)
    return concatenated(sealed, trailer, this.#tag(sealed, trailer))
  }

  /** Returns the compound packet in an SRTCP packet, or `undefined` when that is forged, malformed or came before (a replay). */
  unprotect(bytes: Uint8Array): Uint8Array | undefined {
    const end = bytes.length - rtcpTagLength - 4
    if (end < rtcpHeaderLength) return undefined
    const sealed = bytes.subarray(0, end)
    const trailer = bytes.subarray(end, end + 4)
    const word = viewOf(trailer).getUint32(0)
    const index = word & 0x7fffffff
    const ssrc = viewOf(sealed).getUint32(4)
    const window = this.#sources.get(ssrc) ?? new ReplayWindow()
    if (!window.allows(index) || !sameTag(this.#tag(sealed, trailer), bytes.subarray(end + 4))) return undefined
    if (this.#sources.size >= maxSources) this.#sources.delete(this.#sources.keys().next().value!)
    this.#sources.set(ssrc, window)
    window.take(index)
    return word >= encrypted ? this.#crypt(sealed, index) : sealed.slice()
  }

  #crypt(packet: Uint8Array, index: number): Uint8Array {
    const counter = counterBlock(this.#keys.salt, viewOf(packet).getUint32(4), index)
    const rest = this.#crypto.aesCounter(this.#keys.encryption, counter, packet.subarray(rtcpHeaderLength))
    return concatenated(packet.subarray(0, rtcpHeaderLength), rest)
  }

  #tag(sealed: Uint8Array, trailer: Uint8Array): Uint8Array {
    return this.#crypto.hmacSha1(this.#keys.authentication, sealed, trailer).subarray(0, rtcpTagLength)
  }
}
