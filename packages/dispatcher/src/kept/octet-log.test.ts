import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { literalResolver } from '@netsip/transport'
import { describe, expect, test, vi } from 'vitest'
import { SourceCount } from '../admission.ts'
import { OctetLog } from './octet-log.ts'
import { AnsweredRequest } from '../server/answered-request.ts'
import { OctetPage, PAGE_BITS } from './octet-page.ts'
import { Core } from '../core.ts'
import { HashIndex } from './hash-index.ts'
import { TestLeg } from '../testing/test-leg.ts'
import { udpTarget } from '../testing/test-resolver.ts'
import { timersOf } from '../timers.ts'
import { Rig, incoming } from '../testing/rig.ts'

const branchOf = (number: number): string => `z9hG4bKlog${number}`

/** Has so many requests answered, one every `pause` ms, each with its number and so many octets beside. */
function answered(rig: Rig, count: number, octets: number, pause: number): void {
  for (let number = 0; number < count; number++) {
    rig.leg.receive(incoming('OPTIONS', { branch: branchOf(number) }))
    rig.reply(200, {}, { 'X-Number': String(number), 'X-Rest': 'x'.repeat(octets) })
    rig.clock.advance(pause)
  }
  rig.leg.sent.length = 0
  rig.received.length = 0
}

/** Of the answer to a copy of a request; undefined when the request was taken for a new one. */
function numberOf(rig: Rig, number: number): string | undefined {
  rig.leg.receive(incoming('OPTIONS', { branch: branchOf(number) }))
  const last = rig.leg.sent.pop()
  return last && /X-Number: (\d+)/.exec(last.text)?.[1]
}

describe('the answers that are kept', () => {
  test('X042 each for its own 32 s, whatever page it stands on', () => {
    const rig = new Rig()
    // Some 700 kB, over 30 s.
    answered(rig, 1000, 300, 30)
    for (const number of [0, 1, 99, 500, 998, 999]) expect(numberOf(rig, number)).toBe(String(number))
    rig.clock.advance(17_000)
    // Those of the first 15 s are gone: the 501st was given 17 + 15 s ago.
    for (const number of [0, 250, 499, 500]) expect(numberOf(rig, number)).toBeUndefined()
    for (const number of [501, 750, 999]) expect(numberOf(rig, number)).toBe(String(number))
  })

  test('X042 also where it is written over those whose time has come', () => {
    const rig = new Rig()
    // Some 2.8 MB over two minutes, a quarter of it kept.
    answered(rig, 4000, 300, 30)
    for (const number of [3999, 3998, 3500, 3000, 2935]) expect(numberOf(rig, number)).toBe(String(number))
    for (const number of [0, 1, 1000, 2500, 2930]) expect(numberOf(rig, number)).toBeUndefined()
    rig.clock.runUntilIdle()
    expect([rig.dispatcher.stats().transactions.total, rig.errors]).toEqual([0, []])
  })

  test('of a busy time on its pages as long as it lasts, and on none of them after it', () => {
    const reuse = vi.spyOn(OctetPage.prototype, 'reuse')
    const clear = vi.spyOn(HashIndex.prototype, 'clear')
    const rig = new Rig()
    answered(rig, 3000, 300, 30)
    const pages = reuse.mock.contexts.length
    expect(pages).toBeGreaterThan(2)
    expect(reuse.mock.contexts.every((page) => (page as OctetPage<unknown>).isUsual)).toBe(true)
    rig.clock.runUntilIdle()
    expect(clear).toHaveBeenCalled()
    // As many as live at once: none is written over another.
    answered(rig, 1000, 300, 30)
    expect(reuse.mock.contexts).toHaveLength(pages)
    vi.restoreAllMocks()
  })

  test('X042 each for as long as T1 says, be that years', () => {
    const rig = new Rig('udp', { timers: { t1: 1e9 } })
    answered(rig, 2, 0, 1000)
    rig.clock.advance(64e9 - 1001)
    expect([numberOf(rig, 0), numberOf(rig, 1)]).toEqual([undefined, '1'])
    rig.clock.advance(1001)
    expect(numberOf(rig, 1)).toBeUndefined()
  })

  test('X042 when the time has fractions: none earlier than its own, and none a millisecond later', () => {
    const rig = new Rig()
    rig.clock.advance(0.7)
    answered(rig, 100, 0, 0.3)
    rig.clock.advance(32_000 - 30 - 0.5)
    expect(numberOf(rig, 0)).toBe('0')
    rig.clock.advance(16)
    expect([numberOf(rig, 40), numberOf(rig, 55)]).toEqual([undefined, '55'])
  })

  test.each([60_000, 300_000])('of any length: %i', (octets) => {
    const rig = new Rig()
    answered(rig, 20, octets, 0)
    for (let number = 0; number < 20; number++) expect(numberOf(rig, number)).toBe(String(number))
    rig.clock.runUntilIdle()
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
  })

  test('that our own parser would not take, and the other way back finds its address there too', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('OPTIONS'))
    rig.reply(200, {}, { 'X-Many': Array.from({ length: 400 }, () => 'x') })
    rig.leg.failLast()
    rig.leg.receive(incoming('OPTIONS'))
    rig.leg.failLast()
    expect(rig.takeReceived()).toEqual(['OPTIONS'])
    expect(rig.leg.sent.map(({ target }) => target.addr)).toEqual(Array.from({ length: 4 }, () => '192.0.2.9'))
  })

  test('are counted, by source too, and none is left', () => {
    const rig = new Rig('udp', { limits: { perSource: 10 } })
    answered(rig, 10, 0, 0)
    expect(rig.dispatcher.stats().transactions).toMatchObject({ total: 10, server: { nonInvite: { Completed: 10 } } })
    rig.leg.receive(incoming('OPTIONS', { branch: branchOf(10) }))
    expect(rig.leg.take()).toEqual(['SIP/2.0 503 Service Unavailable'])
    rig.clock.runUntilIdle()
    expect(rig.dispatcher.stats().transactions).toMatchObject({ total: 0, server: { nonInvite: { Completed: 0 } } })
    rig.leg.receive(incoming('OPTIONS', { branch: branchOf(10) }))
    expect(rig.takeReceived()).toEqual(['OPTIONS'])
  })

  test('leave some at a time, as a timer for each would cost more than the rest of its way', () => {
    const rig = new Rig()
    const left = (): number => rig.dispatcher.stats().transactions.total
    answered(rig, 1000, 0, 1)
    const counts = new Set<number>()
    while (left() > 0) {
      counts.add(left())
      rig.clock.advance(1)
    }
    expect(counts.size).toBeLessThanOrEqual(10)
    expect(rig.clock.monotonic()).toBeLessThanOrEqual(1000 + 32_000 + 125)
    expect(rig.clock.pending).toBe(0)
  })

  test('leave with the dispatcher, and no timer stays', async () => {
    const rig = new Rig()
    answered(rig, 1000, 300, 0)
    await rig.dispatcher.close()
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
    expect(rig.clock.pending).toBe(0)
  })
})

