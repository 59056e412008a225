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
