import { cnameItem, rtcpTypes, type ReportBlock, type RtcpPacket } from './packet.ts'

class Writer {
  readonly #bytes: number[] = []

  get length(): number {
    return this.#bytes.length
  }

  u8(...values: number[]): void {
    this.#bytes.push(...values)
  }

  u32(...values: number[]): void {
    for (const value of values)
      this.u8((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)
  }

  /** A text with its length in front, at most 255 bytes. */
  text(value: string): void {
    const bytes = new TextEncoder().encode(value).subarray(0, 255)
    this.u8(bytes.length, ...bytes)
  }

  /** Zeros up to the next word. */
  align(): void {
    while (this.#bytes.length % 4 !== 0) this.#bytes.push(0)
  }

  /** The packet with its header: version 2, count, type, length in words less one. */
  framed(count: number, type: number): number[] {
    this.align()
    const words = this.#bytes.length / 4
    return [0x80 | count, type, words >> 8, words & 0xff, ...this.#bytes]
  }
}

function writeReports(writer: Writer, reports: readonly ReportBlock[]): void {
  for (const report of reports) {
    const lost = Math.max(-0x800000, Math.min(0x7fffff, report.cumulativeLost))
    writer.u32(report.ssrc, (report.fractionLost << 24) | (lost & 0xffffff), report.highestSequence)
    writer.u32(Math.floor(report.jitter), report.lastSr, report.delaySinceLastSr)
  }
}

function bytesOf(packet: RtcpPacket): number[] {
  const writer = new Writer()
  switch (packet.type) {
    case 'sr':
      writer.u32(packet.ssrc, packet.ntp.seconds, packet.ntp.fraction, packet.timestamp, packet.packets, packet.octets)
      writeReports(writer, packet.reports)
      return writer.framed(packet.reports.length, rtcpTypes.sr)
    case 'rr':
      writer.u32(packet.ssrc)
      writeReports(writer, packet.reports)
      return writer.framed(packet.reports.length, rtcpTypes.rr)
    case 'sdes':
      for (const { ssrc, cname } of packet.chunks) {
        writer.u32(ssrc)
        writer.u8(cnameItem)
        writer.text(cname)
        // at least one zero ends the items of a chunk (RFC 3550 6.5)
        writer.u8(0)
        writer.align()
      }
      return writer.framed(packet.chunks.length, rtcpTypes.sdes)
    default:
      writer.u32(...packet.ssrcs)
      if (packet.reason !== undefined) writer.text(packet.reason)
      return writer.framed(packet.ssrcs.length, rtcpTypes.bye)
  }
}

/** The bytes of a compound packet. It must begin with a sender or receiver report (RFC 3550 6.1). */
export function encodeRtcp(packets: readonly RtcpPacket[]): Uint8Array {
  return Uint8Array.from(packets.flatMap(bytesOf))
}