test('pages are numbered round and round, and answers found across the turn', () => {
  const clock = new VirtualClock()
  const leg = new TestLeg(() => clock.monotonic())
  const events = { drop: () => {}, error: () => {} }
  const random = new SeededRandom(1)
  const core = new Core({ clock, random, resolver: literalResolver, timers: timersOf({ t1: 1 }), events })
  const log = new OctetLog(core, AnsweredRequest)
  const path = new SourceCount('').path(leg, udpTarget('192.0.2.9'))
  const small = new Uint8Array(4)
  const pages = 2 ** (32 - PAGE_BITS)
  // Each is gone before the next comes, and its page with it.
  for (let page = 0; page < pages - 2; page++) {
    log.add(1, small, path)
    clock.advance(64)
  }
  expect(log.slotOf(1)).toBe(-1)
  // Each fills a page of its own.
  const places = [2, 3, 4, 5].map((hash) => log.add(hash, new Uint8Array(1_100_000).fill(hash), path))
  places.push(log.add(6, small.fill(6), path))
  for (const hash of [2, 3, 4, 5, 6]) {
    let sent: Uint8Array | undefined
    leg.send = (octets) => void (sent = octets)
    log.entryAt(log.slotOf(hash))!.repeat()
    expect(sent?.[0]).toBe(hash)
  }
  expect(places.map((place) => log.holds(place))).toEqual([true, true, true, true, true])
  clock.advance(64)
  expect(places.map((place) => log.holds(place))).toEqual([false, false, false, false, false])
  for (const hash of [2, 3, 4, 5, 6]) expect(log.slotOf(hash)).toBe(-1)
  expect(clock.pending).toBe(0)
})
