import { VirtualClock } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import { AvoidList } from './avoid-list.ts'
import { targetAt } from '../target.ts'

const targets = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'].map((host) => targetAt('udp', host))
const [one, two, three, four] = targets as [
  (typeof targets)[0],
  (typeof targets)[0],
  (typeof targets)[0],
  (typeof targets)[0],
]

describe('targets that failed', () => {
  test('T110d are put last in order, each for its time, and another port or transport is another target', () => {
    const clock = new VirtualClock()
    const list = new AvoidList(clock)
    list.add(one)
    list.add(two, 60_000)
    expect(list.sort(targets)).toEqual([three, four, one, two])
    expect([list.has(targetAt('tcp', '10.0.0.1')), list.has(targetAt('udp', '10.0.0.1', 5070))]).toEqual([false, false])
    clock.advance(29_999)
    expect(list.sort(targets)).toEqual([three, four, one, two])
    clock.advance(2)
    expect(list.sort(targets)).toEqual([one, three, four, two])
    clock.advance(30_000)
    expect(list.sort(targets)).toEqual(targets)
  })

  test('T110d are remembered up to a bound, the latest of them', () => {
    const list = new AvoidList(new VirtualClock(), 2)
    for (const target of [one, two, three]) list.add(target)
    expect([one, two, three].map((target) => list.has(target))).toEqual([false, true, true])
    // What failed again is among the latest.
    for (const target of [two, four]) list.add(target)
    expect([two, three, four].map((target) => list.has(target))).toEqual([true, false, true])
  })
})
