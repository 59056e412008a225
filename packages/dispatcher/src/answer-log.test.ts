import { describe, expect, test } from 'vitest'
import { Rig, incoming } from './testing/rig.ts'

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

  test('leave with the dispatcher, and no timer stays', async () => {
    const rig = new Rig()
    answered(rig, 1000, 300, 0)
    await rig.dispatcher.close()
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
    expect(rig.clock.pending).toBe(0)
  })
})
