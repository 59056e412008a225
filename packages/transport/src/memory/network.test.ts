import { parseMessage } from '@netsip/message'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import type { TraceEvent } from '@netsip/runtime'
import type { Leg } from '../leg/leg.ts'
import { targetAt } from '../target.ts'
import { failureOf, optionsFrom } from '../testing/requests.ts'
import type { LinkOptions } from './link.ts'
import { MemoryNetwork } from './network.ts'

const via = 'SIP/2.0/UDP 10.0.0.1'

interface Run {
  clock: VirtualClock
  network: MemoryNetwork
  near: Leg
  far: Leg
  arrivals: { seq: number; at: number }[]
}

function run(options: LinkOptions & { seed?: number; protocol?: 'udp' | 'tcp'; messages?: number }): Run {
  const { seed = 1, protocol = 'udp', messages = 100, ...link } = options
  const clock = new VirtualClock()
  const network = new MemoryNetwork({ clock, random: new SeededRandom(seed), ...link })
  const near = network.listen({ protocol, host: '10.0.0.1' })
  const far = network.listen({ protocol, host: '10.0.0.2' })
  const arrivals: Run['arrivals'] = []
  far.on('message', (message) => arrivals.push({ seq: message.cseq.seq, at: clock.monotonic() }))
  for (let seq = 1; seq <= messages; seq++) {
    near.send(withSeq(seq), targetAt(protocol, '10.0.0.2'))
    clock.advance(10)
  }
  return { clock, network, near, far, arrivals }
}

function withSeq(seq: number): Uint8Array {
  return new TextEncoder().encode(String(optionsFrom(via)).replace(/CSeq: \d+/, `CSeq: ${seq}`))
}

