import type { SipError } from '@netsip/runtime'

/** How to keep the way to a peer open (RFC 5626 4.4). */
export interface KeepAliveOptions {
  /** The `Flow-Timer` of the server, in seconds: we stay below it, unless it is shorter than 5. */
  flowTimer?: number | undefined
  /**
   * On UDP: `stun` (default) asks the peer for our address, and notices when the way is gone; only where the peer is
   * known to answer. `crlf` sends line ends that nobody answers, which keeps a NAT open and notices nothing.
   */
  datagrams?: 'stun' | 'crlf' | undefined
  /** The way is gone: no answer, or our address has changed. Called once, and then it ends. */
  onFailed?(error: SipError): void
}

/** Ends a keep-alive. */
export type StopKeepAlive = () => void
