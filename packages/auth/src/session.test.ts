import { inspect } from 'node:util'
import { SeededRandom } from '@netsip/runtime/testing'
import { expect, test } from 'vitest'
import { digestHa1, digestRspauth } from './digest.ts'
import { DigestSession } from './session.ts'
import { challenged, credentialsIn, request } from './testing/messages.ts'

const bob = ['bob', 'zanzibar'] as const
const challenge = (nonce: string, more = '') =>
  `WWW-Authenticate: Digest realm="biloxi.com", nonce="${nonce}", qop="auth"${more}`
const proxy = (nonce: string, realm = 'proxy') =>
  `Proxy-Authenticate: Digest realm="${realm}", nonce="${nonce}", qop="auth"`

/** A session, and the last try it made ready. */
function started(...challenges: string[]) {
  const session = new DigestSession(bob, { random: new SeededRandom(7) })
  const next = request()
  expect(session.answer(next, challenged(next, ...challenges))).toBe('retry')
  return { session, next }
}

test('D051 the same realm refusing a fresh nonce means that the password is wrong', () => {
  const { session, next } = started(challenge('n1'))
  expect(session.answer(next, challenged(next, challenge('n2')))).toBe('rejected')
})

test('D051 the same nonce again is a refusal, whatever is said of it', () => {
  const { session, next } = started(challenge('n1'))
  expect(session.answer(next, challenged(next, challenge('n1', ', stale=true')))).toBe('rejected')
})

test('D050 D052 a stale nonce is replaced, but not for ever', () => {
  const { session, next } = started(challenge('n1'))
  expect(session.answer(next, challenged(next, challenge('n2', ', stale=true')))).toBe('retry')
  expect(credentialsIn(next)).toMatchObject([{ nonce: 'n2', nc: 1 }])
  expect(session.answer(next, challenged(next, challenge('n3', ', stale=TRUE')))).toBe('retry')
  expect(session.answer(next, challenged(next, challenge('n4', ', stale=true')))).toBe('rejected')
})

test('D051 a nonce forgotten after it was used is not a wrong password, but the next refusal is', () => {
  const { session } = started(challenge('n1'))
  const later = request('REGISTER', 2)
  session.prepare(later)
  expect(credentialsIn(later)).toMatchObject([{ nonce: 'n1', nc: 2 }])
  expect(session.answer(later, challenged(later, challenge('n2')))).toBe('retry')
  expect(session.answer(later, challenged(later, challenge('n3')))).toBe('rejected')
})

test('D047 the nonce count rises with each request under a nonce, the cnonce is new each time', () => {
  const { session, next } = started(challenge('n1'))
  const cnonces = new Set([credentialsIn(next)[0]!.cnonce])
  for (let nc = 2; nc < 20; nc++) {
    const later = request('OPTIONS', nc)
    session.prepare(later)
    expect(credentialsIn(later)[0]).toMatchObject({ nc, nonce: 'n1' })
    cnonces.add(credentialsIn(later)[0]!.cnonce)
  }
  expect(cnonces.size).toBe(19)
})

test('D037 one cnonce a nonce makes the session key of -sess', () => {
  const { session, next } = started(`${challenge('n1')}, algorithm=MD5-sess`)
  const later = request('OPTIONS', 2)
  session.prepare(later)
  expect(credentialsIn(later)[0]).toMatchObject({ nc: 2, cnonce: credentialsIn(next)[0]!.cnonce })
  expect(session.answer(later, challenged(later, `${challenge('n2')}, algorithm=MD5-sess`))).toBe('retry')
  expect(credentialsIn(later)[0]!.cnonce).not.toBe(credentialsIn(next)[0]!.cnonce)
})

test('D053 a second realm is added, and the first goes out again with its count raised', () => {
  const { session, next } = started(proxy('p1'))
  expect(session.answer(next, challenged(next, challenge('n1')))).toBe('retry')
  expect(credentialsIn(next)).toMatchObject([
    { kind: 'www', realm: 'biloxi.com', nc: 1 },
    { kind: 'proxy', realm: 'proxy', nonce: 'p1', nc: 2 },
  ])
})

