import * as fc from 'fast-check'
import { isIP } from 'node:net'
import { describe, expect, test } from 'vitest'
import {
  bracketed,
  canonicalHost,
  hostPort,
  ipFamily,
  isLoopback,
  isMulticast,
  isUnspecified,
  networkOf,
  sameHost,
} from './ip.ts'

describe('addresses', () => {
  test.each([
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['::', '::'],
    ['1::', '1::'],
    ['::1', '::1'],
    ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['192.0.2.1', '192.0.2.1'],
    ['Example.COM', 'example.com'],
  ])('T024 T025 %s is written %s', (text, canonical) => {
    expect(canonicalHost(text)).toBe(canonical)
  })

  test.each([
    '1.2.3',
    '01.2.3.4',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.2.3.x',
    ':::',
    '1::2::3',
    '1:2:3',
    '12345::',
    'g::',
    '1:2:3:4:5:6:7:8:9',
    '',
  ])('T112 %s is no address', (text) => {
    expect(ipFamily(text)).toBeUndefined()
  })

  test('T112 agrees with the system about what an address is', () => {
    const word = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{0,20}$/))
    fc.assert(
      fc.property(word, (text) => {
        expect(ipFamily(text)).toBe({ 0: undefined, 4: 'IPv4', 6: 'IPv6' }[isIP(text)])
        expect(sameHost(text, canonicalHost(text))).toBe(true)
      }),
    )
  })

  test('T021 hosts compare in binary form, names without regard to case', () => {
    expect(sameHost('[2001:DB8::0:1]', '2001:db8::1')).toBe(true)
    expect(sameHost('::ffff:10.0.0.1', '10.0.0.1')).toBe(true)
    expect(sameHost('fe80::1%eth0', 'fe80::1')).toBe(true)
    expect(sameHost('A.example', 'a.EXAMPLE')).toBe(true)
    expect(sameHost('10.0.0.1', '10.0.0.2')).toBe(false)
  })

  test('knows the addresses that are special', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost', '::ffff:127.0.0.1'].every(isLoopback)).toBe(true)
    expect(['128.0.0.1', '::2', 'example.com'].some(isLoopback)).toBe(false)
    expect(['0.0.0.0', '::', '0:0::0'].every(isUnspecified)).toBe(true)
    expect(['0.0.0.1', '::1', 'host'].some(isUnspecified)).toBe(false)
    expect(['224.0.1.75', '239.1.1.1', 'ff02::1'].every(isMulticast)).toBe(true)
    expect(['223.1.1.1', '240.0.0.1', 'fe80::1'].some(isMulticast)).toBe(false)
  })

  test('brackets IPv6 and leaves its zone at home', () => {
    expect([bracketed('fe80::1%eth0'), bracketed('[::1]'), bracketed('h')]).toEqual(['[fe80::1]', '[::1]', 'h'])
    expect([hostPort('::1', 5060), hostPort('192.0.2.1', 5061)]).toEqual(['[::1]:5060', '192.0.2.1:5061'])
  })

  test('counts the addresses of one /64 as one source', () => {
    expect(['192.0.2.1', '192.0.2.2'].map(networkOf)).toEqual(['192.0.2.1', '192.0.2.2'])
    const network = networkOf('2001:db8:0:1::1')
    expect(['2001:db8:0:1:ffff::', '2001:db8:0:1:1:2:3:4', '2001:db8:0:1::'].map(networkOf)).toEqual([
      network,
      network,
      network,
    ])
    expect(['2001:db8::1', '2001:db8:0:2::1'].map(networkOf)).not.toContain(network)
    expect([networkOf('::1'), networkOf('::2')]).toEqual(['0:0:0:0', '0:0:0:0'])
  })
})
