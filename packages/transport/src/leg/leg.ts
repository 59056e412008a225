import type { SipMessage, SipParseError, SipUri, Via } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import type { KeepAliveOptions, StopKeepAlive } from '../keepalive/keep-alive.ts'
import type { Family, Protocol } from '../protocol.ts'

/** Where a leg is bound, as the system says: may be a wildcard address. */
export interface LocalAddress {
  /** Numeric, no brackets. */
  readonly host: string
  readonly port: number
  readonly family: Family
}

/** Where a message came from. */
export interface Source {
  readonly proto: Protocol
  /** Numeric, no brackets, IPv4-mapped addresses as plain IPv4. */
  readonly addr: string
  /** The same as `addr`. */
  readonly host: string
  readonly port: number
  readonly family: Family
  /** The very connection it came on; datagrams have none. */
  readonly flow?: Flow
}

/** Where a message is to go: resolved, nothing left to look up. */
export interface Target {
  readonly protocol: Protocol
  /** Numeric, no brackets. */
  readonly addr: string
  readonly port: number
  readonly family: Family
  /** The name a TLS peer must prove to have: the domain that was asked for, not what DNS made of it (RFC 5922 7.3). */
  readonly serverName?: string
  /** Send on this connection or not at all. */
  readonly flow?: Flow
}

/** One connection, as long as it is open (RFC 5626 3: a flow). */
export interface Flow {
  /** Unique within its leg, never used again. */
  readonly id: string
  readonly leg: Leg
  readonly remote: Source
  readonly open: boolean
  /** The SIP domains that the peer has proven to be by a certificate (RFC 5922 7.1); none for most. */
  readonly identities?: readonly string[]
  close(): void
}

/** Is told what becomes of a message that was handed to a leg. */
export interface SendSink {
  /** It could not be sent: at most once for each send, and never before `send` has returned. */
  onSendError(error: SipError): void
  /** A leg of connections says which one it sends over, open already or not, before `send` returns. */
  onFlow?(flow: Flow): void
}

/** What a leg tells, and with what. */
export interface LegEvents {
  /** A message that was read, `received` and `rport` of a request's top Via already set, with the bytes it came as. */
  message: [message: SipMessage, source: Source, bytes: Uint8Array]
  /**
   * Something that is no valid message but can be answered: `error.request` is what could be read of it, `bytes` what came; of a
   * stream that does not say how far it goes, its header section.
   */
  malformed: [error: SipParseError, source: Source, bytes: Uint8Array]
  /** Something was thrown away; the reason is a stable word, `bytes` what came if it was to be a message. */
  drop: [reason: string, source?: Source, bytes?: Uint8Array]
  /** A connection has ended; `error` when it did not end in order. */
  flowClosed: [flow: Flow, error?: SipError]
  /** Something went wrong that belongs to no message, or a listener threw. */
  error: [error: Error]
  /** A message was handed to the system; keep-alives are none. */
  sent: [bytes: Uint8Array, target: Target]
  close: []
}

/** Selects legs: every field that is given must fit. */
export interface LegCriteria {
  protocol?: Protocol | undefined
  host?: string | undefined
  port?: number | undefined
  family?: Family | undefined
}

/**
 * One way in and out of the stack: a UDP socket, or a listening socket and the connections that belong to it.
 * It parses what comes in, and sends bytes to resolved targets. It never sends anything twice (RFC 3261 18).
 */
export interface Leg {
  readonly protocol: Protocol
  readonly reliable: boolean
  readonly secure: boolean
  readonly local: LocalAddress
  /** Names the leg in logs and maps, such as `udp:192.0.2.1:5060`. */
  readonly key: string
  /** What goes into Via and Contact when the peer is not known; never a wildcard address. */
  readonly advertised: { readonly host: string; readonly port: number }
  /** Our address as the last peer saw it that answered us (`received` and `rport`, RFC 3581, or STUN); `undefined` at first. */
  readonly learned: { readonly host: string; readonly port: number } | undefined
  /** How many connections there are now, of both directions; a leg of datagrams has no such number. */
  readonly connections?: number

  on<Name extends keyof LegEvents>(event: Name, listener: (...args: LegEvents[Name]) => void): this
  once<Name extends keyof LegEvents>(event: Name, listener: (...args: LegEvents[Name]) => void): this
  off<Name extends keyof LegEvents>(event: Name, listener: (...args: LegEvents[Name]) => void): this

  /** Sends one message. Errors go to `sink`, later; nothing is thrown. */
  send(bytes: Uint8Array, target: Target, sink?: SendSink): void
  /** Whether protocol, address family and reach fit, or the flow of the target is one of this leg and open. */
  canDeliverTo(target: Target): boolean
  match(criteria: LegCriteria): boolean
  /** The Via of a request that leaves here for `target`, with `rport` on UDP (RFC 3581 3). */
  via(branch: string, target?: Target): Via
  /** A URI that reaches this leg; `sips` when `secure`, which a secure leg takes unless told `false`. */
  contact(user?: string, secure?: boolean, target?: Target): SipUri
  /**
   * Takes note of what the top Via of a response says about our address. To be called by who has matched the response to a
   * request of ours, as a Dispatcher does: anybody can send a response.
   */
  learn(via: Via): void
  /** Whether the sent-by of a response's top Via is one that this leg writes (RFC 3261 18.1.2). */
  isOwnSentBy(via: Via): boolean
  /**
   * Keeps the way to a target open until it is stopped (RFC 5626 4.4): CRLF pings on the connection to it, which must
   * be there; STUN or bare line ends on UDP. A connection that does not answer a ping within 10 s is closed.
   */
  keepAlive(target: Target, options?: KeepAliveOptions): StopKeepAlive
  /** Closes sockets and timers; sends that wait fail with `ERR_SIP_CLOSED`. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
