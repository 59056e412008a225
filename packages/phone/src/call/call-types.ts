import type { AudioSource, MediaStats } from '@netsip/media'

/**
 * `calling` (out: nothing heard yet), `ringing` (a 180 went out or came in; in: it waits for an answer), `early` (out: the
 * peer sends sound before it answers), `answered`, `ended`.
 */
export type CallState = 'calling' | 'ringing' | 'early' | 'answered' | 'ended'

/** How a call ended. */
export interface CallEnd {
  /** Who ended it: we, the peer (a BYE, a CANCEL, a refusal), or a failure (timeout, transport, media). */
  readonly by: 'local' | 'remote' | 'error'
  /** The final status of a call that was not answered. */
  readonly status?: number
  readonly reason?: string
  /** Milliseconds from the answer to the end; 0 for a call that was not answered. */
  readonly durationMs: number
}

/** A digit from the peer. */
export interface DigitEvent {
  readonly digit: string
  /** How long the key was held, milliseconds. */
  readonly durationMs: number
  /** `rtp`: a telephone-event (RFC 4733), `info`: an INFO request. */
  readonly via: 'rtp' | 'info'
}

/** What is agreed about the sound. */
export interface MediaEvent {
  /** For example `PCMU`. */
  readonly codec: string
}

/** Options of {@link Phone.call}. */
export interface CallOptions {
  /** Aborting hangs up: CANCEL before the answer, BYE after it. */
  readonly signal?: AbortSignal
  /** What to play once the sound flows; silence until {@link Call.play} otherwise. */
  readonly source?: AudioSource
  /** More header fields for the INVITE. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Options of {@link Call.answer}. */
export interface AnswerOptions {
  /** What to play. */
  readonly source?: AudioSource
  /** More header fields for the 200. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Options of {@link Call.sendDtmf}. */
export interface DtmfOptions {
  /** How long each digit sounds, milliseconds; default 100. */
  readonly durationMs?: number
  /** The silence between two digits, milliseconds; default 50. */
  readonly gapMs?: number
}

/** Who has put a call on hold. */
export interface HoldEvent {
  readonly local: boolean
  readonly remote: boolean
}

/** What is counted about the sound of a call. */
export type CallStats = MediaStats
