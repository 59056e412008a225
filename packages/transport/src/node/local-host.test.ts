import { VirtualClock } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import { isLoopback, isUnspecified } from '../ip.ts'
import { targetAt } from '../target.ts'
import { anyAddress, ownAddresses, routeTo, wildcardAddressing } from './local-host.ts'

describe('the address of a leg on all addresses', () => {
  test('T009 towards loopback is loopback', () => {
    expect(routeTo(targetAt('udp', '127.0.0.9'))).toBe('127.0.0.1')
    expect(routeTo(targetAt('tcp', '::1'))).toBe('::1')
  })

  test.each(['192.0.2.1', '2001:db8::1'])('T009 towards %s is one of this machine, or unknown', (addr) => {
    const found = routeTo(targetAt('udp', addr))
    expect(found === undefined || ownAddresses().has(found)).toBe(true)
    expect(isUnspecified(found ?? 'none')).toBe(false)
  })

  test('T009 towards nobody in particular is one that others may reach, if there is any', () => {
    const others = [...ownAddresses()].filter((address) => !isLoopback(address) && !/^(fe80|169\.254)/.test(address))
    expect(others.length === 0).toBe(isLoopback(anyAddress('IPv4')) && isLoopback(anyAddress('IPv6')))
  })

  test('T038 owns every address of the machine, and what is advertised', () => {
    const local = { host: '0.0.0.0', port: 5060, family: 'IPv4' } as const
    const plain = wildcardAddressing(local, new VirtualClock())
    expect([...ownAddresses()].every((address) => plain.owns(address))).toBe(true)
    expect(plain.owns('192.0.2.77')).toBe(false)
    const told = wildcardAddressing(local, new VirtualClock(), { host: '203.0.113.7', port: 6000 })
    expect([told.hostFor(targetAt('udp', '127.0.0.1')), told.port]).toEqual(['203.0.113.7', 6000])
    expect([told.owns('203.0.113.7'), told.owns('127.0.0.1'), told.owns('192.0.2.77')]).toEqual([true, true, false])
  })
})
