import type { Clock, Random, Timer } from '@netsip/runtime'
import type { SequenceTracker } from '../rtp/sequence.ts'
import { decodeRtcp } from './decode.ts'
import { encodeRtcp } from './encode.ts'
import { rtcpInterval } from './interval.ts'
import { middleBits, ntpTime, type ReportBlock, type RtcpPacket } from './packet.ts'

/** What a {@link RtcpReporter} reports on, and how. */
export interface RtcpReporterOptions {
  clock: Clock
  random: Random
  transmit(bytes: Uint8Array): void
  /** our stream */
  sender: { readonly ssrc: number; readonly packets: number; readonly octets: number }
  /** the RTP timestamp of a moment, for the sender report */
  timestampAt(now: number): number
  /** the stream that we hear */
  receiver: { readonly ssrc: number | undefined; readonly tracker: SequenceTracker }
}

/** What the peer's last report said about our stream. */
export interface RemoteReport {
  /** packets of ours that it misses */
  lost: number
  /** share of them since its report before, 0-1 */
  fractionLost: number
  /** timestamp units */
  jitter: number
}

// 5 % of 64 kbit/s with headers at 20 ms (RFC 3550 6.2)
const bandwidth = 500
const udpAndIpHeaders = 28
const unitsPerMs = 65.536

/** Sends and reads the reports of a session with one peer (RFC 3550 6). */
export class RtcpReporter {
  readonly #options: RtcpReporterOptions
  readonly #cname: string
  #timer: Timer | undefined
  #averageSize = 128
  #sentAnything = false
  #packetsAtReports: [number, number] = [0, 0]
  #reportedSequence = -1
  #lastSr: { middle: number; at: number } | undefined
  #rttMs: number | undefined
  #remote: RemoteReport | undefined

  constructor(options: RtcpReporterOptions) {
    this.#options = options
    // RFC 7022 4.2: random, so that it tells nobody who or where we are
    this.#cname = options.random.hex(12)
  }

  /** Round-trip time by the last report that answered one of ours, ms. */
  get rttMs(): number | undefined {
    return this.#rttMs
  }

  /** What the peer hears of us. */
  get remote(): RemoteReport | undefined {
    return this.#remote
  }

  start(): void {
    this.#timer ??= this.#arm()
  }

  /** Sends BYE, if anything was ever sent (RFC 3550 6.3.7), and no report after it. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#sentAnything || this.#options.sender.packets > 0) this.bye()
  }

  /** Says that our source ends: the session does, or our SSRC collided with another one. */
  bye(): void {
    this.#send([...this.#report(), { type: 'bye', ssrcs: [this.#options.sender.ssrc] }])
  }

  /** Takes a packet from the peer; false when it was no RTCP. */
  receive(bytes: Uint8Array): boolean {
    const packets = decodeRtcp(bytes)
    if (!packets) return false
    this.#averageSize += (bytes.length + udpAndIpHeaders - this.#averageSize) / 16
    const now = this.#options.clock.monotonic()
    for (const packet of packets) {
      if (packet.type === 'sr') this.#lastSr = { middle: middleBits(packet.ntp), at: now }
      if (packet.type === 'sr' || packet.type === 'rr') for (const report of packet.reports) this.#heard(report)
    }
    return true
  }

  #heard(report: ReportBlock): void {
    if (report.ssrc !== this.#options.sender.ssrc) return
    const { cumulativeLost, fractionLost, jitter, lastSr, delaySinceLastSr } = report
    this.#remote = { lost: Math.max(0, cumulativeLost), fractionLost: fractionLost / 256, jitter }
    if (lastSr === 0) return
    const arrival = middleBits(ntpTime(this.#options.clock.wall()))
    const units = (arrival - lastSr - delaySinceLastSr) | 0
    // a clock that was set back, or a report about nothing of ours, makes no sense
    if (units >= 0 && units < 60_000 * unitsPerMs) this.#rttMs = units / unitsPerMs
  }

  #arm(): Timer {
    const { clock, random, receiver } = this.#options
    const members = receiver.ssrc === undefined ? 1 : 2
    const initial = !this.#sentAnything
    const input = { members, averageSize: this.#averageSize, bandwidth, initial, random: random.float() }
    return clock.setTimer(rtcpInterval(input), () => {
      this.#timer = this.#arm()
      this.#send(this.#report())
    })
  }

  #send(packets: RtcpPacket[]): void {
    const bytes = encodeRtcp(packets)
    this.#sentAnything = true
    this.#averageSize += (bytes.length + udpAndIpHeaders - this.#averageSize) / 16
    this.#options.transmit(bytes)
  }

  /** A report and our name: every compound packet begins with both (RFC 3550 6.1). */
  #report(): RtcpPacket[] {
    const { sender, clock } = this.#options
    const { ssrc, packets, octets } = sender
    const [beforeLast] = this.#packetsAtReports
    this.#packetsAtReports = [this.#packetsAtReports[1], packets]
    const reports = this.#blocks()
    const names: RtcpPacket = { type: 'sdes', chunks: [{ ssrc, cname: this.#cname }] }
    // a sender is who sent since the report before the last one (RFC 3550 6.3.8)
    if (packets === beforeLast) return [{ type: 'rr', ssrc, reports }, names]
    const timestamp = this.#options.timestampAt(clock.monotonic())
    return [{ type: 'sr', ssrc, ntp: ntpTime(clock.wall()), timestamp, packets, octets, reports }, names]
  }

  #blocks(): ReportBlock[] {
    const { receiver, clock } = this.#options
    const { ssrc, tracker } = receiver
    if (ssrc === undefined || tracker.highest === this.#reportedSequence) return []
    this.#reportedSequence = tracker.highest
    return [
      {
        ssrc,
        fractionLost: tracker.fractionLost(),
        cumulativeLost: tracker.lost,
        highestSequence: tracker.highest,
        jitter: tracker.jitter,
        lastSr: this.#lastSr?.middle ?? 0,
        delaySinceLastSr: this.#lastSr ? Math.round((clock.monotonic() - this.#lastSr.at) * unitsPerMs) : 0,
      },
    ]
  }
}