test('D029c a 401 and a 407 in one response are both answered', () => {
  const { next } = started(challenge('n1'), proxy('p1'), proxy('p2', 'second'))
  expect(credentialsIn(next).map(({ kind, realm }) => `${kind} ${realm}`)).toEqual([
    'www biloxi.com',
    'proxy proxy',
    'proxy second',
  ])
})

test('D058 nothing is known for the realm, or nothing can be answered', () => {
  const session = new DigestSession({ elsewhere: bob })
  expect(session.answer(request(), challenged(request(), challenge('n1')))).toBe('no-credentials')
  expect(session.answer(request(), request().createResponse(401))).toBe('no-credentials')
  expect(session.answer(request(), challenged(request(), 'WWW-Authenticate: Basic realm="elsewhere"'))).toBe(
    'no-credentials',
  )
})

test('D058 a function is asked with the realm, and may answer later', async () => {
  const asked: string[] = []
  const session = new DigestSession((realm) => {
    asked.push(realm)
    return Promise.resolve(bob)
  })
  const next = request()
  await expect(session.answer(next, challenged(next, challenge('n1')))).resolves.toBe('retry')
  expect(asked).toEqual(['biloxi.com'])
  expect(credentialsIn(next)).toHaveLength(1)
  await expect(session.answer(request(), challenged(request(), challenge('n1')))).resolves.toBe('retry')
})

test('D037 a stored MD5 hash answers the MD5 challenge though SHA-256 is offered', () => {
  const ha1 = digestHa1('MD5', 'bob', 'biloxi.com', 'zanzibar')
  const session = new DigestSession({ username: 'bob', ha1 })
  const next = request()
  expect(
    session.answer(next, challenged(next, challenge('n', ', algorithm=SHA-256'), challenge('n', ', algorithm=MD5'))),
  ).toBe('retry')
  expect(credentialsIn(next).map(({ algorithm }) => algorithm)).toEqual(['MD5'])
  expect(session.answer(request(), challenged(request(), challenge('n', ', algorithm=SHA-256')))).toBe('no-credentials')
})

test('D054 known realms are answered before they ask; D055 D056 ACK and CANCEL are not touched', () => {
  const { session } = started(challenge('n1'), proxy('p1'))
  const bye = request('BYE', 2)
  session.prepare(bye)
  expect(credentialsIn(bye).map(({ nc }) => nc)).toEqual([2, 2])
  for (const method of ['ACK', 'CANCEL']) {
    const copy = request(method)
    session.prepare(copy)
    expect(credentialsIn(copy)).toEqual([])
  }
})

test('D054b the nonce that the server wants next is used next', () => {
  const { session, next } = started(challenge('n1'))
  const ok = next.createResponse(200, { headers: { 'Authentication-Info': 'nextnonce="n2"' } })
  expect(session.accepted(next, ok)).toBeUndefined()
  const later = request('REGISTER', 2)
  session.prepare(later)
  expect(credentialsIn(later)).toMatchObject([{ nonce: 'n2', nc: 1 }])
})

test('D047 D054b a -sess key is made of the cnonce that came with its nonce, and of a new one with the next', () => {
  const { session, next } = started(
    'WWW-Authenticate: Digest realm="biloxi.com", nonce="n1", algorithm=MD5-sess, qop="auth"',
  )
  const later = [request('OPTIONS', 2), request('OPTIONS', 3)]
  session.prepare(later[0]!)
  session.accepted(next, next.createResponse(200, { headers: { 'Authentication-Info': 'nextnonce="n2"' } }))
  session.prepare(later[1]!)
  const [first, second, third] = [next, ...later].map((one) => credentialsIn(one)[0]?.cnonce)
  expect(second).toBe(first)
  expect(third).not.toBe(first)
})

