import { viewOf } from '../bytes.ts'

/** One RTP packet (RFC 3550 5.1). */
export interface RtpPacket {
  /** first packet of a talkspurt, for audio */
  marker: boolean
  /** 0-127 */
  payloadType: number
  /** 16 bits */
  sequence: number
  /** 32 bits, in units of the payload's clock */
  timestamp: number
  /** 32 bits */
  ssrc: number
  /** SSRCs of the contributing sources, at most 15 */
  csrc?: readonly number[]
  /** header extension: the 16 bits that the profile defines, and whole words of data */
  extension?: { profile: number; data: Uint8Array }
  payload: Uint8Array
}

/** Why bytes are not an RTP packet. */
export type RtpRejection = 'short' | 'version' | 'csrc' | 'extension' | 'padding'

const headerLength = 12

/** The bytes of an RTP packet, without padding. */
export function encodeRtp(packet: RtpPacket): Uint8Array {
  const { csrc = [], extension, payload } = packet
  const extensionLength = extension ? 4 + extension.data.length : 0
  const payloadAt = headerLength + csrc.length * 4 + extensionLength
  const bytes = new Uint8Array(payloadAt + payload.length)
  const view = viewOf(bytes)
  bytes[0] = 0x80 | (extension ? 0x10 : 0) | csrc.length
  bytes[1] = (packet.marker ? 0x80 : 0) | packet.payloadType
  view.setUint16(2, packet.sequence)
  view.setUint32(4, packet.timestamp)
  view.setUint32(8, packet.ssrc)
  for (const [i, source] of csrc.entries()) view.setUint32(headerLength + i * 4, source)
  if (extension) {
    const at = headerLength + csrc.length * 4
    view.setUint16(at, extension.profile)
    view.setUint16(at + 2, extension.data.length >> 2)
    bytes.set(extension.data, at + 4)
  }
  bytes.set(payload, payloadAt)
  return bytes
}

/** How long the header with its CSRC list and extension is; `undefined` when that is more than there is. */
export function rtpHeaderLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < headerLength || bytes[0]! >> 6 !== 2) return undefined
  const at = headerLength + (bytes[0]! & 0x0f) * 4
  if (!(bytes[0]! & 0x10)) return at <= bytes.length ? at : undefined
  if (at + 4 > bytes.length) return undefined
  const end = at + 4 + viewOf(bytes).getUint16(at + 2) * 4
  return end <= bytes.length ? end : undefined
}

/**
 * Reads an RTP packet, or says why the bytes are none (RFC 3550 A.1, A.2). Never throws. The payload is a view of the bytes given:
 * do not reuse them while the payload is needed.
 */
export function decodeRtp(bytes: Uint8Array): RtpPacket | RtpRejection {
  if (bytes.length < headerLength) return 'short'
  const first = bytes[0]!
  if (first >> 6 !== 2) return 'version'
  const view = viewOf(bytes)
  const csrcCount = first & 0x0f
  let at = headerLength + csrcCount * 4
  if (at > bytes.length) return 'csrc'
  const csrc = Array.from({ length: csrcCount }, (_, i) => view.getUint32(headerLength + i * 4))
  let extension: RtpPacket['extension']
  if (first & 0x10) {
    if (at + 4 > bytes.length) return 'extension'
    const end = at + 4 + view.getUint16(at + 2) * 4
    if (end > bytes.length) return 'extension'
    extension = { profile: view.getUint16(at), data: bytes.subarray(at + 4, end) }
    at = end
  }
  const padding = first & 0x20 ? bytes[bytes.length - 1]! : 0
  if (first & 0x20 && (padding === 0 || padding > bytes.length - at)) return 'padding'
  return {
    marker: (bytes[1]! & 0x80) !== 0,
    payloadType: bytes[1]! & 0x7f,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    ...(csrcCount > 0 && { csrc }),
    ...(extension && { extension }),
    payload: bytes.subarray(at, bytes.length - padding),
  }
}

/** Tells RTCP from RTP when both share a port: true for RTCP (RFC 5761 4). */
export function isRtcp(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && bytes[0]! >> 6 === 2 && bytes[1]! >= 192 && bytes[1]! <= 223
}
