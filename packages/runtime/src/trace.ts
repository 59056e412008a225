/** One message that went over the wire, as a tracer sees it. */
export interface TraceEvent {
  /** Milliseconds since 1970. */
  time: number
  direction: 'in' | 'out'
  /** `udp`, `tcp`, `tls`, `ws` or `wss`. */
  protocol: string
  /** The address of our side, `192.0.2.1:5060` or `[2001:db8::1]:5060`. */
  local: string
  /** The address of the peer, written the same way. */
  remote: string
  /** Names the connection it went over, among those of its leg; datagrams have none. */
  flow?: string
  /** The whole message. Not to be changed, and to be copied if kept. */
  bytes: Uint8Array
}

/** Is told of every message in and out. It must not throw. */
export type Tracer = (event: TraceEvent) => void
