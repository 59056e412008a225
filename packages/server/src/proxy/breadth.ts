import type { SipRequest } from '@netsip/message'
import type { TargetGroups } from './targets.ts'

const DEFAULT_BREADTH = 60

/**
 * How many branches a request may have at a time, here and everywhere beyond (RFC 5393 5): 60 when nobody has set a bound.
 * Loop detection alone does not stop contacts that fork into each other from making more requests than anybody can count.
 *
 * @returns `undefined` for a Max-Breadth that is no number.
 */
export function breadthOf(request: SipRequest): number | undefined {
  const text = request.headers.get('Max-Breadth')
  if (text === undefined) return DEFAULT_BREADTH
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

/** Groups of no more targets than may be tried at once: what does not fit waits for its turn (RFC 5393 5.3.3.1). */
export function narrow(groups: TargetGroups, breadth: number): TargetGroups {
  return groups.flatMap((group) => {
    const rounds = Math.ceil(group.length / breadth)
    return Array.from({ length: rounds }, (_, round) => group.slice(round * breadth, (round + 1) * breadth))
  })
}

/** The part of the breadth that each of `count` branches gets; together they get all of it. */
export function share(breadth: number, count: number, index: number): number {
  return Math.floor(breadth / count) + (index < breadth % count ? 1 : 0)
}
