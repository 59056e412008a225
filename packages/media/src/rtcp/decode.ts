import { viewOf } from '../bytes.ts'
import { cnameItem, rtcpTypes, type ReportBlock, type RtcpPacket } from './packet.ts'

const headerLength = 4
const reportLength = 24

function readReports(view: DataView, at: number, count: number): ReportBlock[] | undefined {
  if (at + count * reportLength > view.byteLength) return undefined
  return Array.from({ length: count }, (_, i) => {
    const start = at + i * reportLength
    const lost = view.getUint32(start + 4)
    return {
      ssrc: view.getUint32(start),
      fractionLost: lost >>> 24,
      cumulativeLost: (lost << 8) >> 8,
      highestSequence: view.getUint32(start + 8),
      jitter: view.getUint32(start + 12),
      lastSr: view.getUint32(start + 16),
      delaySinceLastSr: view.getUint32(start + 20),
    }
  })
}

function readSenderReport(view: DataView, count: number): RtcpPacket | undefined {
  const reports = view.byteLength >= 28 ? readReports(view, 28, count) : undefined
  return (
    reports && {
      type: 'sr',
      ssrc: view.getUint32(4),
      ntp: { seconds: view.getUint32(8), fraction: view.getUint32(12) },
      timestamp: view.getUint32(16),
      packets: view.getUint32(20),
      octets: view.getUint32(24),
      reports,
    }
  )
}

function readReceiverReport(view: DataView, count: number): RtcpPacket | undefined {
  const reports = view.byteLength >= 8 ? readReports(view, 8, count) : undefined
  return reports && { type: 'rr', ssrc: view.getUint32(4), reports }
}

/** The canonical name in the items of a chunk, and where the next chunk begins. */
function readItems(bytes: Uint8Array, from: number): { cname: string; next: number } | undefined {
  let cname = ''
  let at = from
  while (at < bytes.length && bytes[at] !== 0) {
    const end = at + 2 + (bytes[at + 1] ?? bytes.length)
    if (end > bytes.length) return undefined
    if (bytes[at] === cnameItem) cname = new TextDecoder().decode(bytes.subarray(at + 2, end))
    at = end
  }
  // the zero that ends the items, and those up to the next word
  return { cname, next: (at & ~3) + 4 }
}

function readDescription(bytes: Uint8Array, view: DataView, count: number): RtcpPacket | undefined {
  const chunks: { ssrc: number; cname: string }[] = []
  let at = headerLength
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) return undefined
    const items = readItems(bytes, at + 4)
    if (!items) return undefined
    chunks.push({ ssrc: view.getUint32(at), cname: items.cname })
    at = items.next
  }
  return { type: 'sdes', chunks }
}

function readBye(bytes: Uint8Array, view: DataView, count: number): RtcpPacket | undefined {
  const end = headerLength + count * 4
  if (end > bytes.length) return undefined
  const ssrcs = Array.from({ length: count }, (_, i) => view.getUint32(headerLength + i * 4))
  if (end === bytes.length) return { type: 'bye', ssrcs }
  const reason = new TextDecoder().decode(bytes.subarray(end + 1, end + 1 + bytes[end]!))
  return { type: 'bye', ssrcs, reason }
}

/** One packet; `undefined` for a malformed one, 'unknown' for a type that we do not need. */
function readPacket(bytes: Uint8Array): RtcpPacket | 'unknown' | undefined {
  const view = viewOf(bytes)
  const count = bytes[0]! & 0x1f
  switch (bytes[1]) {
    case rtcpTypes.sr:
      return readSenderReport(view, count)
    case rtcpTypes.rr:
      return readReceiverReport(view, count)
    case rtcpTypes.sdes:
      return readDescription(bytes, view, count)
    case rtcpTypes.bye:
      return readBye(bytes, view, count)
    default:
      return 'unknown'
  }
}

/** The packet that begins here: without its padding, and where the next one begins. */
function sliceAt(bytes: Uint8Array, at: number): { packet: Uint8Array; next: number } | undefined {
  if (at + headerLength > bytes.length || bytes[at]! >> 6 !== 2) return undefined
  const next = at + headerLength + viewOf(bytes).getUint16(at + 2) * 4
  if (next > bytes.length) return undefined
  if (!(bytes[at]! & 0x20)) return { packet: bytes.subarray(at, next), next }
  // padding may only be in the last packet, which is never the first (RFC 3550 6.4.1, A.2)
  const padding = bytes[next - 1]!
  const isLast = next === bytes.length && at > 0
  if (!isLast || padding === 0 || padding > next - at - headerLength) return undefined
  return { packet: bytes.subarray(at, next - padding), next }
}

/**
 * Reads a compound packet (RFC 3550 A.2). Returns `undefined` for other bytes: the first packet is no report, a version is
 * wrong, or the lengths do not add up. Packets of other types are skipped. Never throws.
 */
export function decodeRtcp(bytes: Uint8Array): RtcpPacket[] | undefined {
  const packets: RtcpPacket[] = []
  let at = 0
  while (at < bytes.length) {
    const slice = sliceAt(bytes, at)
    const packet = slice && readPacket(slice.packet)
    if (!slice || packet === undefined) return undefined
    if (packet !== 'unknown') packets.push(packet)
    if (at === 0 && packets[0]?.type !== 'sr' && packets[0]?.type !== 'rr') return undefined
    at = slice.next
  }
  return packets.length > 0 ? packets : undefined
}
