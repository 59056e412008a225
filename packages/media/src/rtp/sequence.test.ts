import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SequenceTracker } from './sequence.ts'

function trusting(): SequenceTracker {
  return new SequenceTracker({ minSequential: 1 })
}

describe('sequence numbers', () => {
  test('A038 a source counts after two packets in sequence', () => {
    const tracker = new SequenceTracker()
    expect([5, 9, 10].map((each) => tracker.update(each))).toEqual(['probation', 'probation', 'ok'])
    expect(tracker.received).toBe(1)
  })

  test('A035 A057d goes on over the wrap at 65535', () => {
    const tracker = trusting()
    for (const sequence of [65534, 65535, 0, 1, 2]) expect(tracker.update(sequence)).toBe('ok')
    expect(tracker).toMatchObject({ received: 5, expected: 5, lost: 0, highest: 65536 + 2 })
  })

  test('A062 counts what is lost, doubled and out of order', () => {
    const tracker = trusting()
    const verdicts = [10, 11, 13, 13, 12, 12, 16].map((each) => tracker.update(each))
    expect(verdicts).toEqual(['ok', 'ok', 'ok', 'duplicate', 'reordered', 'duplicate', 'ok'])
    expect(tracker).toMatchObject({ received: 5, expected: 7, lost: 2, duplicates: 2, reordered: 1 })
  })

  test('A057 packets from before the first one belong to it', () => {
    const tracker = trusting()
    expect([2, 0, 65535, 65535, 1, 3].map((each) => tracker.update(each))).toEqual([
      'ok',
      'reordered',
      'reordered',
      'duplicate',
      'reordered',
      'ok',
    ])
    expect(tracker).toMatchObject({ received: 5, expected: 5, lost: 0 })
  })

  test('A038b a large jump needs a second packet, and then begins anew', () => {
    const tracker = trusting()
    for (const sequence of [1, 2, 5]) tracker.update(sequence)
    expect(tracker.update(20_000)).toBe('probation')
    expect(tracker).toMatchObject({ received: 3, lost: 2 })
    expect(tracker.update(6)).toBe('ok')
    expect([30_000, 30_001].map((each) => tracker.update(each))).toEqual(['probation', 'restart'])
    expect(tracker).toMatchObject({ received: 1, expected: 1, lost: 0 })
  })

  test('A038 a gap below MAX_DROPOUT is a loss, one as large is a jump', () => {
    const tracker = trusting()
    tracker.update(0)
    expect(tracker.update(2999)).toBe('ok')
    expect(tracker.lost).toBe(2998)
    expect(tracker.update(2999 + 3000)).toBe('probation')
  })

  test('A046 fraction lost is over the interval, in 1/256, and 0 when duplicates made up for it', () => {
    const tracker = trusting()
    for (let sequence = 0; sequence < 100; sequence++) if (sequence % 4 !== 3) tracker.update(sequence)
    expect(tracker.fractionLost()).toBe(Math.floor((24 * 256) / 99))
    for (let sequence = 100; sequence < 200; sequence++) tracker.update(sequence)
    expect(tracker.fractionLost()).toBe(Math.floor((1 * 256) / 101))
    expect(tracker.fractionLost()).toBe(0)
  })

  test('A057d any order of a window of packets ends with the same counts', () => {
    const windows = fc.tuple(fc.nat(65535), fc.uniqueArray(fc.nat(60), { minLength: 1 }))
    fc.assert(
      fc.property(windows, ([first, offsets]) => {
        const tracker = trusting()
        for (const offset of offsets) tracker.update((first + offset) & 0xffff)
        for (const offset of offsets) expect(tracker.update((first + offset) & 0xffff)).toBe('duplicate')
        const expected = Math.max(...offsets) - Math.min(...offsets) + 1
        expect(tracker).toMatchObject({ received: offsets.length, expected, lost: expected - offsets.length })
      }),
    )
  })
})

describe('jitter', () => {
  test('A047 A048 follows the formula of RFC 3550 6.4.1', () => {
    const tracker = trusting()
    const sent = [0, 160, 320, 480, 640]
    const arrived = [0, 170, 310, 500, 640]
    const jitter = sent.map((timestamp, i) => {
      tracker.arrived(timestamp, arrived[i]!)
      return Number(tracker.jitter.toFixed(5))
    })
    expect(jitter).toEqual([0, 0.625, 1.83594, 3.59619, 4.62143])
    expect(jitter.map(Math.floor)).toEqual([0, 0, 1, 3, 4])
  })

  test('A057d is not thrown off by the wrap of the timestamps', () => {
    const tracker = trusting()
    for (let i = 0; i < 10; i++) tracker.arrived((0xffffffff - 800 + i * 160) >>> 0, 1e9 + i * 160)
    expect(tracker.jitter).toBe(0)
  })
})
