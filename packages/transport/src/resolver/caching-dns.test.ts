import { VirtualClock } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import type { AddressRecord, DnsClient } from './dns-client.ts'
import { rfc3263Resolver, type Rfc3263Options } from './rfc3263-resolver.ts'

/** A resolver over one server `sip.example`, and what was asked of the DNS. */
function world(addresses: AddressRecord[] | Error, options: Rfc3263Options = {}, server: { ttl?: number } = {}) {
  const clock = new VirtualClock()
  const asked: string[] = []
  const dns: DnsClient = {
    naptr: async (name) => {
      asked.push(`NAPTR ${name}`)
      return []
    },
    srv: async (name) => {
      asked.push(`SRV ${name}`)
      const record = { priority: 1, weight: 1, port: 5060, target: 'sip.example', ...server }
      return name === '_sip._udp.example.com' ? [record] : []
    },
    ipv4: async (name) => {
      asked.push(`A ${name}`)
      if (addresses instanceof Error) throw addresses
      return addresses
    },
    ipv6: async () => [],
  }
  const resolver = rfc3263Resolver(dns, { clock, ...options })
  /** What is asked when a name is resolved so many ms later. */
  const after = async (ms: number, host: string, port?: number): Promise<string[]> => {
    clock.advance(ms)
    await Promise.resolve(resolver.resolve({ host, secure: false, ...(port && { port }) }, ['udp'])).catch(() => [])
    return asked.splice(0)
  }
  return { after }
}

describe('T110c an answer is remembered', () => {
  test('as long as the shortest TTL in it says', async () => {
    const { after } = world([
      { address: '192.0.2.1', ttl: 300 },
      { address: '192.0.2.2', ttl: 20 },
    ])
    expect(await after(0, 'sip.example', 5060)).toEqual(['A sip.example'])
    expect(await after(19_999, 'SIP.example', 5060)).toEqual([])
    expect(await after(1, 'sip.example', 5060)).toEqual(['A sip.example'])
  })

  test('as long as the TTL of an SRV record says, where a client of the DNS tells it', async () => {
    const { after } = world([{ address: '192.0.2.1', ttl: 300 }], {}, { ttl: 60 })
    await after(0, 'example.com')
    expect(await after(59_999, 'example.com')).not.toContain('SRV _sip._udp.example.com')
    expect(await after(1, 'example.com')).toContain('SRV _sip._udp.example.com')
  })

  test('for an hour at most, unless told', async () => {
    const long = [{ address: '192.0.2.1', ttl: 86_400 }]
    const usual = world(long)
    await usual.after(0, 'sip.example', 5060)
    expect(await usual.after(3_599_999, 'sip.example', 5060)).toEqual([])
    expect(await usual.after(1, 'sip.example', 5060)).toEqual(['A sip.example'])
    const told = world(long, { longestLifetime: 5000 })
    await told.after(0, 'sip.example', 5060)
    expect(await told.after(5000, 'sip.example', 5060)).toEqual(['A sip.example'])
  })

  test('for 30 s where the DNS says no TTL', async () => {
    const { after } = world([{ address: '192.0.2.1' }])
    const all = ['A sip.example', 'SRV _sip._udp.example.com']
    expect((await after(0, 'example.com')).toSorted()).toEqual(expect.arrayContaining(all))
    // That there is no NAPTR record is remembered for less.
    expect(await after(29_999, 'example.com')).toEqual(['NAPTR example.com'])
    expect((await after(1, 'example.com')).toSorted()).toEqual(all)
  })

  test('not at all with a TTL of 0', async () => {
    const { after } = world([{ address: '192.0.2.1', ttl: 0 }])
    expect(await after(0, 'sip.example', 5060)).toEqual(['A sip.example'])
    expect(await after(0, 'sip.example', 5060)).toEqual(['A sip.example'])
  })
})

describe('T110b for 10 s it is remembered', () => {
  test.each<[string, AddressRecord[] | Error]>([
    ['that there is nothing', []],
    ['that the DNS failed', new Error('SERVFAIL')],
  ])('%s', async (_, answer) => {
    const { after } = world(answer)
    expect(await after(0, 'sip.example', 5060)).toEqual(['A sip.example'])
    expect(await after(9999, 'sip.example', 5060)).toEqual([])
    expect(await after(1, 'sip.example', 5060)).toEqual(['A sip.example'])
  })
})