test('D054c the proof of the server is checked', () => {
  const { session, next } = started(challenge('n1'))
  const { cnonce = '', uri } = credentialsIn(next)[0]!
  const ha1 = digestHa1('MD5', 'bob', 'biloxi.com', 'zanzibar')
  const rspauth = digestRspauth({ algorithm: 'MD5', ha1, uri, nonce: 'n1', qop: 'auth', cnonce, nc: 1 })
  const answer = (proof: string) =>
    next.createResponse(200, {
      headers: { 'Authentication-Info': `rspauth="${proof}", cnonce="${cnonce}", nc=00000001, qop=auth` },
    })
  expect(session.accepted(next, answer(rspauth))).toBe(true)
  expect(session.accepted(next, answer(rspauth.replace(/^./, (c) => (c === '0' ? '1' : '0'))))).toBe(false)
  expect(session.accepted(next, next.createResponse(200))).toBeUndefined()
  expect(
    session.accepted(next, next.createResponse(200, { headers: { 'Authentication-Info': '"garbage' } })),
  ).toBeUndefined()
})

test('the realms that are remembered are bounded', () => {
  const session = new DigestSession(bob)
  for (let i = 0; i < 100; i++) void session.answer(request(), challenged(request(), proxy('n', `realm ${i}`)))
  const next = request()
  session.prepare(next)
  expect(credentialsIn(next).map(({ realm }) => realm)).toEqual(Array.from({ length: 32 }, (_, i) => `realm ${i + 68}`))
})

test('nothing shows the password', () => {
  const { session } = started(challenge('n1'))
  const ha1 = digestHa1('MD5', 'bob', 'biloxi.com', 'zanzibar')
  const shown = inspect(session, { depth: 9, showHidden: true }) + JSON.stringify(session)
  expect(shown).not.toContain('zanzibar')
  expect(shown).not.toContain(ha1)
})

test('D058b nobody is anonymous unless that is configured', () => {
  const asked = [challenge('n1')]
  for (const credentials of [{ other: ['bob', 'zanzibar'] as const }, () => undefined]) {
    const next = request()
    expect(new DigestSession(credentials).answer(next, challenged(next, ...asked))).toBe('no-credentials')
    expect(credentialsIn(next)).toEqual([])
  }
  const next = request()
  expect(new DigestSession(['anonymous', '']).answer(next, challenged(next, ...asked))).toBe('retry')
  expect(credentialsIn(next).map(({ username }) => username)).toEqual(['anonymous'])
})

test('D054b D051 a server that forgot the nonce it gave as the next one has not refused the password', () => {
  const { session, next } = started(challenge('n1'))
  const info = { headers: { 'Authentication-Info': 'nextnonce="n2"' } }
  expect(session.accepted(next, next.createResponse(200, info))).toBeUndefined()
  const later = request('OPTIONS', 3)
  session.prepare(later)
  expect(credentialsIn(later)).toMatchObject([{ nonce: 'n2', nc: 1 }])
  expect(session.answer(later, challenged(later, challenge('n3')))).toBe('retry')
  expect(session.answer(later, challenged(later, challenge('n4')))).toBe('rejected')
})

test('D047 a request that is sent once more for another reason gets new counts, and no credentials it had not', () => {
  const { session, next } = started(challenge('n1'), proxy('p1'))
  next.headers.delete('Proxy-Authorization')
  session.repeat(next)
  expect(credentialsIn(next)).toMatchObject([{ kind: 'www', nonce: 'n1', nc: 2 }])
})

test('D048c realms that differ in case only have a nonce each', () => {
  const { session, next } = started(proxy('p1', 'Realm'), proxy('p2', 'realm'))
  expect(credentialsIn(next)).toMatchObject([
    { realm: 'Realm', nonce: 'p1' },
    { realm: 'realm', nonce: 'p2' },
  ])
  const later = request('OPTIONS', 3)
  session.prepare(later)
  expect(credentialsIn(later)).toMatchObject([
    { realm: 'Realm', nonce: 'p1', nc: 2 },
    { realm: 'realm', nonce: 'p2', nc: 2 },
  ])
})
