import type { SipError } from '@netsip/runtime'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import { datagramInterval, streamInterval } from './intervals.ts'
import type { Flow, Target } from '../leg/leg.ts'
import { MemoryNetwork } from '../memory/network.ts'
import { targetAt } from '../target.ts'
import { optionsFrom } from '../testing/requests.ts'

function world(protocol: 'udp' | 'tcp'): {
  clock: VirtualClock
  network: MemoryNetwork
  near: ReturnType<MemoryNetwork['listen']>
  far: ReturnType<MemoryNetwork['listen']>
  target: Target
  failures: SipError[]
} {
  const clock = new VirtualClock()
  const network = new MemoryNetwork({ clock, random: new SeededRandom(1), delay: 10 })
  const near = network.listen({ protocol, host: '10.0.0.1' })
  const far = network.listen({ protocol, host: '10.0.0.2' })
  return { clock, network, near, far, target: targetAt(protocol, '10.0.0.2'), failures: [] }
}

describe('keep-alives', () => {
  test('T051 T053b come at random within what the RFC says', () => {
    expect([streamInterval(undefined, 0), streamInterval(undefined, 1)]).toEqual([95_000, 120_000])
    expect([streamInterval(100, 0), streamInterval(100, 1)]).toEqual([80_000, 100_000])
    expect([datagramInterval(undefined, 0), datagramInterval(undefined, 1)]).toEqual([24_000, 29_000])
    expect([datagramInterval(10, 0), datagramInterval(600, 1)]).toEqual([8000, 29_000])
  })

  test.each([0, -5, 0.001, Number.NaN])(
    'T051 come no faster than every 4 s, though a server asks for %d s',
    (asked) => {
      expect([streamInterval(asked, 0), datagramInterval(asked, 0)]).toEqual([4000, 4000])
    },
  )

  test('T004 T051 T053 T055 keep a connection that would be closed for idleness', () => {
    const { clock, near, target, failures } = world('tcp')
    near.send(optionsFrom('SIP/2.0/TCP x').toBytes(), target)
    clock.advance(100)
    const closed: number[] = []
    near.on('flowClosed', () => closed.push(clock.monotonic()))
    const stop = near.keepAlive(target, { onFailed: (error) => failures.push(error) })
    clock.advance(3_600_000)
    expect([closed, failures]).toEqual([[], []])
    stop()
    clock.advance(1_200_000)
    expect(closed).toHaveLength(1)
    expect(failures).toEqual([])
  })

  test('T052 a ping that nobody answers within 10 s ends the flow', () => {
    const { clock, network, near, target, failures } = world('tcp')
    near.send(optionsFrom('SIP/2.0/TCP x').toBytes(), target)
    clock.advance(100)
    const closed: unknown[] = []
    near.on('flowClosed', (_flow, error) => closed.push(error?.code))
    near.keepAlive(target, { flowTimer: 30, onFailed: (error) => failures.push(error) })
    network.partition('10.0.0.1', '10.0.0.2')
    clock.advance(24_000 + 10_000 - 1)
    expect(closed).toEqual([])
    clock.advance(6001)
    expect(closed).toEqual(['ERR_SIP_REFUSED'])
    expect(failures.map((error) => error.message)).toEqual([expect.stringContaining('ping within 10000 ms')])
    clock.runUntilIdle()
  })

  test('T051 stay stopped, also when they are between a ping and its answer, 20 ms later', () => {
    for (let after = 23_990; after < 30_030; after += 10) {
      const { clock, near, target, failures } = world('tcp')
      near.send(optionsFrom('SIP/2.0/TCP x').toBytes(), target)
      clock.advance(100)
      const closed: Flow[] = []
      near.on('flowClosed', (flow) => closed.push(flow))
      const stop = near.keepAlive(target, { flowTimer: 30, onFailed: (error) => failures.push(error) })
      clock.advance(after)
      stop()
      clock.advance(1_200_000)
      // Pings would have kept it open.
      expect([closed.length, failures]).toEqual([1, []])
    }
  })

  test('T043 the end of the connection is told, and there has to be one to begin with', () => {
    const { clock, near, far, target, failures } = world('tcp')
    const onFailed = (error: SipError): void => void failures.push(error)
    near.keepAlive(target, { onFailed })
    clock.advance(0)
    expect(failures.map((error) => error.code)).toEqual(['ERR_SIP_STATE'])
    near.send(optionsFrom('SIP/2.0/TCP x').toBytes(), target)
    clock.advance(100)
    near.keepAlive(target, { onFailed })
    void far.close()
    clock.advance(100)
    expect(failures.map((error) => error.code)).toEqual(['ERR_SIP_STATE', 'ERR_SIP_REFUSED'])
  })

  test('T053b T056 STUN on UDP keeps the way open and learns our address', () => {
    const { clock, near, far, target, failures } = world('udp')
    let messages = 0
    far.on('message', () => messages++)
    const stop = near.keepAlive(target, { onFailed: (error) => failures.push(error) })
    clock.advance(1000)
    expect(near.learned).toEqual({ host: '10.0.0.1', port: 5060 })
    clock.advance(3_600_000)
    expect([failures, messages]).toEqual([[], 0])
    stop()
    clock.runUntilIdle()
    expect(clock.pending).toBe(0)
  })

  test('T056 STUN whose attributes do not fit together is counted and not answered', () => {
    const { clock, near, far, target } = world('udp')
    const drops: string[] = []
    far.on('drop', (reason) => drops.push(reason))
    near.on('drop', (reason) => drops.push(`near ${reason}`))
    near.send(Uint8Array.of(0, 1, 0, 4, 0x21, 0x12, 0xa4, 0x42, ...Array<number>(12).fill(7), 0, 0x20, 0, 8), target)
    clock.runUntilIdle()
    expect(drops).toEqual(['garbage'])
  })

  test('T053b a peer that stops answering fails the flow', () => {
    const { clock, network, near, target, failures } = world('udp')
    near.keepAlive(target, { onFailed: (error) => failures.push(error) })
    clock.advance(1000)
    network.partition('10.0.0.1', '10.0.0.2')
    clock.advance(24_000)
    expect(failures).toEqual([])
    clock.advance(50_000)
    expect(failures.map((error) => error.message)).toEqual(['udp 10.0.0.2:5060 does not answer'])
    expect(clock.pending).toBe(0)
  })

  test('T054 bare line ends, for peers that know no STUN', () => {
    const { clock, network, near, far, target } = world('udp')
    const heard: unknown[] = []
    far.on('message', (message) => heard.push(message))
    far.on('drop', (reason) => heard.push(reason))
    near.keepAlive(target, { datagrams: 'crlf' })
    clock.advance(600_000)
    expect([heard, network.ladder.events]).toEqual([[], []])
    void near.close()
    clock.runUntilIdle()
    expect(clock.pending).toBe(0)
  })

  test.each<'stun' | 'crlf'>(['stun', 'crlf'])('T006 %s keeps nothing open on a leg that is closed', (datagrams) => {
    const { clock, near, target } = world('udp')
    void near.close()
    const failures: string[] = []
    near.keepAlive(target, { datagrams, onFailed: (error) => failures.push(error.code) })
    expect(failures).toEqual([])
    clock.runUntilIdle()
    expect([failures, clock.pending]).toEqual([['ERR_SIP_CLOSED'], 0])
  })
})
