import { systemClock, systemRandom, type Clock, type OptionRules, type Random, type RulesOf } from '@netsip/runtime'
import { EventEmitter } from 'eventemitter3'
import { AudioIn } from './audio-in.ts'
import { AudioOut, type Idle } from './audio-out.ts'
import type { AudioSink, AudioSource } from './audio/source.ts'
import { viewOf } from './bytes.ts'
import { checkOptions } from './check-options.ts'
import { codecNames, codecsByName, type AudioCodec } from './codecs.ts'
import type { DtmfOptions } from './dtmf/sender.ts'
import { MediaError } from './errors.ts'
import type { PacketAddress, PacketSocket, SocketPair } from './packet-socket.ts'
import { type JitterBufferOptions, jitterBufferRules } from './rtp/jitter-buffer.ts'
import { RtcpReporter } from './rtcp/reporter.ts'
import { decodeRtp, isRtcp, type RtpPacket } from './rtp/packet.ts'
import { Pacer } from './rtp/pacer.ts'
import type { AgreedAudio, RemoteAddress } from './sdp/agreement.ts'
import type { Direction } from './sdp/description.ts'
import { receives } from './sdp/direction.ts'
import type { LocalAudio } from './sdp/offer.ts'
import { OfferAnswer } from './sdp/offer-answer.ts'
import type { MediaSession, MediaSessionEvents, MediaStats, SrtpMode } from './session.ts'
import { SilenceWatch } from './silence-watch.ts'
import { SourceFilter, type SourceFilterOptions } from './source-filter.ts'
import type { SrtpCrypto } from './srtp/crypto.ts'
import { Protection } from './srtp/protection.ts'
import { freshKeys } from './srtp/sdes.ts'

/** Settings of an {@link RtpSession}. */
export interface RtpSessionOptions extends SourceFilterOptions {
  /** the sockets of the stream; the session closes them */
  sockets: SocketPair
  /** the address to offer (default: the one that the socket is bound to) */
  host?: string
  /** codec names in the order of preference (default PCMU, PCMA) */
  codecs?: readonly string[]
  /** ms of audio in a packet that we ask the peer for (default 20) */
  ptime?: number
  /** what is sent while there is no source: packets of silence, which keep paths through NATs open (default), or nothing */
  idle?: Idle
  jitterBuffer?: JitterBufferOptions
  /** see {@link CreateSessionOptions.srtp}; default off */
  srtp?: SrtpMode
  /** the ciphers for SRTP, such as `nodeSrtpCrypto` */
  crypto?: SrtpCrypto
  /** ms without a packet after which the event `inactivity` comes (default 30,000; 0: never) */
  inactivityMs?: number
  clock?: Clock
  random?: Random
}

const rules: RulesOf<RtpSessionOptions> = {
  sockets: 'object',
  host: 'string',
  codecs: 'array',
  ptime: 1,
  idle: 'string',
  jitterBuffer: 'object',
  srtp: 'string',
  crypto: 'object',
  inactivityMs: 0,
  clock: 'object',
  random: 'object',
  accept: 'string',
  latching: 'boolean',
}

/** @throws MediaError `ERR_MEDIA_ARGUMENT` for a number that bounds nothing, or what is of another type */
export function checkRtpOptions(of: string, options: Partial<RtpSessionOptions>, more: OptionRules = {}): void {
  checkOptions(of, options, { ...rules, ...more })
  // Anything else would be sound in the clear, for who meant to have it sealed.
  if (options.srtp !== undefined && options.srtp !== 'off' && options.srtp !== 'sdes')
    throw new MediaError('ERR_MEDIA_ARGUMENT', `${of}: 'srtp' is off or sdes, not ${String(options.srtp)}`)
  if (options.jitterBuffer) checkOptions(`'jitterBuffer' of ${of}`, options.jitterBuffer, jitterBufferRules)
}

interface Early {
  packet: RtpPacket
  now: number
}

const toldAgainMs = 5000
// a second of media that overtook the signalling
const maxEarly = 50

