import type { AudioSink, AudioSource } from './audio/source.ts'
import type { DtmfEvent } from './dtmf/receiver.ts'
import type { DtmfOptions } from './dtmf/sender.ts'
import type { MediaError } from './errors.ts'
import type { RemoteAddress } from './sdp/agreement.ts'
import type { Direction } from './sdp/description.ts'

/** What a session counted, over its whole life. */
export interface MediaStats {
  /** the codec we send with; empty before the first agreement */
  codec: string
  /** RTP packets sent */
  sent: number
  /** RTP packets received, each once */
  received: number
  /** packets that never came, by the sequence numbers of those that did */
  lost: number
  /** packets that came after their time to be played */
  late: number
  duplicates: number
  reordered: number
  /** interarrival jitter of the current source (RFC 3550 6.4.1), ms */
  jitterMs: number
  /** how long the packet that came last has to wait before it is played, ms */
  delayMs: number
  /** payload bytes */
  sentBytes: number
  receivedBytes: number
  /** frames made up for what was missing */
  concealed: number
  /** packets that were no RTP, of a payload type not agreed, or from a source that does not count */
  discarded: number
  /** sends that the socket refused */
  sendErrors: number
  /** round-trip time by RTCP, ms; not there before the first report that measures it */
  rttMs?: number
  /** packets of ours that the peer misses, by its last report */
  remoteLost?: number
  /** the jitter that the peer sees, by its last report, ms */
  remoteJitterMs?: number
}

/** A digit that the peer pressed, and the way it came. */
export interface ReceivedDtmf extends DtmfEvent {
  via: 'rtp'
}

/** What a {@link MediaSession} tells, and with what arguments. */
export interface MediaSessionEvents {
  dtmf: [event: ReceivedDtmf]
  /** an offer and its answer agreed on another codec than before */
  codec: [name: string]
  /** the source ended by itself; what is sent then is the `idle` option's matter */
  sourceEnd: [source: AudioSource]
  /** nothing came for the time of the `inactivityMs` option, though the peer may send; told once until something comes */
  inactivity: [forMs: number]
  /** something failed; the session goes on. A socket that keeps failing is told every five seconds */
  error: [error: MediaError]
  close: []
}

/** One audio stream with one peer: offer and answer on one side, frames of audio on the other. */
export interface MediaSession {
  /** Our offer; ready to receive what it promises. */
  createOffer(): Promise<string>
  /**
   * Takes the answer to our offer. Later answers of the same peer are ignored (RFC 3261 13.2.1).
   * @throws MediaError `ERR_MEDIA_SDP`, `ERR_MEDIA_NO_CODEC`, `ERR_MEDIA_STATE`, `ERR_MEDIA_CLOSED`
   */
  acceptAnswer(sdp: string): void
  /**
   * The answer to the peer's offer. Rejects with MediaError `ERR_MEDIA_NO_CODEC` (SIP answers 488) or `ERR_MEDIA_SDP`
   * (400 or 488); the session is then as before.
   */
  acceptOffer(sdp: string): Promise<string>
  /** Gives up an offer that was refused. */
  rollback(): void
  /** what we send with, once agreed */
  readonly codec: string | undefined
  /** where the peer receives, once agreed */
  readonly remote: RemoteAddress | undefined
  /** what we would like; counts from the next offer or answer on (RFC 3264 8.4: hold is `sendonly` or `inactive`) */
  direction: Direction
  /** what the last offer and answer left of both wishes */
  readonly activeDirection: Direction
  /**
   * Media flows from now on. What arrived before, up to a second of it, is taken up now.
   * @throws MediaError `ERR_MEDIA_STATE` when nothing was negotiated yet
   */
  start(): void
  setSource(source: AudioSource | undefined): void
  /** The function returned takes the sink off again. */
  addSink(sink: AudioSink): () => void
  /**
   * Sends digits as telephone-event; the source is muted meanwhile. Resolves when they are sent, rejects with MediaError
   * `ERR_MEDIA_DTMF` when the peer did not agree to them, `ERR_MEDIA_STATE` before the start, `ERR_MEDIA_CLOSED`.
   */
  sendDtmf(digits: string, options?: DtmfOptions): Promise<void>
  stats(): MediaStats
  /** Ends the stream and frees its ports. What waits in the jitter buffer still goes to the sinks, which then end. */
  close(): Promise<void>
  on<Name extends keyof MediaSessionEvents>(event: Name, listener: (...args: MediaSessionEvents[Name]) => void): this
  once<Name extends keyof MediaSessionEvents>(event: Name, listener: (...args: MediaSessionEvents[Name]) => void): this
  off<Name extends keyof MediaSessionEvents>(event: Name, listener: (...args: MediaSessionEvents[Name]) => void): this
}

/** Whether media is encrypted. */
export type SrtpMode = 'off' | 'sdes'

/** What a call asks of the media of its session. */
export interface CreateSessionOptions {
  /** codec names in the order of preference */
  codecs?: readonly string[]
  /** the address to offer, when it is not the one that the sockets are bound to */
  host?: string
  /** `sdes`: SRTP with keys in the description (RFC 4568), and nothing plain; needs signalling that nobody can read */
  srtp?: SrtpMode
}

/** Makes media sessions: RTP over UDP in Node, over memory in tests, WebRTC in a browser. */
export interface MediaBackend {
  createSession(options?: CreateSessionOptions): Promise<MediaSession>
}
