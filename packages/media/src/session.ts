import type { AudioSink, AudioSource } from './audio/source.ts'
import type { DtmfEvent } from './dtmf/receiver.ts'
import type { DtmfOptions } from './dtmf/sender.ts'
import type { MediaError } from './errors.ts'
import type { RemoteAddress } from './sdp/agreement.ts'
import type { Direction } from './sdp/description.ts'

/** What a session has counted since it was created. */
export interface MediaStats {
  /** the codec we send with; empty before the first agreement */
  codec: string
  /** RTP packets sent */
  sent: number
  /** RTP packets received, without duplicates */
  received: number
  /** packets that never came, as the gaps in the sequence numbers show */
  lost: number
  /** packets that came too late to be played */
  late: number
  duplicates: number
  reordered: number
  /** interarrival jitter of the current source (RFC 3550 6.4.1), ms */
  jitterMs: number
  /** the delay of the jitter buffer: how long the newest packet waits before it is played, ms */
  delayMs: number
  /** payload bytes */
  sentBytes: number
  receivedBytes: number
  /** frames played in place of audio that was missing */
  concealed: number
  /** packets ignored: not RTP, of a payload type that was not agreed, or from an address that is not accepted */
  discarded: number
  /** sends that the socket refused */
  sendErrors: number
  /** round-trip time by RTCP, ms; absent until a report has measured it */
  rttMs?: number
  /** packets of ours that the peer misses, by its last report */
  remoteLost?: number
  /** the jitter that the peer sees, by its last report, ms */
  remoteJitterMs?: number
}

/** A digit that the peer pressed, and how it was sent. */
export interface ReceivedDtmf extends DtmfEvent {
  via: 'rtp'
}

/** The events of a {@link MediaSession}, with their arguments. */
export interface MediaSessionEvents {
  dtmf: [event: ReceivedDtmf]
  /** an offer and its answer agreed on another codec than before */
  codec: [name: string]
  /** the source has ended; what is sent from then on, the `idle` option says */
  sourceEnd: [source: AudioSource]
  /** no packet came for the time of the `inactivityMs` option, although the peer may send; comes again only after a packet came */
  inactivity: [forMs: number]
  /** something failed, and the session goes on. A socket that keeps failing is reported every five seconds */
  error: [error: MediaError]
  close: []
}

/** One audio stream with one peer: offer and answer on one side, frames of audio on the other. */
export interface MediaSession {
  /** Makes our offer. Once it resolves, the session can receive what the offer promises. */
  createOffer(): Promise<string>
  /**
   * Applies the answer to our offer. Later answers of the same peer are ignored (RFC 3261 13.2.1).
   * @throws MediaError `ERR_MEDIA_SDP`, `ERR_MEDIA_NO_CODEC`, `ERR_MEDIA_STATE`, `ERR_MEDIA_CLOSED`
   */
  acceptAnswer(sdp: string): void
  /**
   * Makes the answer to the peer's offer. Rejects with MediaError `ERR_MEDIA_NO_CODEC` (SIP answers 488) or `ERR_MEDIA_SDP`
   * (400 or 488); the session then stays as it was.
   */
  acceptOffer(sdp: string): Promise<string>
  /** Gives up an offer that was refused. */
  rollback(): void
  /** what we send with, once agreed */
  readonly codec: string | undefined
  /** where the peer receives, once agreed */
  readonly remote: RemoteAddress | undefined
  /** the direction that we want; takes effect with the next offer or answer (hold is `sendonly` or `inactive`, RFC 3264 8.4) */
  direction: Direction
  /** the direction that the last offer and answer agreed on */
  readonly activeDirection: Direction
  /**
   * Starts to send and to play. Up to a second of what arrived before is played too.
   * @throws MediaError `ERR_MEDIA_STATE` when nothing was negotiated yet
   */
  start(): void
  setSource(source: AudioSource | undefined): void
  /** Adds a sink; the function returned removes it again. */
  addSink(sink: AudioSink): () => void
  /**
   * Sends digits as telephone-event, with the source muted meanwhile. Resolves when they are sent; rejects with MediaError
   * `ERR_MEDIA_DTMF` when the peer did not agree to them, `ERR_MEDIA_STATE` before the start, `ERR_MEDIA_CLOSED`.
   */
  sendDtmf(digits: string, options?: DtmfOptions): Promise<void>
  stats(): MediaStats
  /** Ends the stream and frees its ports. The sinks still get what waits in the jitter buffer, and are then ended. */
  close(): Promise<void>
  on<Name extends keyof MediaSessionEvents>(event: Name, listener: (...args: MediaSessionEvents[Name]) => void): this
  once<Name extends keyof MediaSessionEvents>(event: Name, listener: (...args: MediaSessionEvents[Name]) => void): this
  off<Name extends keyof MediaSessionEvents>(event: Name, listener: (...args: MediaSessionEvents[Name]) => void): this
}

/** Whether media is encrypted: `off` never, `sdes` always, with the keys in the session description. */
export type SrtpMode = 'off' | 'sdes'

/** What a call asks for when it creates a session. */
export interface CreateSessionOptions {
  /** codec names in the order of preference */
  codecs?: readonly string[]
  /** the address to offer; default: the one that the sockets are bound to */
  host?: string
  /** `sdes`: SRTP only, with the keys in the description (RFC 4568). Use it with signalling that nobody else can read, such as TLS */
  srtp?: SrtpMode
}

/** Makes media sessions: RTP over UDP in Node, over memory in tests, WebRTC in a browser. */
export interface MediaBackend {
  createSession(options?: CreateSessionOptions): Promise<MediaSession>
}