function sequence(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

describe('MemoryNetwork', () => {
  test('delays, and keeps the order under jitter', () => {
    const { clock, arrivals } = run({ delay: 50, jitter: 40 })
    clock.runUntilIdle()
    expect(arrivals.map(({ seq }) => seq)).toEqual(sequence(100))
    expect(arrivals.every(({ seq, at }) => at >= (seq - 1) * 10 + 50 && at <= (seq - 1) * 10 + 90)).toBe(true)
  })

  test('loses, duplicates and reorders as often as told', () => {
    const lossy = run({ loss: 0.2, messages: 1000 })
    expect(lossy.arrivals.length).toBeGreaterThan(750)
    expect(lossy.arrivals.length).toBeLessThan(850)
    expect(lossy.network.ladder.events.filter((event) => event.lost === 'loss')).toHaveLength(
      1000 - lossy.arrivals.length,
    )

    const doubled = run({ duplicate: 0.5, messages: 400 })
    expect(doubled.arrivals.length).toBeGreaterThan(560)
    expect(new Set(doubled.arrivals.map(({ seq }) => seq)).size).toBe(400)

    const reordered = run({ delay: 30, reorder: 0.2, messages: 200 })
    reordered.clock.runUntilIdle()
    const order = reordered.arrivals.map(({ seq }) => seq)
    expect(order).not.toEqual(sequence(200))
    expect(order.toSorted((a, b) => a - b)).toEqual(sequence(200))
  })

  test('repeats itself for the same seed, message by message', () => {
    const faults = { delay: 20, jitter: 30, loss: 0.2, duplicate: 0.2, reorder: 0.2 }
    const [one, same, other] = [7, 7, 8].map((seed) => run({ ...faults, seed }).arrivals)
    expect(one).toEqual(same)
    expect(one).not.toEqual(other)
  })

  test('drops datagrams longer than the way takes', () => {
    const { clock, near, far, arrivals, network } = run({ mtu: 1300, messages: 0 })
    near.send(optionsFrom(via, 'x'.repeat(1300)).toBytes(), targetAt('udp', '10.0.0.2'))
    near.send(optionsFrom(via).toBytes(), targetAt('udp', '10.0.0.2'))
    clock.runUntilIdle()
    expect(arrivals).toHaveLength(1)
    expect(network.ladder.events[0]?.lost).toBe('mtu')
    expect(far.local).toEqual({ host: '10.0.0.2', port: 5060, family: 'IPv4' })
  })

  test('a partition lasts until it is healed, and one link differs from the others', () => {
    const { clock, network, near, arrivals } = run({ messages: 0 })
    const send = (): void => near.send(withSeq(1), targetAt('udp', '10.0.0.2'))
    network.partition('10.0.0.1', '10.0.0.2')
    network.link('10.0.0.1', '10.0.0.2', { delay: 500 })
    send()
    clock.advance(1000)
    expect(arrivals).toEqual([])
    network.heal()
    send()
    clock.advance(499)
    expect(arrivals).toEqual([])
    clock.advance(1)
    expect(arrivals).toHaveLength(1)
  })

  test('streams lose nothing and keep the order, whatever the link does', () => {
    const { clock, arrivals, near, far } = run({ protocol: 'tcp', delay: 30, jitter: 20, loss: 0.3 })
    clock.advance(60_000)
    expect(arrivals.map(({ seq }) => seq)).toEqual(sequence(100))
    void near.close()
    void far.close()
    clock.runUntilIdle()
    expect(clock.pending).toBe(0)
  })

  test.each([
    [3, [8, 9, 10]],
    [0.5, [10]],
    [0, []],
  ])('its ladder remembers the last %s messages', (ladderLimit, last) => {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock, ladderLimit })
    const near = network.listen({ host: '10.0.0.1' })
    for (let seq = 1; seq <= 10; seq++) near.send(withSeq(seq), targetAt('udp', '10.0.0.2'))
    const seqs = network.ladder.events.map(({ bytes }) => parseMessage(bytes).cseq.seq)
    expect(seqs).toEqual(last)
  })

  test('hosts are cut off by name, too, and one that does not exist is an error', () => {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock, hosts: { alice: '10.0.0.1', bob: '10.0.0.2' } })
    const arrivals: unknown[] = []
    const alice = network.listen({ host: '10.0.0.1' })
    network.listen({ host: '10.0.0.2' }).on('message', (message) => arrivals.push(message))
    network.partition('alice', 'bob')
    alice.send(withSeq(1), targetAt('udp', '10.0.0.2'))
    clock.advance(1000)
    expect(arrivals).toEqual([])
    network.heal('bob', 'alice')
    alice.send(withSeq(1), targetAt('udp', '10.0.0.2'))
    clock.advance(1000)
    expect(arrivals).toHaveLength(1)
    expect(() => network.partition('alice', 'carol')).toThrow('carol is no address')
  })

  test('T045 connecting over a partition fails in time, T043 and to nobody at once', async () => {
    const { clock, network, near } = run({ protocol: 'tcp', messages: 0, delay: 10 })
    network.partition('10.0.0.1', '10.0.0.2')
    const timedOut = failureOf(near, withSeq(1), targetAt('tcp', '10.0.0.2'))
    clock.advance(8000)
    expect(await timedOut).toMatchObject({
      code: 'ERR_SIP_REFUSED',
      message: expect.stringContaining('within 8000 ms'),
    })
    const refused = failureOf(near, withSeq(1), targetAt('tcp', '10.0.0.3'))
    clock.advance(20)
    clock.advance(0)
    expect(await refused).toMatchObject({ message: expect.stringContaining('refused') })
  })

  test('T046 what waits for a connection to be set up is bounded, too', async () => {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock })
    const near = network.listen({ host: '10.0.0.1', protocol: 'tcp', maxQueuedBytes: 3 * withSeq(1).length })
    network.partition('10.0.0.1', '10.0.0.2')
    const failures = [1, 2, 3, 4].map((seq) => failureOf(near, withSeq(seq), targetAt('tcp', '10.0.0.2')))
    clock.advance(0)
    expect(await failures[3]).toMatchObject({ code: 'ERR_SIP_OVERLOAD' })
    clock.advance(8000)
    for (const failure of failures.slice(0, 3)) expect(await failure).toMatchObject({ code: 'ERR_SIP_REFUSED' })
  })

  test('T043 a connection that a partition cuts ends on both sides', () => {
    const { clock, network, near, far, arrivals } = run({ protocol: 'tcp', messages: 1 })
    const closed: string[] = []
    near.on('flowClosed', (_, error) => closed.push(`near ${error?.code}`))
    far.on('flowClosed', (_, error) => closed.push(`far ${error?.code}`))
    network.partition('10.0.0.1', '10.0.0.2')
    near.send(withSeq(2), targetAt('tcp', '10.0.0.2'))
    clock.advance(700_000)
    expect(arrivals).toHaveLength(1)
    expect(closed.toSorted()).toEqual(['far undefined', 'near ERR_SIP_REFUSED'])
  })

  test('the addresses of one IPv6 network share a bound on connections', () => {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock, delay: 10 })
    const far = network.listen({ protocol: 'tcp', host: '2001:db8:1::1', maxConnectionsPerSource: 2 })
    const drops: string[] = []
    far.on('drop', (reason) => drops.push(reason))
    for (const host of ['2001:db8:2::1', '2001:db8:2::2', '2001:db8:2::3', '2001:db8:2:1::1']) {
      network.listen({ protocol: 'tcp', host }).send(withSeq(1), targetAt('tcp', '2001:db8:1::1'))
      clock.advance(100)
    }
    expect(drops).toEqual(['too-many-connections-of-source'])
  })

  test('traces what leaves and what arrives, and takes an address once', () => {
    const clock = new VirtualClock()
    const events: TraceEvent[] = []
    const network = new MemoryNetwork({ clock, hosts: { bob: '10.0.0.2' }, tracer: (event) => events.push(event) })
    const near = network.listen({ host: '10.0.0.1' })
    network.listen({ host: '10.0.0.2', port: 5070 })
    near.send(withSeq(1), targetAt('udp', '10.0.0.2', 5070))
    clock.runUntilIdle()
    expect(events.map((e) => `${e.direction} ${e.local} ${e.remote}`)).toEqual([
      'out 10.0.0.1:5060 10.0.0.2:5070',
      'in 10.0.0.2:5070 10.0.0.1:5060',
    ])
    expect(String(network.ladder)).toContain('bob')
    expect(() => network.listen({ host: '10.0.0.1' })).toThrow(expect.objectContaining({ code: 'ERR_SIP_LISTEN' }))
    expect(network.listen({ host: '10.0.0.1', port: 0 }).local.port).toBeGreaterThan(49_151)
    expect(network.resolver.resolve({ host: 'bob', secure: false }, ['udp'])).toMatchObject([{ addr: '10.0.0.2' }])
  })
})

