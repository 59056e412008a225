import type { Random } from '@netsip/runtime'
import { describe, expect, test } from 'vitest'
import type { SrvRecord } from './dns-client.ts'
import { orderServers } from './srv-order.ts'

const srv = (target: string, weight: number, priority = 1): SrvRecord => ({ target, weight, priority, port: 5060 })

/** A lot that always falls on the same place. */
const lot = (float: number): Random => ({ float: () => float }) as Random

function names(records: readonly SrvRecord[], random?: Random): string {
  return orderServers(records, random)
    .map(({ target }) => target)
    .join('')
}

describe('T099 servers of one priority', () => {
  test('come by lot: the lowest falls on weight 0, the highest on the heaviest', () => {
    const records = [srv('b', 90), srv('a', 10), srv('z', 0)]
    expect(names(records, lot(0))).toBe('zab')
    expect(names(records, lot(0.999))).toBe('baz')
    expect(names(records, lot(0.05))).toBe('abz')
  })

  test('are all there when none has a weight', () => {
    expect(names([srv('a', 0), srv('b', 0)], lot(0.7))).toBe('ab')
  })
})

test('T099 a lower priority comes first, whatever it weighs', () => {
  expect(names([srv('b', 100, 20), srv('a', 1, 10), srv('c', 0, 30)], lot(0.5))).toBe('abc')
})

test('T108 without a lot the order is the same however the records come: by weight, then by name', () => {
  const records = [srv('c', 5), srv('a', 5), srv('d', 9), srv('b', 5)]
  expect(names(records)).toBe('dabc')
  expect(names(records.toReversed())).toBe('dabc')
})
