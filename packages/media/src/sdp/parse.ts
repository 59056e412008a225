import sdpTransform from 'sdp-transform'
import type {
  AddressFamily,
  Direction,
  MediaDescription,
  PayloadFormat,
  SdpAddress,
  SdpAttribute,
  SdpOrigin,
  SessionDescription,
} from './description.ts'
import { readLines, sdpError, type SdpLine } from './lines.ts'
import { staticPayload } from './static-payloads.ts'

// A payload type has seven bits, so there cannot be more of them.
const maxFormats = 128

// Whatever looks like a number sdp-transform makes one, also where its types say text.
interface TypedAttributes extends Omit<ReturnType<typeof sdpTransform.parse>['media'][number], 'rtp' | 'fmtp'> {
  rtp: { payload: number; codec: string | number; rate?: number; encoding?: string | number }[]
  fmtp: { payload: number; config: string | number }[]
}

// What has a typed field of its own, and so is left out of `attributes`.
const typed = new Set(['rtpmap', 'fmtp', 'sendrecv', 'sendonly', 'recvonly', 'inactive', 'ptime', 'maxptime', 'rtcp'])

function originOf(value: string): SdpOrigin {
  const match = /^(\S+) (\d{1,20}) (\d{1,20}) IN (IP[46]) (\S+)$/.exec(value.trimEnd())
  if (!match) throw sdpError(`o=${value} is not "user id version IN IP4|IP6 address"`)
  const [, username, sessionId, version, family, address] = match as unknown as string[]
  return {
    username: username!,
    sessionId: sessionId!,
    version: BigInt(version!),
    family: family as AddressFamily,
    address: address!,
  }
}

function connectionOf(value: string): SdpAddress {
  const match = /^IN (IP[46]) ([^\s/]+)((?:\/\d+){0,2})$/.exec(value.trimEnd())
  if (!match) throw sdpError(`c=${value} is not "IN IP4|IP6 address"`)
  return { family: match[1] as AddressFamily, address: match[2]! }
}

function attributeOf(value: string): SdpAttribute {
  const colon = value.indexOf(':')
  return colon < 0 ? { name: value } : { name: value.slice(0, colon), value: value.slice(colon + 1) }
}

function only(lines: SdpLine[], type: string): string | undefined {
  const found = lines.filter((line) => line.type === type)
  if (found.length > 1) throw sdpError(`more than one ${type}=`)
  return found[0]?.value
}

/**
 * sdp-transform's reading of the attributes that have a field of their own. It gets to see no other, as its patterns for
 * some of them take quadratic time; the m= line in front is only what it needs to file them under.
 */
function typedAttributes(lines: SdpLine[]): TypedAttributes {
  const attributes = lines
    .filter(({ type, value }) => type === 'a' && typed.has(attributeOf(value).name))
    .map(({ value }) => `a=${value}`)
  return sdpTransform.parse(['m=audio 9 RTP/AVP 0', ...attributes].join('\r\n')).media[0]!
}

function payloadsOf(formats: string[], attributes: TypedAttributes): PayloadFormat[] {
  return formats.flatMap((format) => {
    if (!/^\d{1,3}$/.test(format)) return []
    const payloadType = Number(format)
    const map = attributes.rtp.find((each) => each.payload === payloadType)
    const fmtp = attributes.fmtp.find((each) => each.payload === payloadType)?.config
    const meaning = map?.rate
      ? { payloadType, name: String(map.codec), clockRate: map.rate, channels: Number(map.encoding ?? 1) }
      : staticPayload(payloadType)
    return meaning ? [{ ...meaning, ...(fmtp !== undefined && { fmtp: String(fmtp) }) }] : []
  })
}

function milliseconds(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 && value <= 1000 ? value : undefined
}

function rtcpOf({ rtcp }: TypedAttributes): MediaDescription['rtcp'] {
  if (!rtcp || !(rtcp.port > 0 && rtcp.port < 65536)) return undefined
  if (rtcp.address === undefined) return { port: rtcp.port }
  return { port: rtcp.port, family: rtcp.ipVer === 6 ? 'IP6' : 'IP4', address: rtcp.address }
}

function directionIn(attributes: { direction?: string | undefined }): { direction?: Direction } {
  return attributes.direction ? { direction: attributes.direction as Direction } : {}
}

function mediaOf(lines: SdpLine[]): MediaDescription {
  const line = lines[0]!.value
  const match = /^([\w!#$%&'*+.^`{|}~-]+) (\d{1,5})(?:\/\d+)? ([\w!#$%&'*+.^`{|}~/-]+)((?: +\S+)+) *$/.exec(line)
  if (!match || Number(match[2]) > 65535) throw sdpError(`m=${line} is not "type port protocol formats"`)
  const formats = match[4]!.trim().split(/ +/)
  if (formats.length > maxFormats) throw sdpError(`more than ${maxFormats} formats in one m=`)
  const attributes = typedAttributes(lines)
  const ptime = milliseconds(attributes.ptime)
  const maxptime = milliseconds(attributes.maxptime)
  const rtcp = rtcpOf(attributes)
  return {
    type: match[1]!,
    port: Number(match[2]),
    protocol: match[3]!,
    formats,
    connections: lines.filter(({ type }) => type === 'c').map(({ value }) => connectionOf(value)),
    payloads: payloadsOf(formats, attributes),
    ...directionIn(attributes),
    ...(ptime !== undefined && { ptime }),
    ...(maxptime !== undefined && { maxptime }),
    ...(rtcp && { rtcp }),
    attributes: otherAttributes(lines),
  }
}

function otherAttributes(lines: SdpLine[]): SdpAttribute[] {
  return lines
    .filter(({ type }) => type === 'a')
    .map(({ value }) => attributeOf(value))
    .filter(({ name }) => !typed.has(name))
}

/**
 * Reads a session description (RFC 8866) of at most 64 KiB and 1000 lines. Common faults of real peers are tolerated: a bare LF
 * ends a line too, and a missing `s=` or `t=` is filled in.
 *
 * @throws MediaError `ERR_MEDIA_SDP` and nothing else, whatever the bytes
 */
export function parseSdp(data: string | Uint8Array): SessionDescription {
  const { session, media } = readLines(data)
  if (session[0]?.type !== 'v' || session[0].value.trim() !== '0') throw sdpError('it does not begin with v=0')
  const origin = only(session, 'o')
  if (origin === undefined) throw sdpError('o= is missing')
  const connection = only(session, 'c')
  const description: SessionDescription = {
    origin: originOf(origin),
    name: only(session, 's')?.trim() || '-',
    timing: session.find(({ type }) => type === 't')?.value.trim() || '0 0',
    ...(connection !== undefined && { connection: connectionOf(connection) }),
    ...directionIn(typedAttributes(session)),
    attributes: otherAttributes(session),
    media: media.map(mediaOf),
  }
  for (const each of description.media) {
    if (each.port !== 0 && connection === undefined && each.connections.length === 0)
      throw sdpError(`no c= for m=${each.type}`)
  }
  return description
}
