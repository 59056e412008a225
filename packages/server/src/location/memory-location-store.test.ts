import { NameAddr } from '@netsip/message'
import { VirtualClock } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import type { Binding } from './binding.ts'
import { locationStoreCases } from './location-store-suite.ts'
import { MemoryLocationStore } from './memory-location-store.ts'

function bindingAt(clock: VirtualClock, user: string, seconds: number): Binding {
  const now = clock.monotonic()
  return {
    aor: `sip:${user}@example.com`,
    contact: NameAddr.parse(`<sip:${user}@192.0.2.1>`),
    q: 1,
    expiresAt: now + seconds * 1000,
    updatedAt: now,
    callId: 'c',
    cseq: 1,
    path: [],
    received: { protocol: 'udp', addr: '192.0.2.1', port: 5060, family: 'IPv4' },
  }
}

describe('R004 MemoryLocationStore is a location store', () => {
  test.each(locationStoreCases)('$name', async ({ run }) => {
    const clock = new VirtualClock()
    const bench = {
      create: (maxBindings: number) => new MemoryLocationStore({ clock, maxBindings }),
      now: () => clock.monotonic(),
      advance: (ms: number) => clock.advance(ms),
    }
    await expect(run(bench)).resolves.toBeUndefined()
  })
})

describe('MemoryLocationStore', () => {
  test('R138c frees what has expired by itself, and has no timer when it is empty', () => {
    const clock = new VirtualClock()
    const store = new MemoryLocationStore({ clock })
    for (let i = 0; i < 100; i++) store.update(`sip:u${i}@example.com`, () => [bindingAt(clock, `u${i}`, 60 + i)])
    expect(store.size).toBe(100)
    clock.advance(60_000 + 50_000 + 1000)
    expect(store.size).toBeLessThan(51)
    clock.advance(60_000)
    expect(store.size).toBe(0)
    expect(clock.pending).toBe(0)
  })

  test('R138c stays bounded however many register, and sweeps at most once a second for them', () => {
    const clock = new VirtualClock()
    const store = new MemoryLocationStore({ clock, maxBindings: 50 })
    let refused = 0
    for (let i = 0; i < 1000; i++) {
      try {
        store.update(`sip:u${i}@example.com`, () => [bindingAt(clock, `u${i}`, 60)])
      } catch {
        refused++
      }
    }
    expect(store.size).toBe(50)
    expect(refused).toBe(950)
  })

  test('R004c a listener that throws disturbs nobody', () => {
    const clock = new VirtualClock()
    const errors: unknown[] = []
    const store = new MemoryLocationStore({ clock, onListenerError: (error) => errors.push(error) })
    const told: string[] = []
    store.onChange(() => {
      throw new Error('bad listener')
    })
    store.onChange(({ type }) => told.push(type))
    store.update('sip:a@example.com', () => [bindingAt(clock, 'a', 60)])
    expect(told).toEqual(['added'])
    expect(errors).toHaveLength(1)
  })

  test('R004d lists users who come and go meanwhile, each once however often it registers', () => {
    const clock = new VirtualClock()
    const store = new MemoryLocationStore({ clock })
    const register = (user: string): unknown =>
      store.update(`sip:${user}@example.com`, () => [bindingAt(clock, user, 60)])
    for (const user of ['a', 'b', 'c']) register(user)
    const seen: unknown[] = []
    for (const [binding] of store.users()) {
      seen.push(binding?.contact.uri.toString())
      store.update('sip:b@example.com', () => [])
      register('a')
      register('c')
      if (seen.length < 3) register('d')
    }
    expect(seen).toEqual(['a', 'c', 'd'].map((user) => `sip:${user}@192.0.2.1`))
  })

  test('close forgets everything and leaves no timer', () => {
    const clock = new VirtualClock()
    const store = new MemoryLocationStore({ clock })
    store.update('sip:a@example.com', () => [bindingAt(clock, 'a', 60)])
    store.close()
    expect([store.size, clock.pending]).toEqual([0, 0])
    expect(store.lookup('sip:a@example.com')).toEqual([])
  })
})
