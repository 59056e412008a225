import type { SipMessage, SipParseError, StreamEvent } from '@netsip/message'
import { isSipError, SipError } from '@netsip/runtime'
import { hostPort } from '../ip.ts'
import type { Flow, Leg, SendSink, Source } from '../leg/leg.ts'
import type { FullLegLimits } from '../leg/leg-limits.ts'
import type { KeepAliveOptions, StopKeepAlive } from '../keepalive/keep-alive.ts'
import { pongTimeout } from '../keepalive/intervals.ts'
import { PingKeepAlive } from '../keepalive/ping.ts'
import { sourceOf } from '../source.ts'
import { Deadline } from './deadline.ts'
import type { Framer } from './framer.ts'
import type { StreamHandlers, StreamSocket } from './stream-socket.ts'

/** The leg, as its connections see it. */
export interface ConnectionOwner {
  readonly leg: Leg
  readonly limits: FullLegLimits
  onMessage(message: SipMessage, connection: Connection, bytes: Uint8Array): void
  onMalformed(error: SipParseError, connection: Connection, bytes: Uint8Array): void
  onDrop(reason: string, connection: Connection): void
  onSent(bytes: Uint8Array, connection: Connection): void
  /** What this side opened is open now. */
  onOpened(connection: Connection): void
  /** What the peer opened has brought its first message. */
  onHeard(connection: Connection): void
  /** It takes no more messages; called once. */
  onUnusable(connection: Connection, error?: SipError): void
  /** Nothing of it is left; called once, after {@link onUnusable}. */
  onGone(connection: Connection): void
  fail(sink: SendSink | undefined, error: SipError): void
}

export interface ConnectionInit {
  owner: ConnectionOwner
  id: string
  /** What it is found by when something is to be sent. */
  key: string
  inbound: boolean
  address: string
  port: number
  framer: Framer
}

type State = 'connecting' | 'open' | 'peerEnded' | 'closing' | 'closed'
type Waiting = { bytes: Uint8Array; sink: SendSink | undefined }

const ping = Uint8Array.of(13, 10, 13, 10)
const pong = Uint8Array.of(13, 10)
/** How long a closing connection may take to send what waits. */
const flushTimeout = 1000
/** What a peer may leave of our answers, in bytes, before we read no more of its questions. */
const unreadLimit = 65_536

/** One connection is one flow: it frames what comes in, bounds what goes out, and ends when the peer takes too long. */
export class Connection implements Flow {
  readonly id: string
  readonly key: string
  readonly inbound: boolean
  readonly remote: Source
  /** Other keys it is found by. */
  aliases: readonly string[] = []
  readonly #owner: ConnectionOwner
  readonly #framer: Framer
  readonly #deadline: Deadline
  // Made with the first write: most of many connections are silent.
  #stall: Deadline | undefined
  #socket: StreamSocket | undefined
  #state: State = 'connecting'
  #waitsFor: 'connect' | 'firstByte' | 'message' | 'nothing' = 'connect'
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #unfinishedWrites = 0
  #lastRequest = -Infinity
  #heard = false
  #paused = false
  #keeping: PingKeepAlive | undefined

  constructor(init: ConnectionInit) {
    this.id = init.id
    this.key = init.key
    this.inbound = init.inbound
    this.#owner = init.owner
    this.#framer = init.framer
    this.remote = sourceOf(init.owner.leg.protocol, init.address, init.port, this)
    this.#deadline = new Deadline(init.owner.limits.clock, () => this.#timedOut())
  }

  get leg(): Leg {
    return this.#owner.leg
  }

  get open(): boolean {
    return this.#state === 'connecting' || this.#state === 'open' || this.#state === 'peerEnded'
  }

  get identities(): readonly string[] {
    return this.#socket?.identities ?? []
  }

  get connecting(): boolean {
    return this.#state === 'connecting'
  }

  /** Whether new requests may use it: not when the peer is leaving. */
  get reusable(): boolean {
    return this.#state === 'connecting' || this.#state === 'open'
  }

  /** `host:port` of the peer. */
  get peer(): string {
    return hostPort(this.remote.addr, this.remote.port)
  }

  readonly handlers: StreamHandlers = {
    opened: () => this.#opened(),
    data: (chunk) => this.#data(chunk),
    ended: () => this.#ended(),
    closed: (error) => this.#closed(error),
  }

