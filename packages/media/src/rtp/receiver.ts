import type { RtpPacket } from './packet.ts'
import { SequenceTracker } from './sequence.ts'

/** What an {@link RtpReceiver} has counted, over all its sources. */
export interface ReceiverCounts {
  received: number
  lost: number
  duplicates: number
  reordered: number
  /** payload bytes */
  bytes: number
}

/** Settings of an {@link RtpReceiver}. */
export interface RtpReceiverOptions {
  /** timestamp units a second (default 8000) */
  clockRate?: number
  /** called before the first packet of a new source is returned */
  onSource?(ssrc: number, before: number | undefined): void
}

interface Candidate {
  packet: RtpPacket
  now: number
}

/**
 * Follows one stream. The first source is accepted from its first packet on, as the session description announced it. Another SSRC,
 * or a jump in the sequence numbers, is accepted once two packets in sequence confirm it (RFC 3550 A.1), so that a stray
 * packet changes nothing.
 */
export class RtpReceiver {
  readonly #options: RtpReceiverOptions
  readonly #past: ReceiverCounts = { received: 0, lost: 0, duplicates: 0, reordered: 0, bytes: 0 }
  #ssrc: number | undefined
  #tracker = new SequenceTracker({ minSequential: 1 })
  #candidate: Candidate | undefined

  constructor(options: RtpReceiverOptions = {}) {
    this.#options = options
  }

  /** The SSRC of the current source. */
  get ssrc(): number | undefined {
    return this.#ssrc
  }

  /** Sequence numbers and jitter of the current source. */
  get tracker(): SequenceTracker {
    return this.#tracker
  }

  counts(): ReceiverCounts {
    const { received, lost, duplicates, reordered, bytes } = this.#past
    return {
      received: received + this.#tracker.received,
      lost: lost + this.#tracker.lost,
      duplicates: duplicates + this.#tracker.duplicates,
      reordered: reordered + this.#tracker.reordered,
      bytes,
    }
  }

  /**
   * Takes a packet and returns those to use now: that one, as a rule; none for a duplicate or an unconfirmed source; two when the
   * second packet of a new source confirms the first.
   *
   * @param now monotonic, ms
   * @param timed false when the timestamp says nothing about jitter, as with telephone-event
   */
  receive(packet: RtpPacket, now: number, timed = true): RtpPacket[] {
    if (this.#ssrc === undefined) this.#adopt(packet.ssrc)
    if (packet.ssrc !== this.#ssrc) return this.#confirm(packet, now, timed)
    const verdict = this.#tracker.update(packet.sequence)
    if (verdict === 'duplicate') return []
    if (verdict === 'probation') return this.#hold(packet, now)
    if (verdict === 'restart') return this.#takeOver(packet, now, timed)
    return [this.#accept(packet, now, timed)]
  }

  #hold(packet: RtpPacket, now: number): RtpPacket[] {
    this.#candidate = { packet, now }
    return []
  }

  #confirm(packet: RtpPacket, now: number, timed: boolean): RtpPacket[] {
    const held = this.#candidate?.packet
    if (held?.ssrc !== packet.ssrc || packet.sequence !== ((held.sequence + 1) & 0xffff)) return this.#hold(packet, now)
    return this.#takeOver(packet, now, timed)
  }

  #takeOver(packet: RtpPacket, now: number, timed: boolean): RtpPacket[] {
    const held = this.#candidate
    const before = this.counts()
    Object.assign(this.#past, before)
    this.#tracker = new SequenceTracker({ minSequential: 1 })
    this.#adopt(packet.ssrc)
    const taken: RtpPacket[] = []
    if (held?.packet.ssrc === packet.ssrc && held.packet.sequence === ((packet.sequence - 1) & 0xffff)) {
      this.#tracker.update(held.packet.sequence)
      taken.push(this.#accept(held.packet, held.now, timed))
    }
    this.#tracker.update(packet.sequence)
    taken.push(this.#accept(packet, now, timed))
    return taken
  }

  #adopt(ssrc: number): void {
    const before = this.#ssrc
    this.#ssrc = ssrc
    this.#candidate = undefined
    this.#options.onSource?.(ssrc, before)
  }

  #accept(packet: RtpPacket, now: number, timed: boolean): RtpPacket {
    this.#past.bytes += packet.payload.length
    if (timed) this.#tracker.arrived(packet.timestamp, (now * (this.#options.clockRate ?? 8000)) / 1000)
    return packet
  }
}
