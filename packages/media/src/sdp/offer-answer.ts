import type { Random } from '@netsip/runtime'
import { MediaError } from '../errors.ts'
import { agree, type AgreedAudio } from './agreement.ts'
import { answerMedia, refuseMedia } from './answer.ts'
import { agreedKeys } from './crypto-lines.ts'
import type { MediaDescription, SdpOrigin, SessionDescription } from './description.ts'
import { sdpError } from './lines.ts'
import { offerAudio, type LocalAudio } from './offer.ts'
import { parseSdp } from './parse.ts'
import { writeSdp } from './write.ts'

/** An answer to send, and what it agrees on; `agreed` is absent when the offer had no stream. */
export interface Answered {
  answer: string
  agreed?: AgreedAudio
}

interface Pending {
  description: SessionDescription
  text: string
  audio: number
}

/**
 * The offer/answer machine of one session with one audio stream (RFC 3264): one outstanding offer, `m=` sections keep
 * their place for good, the version of `o=` grows by one when what we say changes. No clock, no socket.
 */
export class OfferAnswer {
  readonly #sessionId: string
  #version = 0n
  #lastBody = ''
  #media: MediaDescription[] = []
  #audio: number | undefined
  #pending: Pending | undefined
  #answeredBy: SdpOrigin | undefined
  #lastOffer: Pending | undefined
  readonly #payloadTypes = new Map<string, number>()

  constructor(random: Random) {
    // 52 bits stay exact in every implementation that reads it into a double
    this.#sessionId = String((random.uint32() & 0xfffff) * 2 ** 32 + random.uint32())
  }

  /** True between our offer and its answer. */
  get offering(): boolean {
    return this.#pending !== undefined
  }

  /** Makes our offer. Called again before the answer came, it returns the same text, unless `local` changed. */
  createOffer(local: LocalAudio): string {
    const audio = this.#slotForAudio()
    const section = offerAudio({ ...local, payloadTypes: this.#payloadTypes })
    const media = this.#media.map(refuseMedia)
    media[audio] = section
    const description = this.#describe(media, local)
    this.#pending = { description, text: writeSdp(description), audio }
    return this.#pending.text
  }

  /**
   * Takes the answer to our offer. After a first answer (in a 18x) the same peer's later ones are ignored (RFC 3261
   * 13.2.1), while the answer of another fork, which has another `o=`, replaces it. `undefined`: nothing changed.
   *
   * @throws MediaError `ERR_MEDIA_STATE` without an offer, `ERR_MEDIA_SDP`, or `ERR_MEDIA_NO_CODEC` when it was refused
   */
  acceptAnswer(text: string, local: LocalAudio): AgreedAudio | undefined {
    const offer = this.#pending ?? this.#lastOffer
    if (!offer) throw new MediaError('ERR_MEDIA_STATE', 'an answer came, but no offer was made')
    const answer = parseSdp(text)
    if (!this.#pending && sameSession(answer.origin, this.#answeredBy)) return undefined
    if (answer.media.length !== offer.description.media.length) {
      throw sdpError(`the answer has ${answer.media.length} m= sections, the offer ${offer.description.media.length}`)
    }
    const section = answer.media[offer.audio]!
    const agreed = agree(offer.description.media[offer.audio]!, answer, section, local.codecs)
    this.#pending = undefined
    if (!agreed) throw new MediaError('ERR_MEDIA_NO_CODEC', refusal(section, offer.description.media[offer.audio]!))
    this.#lastOffer = offer
    this.#answeredBy = answer.origin
    this.#commit(offer.description.media, offer.audio)
    return agreed
  }

  /**
   * Answers an offer. If an offer of ours is still open, it is given up: its transaction must have failed.
   *
   * @throws MediaError `ERR_MEDIA_SDP` or `ERR_MEDIA_NO_CODEC`; the session then stays as it was
   */
  acceptOffer(text: string, local: LocalAudio): Answered {
    const offer = parseSdp(text)
    const { media, audio } = answerMedia(offer, local)
    const description = this.#describe(media, local, offer.timing)
    this.#pending = undefined
    this.#lastOffer = undefined
    this.#commit(media, audio)
    const answer = writeSdp(description)
    if (audio === undefined) return { answer }
    const agreed = agree(media[audio]!, offer, offer.media[audio]!, local.codecs)
    return agreed ? { answer, agreed } : { answer }
  }

  /** Gives up an open offer: the request that carried it was refused (RFC 3264 4). */
  rollback(): void {
    this.#pending = undefined
  }

  // A refused audio section may be used again, else a new one is added at the end (RFC 3264 8.1).
  #slotForAudio(): number {
    if (this.#audio !== undefined) return this.#audio
    const idle = this.#media.findIndex(({ type, port }) => type === 'audio' && port === 0)
    return idle < 0 ? this.#media.length : idle
  }

  #commit(media: MediaDescription[], audio: number | undefined): void {
    this.#media = media
    this.#audio = audio
    if (audio === undefined) return
    for (const { name, payloadType } of media[audio]!.payloads) this.#payloadTypes.set(name.toLowerCase(), payloadType)
  }

  #describe(media: MediaDescription[], { family, address }: LocalAudio, timing = '0 0'): SessionDescription {
    const description: SessionDescription = {
      origin: { username: '-', sessionId: this.#sessionId, version: 0n, family, address },
      name: '-',
      timing,
      connection: { family, address },
      attributes: [],
      media,
    }
    const body = writeSdp(description)
    if (body !== this.#lastBody) this.#version += 1n
    this.#lastBody = body
    description.origin.version = this.#version
    return description
  }
}

function sameSession(one: SdpOrigin, other: SdpOrigin | undefined): boolean {
  return (
    other !== undefined &&
    one.sessionId === other.sessionId &&
    one.username === other.username &&
    one.address === other.address
  )
}

function refusal(answer: MediaDescription, offer: MediaDescription): string {
  if (answer.port === 0) return 'the peer refused our audio'
  if (answer.protocol !== offer.protocol) return `the answer is for ${answer.protocol}, our offer for ${offer.protocol}`
  if (offer.protocol === 'RTP/SAVP' && !agreedKeys(offer, answer))
    return 'the answer has no key for a suite of our offer'
  return `no codec of ours in the answer: it has ${answer.formats.join(' ')}`
}
