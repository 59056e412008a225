import type { AudioCodec } from '../codecs.ts'
import type { AgreedKeys } from '../srtp/protection.ts'
import { agreedKeys } from './crypto-lines.ts'
import {
  addressOf,
  directionOf,
  type Direction,
  type MediaDescription,
  type PayloadFormat,
  type SdpAddress,
  type SessionDescription,
} from './description.ts'
import { agreedDirection, direction, sends } from './direction.ts'
import { eventsOf, isTelephoneEvent } from './telephone-event.ts'

/** Where the peer receives. */
export interface RemoteAddress extends SdpAddress {
  port: number
  rtcp: { address: string; port: number }
}

/** What telephone-event means in this session (RFC 4733). */
export interface AgreedEvents {
  /** the peer's payload type, which we send with */
  sendType: number
  /** our payload type, which the peer sends with */
  receiveType: number
  /** event codes that the peer accepts */
  allowed: ReadonlySet<number>
}

/** What an offer and its answer agree on for the audio stream, as seen by us. */
export interface AgreedAudio {
  /** the codec that we send with */
  codec: AudioCodec
  /** the peer's payload type for it */
  payloadType: number
  /** the codecs that the peer may send with, by our payload types */
  receive: ReadonlyMap<number, AudioCodec>
  events?: AgreedEvents
  /** the keys, when the stream is SRTP */
  keys?: AgreedKeys
  remote: RemoteAddress
  /** the direction that both agreed on, as we see it */
  direction: Direction
  /** ms of audio in a packet that the peer asks for */
  ptime: number
}

/** The codec of ours that a format of an `m=` section stands for. */
export function codecOf(format: PayloadFormat, codecs: readonly AudioCodec[]): AudioCodec | undefined {
  return codecs.find(
    ({ name, clockRate }) =>
      name.toUpperCase() === format.name.toUpperCase() && clockRate === format.clockRate && format.channels === 1,
  )
}

/**
 * The peer's direction. A connection address of all zeros is the old way to say hold: it does not want to receive
 * (RFC 3264 8.4); a name under `.invalid` says the same (RFC 6337 5.3).
 */
export function remoteDirection(session: SessionDescription, media: MediaDescription): Direction {
  const stated = directionOf(session, media)
  const address = addressOf(session, media)?.address ?? '0.0.0.0'
  const nowhere = /^(0\.0\.0\.0|[0:]+|.*\.invalid)$/i.test(address)
  return nowhere ? direction(sends(stated), false) : stated
}

function remoteAddress(session: SessionDescription, media: MediaDescription): RemoteAddress {
  const { family, address } = addressOf(session, media)!
  const rtcp = { address: media.rtcp?.address ?? address, port: media.rtcp?.port ?? media.port + 1 }
  return { family, address, port: media.port, rtcp }
}

function packetTime({ ptime = 20, maxptime = 60 }: MediaDescription): number {
  return Math.round(Math.max(10, Math.min(ptime, maxptime, 60)))
}

function receiveMap(local: MediaDescription, codecs: readonly AudioCodec[]): Map<number, AudioCodec> {
  return new Map(
    local.payloads.flatMap((format) => {
      const codec = codecOf(format, codecs)
      return codec ? [[format.payloadType, codec] as const] : []
    }),
  )
}

function agreedEvents(local: MediaDescription, remote: MediaDescription, clockRate: number): AgreedEvents | undefined {
  const ours = local.payloads.find((format) => isTelephoneEvent(format, clockRate))
  const theirs = remote.payloads.find((format) => isTelephoneEvent(format, clockRate))
  if (!ours || !theirs) return undefined
  return { sendType: theirs.payloadType, receiveType: ours.payloadType, allowed: eventsOf(theirs.fmtp) }
}

/**
 * What our section and the peer's section of the same stream agree on. Each side sends with the payload types that the
 * other one listed (RFC 3264 5.1), the first codec in the peer's list that we have. `undefined`: nothing in common, be it codec, protocol or key.
 */
export function agree(
  local: MediaDescription,
  session: SessionDescription,
  remote: MediaDescription,
  codecs: readonly AudioCodec[],
): AgreedAudio | undefined {
  const receive = receiveMap(local, codecs)
  const usable = [...receive.values()]
  const chosen = remote.payloads.find((format) => codecOf(format, usable))
  if (!chosen || remote.port === 0 || local.port === 0) return undefined
  const keys = agreedKeys(local, remote)
  if (local.protocol !== remote.protocol || (local.protocol === 'RTP/SAVP' && !keys)) return undefined
  const codec = codecOf(chosen, usable)!
  const events = agreedEvents(local, remote, codec.clockRate)
  return {
    codec,
    payloadType: chosen.payloadType,
    receive,
    ...(events && { events }),
    ...(keys && { keys }),
    remote: remoteAddress(session, remote),
    direction: agreedDirection(local.direction ?? 'sendrecv', remoteDirection(session, remote)),
    ptime: packetTime(remote),
  }
}