  /** Takes its socket, right after construction. An accepted one is open already. */
  attach(socket: StreamSocket): void {
    this.#socket = socket
    if (this.inbound) {
      this.#state = 'open'
      this.#waitFor('firstByte')
    } else {
      this.#waitFor('connect')
    }
  }

  write(bytes: Uint8Array, sink?: SendSink): void {
    if (!this.open) return this.#owner.fail(sink, this.#refused('is closed'))
    const queued = this.#waitingBytes + (this.#socket?.queued ?? 0)
    if (queued + bytes.length > this.#owner.limits.maxQueuedBytes) {
      const text = `${queued} bytes wait for ${this.peer} already, which takes them too slowly`
      return this.#owner.fail(sink, new SipError('ERR_SIP_OVERLOAD', text))
    }
    if (this.#state !== 'connecting') return this.#hand(bytes, sink)
    this.#waiting.push({ bytes, sink })
    this.#waitingBytes += bytes.length
  }

  /** Sends what was handed over and closes. */
  close(): void {
    this.closeWith()
  }

  closeWith(error?: SipError): void {
    if (!this.open) return
    const connecting = this.#state === 'connecting'
    this.#leave('closing', error)
    if (connecting) {
      this.#socket?.destroy()
    } else {
      this.#deadline.set(flushTimeout)
      this.#socket?.end()
    }
  }

  /** Closes at once, whatever waits. */
  destroy(error?: SipError): void {
    this.#leave('closing', error)
    this.#socket?.destroy()
  }

  /** Ends, since it has said nothing and its place is wanted. */
  giveWay(): void {
    this.#owner.onDrop('silent-connection', this)
    this.destroy()
  }

  /** Pings the peer from now and then, until stopped or closed; whoever asks last says how often. */
  keepAlive(options: KeepAliveOptions): StopKeepAlive {
    this.#keeping?.stop()
    const { clock, random } = this.#owner.limits
    const keeping = new PingKeepAlive(clock, random, options, {
      send: () => {
        this.#framer.expectPong()
        this.write(ping)
      },
      fail: () => this.destroy(this.#refused(`did not answer a ping within ${pongTimeout} ms`)),
    })
    this.#keeping = keeping
    return () => keeping.stop()
  }

  #opened(): void {
    if (this.#state !== 'connecting') return
    this.#state = 'open'
    this.#waitFor('nothing')
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    for (const { bytes, sink } of waiting) this.#hand(bytes, sink)
    this.#owner.onOpened(this)
  }

  #hand(bytes: Uint8Array, sink: SendSink | undefined): void {
    this.#stall ??= new Deadline(this.#owner.limits.clock, () => this.#stalled())
    if (this.#unfinishedWrites++ === 0) this.#stall.set(this.#owner.limits.stallTimeout)
    this.#socket?.write(bytes, (error) => this.#written(error, sink))
    if (this.#state === 'open' && this.#waitsFor === 'nothing') this.#waitFor('nothing')
    if (bytes !== ping && bytes !== pong) this.#owner.onSent(bytes, this)
  }

  #written(error: Error | undefined, sink: SendSink | undefined): void {
    this.#unfinishedWrites--
    if (this.#state !== 'closed') {
      this.#stall?.set(this.#unfinishedWrites === 0 ? Infinity : this.#owner.limits.stallTimeout)
    }
    if (this.#paused) this.#goOn()
    if (error) this.#owner.fail(sink, this.#refused('did not take the message', error))
  }

  #goOn(): void {
    if ((this.#socket?.queued ?? 0) >= unreadLimit) return
    this.#paused = false
    this.#socket?.resume?.()
  }

  #data(chunk: Uint8Array): void {
    if (!this.open) return
    let events: StreamEvent[]
    try {
      events = this.#framer.push(chunk)
    } catch (cause) {
      return this.destroy(new SipError('ERR_SIP_STATE', `reading from ${this.peer} failed`, { cause }))
    }
    for (const event of events) {
      if (!this.open) return
      this.#take(event)
    }
    if (!this.open || this.#state === 'peerEnded') return
    this.#holdBack()
    if (!this.#framer.partial) this.#waitFor('nothing')
    else if (this.#waitsFor !== 'message' || events.length > 0) this.#waitFor('message')
  }

  /**
   * Reads no more while the answers wait: a peer that only asks would have us work for nothing. Only of peers that connected
   * to us, so that never both ends wait for the other to read.
   */
  #holdBack(): void {
    if (!this.inbound || (this.#socket?.queued ?? 0) < unreadLimit) return
    this.#paused = true
    this.#socket?.pause?.()
  }

  #take(event: StreamEvent): void {
    switch (event.type) {
      case 'message':
        if (event.message.type === 'request') this.#lastRequest = this.#owner.limits.clock.monotonic()
        if (!this.#heard) this.#firstHeard()
        return this.#owner.onMessage(event.message, this, event.bytes)
      case 'ping':
        // RFC 5626 3.5.1: one CRLF back, at once. Two answers of the peer in a row look like a ping, too.
        this.#keeping?.answered()
        return this.#hand(pong, undefined)
      case 'pong':
        return this.#keeping?.answered()
      case 'malformed':
        // Answered above, without state. The next message begins where this one ends.
        return this.#owner.onMalformed(event.error, this, event.bytes)
      case 'error':
        this.#owner.onMalformed(event.error, this, event.bytes)
        // Where the next message begins is not known any more (RFC 3261 18.3): nothing to go on with.
        this.closeWith(this.#refused(`sent what is no SIP: ${event.error.message}`))
    }
  }

  #firstHeard(): void {
    this.#heard = true
    this.#owner.onHeard(this)
  }

  /** The peer has said all. What it asked just before may still be answered: programs that send and shut down exist. */
  #ended(): void {
    if (this.#state === 'connecting') return this.destroy(this.#refused('closed the connection'))
    if (this.#state !== 'open') return
    const { clock, halfOpenTimeout } = this.#owner.limits
    const left = this.#lastRequest + halfOpenTimeout - clock.monotonic()
    if (left <= 0) return this.close()
    this.#state = 'peerEnded'
    this.#deadline.set(left)
  }

  #closed(cause?: Error): void {
    if (this.#state === 'closed') return
    const error = cause && (isSipError(cause) ? cause : this.#refused(reasonOf(cause), cause))
    const early = this.#state === 'connecting' ? this.#refused('closed the connection') : undefined
    this.#leave('closed', error ?? early)
    this.#deadline.clear()
    this.#stall?.clear()
    // Whoever remembers the flow for a while, as a transaction does, need not keep that.
    this.#socket = undefined
    this.#owner.onGone(this)
  }

  #leave(state: 'closing' | 'closed', error?: SipError): void {
    const wasOpen = this.open
    this.#state = state
    if (!wasOpen) return
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    this.#keeping?.ended(error ?? this.#refused('has no connection to us any more'))
    for (const { sink } of waiting) this.#owner.fail(sink, error ?? this.#refused('is closed'))
    this.#owner.onUnusable(this, error)
  }

  #waitFor(what: 'connect' | 'firstByte' | 'message' | 'nothing'): void {
    const { connectTimeout, firstByteTimeout, messageTimeout, idleTimeout } = this.#owner.limits
    this.#waitsFor = what
    this.#deadline.set(
      { connect: connectTimeout, firstByte: firstByteTimeout, message: messageTimeout, nothing: idleTimeout }[what],
    )
  }

  #timedOut(): void {
    if (this.#state === 'closing') return this.#socket?.destroy()
    if (this.#state === 'peerEnded') return this.close()
    switch (this.#waitsFor) {
      case 'connect':
        return this.destroy(this.#refused(`did not answer within ${this.#owner.limits.connectTimeout} ms`))
      case 'firstByte':
        return this.giveWay()
      case 'message':
        this.#owner.onDrop('slow-message', this)
        return this.destroy(this.#refused('took too long to send one message'))
      case 'nothing':
        return this.close()
    }
  }

  #stalled(): void {
    if (this.#unfinishedWrites > 0) this.destroy(this.#refused('takes nothing any more'))
  }

  #refused(what: string, cause?: Error): SipError {
    const text = `${this.#owner.leg.protocol} ${this.peer} ${what}`
    return new SipError('ERR_SIP_REFUSED', text, cause && { cause })
  }
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'reset the connection',
  EPIPE: 'closed the connection',
  ETIMEDOUT: 'does not answer',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'is in a network that cannot be reached',
}

function reasonOf(cause: Error): string {
  const code = (cause as { code?: unknown }).code
  return (typeof code === 'string' && reasons[code]) || `failed: ${cause.message}`
}
