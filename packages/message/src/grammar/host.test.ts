import fc from 'fast-check'
import { isIPv6 } from 'node:net'
import { expect, test } from 'vitest'
import { bareHost, hostKind, parseIPv6, sameHost, wireHost } from './host.ts'

test('M084 a host is a name, an IPv4 address or an IPv6 address in brackets', () => {
  expect(hostKind('example.com')).toBe('name')
  expect(hostKind('192.0.2.1')).toBe('ipv4')
  expect(hostKind('[2001:db8::1]')).toBe('ipv6')
})

test('M085 M086 M088 what is no host', () => {
  for (const bad of [
    '',
    '.',
    'a..b',
    '.a',
    '-a.b',
    'a-.b',
    '2001:db8::1',
    'a%62',
    '1.2.3.400',
    '300.1.1.1',
    '1.2.3',
    '1.2.3.4.5',
    '192.0.02.1',
    'host.1a',
    'a b',
    'ü.de',
    '[::1',
    '::1]',
    '[]',
    '[1.2.3.4]',
  ]) {
    expect(hostKind(bad), bad).toBeUndefined()
  }
})

test('M087 M088 a trailing dot, digits and underscores are accepted in names', () => {
  for (const name of ['example.com.', '1and1.com', 'my_host', 'a', 'xn--bcher-kva.example', '3com.a1']) {
    expect(hostKind(name), name).toBe('name')
  }
})

test('M089 IPv6 may end in IPv4, may not name a zone', () => {
  expect(parseIPv6('::ffff:192.0.2.128')).toEqual([0, 0, 0, 0, 0, 0xffff, 0xc000, 0x280])
  expect(parseIPv6('2001:db8:::192.0.2.1')).toEqual(parseIPv6('2001:db8::192.0.2.1'))
  for (const bad of [
    'fe80::1%eth0',
    ':::',
    ':::1',
    '1:::2',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    ':1',
    '1:',
    '1:2:3:4:5:6:7::8:9',
    '::1.2.3',
    '::300.1.1.1',
  ]) {
    expect(parseIPv6(bad), bad).toBeUndefined()
  }
})

test('M089 any address in its usual spelling is read', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      fc.pre(isIPv6(address))
      expect(parseIPv6(address)).toHaveLength(8)
      expect(hostKind(`[${address}]`)).toBe('ipv6')
    }),
  )
})

test('M084 M089 a name may have many labels, an address eight groups with the one that :: stands for', () => {
  expect(hostKind('a.b.c.d.e.f.example.com')).toBe('name')
  expect(hostKind('[1:2:3:4:5:6:7::]')).toBe('ipv6')
  expect(hostKind('[1:2:3:4:5:6:7::8]')).toBe(undefined)
})

test('M109 addresses compare by value, names without regard to case', () => {
  expect(sameHost('[2001:db8::9:1]', '[2001:db8::9:01]')).toBe(true)
  expect(sameHost('[::ffff:192.0.2.128]', '[::ffff:c000:280]')).toBe(true)
  expect(sameHost('[::ffff:192.0.2.1]', '192.0.2.1')).toBe(false)
  expect(sameHost('AtLanTa.CoM', 'atlanta.com')).toBe(true)
  expect(sameHost('phone21.boxesbybob.com', '192.0.2.4')).toBe(false)
  expect(sameHost('[::1]', '[::2]')).toBe(false)
})

test('brackets are put around an address for the wire and taken off for a socket', () => {
  expect(wireHost('2001:db8::1')).toBe('[2001:db8::1]')
  expect(wireHost('[2001:db8::1]')).toBe('[2001:db8::1]')
  expect(bareHost('[2001:db8::1]')).toBe('2001:db8::1')
  expect(bareHost('example.com')).toBe('example.com')
  expect(() => wireHost('fe80::1%eth0')).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
})
