import { createHash } from 'node:crypto'
import { SeededRandom } from '@netsip/runtime/testing'
import { expect, test } from 'vitest'
import { authorize } from './authorize.ts'
import { digestHa1, digestResponse } from './digest.ts'
import { algorithmOf } from './hashes.ts'
import { DigestSession } from './session.ts'
import { challenged, credentialsIn, request } from './testing/messages.ts'

const bob = ['bob', 'zanzibar'] as const
const first = 'WWW-Authenticate: Digest realm="biloxi.com", nonce="n1"'

/** The credentials that a challenge is answered with. */
function answerTo(...challenges: string[]) {
  const next = request()
  const done = authorize(next, challenged(next, ...challenges), bob)
  return { done, credentials: credentialsIn(next), only: credentialsIn(next)[0] }
}

test('D029 D029b each challenge is answered in the header of its kind', () => {
  expect(answerTo(`${first}, qop="auth"`).only).toMatchObject({ kind: 'www', realm: 'biloxi.com', username: 'bob' })
  const proxy = answerTo('Proxy-Authenticate: Digest realm="p", nonce="n2"')
  expect(proxy.done).toBe(true)
  expect(proxy.only).toMatchObject({ kind: 'proxy', realm: 'p' })
})

test('D029c D034 challenges of several kinds and realms are each answered', () => {
  const { credentials } = answerTo(
    first,
    'WWW-Authenticate: Digest realm="r2", nonce="x"',
    'Proxy-Authenticate: Digest realm="biloxi.com", nonce="y"',
  )
  expect(credentials.map(({ kind, realm }) => `${kind} ${realm}`)).toEqual([
    'www biloxi.com',
    'www r2',
    'proxy biloxi.com',
  ])
})

test('D031 D032 D041e only Digest with what is known of it is answered', () => {
  for (const unknown of [
    'WWW-Authenticate: Basic realm="biloxi.com"',
    'WWW-Authenticate: Digest realm="biloxi.com", nonce="n", algorithm=SHA-1',
    'WWW-Authenticate: Digest realm="biloxi.com", nonce="n", qop="auth-conf"',
    'WWW-Authenticate: Digest realm="biloxi.com"',
    'WWW-Authenticate: Digest realm="biloxi.com, nonce="n"',
  ]) {
    expect(answerTo(unknown), unknown).toMatchObject({ done: false, credentials: [] })
  }
  expect(answerTo('WWW-Authenticate: Digest realm="b", nonce="n", algorithm=SHA-1', first).only?.realm).toBe(
    'biloxi.com',
  )
  expect(answerTo('WWW-Authenticate: DIGEST realm="b", nonce="n"').done).toBe(true)
})

test('D033 the strongest challenge of a realm that is known is answered, the topmost if asked', () => {
  const rows = ['MD5', 'SHA-512', 'SHA-256', 'SHA-256-sess'].map(
    (algorithm) => `${first}, algorithm=${algorithm}, qop="auth"`,
  )
  expect(answerTo(...rows).credentials.map(({ algorithm }) => algorithm)).toEqual(['SHA-256'])
  const next = request()
  void authorize(next, challenged(next, ...rows), bob, new DigestSession(bob, { prefer: 'topmost' }))
  expect(credentialsIn(next).map(({ algorithm }) => algorithm)).toEqual(['MD5'])
})

test('a downgrade is refused when it is asked to be', () => {
  const strong = new DigestSession(bob, { algorithms: ['SHA-256', 'SHA-512-256'] })
  expect(strong.answer(request(), challenged(request(), `${first}, algorithm=MD5`))).toBe('no-credentials')
  expect(strong.answer(request(), challenged(request(), `${first}, algorithm=SHA-256`))).toBe('retry')
})

test('D035 D037 D038 D039 D040 D048b the response is that of the request, for every algorithm', () => {
  for (const algorithm of ['MD5', 'md5-sess', 'SHA-256', 'SHA-256-sess', 'SHA-512-256', 'SHA-512-256-sess']) {
    const { only } = answerTo(`${first}, algorithm=${algorithm}, qop="auth"`)
    const known = algorithmOf(algorithm)!
    const expected = digestResponse({
      algorithm: known,
      ha1: digestHa1(known.replace('-sess', '') as 'MD5', 'bob', 'biloxi.com', 'zanzibar'),
      method: 'REGISTER',
      uri: 'sip:biloxi.com',
      nonce: 'n1',
      qop: 'auth',
      cnonce: only!.cnonce!,
      nc: 1,
    })
    expect(only, algorithm).toMatchObject({
      algorithm,
      uri: 'sip:biloxi.com',
      nonce: 'n1',
      qop: 'auth',
      nc: 1,
      response: expected,
    })
  }
})

test('D039 without qop there is no cnonce and no nonce count', () => {
  const { only } = answerTo(first)
  expect(only).toMatchObject({ qop: undefined, nc: undefined, cnonce: undefined, algorithm: undefined })
  expect(answerTo(`${first}, algorithm=MD5-sess`).only?.cnonce).toMatch(/^[0-9a-f]{32}$/)
})

