import sdpTransform from 'sdp-transform'
import type { MediaDescription, SdpAddress, SdpAttribute, SessionDescription } from './description.ts'
import { sdpError } from './lines.ts'

type Raw = Parameters<typeof sdpTransform.write>[0]
type RawMedia = Raw['media'][number]

const ipVersion = ({ family }: SdpAddress): 4 | 6 => (family === 'IP6' ? 6 : 4)

function connection(address: SdpAddress): { version: number; ip: string } {
  return { version: ipVersion(address), ip: address.address }
}

// sdp-transform writes what it files under `invalid` as it came, which is what an attribute kept verbatim needs.
function verbatim(attributes: readonly SdpAttribute[]): { value: string }[] {
  return attributes.map(({ name, value }) => ({ value: value === undefined ? name : `${name}:${value}` }))
}

function rtcp(at: NonNullable<MediaDescription['rtcp']>): NonNullable<RawMedia['rtcp']> {
  if (at.address === undefined || at.family === undefined) return { port: at.port }
  return { port: at.port, netType: 'IN', ipVer: at.family === 'IP6' ? 6 : 4, address: at.address }
}

function rawMedia(media: MediaDescription): RawMedia {
  const [own] = media.connections
  return {
    type: media.type,
    port: media.port,
    protocol: media.protocol,
    payloads: media.formats.join(' '),
    ...(own && { connection: connection(own) }),
    rtp: media.payloads.map((format) => ({
      payload: format.payloadType,
      codec: format.name,
      rate: format.clockRate,
      ...(format.channels > 1 && { encoding: format.channels }),
    })),
    fmtp: media.payloads.flatMap(({ payloadType, fmtp }) => (fmtp ? [{ payload: payloadType, config: fmtp }] : [])),
    ...(media.rtcp && { rtcp: rtcp(media.rtcp) }),
    ...(media.ptime !== undefined && { ptime: media.ptime }),
    ...(media.maxptime !== undefined && { maxptime: media.maxptime }),
    ...(media.direction && { direction: media.direction }),
    invalid: verbatim(media.attributes),
  }
}

/** A value with a line break in it would become a line of its own: RFC 8866 section 5 has no escape for it. */
function refuseInjection(value: unknown): void {
  if (typeof value === 'string') {
    if (/[\r\n\0]/.test(value)) throw sdpError('a value with a line break or NUL cannot be written')
  } else if (value !== null && typeof value === 'object') {
    for (const each of Object.values(value)) refuseInjection(each)
  }
}

/**
 * Writes a session description, lines ended by CRLF.
 *
 * @throws MediaError `ERR_MEDIA_SDP` when a value holds CR, LF or NUL
 */
export function writeSdp(description: SessionDescription): string {
  refuseInjection(description)
  const { origin, name, timing, media } = description
  const [start, stop] = timing.split(' ')
  const raw: Raw = {
    version: 0,
    origin: {
      username: origin.username,
      sessionId: origin.sessionId,
      sessionVersion: 0,
      netType: 'IN',
      ipVer: ipVersion(origin),
      address: origin.address,
    },
    name,
    timing: { start: Number(start) || 0, stop: Number(stop) || 0 },
    ...(description.connection && { connection: connection(description.connection) }),
    ...(description.direction && { direction: description.direction }),
    invalid: verbatim(description.attributes),
    media: media.map(rawMedia),
  }
  // The version has up to 19 digits, and the library would put it through a double.
  const zero = `o=${origin.username} ${origin.sessionId} 0 `
  return sdpTransform.write(raw).replace(zero, () => `o=${origin.username} ${origin.sessionId} ${origin.version} `)
}