function advertised(host: string): Pick<LocalAudio, 'family' | 'address'> {
  const address = host.replace(/^\[|\]$/g, '')
  if (/^(0\.0\.0\.0|[0:]+)$/.test(address)) {
    throw new MediaError('ERR_MEDIA_ARGUMENT', `${address} is no address to offer: name one with the option "host"`)
  }
  return { family: address.includes(':') ? 'IP6' : 'IP4', address }
}

function protectionWith(crypto: SrtpCrypto | undefined): Protection {
  if (crypto) return new Protection(crypto)
  throw new MediaError('ERR_MEDIA_ARGUMENT', 'SRTP needs the option "crypto"; rtpBackend of @netsip/media/node has it')
}

function rtcpSource(bytes: Uint8Array): number {
  return viewOf(bytes).getUint32(4)
}

/** A {@link MediaSession} of RTP over any kind of packet socket. */
export class RtpSession extends EventEmitter<MediaSessionEvents> implements MediaSession {
  /** our wish, see {@link MediaSession.direction} */
  direction: Direction = 'sendrecv'
  readonly #clock: Clock
  readonly #sockets: SocketPair
  readonly #codecs: AudioCodec[]
  readonly #local: Omit<LocalAudio, 'direction'>
  readonly #negotiation: OfferAnswer
  readonly #filter: SourceFilter
  readonly #out: AudioOut
  readonly #in: AudioIn
  readonly #rtcpFilter: SourceFilter
  readonly #rtcp: RtcpReporter | undefined
  readonly #silence: SilenceWatch
  readonly #protection: Protection | undefined
  readonly #early: Early[] = []
  #agreed: AgreedAudio | undefined
  #negotiated = false
  #pacer: Pacer | undefined
  #closing: Promise<void> | undefined
  #discarded = 0
  #sent = 0
  #collided = false
  #toldFailureAt = -Infinity
  #sendErrors = 0

