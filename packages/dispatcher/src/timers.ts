import { checkOptions, type RulesOf } from '@netsip/runtime'

/** What of RFC 3261 17 may be set, all in milliseconds. Everything not named here follows from T1, T2 and T4. */
export interface TimerOptions {
  /** Estimate of the round trip; default 500. */
  readonly t1?: number | undefined
  /** The longest pause between retransmissions of a non-INVITE request or a final response; default 4000. */
  readonly t2?: number | undefined
  /** How long a message may stay in the network; default 5000. */
  readonly t4?: number | undefined
  /** How long an INVITE client transaction on UDP absorbs repeated refusals; at least 32000, which is the default. */
  readonly timerD?: number | undefined
  /** When an INVITE that nobody has answered gets its 100 Trying; default 200. */
  readonly tryingAfter?: number | undefined
}

/** The timers of one dispatcher in milliseconds, as its transactions use them. */
export interface Timers {
  readonly t1: number
  readonly t2: number
  readonly t4: number
  readonly timerD: number
  readonly tryingAfter: number
  /** 64*T1: timers B, F, H, J (on UDP), L and M. */
  readonly timeout: number
  /** When timer E of the client has grown to T2: from then on RFC 4320 4.1 wants a 100 for a non-INVITE request. */
  readonly lateTryingAfter: number
}

const rules: RulesOf<TimerOptions> = { t1: 1, t2: 1, t4: 1, timerD: 1, tryingAfter: 1 }

/** @throws SipError ERR_SIP_ARGUMENT when a timer is not a number of milliseconds, one or more, or there is none of its name */
export function timersOf(options: TimerOptions = {}): Timers {
  checkOptions('timers', options, rules)
  const t1 = options.t1 ?? 500
  const t2 = options.t2 ?? 4000
  return {
    t1,
    t2,
    t4: options.t4 ?? 5000,
    timerD: options.timerD ?? 32_000,
    tryingAfter: options.tryingAfter ?? 200,
    timeout: 64 * t1,
    lateTryingAfter: timeUntilT2(t1, t2),
  }
}

function timeUntilT2(t1: number, t2: number): number {
  let elapsed = 0
  for (let interval = t1; interval < t2; interval *= 2) elapsed += interval
  return Math.min(elapsed, 64 * t1)
}
