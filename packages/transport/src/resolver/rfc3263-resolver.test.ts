import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { expect, test } from 'vitest'
import { hopOf } from './hop.ts'
import type { Target } from '../leg/leg.ts'
import type { DnsClient } from './dns-client.ts'
import { rfc3263Resolver } from './rfc3263-resolver.ts'
import { parseUri } from '@netsip/message'

const hop = hopOf(parseUri('sip:example.com;transport=udp'))

/** A zone of so many servers, each with so many addresses. */
function zone(servers: number, addresses: number): DnsClient {
  return {
    naptr: async () => [],
    srv: async () =>
      Array.from({ length: servers }, (_, i) => ({ priority: i, weight: 0, port: 5060, target: `s${i}.example.com` })),
    ipv4: async (name) => {
      const server = Number(/\d+/.exec(name)?.[0] ?? 99)
      return Array.from({ length: addresses }, (_, i) => ({ address: `10.0.${server}.${i + 1}` }))
    },
    ipv6: async () => [],
  }
}

async function found(dns: DnsClient, avoided: readonly string[] = []): Promise<{ targets: Target[]; timers: number }> {
  const clock = new VirtualClock()
  const resolver = rfc3263Resolver(dns, { clock, random: new SeededRandom(1) })
  for (const addr of avoided) resolver.avoid({ protocol: 'udp', addr, port: 5060, family: 'IPv4' })
  const targets = await resolver.resolve(hop, ['udp'])
  await clock.advanceAsync(0)
  return { targets, timers: clock.pending }
}

test('T101 of a zone without end only so many servers and addresses are looked at', async () => {
  expect((await found(zone(500, 1))).targets.map(({ addr }) => addr)).toEqual(
    Array.from({ length: 20 }, (_, i) => `10.0.${i}.1`),
  )
  const { targets } = await found(zone(500, 500))
  expect(targets.map(({ addr }) => addr)).toEqual([
    ...Array.from({ length: 16 }, (_, i) => `10.0.0.${i + 1}`),
    ...Array.from({ length: 16 }, (_, i) => `10.0.1.${i + 1}`),
  ])
})

test('T101b an address that several servers share is tried where the best of them stands', async () => {
  const addresses: Record<string, string> = { s0: '10.0.0.1', s1: '10.0.0.2', s2: '10.0.0.1', s3: '10.0.0.3' }
  const shared = { ...zone(4, 1), ipv4: async (name: string) => [{ address: addresses[name.split('.')[0]!]! }] }
  expect((await found(shared)).targets.map(({ addr }) => addr)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3'])
})

test('T110d what failed gives its place to what would have been one too many', async () => {
  const avoided = Array.from({ length: 16 }, (_, i) => `10.0.0.${i + 1}`)
  const { targets } = await found(zone(3, 16), avoided)
  expect(targets.map(({ addr }) => addr.split('.')[2])).toEqual([...Array(16).fill('1'), ...Array(16).fill('2')])
})

test('T110 an answer leaves no timer behind', async () => {
  expect((await found(zone(1, 1))).timers).toBe(0)
})
