import type { DigestChallenge } from '@netsip/message'
import type { DigestQop } from './digest.ts'
import { type DigestAlgorithm, algorithmOf, compareStrength } from './hashes.ts'

/** What a client is willing to answer. */
export interface ChallengePolicy {
  /** The algorithms that are answered; all by default. Leaving MD5 out refuses a downgrade to it. */
  algorithms?: readonly DigestAlgorithm[] | undefined
  /** Which quality is taken when both are offered; `auth` by default. */
  preferQop?: DigestQop | undefined
  /** Among several challenges of a realm: the strongest by default, or the first that is known (RFC 8760 2.4). */
  prefer?: 'strongest' | 'topmost' | undefined
}

/** A challenge that can be answered, and how. */
export interface Choice {
  challenge: DigestChallenge
  algorithm: DigestAlgorithm
  qop: DigestQop | undefined
}

/**
 * The challenges that can be answered, grouped by kind and realm, the one to try first in front.
 *
 * Unknown algorithms and unknown qualities are passed over (RFC 7616 3.3, 3.4).
 */
export function chooseChallenges(challenges: readonly DigestChallenge[], policy: ChallengePolicy): Choice[][] {
  const groups = new Map<string, Choice[]>()
  for (const challenge of challenges) {
    const choice = choiceOf(challenge, policy)
    if (choice === undefined) continue
    const key = `${challenge.kind} ${challenge.realm}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [choice])
    else group.push(choice)
  }
  const all = [...groups.values()]
  // sorting is stable: among equals the topmost stays in front
  if (policy.prefer !== 'topmost')
    for (const group of all) group.sort((a, b) => compareStrength(b.algorithm, a.algorithm))
  return all
}

function choiceOf(challenge: DigestChallenge, policy: ChallengePolicy): Choice | undefined {
  const algorithm = algorithmOf(challenge.algorithm)
  if (algorithm === undefined || policy.algorithms?.includes(algorithm) === false) return undefined
  if (challenge.qop.length === 0) return { challenge, algorithm, qop: undefined }
  const order = policy.preferQop === 'auth-int' ? (['auth-int', 'auth'] as const) : (['auth', 'auth-int'] as const)
  const qop = order.find((known) => challenge.qop.includes(known))
  return qop === undefined ? undefined : { challenge, algorithm, qop }
}