test('an option that is undefined is one that is left out', () => {
  const clock = new VirtualClock()
  const random = new SeededRandom(1)
  const network = new MemoryNetwork({
    clock,
    random,
    delay: undefined,
    jitter: undefined,
    mtu: undefined,
    loss: undefined,
  })
  const near = network.listen({ host: '10.0.0.1', port: undefined, maxQueuedBytes: undefined })
  const far = network.listen({ host: '10.0.0.2', advertise: undefined, idleTimeout: undefined })
  network.link('10.0.0.1', '10.0.0.2', { delay: 20, loss: undefined })
  let arrived = Number.NaN
  far.on('message', () => (arrived = clock.monotonic()))
  near.send(optionsFrom(via).toBytes(), targetAt('udp', '10.0.0.2'))
  clock.runUntilIdle()
  expect([arrived, near.local.port]).toEqual([20, 5060])
})

test('a network refuses numbers that mean nothing', () => {
  const clock = new VirtualClock()
  const refused = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }) as Error
  expect(() => new MemoryNetwork({ clock, loss: Number.NaN })).toThrow(refused)
  const network = new MemoryNetwork({ clock })
  expect(() => network.link('10.0.0.1', '10.0.0.2', { delay: -1 })).toThrow(refused)
  for (const endless of [{ delay: Infinity }, { jitter: Infinity }]) {
    expect(() => new MemoryNetwork({ clock, ...endless })).toThrow(refused)
    expect(() => network.link('10.0.0.1', '10.0.0.2', endless)).toThrow(refused)
  }
  for (const percent of [{ loss: 20 }, { duplicate: 5 }, { reorder: 1.1 }]) {
    expect(() => new MemoryNetwork({ clock, ...percent })).toThrow('is a chance from 0 to 1, not')
    expect(() => network.link('10.0.0.1', '10.0.0.2', percent)).toThrow(refused)
  }
  expect(() => network.listen({ host: '10.0.0.1', prot: 5 } as never)).toThrow(refused)
  expect(() => network.link('10.0.0.1', '10.0.0.2', { lost: 1 } as object)).toThrow(refused)
  expect(() => network.listen({ host: '10.0.0.1', maxQueuedBytes: Number.NaN })).toThrow(refused)
})

test('a host has 16,384 ports to give away, and no more', () => {
  const network = new MemoryNetwork({ clock: new VirtualClock() })
  const ports = Array.from({ length: 16_384 }, () => network.listen({ host: '10.0.0.1', port: 0 }).local.port)
  expect(new Set(ports).size).toBe(16_384)
  expect(() => network.listen({ host: '10.0.0.1', port: 0 })).toThrow(
    expect.objectContaining({ code: 'ERR_SIP_LISTEN' }) as Error,
  )
  expect(network.listen({ host: '10.0.0.2', port: 0 }).local.port).toBeGreaterThan(49_151)
})
