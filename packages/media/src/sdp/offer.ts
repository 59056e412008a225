import type { AudioCodec } from '../codecs.ts'
import type { SdesCrypto } from '../srtp/sdes.ts'
import { cryptoAttributes } from './crypto-lines.ts'
import type { Direction, MediaDescription, PayloadFormat, SdpAddress } from './description.ts'

/** What we have to offer for one audio stream, and where we receive it. */
export interface LocalAudio extends SdpAddress {
  port: number
  /** where we receive RTCP; written as `a=rtcp` when it is not the port after RTP (RFC 3605) */
  rtcpPort: number
  codecs: readonly AudioCodec[]
  /** the direction that we want; the answer may allow less */
  direction: Direction
  /** ms of audio in a packet that we ask for */
  ptime: number
  /** payload types by encoding name, from an earlier offer and answer: they must keep their meaning (RFC 3264 8.3.2) */
  payloadTypes?: ReadonlyMap<string, number>
  /** our keys, one for each suite, in the order of preference; with them the stream is SRTP only */
  keys?: readonly SdesCrypto[]
}

const eventPayloadType = 101
const events = '0-16'

function free(wanted: number, taken: ReadonlySet<number>): number {
  let payloadType = wanted
  while (taken.has(payloadType)) payloadType = payloadType === 127 ? 96 : payloadType + 1
  return payloadType
}

function formatsOf(local: LocalAudio): PayloadFormat[] {
  const taken = new Set<number>()
  const typeFor = (name: string, usual: number): number => {
    const payloadType = free(local.payloadTypes?.get(name.toLowerCase()) ?? usual, taken)
    taken.add(payloadType)
    return payloadType
  }
  const audio = local.codecs.map(({ name, payloadType, clockRate }) => ({
    payloadType: typeFor(name, payloadType),
    name,
    clockRate,
    channels: 1,
  }))
  const clocks = [...new Set(local.codecs.map(({ clockRate }) => clockRate))]
  const telephoneEvents = clocks.map((clockRate) => ({
    payloadType: typeFor('telephone-event', eventPayloadType),
    name: 'telephone-event',
    clockRate,
    channels: 1,
    fmtp: events,
  }))
  return [...audio, ...telephoneEvents]
}

/** The protocol of our streams. */
export function protocolOf({ keys }: LocalAudio): string {
  return keys ? 'RTP/SAVP' : 'RTP/AVP'
}

/** The `m=audio` section of an offer: every codec in our order, and telephone-event with their clock. */
export function offerAudio(local: LocalAudio): MediaDescription {
  const payloads = formatsOf(local)
  return {
    type: 'audio',
    port: local.port,
    protocol: protocolOf(local),
    formats: payloads.map(({ payloadType }) => String(payloadType)),
    connections: [],
    payloads,
    direction: local.direction,
    ptime: local.ptime,
    ...(local.rtcpPort !== local.port + 1 && { rtcp: { port: local.rtcpPort } }),
    attributes: cryptoAttributes(local.keys ?? []),
  }
}