  /** @throws MediaError `ERR_MEDIA_ARGUMENT` for an option of a wrong type or out of range */
  constructor(options: RtpSessionOptions) {
    super()
    checkRtpOptions('new RtpSession', options)
    const { sockets, clock = systemClock, random = systemRandom, codecs = codecNames } = options
    this.#clock = clock
    this.#sockets = sockets
    this.#codecs = codecsByName(codecs)
    if (options.srtp === 'sdes') this.#protection = protectionWith(options.crypto)
    this.#local = {
      ...advertised(options.host ?? sockets.rtp.local.address),
      port: sockets.rtp.local.port,
      rtcpPort: sockets.rtcp?.local.port ?? sockets.rtp.local.port + 1,
      codecs: this.#codecs,
      ptime: options.ptime ?? 20,
      ...(this.#protection && { keys: freshKeys(random) }),
    }
    this.#negotiation = new OfferAnswer(random)
    this.#filter = new SourceFilter(options)
    this.#rtcpFilter = new SourceFilter(options)
    this.#out = new AudioOut({
      random,
      idle: options.idle ?? 'silence',
      now: () => clock.monotonic(),
      transmit: (bytes) => this.#transmit(bytes),
      sourceEnded: (source) => this.#tell('sourceEnd', () => this.emit('sourceEnd', source)),
      failed: (error) => this.#failed(error),
    })
    this.#in = new AudioIn({
      ...(options.jitterBuffer && { jitterBuffer: options.jitterBuffer }),
      digit: (event) => this.#tell('dtmf', () => this.emit('dtmf', { ...event, via: 'rtp' })),
      failed: (error) => this.#failed(error),
    })
    this.#silence = new SilenceWatch(options.inactivityMs ?? 30_000)
    this.#listen(sockets.rtp, (bytes, from) => this.#arrived(bytes, from))
    if (sockets.rtcp) this.#rtcp = this.#report(sockets.rtcp, clock, random)
  }

  get codec(): string | undefined {
    return this.#agreed?.codec.name
  }

  get remote(): RemoteAddress | undefined {
    return this.#agreed?.remote
  }

  get activeDirection(): Direction {
    return this.#agreed?.direction ?? 'inactive'
  }

  // oxlint-disable-next-line typescript/require-await -- a backend that gathers addresses first needs the promise
  async createOffer(): Promise<string> {
    this.#mustBeOpen()
    return this.#negotiation.createOffer(this.#describe())
  }

  acceptAnswer(sdp: string): void {
    this.#mustBeOpen()
    const agreed = this.#negotiation.acceptAnswer(sdp, this.#describe())
    if (agreed) this.#agree(agreed)
  }

  // oxlint-disable-next-line typescript/require-await -- as createOffer
  async acceptOffer(sdp: string): Promise<string> {
    this.#mustBeOpen()
    const { answer, agreed } = this.#negotiation.acceptOffer(sdp, this.#describe())
    this.#agree(agreed)
    return answer
  }

  rollback(): void {
    this.#negotiation.rollback()
  }

  start(): void {
    this.#mustBeOpen()
    if (!this.#negotiated) {
      throw new MediaError('ERR_MEDIA_STATE', 'media can start after an offer and its answer')
    }
    if (this.#pacer) return
    this.#out.start(this.#clock.monotonic())
    this.#pace()
    this.#rtcp?.start()
    for (const { packet, now } of this.#early.splice(0)) this.#in.receive(packet, now)
  }

  setSource(source: AudioSource | undefined): void {
    this.#mustBeOpen()
    this.#out.setSource(source)
  }

  addSink(sink: AudioSink): () => void {
    this.#mustBeOpen()
    return this.#in.addSink(sink)
  }

  async sendDtmf(digits: string, options?: DtmfOptions): Promise<void> {
    this.#mustBeOpen()
    await this.#out.sendDtmf(digits, options)
  }

  stats(): MediaStats {
    const { received, lost, duplicates, reordered, bytes } = this.#in.rtp.counts()
    const { rttMs, remote } = this.#rtcp ?? {}
    return {
      codec: this.codec ?? '',
      sent: this.#sent,
      received,
      lost,
      late: this.#in.jitterBuffer.late,
      duplicates,
      reordered,
      jitterMs: this.#in.rtp.tracker.jitter / 8,
      delayMs: this.#in.jitterBuffer.delayMs,
      sentBytes: this.#out.bytes,
      receivedBytes: bytes,
      concealed: this.#in.jitterBuffer.concealed,
      discarded: this.#discarded + this.#in.unknown,
      sendErrors: this.#sendErrors,
      ...(rttMs !== undefined && { rttMs }),
      ...(remote && { remoteLost: remote.lost, remoteJitterMs: remote.jitter / 8 }),
    }
  }

  async close(): Promise<void> {
    this.#closing ??= this.#end()
    await this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #end(): Promise<void> {
    const { rtp, rtcp } = this.#sockets
    this.#pacer?.stop()
    if (this.#pacer) this.#rtcp?.stop()
    this.#out.close()
    this.#in.close()
    rtp.onPacket = undefined
    if (rtcp) rtcp.onPacket = undefined
    await Promise.all([rtp.close(), rtcp?.close()])
    this.#tell('close', () => this.emit('close'))
  }

  #describe(): LocalAudio {
    return { ...this.#local, direction: this.direction }
  }

  #agree(agreed: AgreedAudio | undefined): void {
    this.#negotiated = true
    const before = this.#agreed
    // the peer took the stream out: nothing flows, while what was agreed is still there to be taken up again
    const now = agreed ?? (before && { ...before, direction: 'inactive' as const })
    this.#agreed = now
    if (!now) return
    this.#filter.signalled = now.remote
    this.#rtcpFilter.signalled = now.remote.rtcp
    if (this.#protection && now.keys) this.#protection.keys = now.keys
    this.#out.agreed = now
    this.#in.agreed = now
    if (this.#pacer && now.ptime !== before?.ptime) this.#pace()
    if (now.codec.name !== before?.codec.name) this.#tell('codec', () => this.emit('codec', now.codec.name))
  }

  #pace(): void {
    this.#pacer?.stop()
    const intervalMs = this.#agreed?.ptime ?? 20
    const samples = (intervalMs * (this.#agreed?.codec.clockRate ?? 8000)) / 1000
    const pacer = new Pacer({
      clock: this.#clock,
      intervalMs,
      tick: (_index, due) => {
        const now = this.#clock.monotonic()
        this.#in.tick(samples, now)
        const silentMs = this.#silence.check(now, receives(this.activeDirection))
        if (silentMs > 0) this.#tell('inactivity', () => this.emit('inactivity', silentMs))
        if (pacer.running) this.#out.tick(due)
      },
    })
    this.#pacer = pacer
    pacer.start()
  }

  #listen(socket: PacketSocket, arrived: (bytes: Uint8Array, from: PacketAddress) => void): void {
    socket.onPacket = arrived
    socket.onError = (error) => this.#socketFailed(error)
  }

  #report(socket: PacketSocket, clock: Clock, random: Random): RtcpReporter {
    const reporter = new RtcpReporter({
      clock,
      random,
      sender: this.#out.rtp,
      timestampAt: (now) => this.#out.timestampAt(now),
      receiver: this.#in.rtp,
      transmit: (bytes) => {
        const to = this.#rtcpFilter.destination
        const sealed = this.#protection ? this.#protection.protectRtcp(bytes) : bytes
        if (sealed && to && to.port > 0) socket.send(sealed, to)
      },
    })
    this.#listen(socket, (bytes, from) => {
      const plain = this.#protection ? this.#protection.unprotectRtcp(bytes) : bytes
      if (!plain || !isRtcp(plain) || !this.#rtcpFilter.accepts(from, rtcpSource(plain)) || !reporter.receive(plain)) {
        this.#discarded++
      }
    })
    return reporter
  }

  #arrived(bytes: Uint8Array, from: PacketAddress): void {
    const plain = this.#protection ? this.#protection.unprotectRtp(bytes) : bytes
    const packet = decodeRtp(plain ?? new Uint8Array(0))
    if (typeof packet === 'string' || !this.#filter.accepts(from, packet.ssrc)) {
      this.#discarded++
      return
    }
    if (packet.ssrc === this.#out.rtp.ssrc) this.#collide()
    const now = this.#clock.monotonic()
    this.#silence.heard(now)
    if (this.#pacer) this.#in.receive(packet, now)
    else if (this.#early.push({ packet, now }) > maxEarly) this.#early.shift()
  }

  /**
   * The peer uses our SSRC: we take another one (RFC 3550 8.2). Once only, as a peer that sends our own packets back,
   * like a reflector for tests, would use that one too.
   */
  #collide(): void {
    if (this.#collided) return
    this.#collided = true
    this.#rtcp?.bye()
    this.#out.rtp.changeSsrc()
  }

  #transmit(bytes: Uint8Array): void {
    const to = this.#filter.destination
    const sealed = this.#protection ? this.#protection.protectRtp(bytes) : bytes
    if (!sealed || !to || to.port === 0) return
    this.#sent++
    this.#sockets.rtp.send(sealed, to)
  }

  /** A media error never ends a call: it is counted, told, and the next packet is tried (RFC 1122 4.1.3.3). */
  #socketFailed(cause: Error): void {
    this.#sendErrors++
    const now = this.#clock.monotonic()
    if (now - this.#toldFailureAt < toldAgainMs) return
    this.#toldFailureAt = now
    this.#failed(new MediaError('ERR_MEDIA_SOCKET', cause.message, { cause }))
  }

  #mustBeOpen(): void {
    if (this.#closing) throw new MediaError('ERR_MEDIA_CLOSED', 'the media session is closed')
  }

  /** What a listener throws is told as an error and never reaches the stream. */
  #tell(name: keyof MediaSessionEvents, emit: () => unknown): void {
    try {
      emit()
    } catch (error) {
      if (name === 'error') return
      this.#failed(new MediaError('ERR_MEDIA_APPLICATION', `a listener of "${name}" threw`, { cause: error }))
    }
  }

  #failed(error: MediaError): void {
    this.#tell('error', () => this.emit('error', error))
  }
}
