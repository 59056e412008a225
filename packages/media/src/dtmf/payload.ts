/** The payload of a telephone-event packet (RFC 4733 2.3). */
export interface DtmfPayload {
  /** event code, 0-255 */
  event: number
  /** the event is over */
  end: boolean
  /** level of the tone, 0-63: 10 means -10 dBm0 */
  volume: number
  /** how long it has lasted, in timestamp units, 1-65535 */
  duration: number
}

/** The four bytes of a telephone-event. */
export function encodeDtmf({ event, end, volume, duration }: DtmfPayload): Uint8Array {
  return Uint8Array.of(event, (end ? 0x80 : 0) | (volume & 0x3f), duration >> 8, duration & 0xff)
}

/** Reads a telephone-event; the reserved bit is ignored. `undefined` when the payload is too short. */
export function decodeDtmf(payload: Uint8Array): DtmfPayload | undefined {
  if (payload.length < 4) return undefined
  return {
    event: payload[0]!,
    end: (payload[1]! & 0x80) !== 0,
    volume: payload[1]! & 0x3f,
    duration: (payload[2]! << 8) | payload[3]!,
  }
}
