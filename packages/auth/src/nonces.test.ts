import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { expect, test } from 'vitest'
import { Nonces, equalInConstantTime } from './nonces.ts'

function nonces(realm = 'biloxi.com', secret = 1) {
  const clock = new VirtualClock(1_700_000_000_000)
  const made = new Nonces({
    secret: new Uint8Array(32).fill(secret),
    realm,
    lifetime: 300_000,
    clock,
    random: new SeededRandom(3),
  })
  return { clock, made }
}

test('D064 a nonce is good for its lifetime, and then is known to be ours but too old', () => {
  const { clock, made } = nonces()
  const nonce = made.issue()
  expect(made.check(nonce)).toBe('valid')
  clock.advance(299_999)
  expect(made.check(nonce)).toBe('valid')
  clock.advance(1)
  expect(made.check(nonce)).toBe('expired')
})

test('D064 no two nonces are the same, and none of another server or realm passes', () => {
  const { made } = nonces()
  const all = Array.from({ length: 100 }, () => made.issue())
  expect(new Set(all).size).toBe(100)
  expect(nonces('other').made.check(all[0]!)).toBe('foreign')
  expect(nonces('biloxi.com', 2).made.check(all[0]!)).toBe('foreign')
  expect(nonces().made.check(all[0]!)).toBe('valid')
})

test('D064 a nonce that was changed in any place is not ours', () => {
  const { made } = nonces()
  const nonce = made.issue()
  for (let i = 0; i < nonce.length; i++) {
    const changed = `${nonce.slice(0, i)}${nonce[i] === '0' ? '1' : '0'}${nonce.slice(i + 1)}`
    expect(made.check(changed), changed).toBe('foreign')
  }
  for (const other of ['', nonce.slice(1), `${nonce}0`, nonce.toUpperCase()]) expect(made.check(other)).toBe('foreign')
})

test('a nonce of a machine whose clock is far ahead does not last longer', () => {
  const { made } = nonces()
  const ahead = nonces()
  ahead.clock.advance(4000)
  expect(made.check(ahead.made.issue())).toBe('valid')
  ahead.clock.advance(4000)
  expect(made.check(ahead.made.issue())).toBe('expired')
})

test('D068 comparison looks at all of both', () => {
  expect(equalInConstantTime('abc', 'abc')).toBe(true)
  for (const other of ['', 'ab', 'abcd', 'abd', 'bbc']) expect(equalInConstantTime(other, 'abc'), other).toBe(false)
  expect(equalInConstantTime('', '')).toBe(true)
})