test('D041 D041b D041c D041d a quality is chosen among those that are known', () => {
  const qop = (list: string) => answerTo(`${first}, qop=${list}`).only?.qop
  expect(qop('"auth-int , auth"')).toBe('auth')
  expect(qop('"auth-int,auth-conf"')).toBe('auth-int')
  expect(qop('auth')).toBe('auth')
  const next = request()
  void authorize(
    next,
    challenged(next, `${first}, qop="auth,auth-int"`),
    bob,
    new DigestSession(bob, { preferQop: 'auth-int' }),
  )
  expect(credentialsIn(next)[0]?.qop).toBe('auth-int')
})

test('D043 auth-int covers the body', () => {
  const challenge = `${first}, qop="auth-int"`
  const answers = ['v=0\r\n', 'v=1\r\n'].map((body) => {
    const next = request('INVITE', 1, { body })
    void authorize(next, challenged(next, challenge), bob, new DigestSession(bob, { random: new SeededRandom(1) }))
    return credentialsIn(next)[0]!.response
  })
  expect(answers[0]).not.toBe(answers[1])
})

test('D044 D045 D048 what is quoted, what is not, and what is echoed', () => {
  const next = request()
  const challenge = `${first}, qop="auth", opaque="", algorithm=MD5`
  void authorize(next, challenged(next, challenge), bob)
  const row = next.headers.get('Authorization')
  expect(row).toMatch(
    /^Digest username="bob", realm="biloxi.com", nonce="n1", uri="sip:biloxi.com", response="[0-9a-f]{32}", algorithm=MD5, cnonce="[0-9a-f]{32}", opaque="", qop=auth, nc=00000001$/,
  )
})

test('D048c D049 realms with quotes are hashed unescaped, and told apart by case', () => {
  const { only } = answerTo('WWW-Authenticate: Digest realm="a \\"b\\"", nonce="n"')
  expect(only?.realm).toBe('a "b"')
  expect(only?.response).toBe(
    digestResponse({
      algorithm: 'MD5',
      ha1: digestHa1('MD5', 'bob', 'a "b"', 'zanzibar'),
      method: 'REGISTER',
      uri: 'sip:biloxi.com',
      nonce: 'n',
    }),
  )
  const user = 'bob "the \\ builder"'
  const named = request()
  expect(authorize(named, challenged(named, 'WWW-Authenticate: Digest realm="r", nonce="n"'), [user, 'pw'])).toBe(true)
  expect(named.headers.get('Authorization')).toContain('username="bob \\"the \\\\ builder\\""')
  const input = { algorithm: 'MD5', method: 'REGISTER', uri: 'sip:biloxi.com', nonce: 'n' } as const
  const ha1 = createHash('md5').update('bob "the \\ builder":r:pw').digest('hex')
  expect(credentialsIn(named)[0]?.response).toBe(digestResponse({ ...input, ha1 }))
  const next = request()
  expect(authorize(next, challenged(next, first), { 'BILOXI.com': bob })).toBe(false)
})

test('what is there for the same realm is replaced, everything else stays', () => {
  const next = request()
  next.headers.append(
    'Authorization',
    'Digest username="other", realm="elsewhere", nonce="z", uri="sip:x", response="0"',
  )
  next.headers.append('Authorization', 'Bearer token')
  void authorize(next, challenged(next, first), bob)
  void authorize(next, challenged(next, first.replace('n1', 'n2')), bob)
  expect(next.headers.getAll('Authorization').map((row) => row.slice(0, 40))).toEqual([
    'Digest username="other", realm="elsewher',
    'Bearer token',
    'Digest username="bob", realm="biloxi.com',
  ])
  expect(credentialsIn(next).at(-1)?.nonce).toBe('n2')
})

test('D058 credentials that come later make the answer come later', async () => {
  const next = request()
  const done = authorize(next, challenged(next, first), () => Promise.resolve(bob))
  expect(credentialsIn(next)).toEqual([])
  await expect(done).resolves.toBe(true)
  expect(credentialsIn(next)[0]?.username).toBe('bob')
})

test('D058c userhash and username* are sent to servers that take them', () => {
  const jason = ['Jäsøn Doe', 'Secret, or not?'] as const
  const rows = (challenge: string) => {
    const next = request()
    void authorize(
      next,
      challenged(next, `WWW-Authenticate: Digest realm="api@example.org", nonce="n", ${challenge}`),
      jason,
    )
    return next.headers.get('Authorization')
  }
  expect(rows('algorithm=SHA-512-256, userhash=true')).toContain(
    'username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"',
  )
  expect(rows('algorithm=SHA-512-256, userhash=true')).toContain('userhash=true')
  expect(rows('charset=UTF-8')).toContain("username*=UTF-8''J%C3%A4s%C3%B8n%20Doe,")
  expect(rows('algorithm=MD5')).toContain('username="Jäsøn Doe"')
})
