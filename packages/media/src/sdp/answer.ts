import { MediaError } from '../errors.ts'
import { codecOf, remoteDirection } from './agreement.ts'
import { addressOf, type MediaDescription, type PayloadFormat, type SessionDescription } from './description.ts'
import { agreedDirection } from './direction.ts'
import { answerCrypto, cryptoAttributes } from './crypto-lines.ts'
import { protocolOf, type LocalAudio } from './offer.ts'
import { isTelephoneEvent } from './telephone-event.ts'

const ourEvents = '0-16'

/** The same section refused: it keeps its place, type and protocol, with port 0 (RFC 3264 6). */
export function refuseMedia({ type, protocol, formats }: MediaDescription): MediaDescription {
  return { type, port: 0, protocol, formats, connections: [], payloads: [], attributes: [] }
}

// The answer's formats are those of the offer that we have, in the offer's order and with its numbers (RFC 3264 6.1).
function sharedFormats(offer: MediaDescription, local: LocalAudio): PayloadFormat[] {
  const audio = offer.payloads.filter((format) => codecOf(format, local.codecs))
  const clockRate = audio[0]?.clockRate
  if (clockRate === undefined) return []
  const events = offer.payloads.find((format) => isTelephoneEvent(format, clockRate))
  return offer.payloads
    .filter((format) => audio.includes(format) || format === events)
    .map(({ payloadType, name, clockRate: clock, channels }) => {
      const format = { payloadType, name, clockRate: clock, channels }
      return name.toLowerCase() === 'telephone-event' ? { ...format, fmtp: ourEvents } : format
    })
}

/** Why a section cannot be accepted, or `undefined` when it can. */
function objection(offer: SessionDescription, media: MediaDescription, local: LocalAudio): string | undefined {
  if (media.type !== 'audio') return `${media.type} is not supported`
  if (media.protocol !== protocolOf(local)) return `${media.protocol} is not supported, only ${protocolOf(local)}`
  if (local.keys && !answerCrypto(media, local.keys)) return 'no crypto suite in common'
  if (addressOf(offer, media)!.family !== local.family) return `its address is not ${local.family}`
  if (sharedFormats(media, local).length > 0) return undefined
  const theirs =
    media.payloads.map(({ name, clockRate }) => `${name}/${clockRate}`).join(', ') || media.formats.join(' ')
  return `no common codec: it has ${theirs}, we have ${local.codecs.map(({ name }) => name).join(', ')}`
}

function acceptAudio(offer: SessionDescription, media: MediaDescription, local: LocalAudio): MediaDescription {
  const payloads = sharedFormats(media, local)
  const key = answerCrypto(media, local.keys ?? [])
  return {
    type: 'audio',
    port: local.port,
    protocol: media.protocol,
    formats: payloads.map(({ payloadType }) => String(payloadType)),
    connections: [],
    payloads,
    direction: agreedDirection(local.direction, remoteDirection(offer, media)),
    ptime: local.ptime,
    ...(local.rtcpPort !== local.port + 1 && { rtcp: { port: local.rtcpPort } }),
    attributes: cryptoAttributes(key ? [key] : []),
  }
}

/** The `m=` sections of an answer, and which of them is the audio stream. */
export interface AnswerMedia {
  media: MediaDescription[]
  audio?: number
}

/**
 * Answers each section of an offer: the first audio stream that fits is accepted, every other is refused in its place.
 *
 * @throws MediaError `ERR_MEDIA_NO_CODEC` when the offer wants streams and none of them fits
 */
export function answerMedia(offer: SessionDescription, local: LocalAudio): AnswerMedia {
  const active = offer.media.filter(({ port }) => port !== 0)
  const objections = new Map(active.map((media) => [media, objection(offer, media, local)]))
  const chosen = active.find((media) => objections.get(media) === undefined)
  if (!chosen && active.length > 0) {
    const reasons = [...objections.values()].join('; ')
    throw new MediaError('ERR_MEDIA_NO_CODEC', `no stream of the offer can be accepted: ${reasons}`)
  }
  const media = offer.media.map((each) => (each === chosen ? acceptAudio(offer, each, local) : refuseMedia(each)))
  return chosen ? { media, audio: offer.media.indexOf(chosen) } : { media }
}
