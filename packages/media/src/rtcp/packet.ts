/** What a receiver says about one source (RFC 3550 6.4.1). */
export interface ReportBlock {
  /** SSRC of the source that the block is about */
  ssrc: number
  /** share of packets lost since the last report, in 1/256 */
  fractionLost: number
  /** packets lost since the beginning, a signed number of 24 bits: duplicates can make it negative */
  cumulativeLost: number
  /** extended highest sequence number */
  highestSequence: number
  /** in timestamp units */
  jitter: number
  /** the middle 32 bits of the NTP time of the last sender report; 0 when there was none */
  lastSr: number
  /** time from that sender report to this one, in 1/65536 s */
  delaySinceLastSr: number
}

/** A time in the format of NTP: seconds since 1900 and a fraction of a second, 32 bits each. */
export interface NtpTime {
  seconds: number
  fraction: number
}

/** One packet of a compound RTCP packet, of the kinds that a call needs (RFC 3550 6). */
export type RtcpPacket =
  | {
      type: 'sr'
      ssrc: number
      ntp: NtpTime
      timestamp: number
      packets: number
      octets: number
      reports: ReportBlock[]
    }
  | { type: 'rr'; ssrc: number; reports: ReportBlock[] }
  | { type: 'sdes'; chunks: { ssrc: number; cname: string }[] }
  | { type: 'bye'; ssrcs: number[]; reason?: string }

/** The packet types (RFC 3550 12.1). */
export const rtcpTypes = { sr: 200, rr: 201, sdes: 202, bye: 203 } as const
/** The SDES item for the canonical name (RFC 3550 6.5.1). */
export const cnameItem = 1

const msFrom1900To1970 = 2_208_988_800_000

/** The NTP time of a moment given in ms since 1970. */
export function ntpTime(wall: number): NtpTime {
  const ms = wall + msFrom1900To1970
  const seconds = Math.floor(ms / 1000)
  return { seconds: seconds % 2 ** 32, fraction: Math.floor((ms / 1000 - seconds) * 2 ** 32) % 2 ** 32 }
}

/** The middle 32 bits of an NTP time, as reports carry it: a number of units of 1/65536 s. */
export function middleBits({ seconds, fraction }: NtpTime): number {
  return (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0
}
