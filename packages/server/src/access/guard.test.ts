import { VirtualClock } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import { Chain } from '../chain.ts'
import { Guard, type GuardOptions } from './guard.ts'
import type { Handler } from '../handler.ts'
import { RateLimiter } from './rate-limiter.ts'
import { TestAgent, TestBed } from '../testing/test-bed.ts'

function guarded(options: Omit<GuardOptions, 'dispatcher'>): { bed: TestBed; guard: Guard; alice: TestAgent } {
  const bed = new TestBed()
  const { dispatcher } = bed
  const guard = new Guard({ dispatcher, ...options })
  const ok: Handler = {
    handle: (packet) => {
      if (packet.type === 'request' && packet.method !== 'ACK')
        dispatcher.deliver(packet.createResponse(200, { toTag: 't' }))
      return true
    },
  }
  dispatcher.setReceiver(new Chain(dispatcher, [guard, ok]))
  return { bed, guard, alice: bed.agent('alice', '10.0.0.2') }
}

describe('Guard', () => {
  test('R138b stands in front of what createServer makes', async () => {
    const bed = new TestBed()
    const { dispatcher } = bed
    const server = bed.start({ accounts: { alice: 'secret' } })
    const guard = new Guard({ dispatcher, source: ({ addr }) => addr !== '10.0.0.66' })
    dispatcher.setReceiver(new Chain(dispatcher, [guard, ...server.handlers]))
    const [alice, mallory] = [bed.agent('alice', '10.0.0.2'), bed.agent('mallory', '10.0.0.66')]
    expect((await mallory.register()).status).toBe(403)
    expect((await alice.register()).status).toBe(401)
    const call = alice.request('INVITE', 'sip:bob@example.com')
    await bed.run(50)
    expect(call.final.status).toBe(407)
  })

  test('R138b turns away what one address sends too fast, and others not', async () => {
    const { bed, guard, alice } = guarded({ rate: { perSecond: 10, burst: 5 } })
    const mallory = bed.agent('mallory', '10.0.0.66')
    const flood = Array.from({ length: 50 }, () => mallory.request('OPTIONS', 'sip:example.com'))
    const call = alice.request('OPTIONS', 'sip:example.com')
    await bed.run(50)
    expect(flood.filter(({ final }) => final.status === 200)).toHaveLength(5)
    expect(flood.at(-1)?.final.headers.get('Retry-After')).toBe('1')
    expect(call.final.status).toBe(200)
    await bed.run(1000)
    const later = mallory.request('OPTIONS', 'sip:example.com')
    await bed.run(50)
    expect(later.final.status).toBe(200)
    expect(guard.stats()).toEqual({ 403: 0, 405: 0, 413: 0, 503: 45 })
  })

  test('knows methods, sizes and sources', async () => {
    const { bed, guard, alice } = guarded({
      methods: ['INVITE', 'OPTIONS'],
      maxBody: 10,
      source: ({ addr }) => addr !== '10.0.0.66',
    })
    const banned = bed.agent('banned', '10.0.0.66')
    const exchanges = [
      alice.request('OPTIONS', 'sip:example.com'),
      alice.request('MESSAGE', 'sip:example.com'),
      alice.request('OPTIONS', 'sip:example.com', { body: 'x'.repeat(11) }),
      banned.request('OPTIONS', 'sip:example.com'),
    ]
    await bed.run(50)
    expect(exchanges.map(({ final }) => final.status)).toEqual([200, 405, 413, 403])
    expect(exchanges[1]?.final.headers.get('Allow')).toBe('INVITE, OPTIONS')
    expect(guard.stats()).toEqual({ 403: 1, 405: 1, 413: 1, 503: 0 })
  })

  test('lets CANCEL through, so that what rings can be ended', async () => {
    const { bed, alice } = guarded({ rate: { perSecond: 1, burst: 1 }, methods: ['OPTIONS'] })
    const cancel = alice.request('CANCEL', 'sip:example.com', { contact: null })
    await bed.run(50)
    expect(cancel.final.status).toBe(200)
  })

  test('R138b counts a /64 of IPv6 as one source', async () => {
    const bed = new TestBed()
    const { dispatcher } = bed
    dispatcher.addLeg(bed.network.listen({ host: '2001:db8::1' }))
    dispatcher.setReceiver(new Chain(dispatcher, [new Guard({ dispatcher, rate: { perSecond: 1, burst: 1 } })]))
    const statuses = async (host: string): Promise<number[]> => {
      const exchange = bed.agent('v6', host).request('OPTIONS', 'sip:example.com', { hop: 'sip:[2001:db8::1]' })
      await bed.run(50)
      return exchange.statuses
    }
    expect(await statuses('2001:db8:0:1::a')).toEqual([404])
    expect(await statuses('2001:db8:0:1::b')).toEqual([503])
    expect(await statuses('2001:db8:0:2::a')).toEqual([404])
  })
})

describe('RateLimiter', () => {
  test('R138c knows no more sources than it may', () => {
    const limiter = new RateLimiter(new VirtualClock(), { perSecond: 1, burst: 1 }, 100)
    for (let i = 0; i < 1000; i++) limiter.take(`source ${i}`)
    expect(limiter.size).toBe(100)
    expect(limiter.take('source 999')).toBe(false)
  })

  test('gives back in time what was taken, up to the burst', () => {
    const clock = new VirtualClock()
    const limiter = new RateLimiter(clock, { perSecond: 2, burst: 4 }, 10)
    const taken = (): number => [1, 2, 3, 4, 5, 6].filter(() => limiter.take('a')).length
    expect(taken()).toBe(4)
    clock.advance(1000)
    expect(taken()).toBe(2)
    clock.advance(3_600_000)
    expect(taken()).toBe(4)
  })
})
