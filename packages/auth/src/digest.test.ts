import { expect, test } from 'vitest'
import {
  type DigestInput,
  digestHa1,
  digestResponse,
  digestRspauth,
  digestUserhash,
  formatNonceCount,
} from './digest.ts'
import { type DigestAlgorithm, algorithmOf, compareStrength, hashHex, hashOf } from './hashes.ts'

function bob(algorithm: DigestAlgorithm, more: Partial<DigestInput>): string {
  return digestResponse({
    algorithm,
    ha1: digestHa1(hashOf(algorithm), 'bob', 'biloxi.com', 'zanzibar'),
    method: 'INVITE',
    uri: 'sip:bob@biloxi.com',
    nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
    cnonce: '0a4f113b',
    nc: 1,
    ...more,
  })
}

test('D037 D039 the vector of RFC 2617 3.5', () => {
  const response = digestResponse({
    algorithm: 'MD5',
    ha1: digestHa1('MD5', 'Mufasa', 'testrealm@host.com', 'Circle Of Life'),
    method: 'GET',
    uri: '/dir/index.html',
    nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
    qop: 'auth',
    cnonce: '0a4f113b',
    nc: 1,
  })
  expect(response).toBe('6629fae49393a05397450978507c4ef1')
})

const mufasa = (hash: 'MD5' | 'SHA-256') => digestHa1(hash, 'Mufasa', 'http-auth@example.org', 'Circle of Life')

test('D059 the vectors of RFC 7616 3.9.1', () => {
  const input = {
    method: 'GET',
    uri: '/dir/index.html',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    qop: 'auth',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    nc: 1,
  } as const
  expect(digestResponse({ algorithm: 'MD5', ha1: mufasa('MD5'), ...input })).toBe('8ca523f5e9506fed4657c9700eebdbec')
  expect(digestResponse({ algorithm: 'SHA-256', ha1: mufasa('SHA-256'), ...input })).toBe(
    '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
  )
})

test('D036 D060 SHA-512/256 is the real one, not a cut SHA-512', () => {
  expect(hashHex('SHA-512-256', 'abc')).toBe('53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23')
  expect(digestUserhash('SHA-512-256', 'Jäsøn Doe', 'api@example.org')).toBe(
    '793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b',
  )
  const response = digestResponse({
    algorithm: 'SHA-512-256',
    ha1: digestHa1('SHA-512-256', 'Jäsøn Doe', 'api@example.org', 'Secret, or not?'),
    method: 'GET',
    uri: '/doe.json',
    nonce: '5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK',
    qop: 'auth',
    cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
    nc: 1,
  })
  expect(response).toBe('3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5')
})

test('D038 D042 D043 D061 a SIP request under every algorithm and quality', () => {
  expect(bob('MD5', {})).toBe('bf57e4e0d0bffc0fbaedce64d59add5e')
  expect(bob('MD5', { qop: 'auth' })).toBe('89eb0059246c02b2f6ee02c7961d5ea3')
  const body = new TextEncoder().encode('v=0\r\n')
  expect(bob('MD5', { qop: 'auth-int', body })).toBe('77226bb823dc077c1ad3537415667bae')
  expect(bob('MD5', { qop: 'auth-int', body: new Uint8Array() })).toBe('2d6fc6e788367208f746582b18a69618')
  expect(bob('MD5', { qop: 'auth-int' })).toBe('2d6fc6e788367208f746582b18a69618')
  expect(bob('MD5-sess', { qop: 'auth' })).toBe('e4e4ea61d186d07a92c9e1f6919902e9')
  expect(bob('SHA-256', { qop: 'auth' })).toBe('b3b5a6c69453abafaab9ae4dccdac90a076b6c80615d5f3498e7433b6e93bf4f')
  expect(bob('SHA-512-256', { qop: 'auth' })).toBe('7f1a09de0f19af0a1eac2b28d33e3f2fb89cca1ad8fb01bba5e1883b288bac14')
})

test('D042 the hash of an empty body', () => {
  expect(hashHex('MD5', '')).toBe('d41d8cd98f00b204e9800998ecf8427e')
})

test('D074 rspauth is computed without the method', () => {
  const input = {
    algorithm: 'MD5',
    ha1: 'a'.repeat(32),
    uri: 'sip:h',
    nonce: 'n',
    qop: 'auth',
    cnonce: 'c',
    nc: 1,
  } as const
  expect(digestRspauth(input)).toBe(digestResponse({ ...input, method: '' }))
})

test('D035 names of algorithms are read in any case, MD5 is meant by none', () => {
  expect(algorithmOf(undefined)).toBe('MD5')
  expect(algorithmOf('md5-SESS')).toBe('MD5-sess')
  expect(algorithmOf('sha-512-256')).toBe('SHA-512-256')
  for (const unknown of ['', 'SHA-1', 'AKAv1-MD5', '__proto__', 'SHA-512']) expect(algorithmOf(unknown)).toBeUndefined()
  expect(compareStrength('SHA-512-256', 'SHA-256-sess')).toBeGreaterThan(0)
  expect(compareStrength('MD5', 'MD5-sess')).toBe(0)
})

test('D047 a nonce count is eight digits', () => {
  expect(formatNonceCount(1)).toBe('00000001')
  expect(formatNonceCount(0xabc)).toBe('00000abc')
})
