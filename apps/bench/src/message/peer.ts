/** One parser. Each function returns some number, so that nothing can be left out as unused. */
export interface Peer {
  /** What it does with a datagram before anything is asked of the message. */
  parse: (data: Buffer) => unknown
  /**
   * Parses, and reads display name, user and host and tag of From and To; host, port and branch of every Via; user and
   * host of Contact; number and method of CSeq; Call-ID; user and host of the Request-URI. Undefined for one that has no values.
   */
  full?: (data: Buffer) => number
  /** The message as it is sent, after a change of the top Via. Undefined for one that cannot write what it parsed. */
  edit?: (parsed: unknown, round: number) => number
}

type Part = string | number | null | undefined

/** The values that were read, made into a number. */
export function weigh(...parts: readonly Part[]): number {
  let sum = 0
  for (const part of parts) sum += typeof part === 'string' ? part.length : (part ?? 0)
  return sum
}

/** What the top Via gets in a round of writing. */
export function receivedIn(round: number): string {
  return `192.0.2.${round & 127}`
}
