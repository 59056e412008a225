import { isLoopback, isUnspecified, type Leg, type Protocol, type Target } from '@netsip/transport'

/** The legs of a dispatcher, and which of them reaches what. */
export class LegTable {
  readonly #legs: Leg[] = []
  #protocols: readonly Protocol[] = []

  get all(): readonly Leg[] {
    return this.#legs
  }

  add(leg: Leg): boolean {
    if (this.#legs.includes(leg)) return false
    this.#legs.push(leg)
    this.#note()
    return true
  }

  remove(leg: Leg): boolean {
    const index = this.#legs.indexOf(leg)
    if (index === -1) return false
    this.#legs.splice(index, 1)
    this.#note()
    return true
  }

  /** The protocols there are legs for, in the order the legs were added. */
  protocols(): readonly Protocol[] {
    return this.#protocols
  }

  /** The leg for a target: the one of its flow, else of those that reach it the one whose address is nearest to it. */
  choose(target: Target): Leg | undefined {
    if (target.flow) return target.flow.leg
    let best: Leg | undefined
    let bestScore = -1
    for (const leg of this.#legs) {
      if (!leg.canDeliverTo(target)) continue
      const score = this.#legs.length === 1 ? 0 : nearness(leg, target)
      if (score <= bestScore) continue
      best = leg
      bestScore = score
    }
    return best
  }

  #note(): void {
    this.#protocols = [...new Set(this.#legs.map((leg) => leg.protocol))]
  }

  /** Whether a host and port name one of the legs. Without a port any leg of that host will do. */
  isOwn(host: string, port: number | undefined): boolean {
    const criteria = port === undefined ? { host } : { host, port }
    return this.#legs.some((leg) => leg.match(criteria))
  }
}

/** Loopback is reached from loopback only; else the longer the common prefix, the likelier the same network. */
function nearness(leg: Leg, target: Target): number {
  const { host } = leg.local
  if (isUnspecified(host)) return 1
  if (isLoopback(host) !== isLoopback(target.addr)) return 0
  let common = 0
  while (common < host.length && host[common] === target.addr[common]) common++
  return 2 + common
}
