import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { ProxyAuthenticate, WwwAuthenticate } from '../headers/authentication.ts'
import { SipResponse } from '../message/response.ts'
import { DigestChallenge } from './digest-challenge.ts'
import { DigestCredentials } from './digest-credentials.ts'

const challenge =
  'Digest realm="atlanta.com", domain="sip:boxesbybob.com", qop="auth, auth-int",nonce="f84f1cec41e6cbe5aea9c8e88d359", opaque="", stale=FALSE, algorithm=MD5'
const refused = expect.objectContaining({ code: 'ERR_SIP_PARSE', status: 400 })

test('M043b a challenge is one value with commas inside', () => {
  const read = DigestChallenge.parse(challenge, 'proxy')
  expect(read).toMatchObject({
    kind: 'proxy',
    scheme: 'Digest',
    realm: 'atlanta.com',
    nonce: 'f84f1cec41e6cbe5aea9c8e88d359',
    opaque: '',
    algorithm: 'MD5',
    qop: ['auth', 'auth-int'],
    stale: false,
  })
  expect(read.params.get('domain')).toBe('sip:boxesbybob.com')
  expect(read.toString()).toBe(challenge)
})

test('M044 several challenges joined in one row are told apart', () => {
  const row = `${challenge}, Digest realm="b", nonce="n2", stale=true , Basic realm="c", Negotiate`
  const all = DigestChallenge.parseAll(row, 'www')
  expect(all.map(({ scheme, realm, stale }) => [scheme, realm, stale])).toEqual([
    ['Digest', 'atlanta.com', false],
    ['Digest', 'b', true],
    ['Basic', 'c', false],
    ['Negotiate', '', false],
  ])
  expect(all[1]?.toString()).toBe('Digest realm="b", nonce="n2", stale=true')
  expect(() => DigestChallenge.parse(row, 'www')).toThrow(refused)
})

test('M044 a message hands out the challenges of joined and of separate rows alike', () => {
  const response = new SipResponse({
    status: 401,
    headers: [
      ['WWW-Authenticate', 'Digest realm="a", nonce="1", Digest realm="b", nonce="2"'],
      ['Proxy-Authenticate', 'Digest realm="c", nonce="3"'],
    ],
  })
  expect(
    [...response.read(WwwAuthenticate), ...response.read(ProxyAuthenticate)].map(
      ({ kind, realm }) => `${kind} ${realm}`,
    ),
  ).toEqual(['www a', 'www b', 'proxy c'])
})

test('a challenge without nonce or realm, or that does not parse, is refused', () => {
  for (const bad of [
    '',
    'Digest realm="a"',
    'Digest nonce="a"',
    'Digest realm="a" nonce="b"',
    'Digest realm="a, nonce="b"',
    'Digest realm="a", nonce="b",',
    'Digest realm="a", nonce="b", nonce="c"',
  ]) {
    expect(() => DigestChallenge.parse(bad, 'www'), bad).toThrow(refused)
  }
})

test('a challenge is written with the quotes that its grammar asks for', () => {
  const init = {
    kind: 'www',
    realm: 'a "b"',
    nonce: 'n',
    algorithm: 'SHA-256',
    qop: ['auth', 'auth-int'],
    stale: true,
  } as const
  const written = new DigestChallenge({ ...init, opaque: 'o', userhash: true })
  expect(written.toString()).toBe(
    'Digest realm="a \\"b\\"", nonce="n", opaque="o", stale=true, algorithm=SHA-256, qop="auth,auth-int", userhash=true',
  )
  expect(DigestChallenge.parse(written.toString(), 'www')).toMatchObject({ ...init, opaque: 'o' })
  expect(written.userhash).toBe(true)
})

test('credentials are read and written', () => {
  const init = {
    kind: 'proxy',
    username: 'bob',
    realm: 'biloxi.com',
    nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
    uri: 'sip:bob@biloxi.com',
    response: '6629fae49393a05397450978507c4ef1',
    algorithm: 'MD5',
    cnonce: '0a4f113b',
    opaque: '5ccc069c403ebaf9f0171e9517f40e41',
    qop: 'auth',
    nc: 10,
  } as const
  const text = new DigestCredentials(init).toString()
  expect(text).toContain('username="bob", realm="biloxi.com"')
  expect(text).toContain('algorithm=MD5')
  // M079 eight digits, lower case
  expect(text).toContain('qop=auth, nc=0000000a')
  expect(DigestCredentials.parse(text, 'proxy')).toMatchObject(init)
})

test('M079 a nonce count that is not eight hexadecimal digits is none', () => {
  for (const nc of ['1', '000000001', '0000000g', '"0000 001"']) {
    expect(DigestCredentials.parse(`Digest username="a", nc=${nc}`, 'www').nc, nc).toBeUndefined()
  }
  expect(DigestCredentials.parse('Digest username="a", nc="0000000B"', 'www').nc).toBe(11)
})

test('a name that is not ASCII travels as username*', () => {
  const text = new DigestCredentials({
    kind: 'www',
    username: "Jäsøn (d'oe)",
    realm: 'r',
    nonce: 'n',
    uri: 'sip:h',
    response: 'x',
    extendedUsername: true,
  }).toString()
  expect(text).toContain("username*=UTF-8''J%C3%A4s%C3%B8n%20%28d%27oe%29")
  expect(DigestCredentials.parse(text, 'www').username).toBe("Jäsøn (d'oe)")
})

test('M181 nothing in credentials can break the line', () => {
  const init = { kind: 'www', username: 'a', realm: 'r', nonce: 'n', uri: 'sip:h', response: 'x' } as const
  for (const name of [
    'username',
    'realm',
    'nonce',
    'uri',
    'response',
    'algorithm',
    'cnonce',
    'qop',
    'opaque',
  ] as const) {
    expect(() => new DigestCredentials({ ...init, [name]: 'x\r\nEvil: 1' }), name).toThrow(
      expect.objectContaining({ code: 'ERR_SIP_INJECTION' }),
    )
  }
})

test('M184 inspection shows whose credentials they are and no more', () => {
  const text = 'Digest username="a", realm="r", nonce="n", uri="sip:h", response="0123456789abcdef"'
  expect(inspect(DigestCredentials.parse(text, 'www'))).toBe('DigestCredentials www "r"')
})

test('another scheme is read as far as it goes', () => {
  const read = DigestCredentials.parse('NoOneKnowsThisScheme opaque-data=here', 'www')
  expect(read).toMatchObject({ scheme: 'NoOneKnowsThisScheme', isDigest: false, username: '' })
  expect(read.params.get('opaque-data')).toBe('here')
  expect(DigestCredentials.parse('Bearer abc.def/ghi==', 'www').scheme).toBe('Bearer')
})
