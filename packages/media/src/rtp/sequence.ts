/** What a {@link SequenceTracker} made of a sequence number. */
export type SequenceVerdict =
  /** the next one, or one after a loss */
  | 'ok'
  /** older than the newest, and not seen before */
  | 'reordered'
  | 'duplicate'
  /** the source is new, or its number jumped: one more packet must confirm it */
  | 'probation'
  /** the source started again: all counts were reset, and this packet is the first */
  | 'restart'

/** Settings of a {@link SequenceTracker}; the defaults are those of RFC 3550 A.1. */
export interface SequenceOptions {
  /** packets in sequence before a source is trusted; 1: from the first packet on (default 2) */
  minSequential?: number
  /** the largest gap that is taken for a loss (default 3000) */
  maxDropout?: number
  /** how old a packet may be and still count as reordered (default 100, at most 127) */
  maxMisorder?: number
}

const modulus = 65536
const windowSize = 128

/**
 * Counts the packets of one source that arrived and that are missing, by their sequence numbers (RFC 3550 A.1 and A.3), and measures
 * interarrival jitter (A.8). Duplicates are recognised, so that they never hide a loss.
 */
export class SequenceTracker {
  readonly #minSequential: number
  readonly #maxDropout: number
  readonly #maxMisorder: number
  readonly #seen = new Float64Array(windowSize)
  #started = false
  #probation = 0
  #next = 0
  #bad = -1
  #base = 0
  #highest = 0
  #received = 0
  #duplicates = 0
  #reordered = 0
  #jitter = 0
  #transit: number | undefined
  #expectedPrior = 0
  #receivedPrior = 0

  constructor({ minSequential = 2, maxDropout = 3000, maxMisorder = 100 }: SequenceOptions = {}) {
    this.#minSequential = minSequential
    this.#maxDropout = maxDropout
    this.#maxMisorder = Math.min(maxMisorder, windowSize - 1)
    this.#probation = minSequential
  }

  /** Packets received, without duplicates. */
  get received(): number {
    return this.#received
  }

  /** Packets that should have come, as the sequence numbers show. */
  get expected(): number {
    return this.#received === 0 ? 0 : this.#highest - this.#base + 1
  }

  /** Packets missing so far. One that comes late is no longer counted. */
  get lost(): number {
    return Math.max(0, this.expected - this.#received)
  }

  get duplicates(): number {
    return this.#duplicates
  }

  get reordered(): number {
    return this.#reordered
  }

  /** The extended highest sequence number: the upper 16 bits count how often it wrapped around (RFC 3550 6.4.1). */
  get highest(): number {
    return this.#highest >>> 0
  }

  /** Interarrival jitter in timestamp units (RFC 3550 6.4.1). */
  get jitter(): number {
    return this.#jitter
  }

  /** Takes the sequence number of a packet, in the order of arrival. */
  update(sequence: number): SequenceVerdict {
    if (this.#probation > 0) return this.#probe(sequence)
    const delta = (sequence - this.#highest) & 0xffff
    if (delta === 0) return this.#duplicate()
    if (delta < this.#maxDropout) {
      this.#highest += delta
      return this.#count(this.#highest, 'ok')
    }
    const behind = modulus - delta
    if (behind <= this.#maxMisorder) return this.#late(this.#highest - behind)
    if (sequence === this.#bad) {
      this.#restart(sequence)
      return 'restart'
    }
    this.#bad = (sequence + 1) & 0xffff
    return 'probation'
  }

  /**
   * Updates the jitter with the arrival of a packet (RFC 3550 A.8).
   *
   * @param timestamp the packet's RTP timestamp
   * @param arrival when the packet came, in the same units, counted from any moment
   */
  arrived(timestamp: number, arrival: number): void {
    const transit = (Math.round(arrival) - timestamp) | 0
    if (this.#transit !== undefined) {
      const difference = Math.abs((transit - this.#transit) | 0)
      this.#jitter += (difference - this.#jitter) / 16
    }
    this.#transit = transit
  }

  /** The fraction lost since the last call, in 1/256 (RFC 3550 A.3); 0 when more came than was expected. */
  fractionLost(): number {
    const expected = this.expected - this.#expectedPrior
    const lost = expected - (this.#received - this.#receivedPrior)
    this.#expectedPrior = this.expected
    this.#receivedPrior = this.#received
    return expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected))
  }

  #probe(sequence: number): SequenceVerdict {
    this.#probation = this.#started && sequence === this.#next ? this.#probation - 1 : this.#minSequential - 1
    this.#started = true
    this.#next = (sequence + 1) & 0xffff
    if (this.#probation > 0) return 'probation'
    this.#restart(sequence)
    return 'ok'
  }

  #restart(sequence: number): void {
    this.#seen.fill(NaN)
    this.#base = this.#highest = sequence
    this.#bad = -1
    this.#received = this.#duplicates = this.#reordered = 0
    this.#expectedPrior = this.#receivedPrior = 0
    this.#jitter = 0
    this.#transit = undefined
    this.#count(sequence, 'ok')
  }

  #late(extended: number): SequenceVerdict {
    if (this.#seen[extended & (windowSize - 1)] === extended) return this.#duplicate()
    if (extended < this.#base) this.#base = extended
    this.#reordered++
    return this.#count(extended, 'reordered')
  }

  #duplicate(): SequenceVerdict {
    this.#duplicates++
    return 'duplicate'
  }

  #count(extended: number, verdict: SequenceVerdict): SequenceVerdict {
    this.#seen[extended & (windowSize - 1)] = extended
    this.#received++
    this.#bad = -1
    return verdict
  }
}
