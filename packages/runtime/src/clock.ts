/** A timer that was set. Cancelling twice, or after it ran, does nothing. */
export interface Timer {
  cancel(): void
}

/**
 * Time, as netsip is handed it: nothing in the stack reads the time or sets a timer by itself, so that a test can
 * run hours of protocol in milliseconds (see `VirtualClock` in `@netsip/runtime/testing`).
 */
export interface Clock {
  /** Milliseconds since some fixed moment; never steps back. For measuring and for timers. */
  monotonic(): number
  /** Milliseconds since 1970. For dates that a person or a peer reads; may step. */
  wall(): number
  /**
   * Runs `run` once, `ms` milliseconds from now. Never throws: a negative delay or NaN counts as 0, a delay
   * may be of any length, and `Infinity` is never due. A pending timer does not keep a Node process alive.
   */
  setTimer(ms: number, run: () => void): Timer
}
