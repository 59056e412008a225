/** What the time between two reports depends on (RFC 3550 6.3.1). */
export interface IntervalInput {
  /** participants, ourselves included */
  members: number
  /** average size of a compound packet with its UDP and IP headers, bytes */
  averageSize: number
  /** bytes a second that RTCP may take: 5 % of the session's */
  bandwidth: number
  /** nothing was sent yet */
  initial: boolean
  /** from 0 to 1 */
  random: number
}

const leastSeconds = 5
// what reconsideration of the timer makes too short (RFC 3550 6.3.1)
const compensation = Math.E - 1.5

/** The time until the next report, ms: never the same twice, so that participants do not fall into step. */
export function rtcpInterval({ members, averageSize, bandwidth, initial, random }: IntervalInput): number {
  const least = initial ? leastSeconds / 2 : leastSeconds
  const seconds = Math.max(least, (members * averageSize) / bandwidth)
  return (seconds * (0.5 + random) * 1000) / compensation
}
