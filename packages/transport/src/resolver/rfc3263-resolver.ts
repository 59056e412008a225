import {
  checkOptions,
  systemClock,
  systemRandom,
  SipError,
  type Clock,
  type Random,
  type RulesOf,
} from '@netsip/runtime'
import { AvoidList } from './avoid-list.ts'
import type { Hop } from './hop.ts'
import type { Target } from '../leg/leg.ts'
import type { Protocol } from '../protocol.ts'
import { literalTarget, type Resolver } from './resolver.ts'
import { cachingDns, type CacheLimits } from './caching-dns.ts'
import type { DnsClient } from './dns-client.ts'
import { locate } from './locate.ts'

/** So many places are tried at most, however many DNS names. */
const maxTargets = 32

/** Options of {@link rfc3263Resolver}. */
export interface Rfc3263Options extends CacheLimits {
  clock?: Clock | undefined
  /** Draws among SRV records by weight. `null`: always the same order, as a stateless proxy needs (RFC 3263 4.4). */
  random?: Random | null | undefined
  /** How long one resolution may take in all, in ms; default 10,000. */
  timeout?: number | undefined
}

export const resolverRules: RulesOf<Rfc3263Options> = {
  clock: 'object',
  random: 'object',
  timeout: 0,
  recordLifetime: 0,
  longestLifetime: 0,
  negativeLifetime: 0,
  cacheSize: 1,
}

/**
 * Locates servers as RFC 3263 says, asking `dns`: NAPTR, SRV with priority and weight, A and AAAA. Literal addresses are
 * answered at once. Answers are remembered; targets reported to `avoid` are put last for a while.
 */
export function rfc3263Resolver(dns: DnsClient, options: Rfc3263Options = {}): Required<Resolver> {
  checkOptions('a resolver', options, resolverRules)
  const { clock = systemClock, random = systemRandom, timeout = 10_000 } = options
  const cached = cachingDns(dns, clock, options)
  const avoided = new AvoidList(clock)
  const lookUp = async (hop: Hop, protocols: readonly Protocol[]): Promise<Target[]> => {
    const located = locate(hop, { dns: cached, protocols, random: random ?? undefined })
    const targets = await within(located, timeout, clock, hop.host)
    if (targets.length > 0) return avoided.sort(targets).slice(0, maxTargets)
    throw new SipError('ERR_SIP_UNRESOLVED', `${hop.host} has no address`)
  }
  return {
    resolve(hop, protocols) {
      const literal = literalTarget(hop, protocols)
      return literal ? [literal] : lookUp(hop, protocols)
    },
    avoid: (target, ms) => avoided.add(target, ms),
  }
}

function within<Value>(work: Promise<Value>, ms: number, clock: Clock, host: string): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(ms, () => {
      reject(new SipError('ERR_SIP_UNRESOLVED', `the DNS does not say within ${ms} ms where ${host} is`))
    })
    work.then(resolve, reject).finally(() => timer.cancel())
  })
}
