import type { Random } from '@netsip/runtime'
import { encodeRtp } from './packet.ts'

/** What one packet carries. */
export interface RtpContent {
  payloadType: number
  payload: Uint8Array
  /** timestamp of the payload's first sample */
  timestamp: number
  marker?: boolean
}

/**
 * Numbers the packets of one stream. SSRC, first sequence number and first timestamp are random (RFC 3550 5.1); the sequence number
 * grows by one for each packet. The caller gives the timestamps: {@link RtpSender.timestamp} turns a count of samples into one.
 */
export class RtpSender {
  readonly #random: Random
  readonly #origin: number
  #ssrc: number
  #sequence: number
  #packets = 0
  #octets = 0

  constructor(random: Random) {
    this.#random = random
    this.#ssrc = random.uint32()
    this.#origin = random.uint32()
    // below 2^15, so that a rollover counter could be guessed from the first packet (RFC 4568 6.4)
    this.#sequence = random.uint32() & 0x7fff
  }

  get ssrc(): number {
    return this.#ssrc
  }

  /** Packets sent with this SSRC. */
  get packets(): number {
    return this.#packets
  }

  /** Payload bytes sent with this SSRC (RFC 3550 6.4.1: without headers). */
  get octets(): number {
    return this.#octets
  }

  /** The RTP timestamp of the sample with this number, counted from the beginning of the stream. */
  timestamp(sample: number): number {
    return (this.#origin + (sample % 2 ** 32)) % 2 ** 32
  }

  /** The bytes of the next packet. */
  packet({ payloadType, payload, timestamp, marker = false }: RtpContent): Uint8Array {
    const sequence = this.#sequence
    this.#sequence = (sequence + 1) & 0xffff
    this.#packets++
    this.#octets += payload.length
    return encodeRtp({ marker, payloadType, sequence, timestamp, ssrc: this.#ssrc, payload })
  }

  /** Changes to a new SSRC after a collision, and starts the counts again (RFC 3550 8.2). */
  changeSsrc(): void {
    const old = this.#ssrc
    while (this.#ssrc === old) this.#ssrc = this.#random.uint32()
    this.#packets = this.#octets = 0
  }
}
