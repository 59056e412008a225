/** Who sends media, seen from the side that wrote the attribute (RFC 8866 6.7). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** `IP4` or `IP6`, as in `c=` and `o=`. */
export type AddressFamily = 'IP4' | 'IP6'

/** The address of a `c=`, `o=` or `a=rtcp` line: numeric without brackets, or a host name. */
export interface SdpAddress {
  family: AddressFamily
  address: string
}

/** The `o=` line. The numbers may have up to 19 digits, so the id is kept as text and the version as a bigint. */
export interface SdpOrigin extends SdpAddress {
  username: string
  sessionId: string
  version: bigint
}

/** An `a=` line, verbatim. */
export interface SdpAttribute {
  name: string
  value?: string
}

/** The meaning of one payload type in an `m=` section: from its `a=rtpmap`, or from RFC 3551 for the static types. */
export interface PayloadFormat {
  payloadType: number
  /** encoding name as written; compares case-insensitively */
  name: string
  clockRate: number
  channels: number
  /** the parameters of `a=fmtp`, verbatim */
  fmtp?: string
}

/** One `m=` section. */
export interface MediaDescription {
  /** `audio`, `video`, `image` ... */
  type: string
  /** 0: rejected or disabled */
  port: number
  /** `RTP/AVP` ... */
  protocol: string
  /** the format list of the `m=` line: payload types for RTP */
  formats: string[]
  /** its own `c=` lines; when there are none, that of the session applies */
  connections: SdpAddress[]
  /** the formats whose meaning is known, in the order of the `m=` line */
  payloads: PayloadFormat[]
  /** its own direction; when there is none, that of the session applies, else `sendrecv` */
  direction?: Direction
  /** ms */
  ptime?: number
  /** ms */
  maxptime?: number
  /** where RTCP goes, when that is not the next port (RFC 3605) */
  rtcp?: { port: number } & Partial<SdpAddress>
  /** every other attribute, verbatim */
  attributes: SdpAttribute[]
}

/** A session description (RFC 8866), with a field for each part that offer/answer needs. */
export interface SessionDescription {
  origin: SdpOrigin
  /** `s=`, `-` when there is none */
  name: string
  /** the `t=` line, `0 0` for a call */
  timing: string
  connection?: SdpAddress
  direction?: Direction
  attributes: SdpAttribute[]
  media: MediaDescription[]
}

/** The address that media of this section goes to; `undefined` when no `c=` line covers it. */
export function addressOf(session: SessionDescription, media: MediaDescription): SdpAddress | undefined {
  return media.connections[0] ?? session.connection
}

/** The direction that applies to this section: its own, else that of the session (RFC 8866 6.7). */
export function directionOf(session: SessionDescription, media: MediaDescription): Direction {
  return media.direction ?? session.direction ?? 'sendrecv'
}
