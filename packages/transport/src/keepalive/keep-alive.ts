import type { SipError } from '@netsip/runtime'

/** How to keep the way to a peer open (RFC 5626 4.4). */
export interface KeepAliveOptions {
  /** The `Flow-Timer` of the server, in seconds: we stay below it, unless it is shorter than 5. */
  flowTimer?: number
  /**
   * On UDP: `stun` (default) asks the peer for our address, and notices when the way is gone; only where the peer is
   * known to answer. `crlf` sends line ends that nobody answers, which keeps a NAT open and notices nothing.
   */
  datagrams?: 'stun' | 'crlf'
  /** The way is gone: no answer, or our address has changed. Called once, and then it ends. */
  onFailed?(error: SipError): void
}

/** Ends a keep-alive. */
export type StopKeepAlive = () => void

/** How long a peer may take to answer a ping on a stream, in ms (RFC 5626 4.4.1). */
export const pongTimeout = 10_000

const second = 1000

/** A server that asks for less, or for nothing that is a number, would have us do little else. */
const shortestFlow = 5

function spread(flowTimer: number, lot: number): number {
  return (flowTimer > shortestFlow ? flowTimer : shortestFlow) * (0.8 + 0.2 * lot)
}

/** When to ping a stream again, in ms (RFC 5626 4.4.1): 80 to 100 % of the Flow-Timer, else 95 to 120 s. */
export function streamInterval(flowTimer: number | undefined, lot: number): number {
  return (flowTimer === undefined ? 95 + 25 * lot : spread(flowTimer, lot)) * second
}

/** When to send a datagram again, in ms (RFC 5626 4.4.2): 24 to 29 s, or 80 to 100 % of a shorter Flow-Timer. */
export function datagramInterval(flowTimer: number | undefined, lot: number): number {
  const usual = 24 + 5 * lot
  return Math.min(usual, flowTimer === undefined ? usual : spread(flowTimer, lot)) * second
}
