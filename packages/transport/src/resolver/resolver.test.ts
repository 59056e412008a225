import { parseUri } from '@netsip/message'
import { VirtualClock } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import { hopOf } from './hop.ts'
import type { Target } from '../leg/leg.ts'
import type { Protocol } from '../protocol.ts'
import { literalResolver, type Resolver } from './resolver.ts'
import { staticResolver } from './static-resolver.ts'

const all: Protocol[] = ['udp', 'tcp', 'tls']
const unresolved: unknown = expect.objectContaining({ code: 'ERR_SIP_UNRESOLVED' })

function resolve(resolver: Resolver, uri: string, protocols = all): string[] {
  const targets = resolver.resolve(hopOf(parseUri(uri)), protocols) as Target[]
  return targets.map((t) => `${t.protocol} ${t.addr} ${t.port}${t.serverName ? ` ${t.serverName}` : ''}`)
}

describe('literalResolver', () => {
  test('T094b T112 a literal address is answered at once: UDP, for sips TLS', () => {
    expect(resolve(literalResolver, 'sip:192.0.2.1')).toEqual(['udp 192.0.2.1 5060'])
    expect(resolve(literalResolver, 'sip:[2001:DB8::1]:5070')).toEqual(['udp 2001:db8::1 5070'])
    expect(resolve(literalResolver, 'sips:192.0.2.1')).toEqual(['tls 192.0.2.1 5061'])
    expect(resolve(literalResolver, 'sip:192.0.2.1;transport=tcp')).toEqual(['tcp 192.0.2.1 5060'])
  })

  test('T101c asks for no transport that there is no leg for', () => {
    expect(resolve(literalResolver, 'sip:192.0.2.1', ['tcp'])).toEqual(['tcp 192.0.2.1 5060'])
    expect(() => resolve(literalResolver, 'sip:192.0.2.1;transport=tcp', ['udp'])).toThrow(unresolved)
    expect(() => resolve(literalResolver, 'sips:192.0.2.1', ['udp', 'tcp'])).toThrow(unresolved)
    expect(() => resolve(literalResolver, 'sip:192.0.2.1', [])).toThrow('there is no leg to reach 192.0.2.1 by')
  })

  test('knows no names', () => {
    expect(() => resolve(literalResolver, 'sip:example.com')).toThrow(unresolved)
  })
})

describe('staticResolver', () => {
  const resolver = staticResolver({
    'example.com': ['192.0.2.1', { addr: '2001:db8::1', port: 5070 }],
    'Mixed.example': [
      { addr: '192.0.2.2', protocol: 'tls' },
      { addr: '192.0.2.3', protocol: 'tcp' },
    ],
  })

  test('T111 gives the servers of the table in order', () => {
    expect(resolve(resolver, 'sip:EXAMPLE.com')).toEqual(['udp 192.0.2.1 5060', 'udp 2001:db8::1 5070'])
    expect(resolve(resolver, 'sip:example.com:5080;transport=tcp')).toEqual([
      'tcp 192.0.2.1 5080',
      'tcp 2001:db8::1 5080',
    ])
    expect(resolve(resolver, 'sip:192.0.2.77')).toEqual(['udp 192.0.2.77 5060'])
  })

  test('T111 a dot at the end of a name says nothing, here or there', () => {
    const dotted = staticResolver({ 'example.com': '192.0.2.1', 'Example.net.': '192.0.2.2' })
    expect(resolve(dotted, 'sip:example.com.')).toEqual(['udp 192.0.2.1 5060'])
    expect(resolve(dotted, 'sip:example.net')).toEqual(['udp 192.0.2.2 5060'])
    // RFC 6066 3: no server name of TLS ends in one.
    expect(resolve(dotted, 'sips:example.com.')).toEqual(['tls 192.0.2.1 5061 example.com'])
  })

  test('T060 T071b keeps the name that TLS has to prove, and never leaves TLS for sips', () => {
    expect(resolve(resolver, 'sip:mixed.example')).toEqual(['tls 192.0.2.2 5061 mixed.example', 'tcp 192.0.2.3 5060'])
    expect(resolve(resolver, 'sips:mixed.example')).toEqual(['tls 192.0.2.2 5061 mixed.example'])
    expect(() => resolve(resolver, 'sip:mixed.example;transport=udp')).toThrow(unresolved)
  })

  test('T111 tries last for a while what has failed, and forgets that in time', () => {
    const clock = new VirtualClock()
    const both = staticResolver({ 'example.com': ['192.0.2.1', '192.0.2.2'] }, { clock })
    const [first] = both.resolve(hopOf(parseUri('sip:example.com')), all) as Target[]
    both.avoid(first as Target)
    expect(resolve(both, 'sip:example.com')).toEqual(['udp 192.0.2.2 5060', 'udp 192.0.2.1 5060'])
    clock.advance(30_000)
    expect(resolve(both, 'sip:example.com')).toEqual(['udp 192.0.2.1 5060', 'udp 192.0.2.2 5060'])
  })

  test('a table that leads nowhere is refused as it is made', () => {
    for (const server of [
      'sip.example.net',
      '192.0.2.1:5070',
      { host: '192.0.2.1' },
      { addr: '192.0.2.1', port: 7e4 },
    ]) {
      expect(() => staticResolver({ 'example.com': server as string })).toThrow(/^a table of names: example\.com/)
    }
  })

  test('T110 says which name it does not know', () => {
    expect(() => resolve(resolver, 'sip:nobody.example')).toThrow('nobody.example')
  })
})
