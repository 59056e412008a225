import { type ParseOptions, StreamParser } from '@netsip/message'
import {
  checkOptions,
  systemClock,
  systemRandom,
  type Clock,
  type OptionRules,
  type Random,
  type RulesOf,
  SipError,
} from '@netsip/runtime'

/** What bounds a leg, so that no peer can make it grow or wait without end. Times are milliseconds. */
export interface LegLimits {
  clock?: Clock | undefined
  /** Spreads keep-alives. */
  random?: Random | undefined
  /** Limits of a single message, and strictness. */
  parse?: ParseOptions | undefined
  /** Connections in all, both directions; default 10,000. */
  maxConnections?: number | undefined
  /** Connections from and to one address (one /64 of IPv6); default 1,000. */
  maxConnectionsPerSource?: number | undefined
  /** Bytes that may wait for one connection, or UDP socket, to take them; default 2 MiB. Beyond, sends fail with `ERR_SIP_OVERLOAD`. */
  maxQueuedBytes?: number | undefined
  /** How long a connection may take to be set up, TLS included; default 8,000 (RFC 3263 4.3 then tries elsewhere). */
  connectTimeout?: number | undefined
  /** How long a new peer may stay silent; default 30,000. */
  firstByteTimeout?: number | undefined
  /** How long one message may take from its first byte to its last; default 30,000. */
  messageTimeout?: number | undefined
  /** How long a peer may refuse to take what waits for it; default 30,000. */
  stallTimeout?: number | undefined
  /** How long after its last request a peer that has said all (TCP FIN) may still be answered; default 2,000. */
  halfOpenTimeout?: number | undefined
  /** How long an unused connection is kept; default 600,000, far above any transaction (RFC 3261 18). */
  idleTimeout?: number | undefined
}

/** Options with nothing left open. */
export type Filled<Options> = { readonly [Name in keyof Options]-?: Exclude<Options[Name], undefined> }

/** {@link LegLimits} with nothing left open. */
export type FullLegLimits = Filled<Omit<LegLimits, 'parse'>> & { readonly parse: ParseOptions | undefined }

const defaults: FullLegLimits = {
  clock: systemClock,
  random: systemRandom,
  parse: undefined,
  maxConnections: 10_000,
  maxConnectionsPerSource: 1000,
  maxQueuedBytes: 2 << 20,
  connectTimeout: 8000,
  firstByteTimeout: 30_000,
  messageTimeout: 30_000,
  stallTimeout: 30_000,
  halfOpenTimeout: 2000,
  idleTimeout: 600_000,
}

/** Where nothing may wait there is no leg; no time at all is a bound as good as any. */
const rules: RulesOf<LegLimits> = {
  clock: 'object',
  random: 'object',
  parse: 'object',
  maxConnections: 1,
  maxConnectionsPerSource: 1,
  maxQueuedBytes: 1,
  connectTimeout: 0,
  firstByteTimeout: 0,
  messageTimeout: 0,
  stallTimeout: 0,
  halfOpenTimeout: 0,
  idleTimeout: 0,
}

/** @throws SipError `ERR_SIP_ARGUMENT` for what would bound nothing, such as NaN or a negative number, and what is no option */
export function checkLimits(limits: LegLimits, more: OptionRules = {}): void {
  checkOptions('a leg', limits, { ...rules, ...more })
  try {
    // Whoever goes by them knows what they may be.
    void new StreamParser(limits.parse)
  } catch (cause) {
    throw new SipError('ERR_SIP_ARGUMENT', `'parse' of a leg: ${(cause as Error).message}`, { cause })
  }
}

/** Fills in what is left out, also where a value is explicitly `undefined` or `null`. */
export function withDefaults(limits: LegLimits): FullLegLimits {
  const given = Object.entries(limits).filter(([, value]) => (value ?? undefined) !== undefined)
  return { ...defaults, ...(Object.fromEntries(given) as Partial<FullLegLimits>) }
}
