import { describe, expect, test } from 'vitest'
import { Rig } from '../testing/rig.ts'

const reach: Record<string, (rig: Rig) => void> = {
  Trying: (rig) => void rig.send('OPTIONS'),
  Proceeding(rig) {
    rig.send('OPTIONS')
    rig.leg.answer(100)
  },
  Completed(rig) {
    rig.send('OPTIONS')
    rig.leg.answer(200)
  },
}

const inputs: Record<string, (rig: Rig) => void> = {
  '1xx': (rig) => void rig.leg.answer(100),
  '2xx': (rig) => void rig.leg.answer(200),
  '3xx-6xx': (rig) => void rig.leg.answer(404),
  'T1 passes': (rig) => rig.clock.advance(500),
  'T4 passes': (rig) => rig.clock.advance(5000),
  '64*T1 pass': (rig) => rig.clock.advance(32_000),
  'transport error': (rig) => rig.leg.failLast(),
}

const OPTIONS = 'OPTIONS sip:bob@192.0.2.9 SIP/2.0'
const repeats = (count: number): string[] => Array<string>(count).fill(OPTIONS)

type Row = [state: string, input: string, next: string, sent: string[], events: (number | string)[]]

const onUdp: Row[] = [
  ['Trying', '1xx', 'Proceeding', [], [100]],
  ['Trying', '2xx', 'Completed', [], [200]],
  ['Trying', '3xx-6xx', 'Completed', [], [404]],
  ['Trying', 'T1 passes', 'Trying', repeats(1), []],
  ['Trying', '64*T1 pass', 'Terminated', repeats(10), ['ERR_SIP_TIMEOUT', 'end']],
  ['Trying', 'transport error', 'Terminated', [], ['ERR_SIP_REFUSED', 'end']],
  ['Proceeding', '1xx', 'Proceeding', [], [100]],
  ['Proceeding', '2xx', 'Completed', [], [200]],
  ['Proceeding', '3xx-6xx', 'Completed', [], [404]],
  ['Proceeding', 'T1 passes', 'Proceeding', repeats(1), []],
  // 0.5 s, then every T2
  ['Proceeding', '64*T1 pass', 'Terminated', repeats(8), ['ERR_SIP_TIMEOUT', 'end']],
  ['Proceeding', 'transport error', 'Terminated', [], ['ERR_SIP_REFUSED', 'end']],
  ['Completed', '1xx', 'Completed', [], []],
  ['Completed', '2xx', 'Completed', [], []],
  ['Completed', '3xx-6xx', 'Completed', [], []],
  ['Completed', 'T1 passes', 'Completed', [], []],
  ['Completed', 'T4 passes', 'Terminated', [], ['end']],
  ['Completed', 'transport error', 'Completed', [], []],
]

const onTcp: Row[] = onUdp
  .filter(([state]) => state !== 'Completed')
  .map(([state, input, next, , events]) =>
    next === 'Completed' ? [state, input, 'Terminated', [], [...events, 'end']] : [state, input, next, [], events],
  )

describe.each([
  ['udp' as const, onUdp],
  ['tcp' as const, onTcp],
])('non-INVITE client over %s', (protocol, rows) => {
  test.each(rows)('X079 %s, %s: %s', (state, input, next, sent, events) => {
    const rig = new Rig(protocol)
    reach[state]?.(rig)
    expect(rig.state('client', 'nonInvite')).toBe(state)
    rig.takeEvents()
    rig.leg.take()
    inputs[input]?.(rig)
    expect(rig.state('client', 'nonInvite')).toBe(next)
    expect(rig.leg.take()).toEqual(sent)
    expect(rig.takeEvents()).toEqual(events)
    expect(rig.errors).toEqual([])
  })
})

describe('the wire of a non-INVITE client', () => {
  test('X002 X021 X021b X021c X023 sends 11 times over UDP and gives up at 32 s', () => {
    const rig = new Rig()
    rig.send('OPTIONS')
    rig.clock.runUntilIdle()
    const instants = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    expect(rig.leg.sent.map(({ at }) => at)).toEqual(instants)
    expect(rig.clock.monotonic()).toBe(32_000)
    expect(rig.takeEvents()).toEqual(['ERR_SIP_TIMEOUT', 'end'])
    expect(new Set(rig.leg.sent.map(({ text }) => text)).size).toBe(1)
  })

  test('X006 sends once over TCP', () => {
    const rig = new Rig('tcp')
    rig.send('OPTIONS')
    rig.clock.runUntilIdle()
    expect(rig.leg.sent).toHaveLength(1)
    expect(rig.clock.monotonic()).toBe(32_000)
  })

  test('X022 a provisional response slows the retransmissions down to T2, but stops neither them nor the timeout', () => {
    const rig = new Rig()
    rig.send('OPTIONS')
    rig.clock.advance(600)
    rig.leg.answer(100)
    rig.clock.runUntilIdle()
    const instants = [0, 500, 1500, 5500, 9500, 13_500, 17_500, 21_500, 25_500, 29_500]
    expect(rig.leg.sent.map(({ at }) => at)).toEqual(instants)
    expect(rig.takeEvents()).toEqual([100, 'ERR_SIP_TIMEOUT', 'end'])
    expect(rig.clock.monotonic()).toBe(32_000)
  })

  test('X024 X074 tells the final response once, and no timeout after it', () => {
    const rig = new Rig()
    rig.send('OPTIONS')
    rig.leg.answer(200)
    rig.leg.answer(200)
    rig.leg.answer(500)
    rig.clock.runUntilIdle()
    expect(rig.takeEvents()).toEqual([200, 'end'])
    expect(rig.leg.sent).toHaveLength(1)
  })

  test('X074 tells no response after a timeout', () => {
    const rig = new Rig()
    rig.send('OPTIONS')
    rig.clock.runUntilIdle()
    rig.leg.answer(200)
    expect(rig.takeEvents()).toEqual(['ERR_SIP_TIMEOUT', 'end'])
  })

  test('X025 X026 X075 over TCP the transaction is over right after the final response', () => {
    const rig = new Rig('tcp')
    rig.send('OPTIONS')
    rig.leg.answer(200)
    expect(rig.takeEvents()).toEqual([200, 'end'])
    expect(rig.clock.pending).toBe(0)
  })

  test('X071 X071b X071c nothing is left of many transactions', () => {
    const rig = new Rig()
    for (let i = 0; i < 100; i++) {
      rig.send('OPTIONS')
      if (i % 2 === 0) rig.leg.answer(200)
    }
    expect(rig.dispatcher.stats().transactions.total).toBe(100)
    // Timers of equal length share one of the clock's.
    expect(rig.clock.pending).toBe(2)
    rig.clock.runUntilIdle()
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
    expect(rig.clock.pending).toBe(0)
  })
})
