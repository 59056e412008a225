import type { Random } from '@netsip/runtime'
import type { SrvRecord } from './dns-client.ts'

/**
 * The order in which to try servers (RFC 2782): by priority, and within one by lot, each record as likely to come next
 * as its weight says, those of weight 0 rarely. Without `random` heavier ones come first, always the same way, as a
 * stateless proxy needs it (RFC 3263 4.4).
 */
export function orderServers(records: readonly SrvRecord[], random?: Random): SrvRecord[] {
  const priorities = [...new Set(records.map((record) => record.priority))].sort((a, b) => a - b)
  return priorities.flatMap((priority) => {
    const equal = records.filter((record) => record.priority === priority)
    return random ? drawByWeight(equal, random) : equal.sort(byWeightAndName)
  })
}

function drawByWeight(records: SrvRecord[], random: Random): SrvRecord[] {
  // Weight 0 stands first, so that it is drawn when the lot falls on 0.
  const left = records.sort((a, b) => a.weight - b.weight)
  const drawn: SrvRecord[] = []
  while (left.length > 0) {
    const total = left.reduce((sum, record) => sum + record.weight, 0)
    const lot = Math.floor(random.float() * (total + 1))
    let running = 0
    const index = left.findIndex((record) => (running += record.weight) >= lot)
    drawn.push(...left.splice(index, 1))
  }
  return drawn
}

function byWeightAndName(a: SrvRecord, b: SrvRecord): number {
  return b.weight - a.weight || (a.target < b.target ? -1 : a.target > b.target ? 1 : a.port - b.port)
}
