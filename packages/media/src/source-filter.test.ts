import { expect, test } from 'vitest'
import { canonicalAddress } from './packet-socket.ts'
import { SourceFilter } from './source-filter.ts'

const signalled = { address: '192.0.2.1', port: 4000 }
const behindNat = { address: '203.0.113.9', port: 61000 }
const stranger = { address: '198.51.100.6', port: 4000 }

test('A030 hears the signalled address, and nobody else once it was heard', () => {
  const filter = new SourceFilter()
  filter.signalled = signalled
  expect(filter.accepts(signalled, 1)).toBe(true)
  expect(filter.accepts(stranger, 2)).toBe(false)
})

test('A030 until then the first other one counts, and loses to the signalled one', () => {
  const filter = new SourceFilter()
  filter.signalled = signalled
  expect(filter.accepts(behindNat, 1)).toBe(true)
  expect(filter.accepts(stranger, 2)).toBe(false)
  expect(filter.accepts(signalled, 3)).toBe(true)
  expect(filter.accepts(stranger, 2)).toBe(false)
})

test('A029b a source that moves is believed when it keeps its SSRC', () => {
  const filter = new SourceFilter({ latching: true })
  filter.signalled = signalled
  filter.accepts(behindNat, 1)
  const moved = { ...behindNat, port: 61001 }
  expect(filter.accepts(moved, 1)).toBe(true)
  expect(filter.destination).toMatchObject(moved)
  expect(filter.accepts(behindNat, 2)).toBe(false)
})

test('A029 sends to where packets come from only when latching was asked for', () => {
  for (const latching of [false, true]) {
    const filter = new SourceFilter({ latching })
    filter.signalled = signalled
    expect(filter.destination).toMatchObject(signalled)
    filter.accepts(behindNat, 1)
    expect(filter.destination).toMatchObject(latching ? behindNat : signalled)
  }
})

test('A030 can be told to hear the signalled address only', () => {
  const filter = new SourceFilter({ accept: 'signalled' })
  filter.signalled = signalled
  expect(filter.accepts(behindNat, 1)).toBe(false)
  expect(filter.accepts(signalled, 1)).toBe(true)
})

test('A127 a newly signalled address makes it learn anew, the same one does not', () => {
  const filter = new SourceFilter({ latching: true })
  filter.signalled = signalled
  filter.accepts(behindNat, 1)
  filter.signalled = { ...signalled }
  expect(filter.destination).toMatchObject(behindNat)
  filter.signalled = { address: '192.0.2.2', port: 5000 }
  expect(filter.destination).toEqual({ address: '192.0.2.2', port: 5000 })
})

test('A010 an IPv6 address compares in any spelling', () => {
  const filter = new SourceFilter({ accept: 'signalled' })
  filter.signalled = { address: '2001:DB8:0:0::1', port: 4000 }
  expect(filter.accepts({ address: '2001:db8::1', port: 4000 }, 1)).toBe(true)
  expect(canonicalAddress('::ffff:192.0.2.1')).toBe('192.0.2.1')
  expect(canonicalAddress('fe80::1%eth0')).toBe('fe80::1')
  expect(canonicalAddress('not:an:address')).toBe('not:an:address')
})
