import { VirtualClock } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import type { Hop } from './hop.ts'
import type { DnsClient, NaptrRecord } from './dns-client.ts'
import { rfc3263Resolver } from './rfc3263-resolver.ts'

const record: NaptrRecord = { order: 1, preference: 1, flags: 's', service: '', regexp: '', replacement: '' }

/** Which services of a domain are asked for, by the ports that they lead to. */
async function found(records: Partial<NaptrRecord>[], hop: Partial<Hop> = {}): Promise<string[]> {
  const dns: DnsClient = {
    naptr: async () => records.map((one) => ({ ...record, ...one })),
    srv: async (name) => [{ priority: 1, weight: 1, port: Number(/\d+/.exec(name)?.[0] ?? 1), target: 'server' }],
    ipv4: async () => [{ address: '192.0.2.1' }],
    ipv6: async () => [],
  }
  const resolver = rfc3263Resolver(dns, { clock: new VirtualClock() })
  const targets = await resolver.resolve({ host: 'example.com', secure: false, ...hop }, ['udp', 'tcp', 'tls'])
  return targets.map(({ protocol, port }) => `${protocol} ${port}`)
}

const udp = { service: 'SIP+D2U', replacement: 'srv10' }
const tcp = { service: 'sip+d2t', replacement: 'srv20' }
const tls = { service: 'SIPS+D2T', replacement: 'srv30' }

describe('NAPTR records', () => {
  test('T096c come by order, and only then by preference', async () => {
    expect(
      await found([
        { ...udp, order: 2, preference: 1 },
        { ...tcp, order: 1, preference: 9 },
        { ...tls, order: 1, preference: 8 },
      ]),
    ).toEqual(['tls 30', 'tcp 20', 'udp 10'])
  })

  test('T096d without the flag s, without a name, or with an expression, are passed over', async () => {
    expect(
      await found([
        { ...udp, flags: 'u' },
        { ...udp, flags: '' },
        { ...udp, regexp: '!^.*$!sip:info@example.com!' },
        { ...udp, replacement: '' },
        { ...tls, flags: 'S' },
      ]),
    ).toEqual(['tls 30'])
  })

  test('T094 T098 say nothing where the URI names its transport', async () => {
    expect(await found([udp, tcp, tls], { transport: 'tcp' })).toEqual(['tcp 1'])
    expect(await found([udp, tcp, tls], { transport: 'tls', secure: true })).toEqual(['tls 1'])
  })

  test('T095 T096b of unknown services, or without TLS for sips, are passed over', async () => {
    expect(await found([{ ...udp, service: 'E2U+sip' }, { ...udp, service: 'SIP+D2S' }, tcp])).toEqual(['tcp 20'])
    expect(await found([udp, tcp, tls], { secure: true })).toEqual(['tls 30'])
  })
})
