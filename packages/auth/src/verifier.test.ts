import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { DigestCredentials, SipRequest } from '@netsip/message'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { expect, test } from 'vitest'
import { type Credentials } from './credentials.ts'
import { digestHa1, digestUserhash } from './digest.ts'
import { DigestSession, type DigestSessionOptions } from './session.ts'
import { challenged, challengesIn, credentialsIn, request } from './testing/messages.ts'
import { DigestVerifier, type DigestVerifierOptions, type VerifyResult } from './verifier.ts'

const bob = ['bob', 'zanzibar'] as const
const realm = 'biloxi.com'
const account = ['bob', realm, 'zanzibar'] as const

function server(options: Partial<DigestVerifierOptions> = {}) {
  const clock = new VirtualClock(1_700_000_000_000)
  const verifier = new DigestVerifier({
    realm,
    lookup: (username) => (username === 'bob' ? { password: 'zanzibar' } : undefined),
    clock,
    random: new SeededRandom(1),
    ...options,
  })
  return { clock, verifier }
}

function client(credentials: Credentials = bob, options: DigestSessionOptions = {}): DigestSession {
  return new DigestSession(credentials, { random: new SeededRandom(2), ...options })
}

/** Verifies at a server whose lookup answers at once. */
function verify(verifier: DigestVerifier, packet: SipRequest, kind: 'www' | 'proxy' = 'www'): VerifyResult {
  const result = verifier.verify(packet, kind)
  if (result instanceof Promise) throw new Error('the verifier answered later')
  return result
}

/** A request that went out, was challenged, and comes again with credentials. */
function answered(verifier: DigestVerifier, session = client(), method = 'REGISTER', body = ''): SipRequest {
  const first = verify(verifier, request(method, 1, { body }))
  const next = request(method, 2, { body })
  expect(session.answer(next, refusal(first))).toBe('retry')
  return next
}

/** Whether credentials without qop are accepted. */
function acceptsNoQop(verifier: DigestVerifier): boolean {
  const next = request()
  const nonce = challengesIn(verifier.challenge(next, 'www'))[0]!.nonce
  void client().answer(next, challenged(next, `WWW-Authenticate: Digest realm="${realm}", nonce="${nonce}"`))
  return verify(verifier, next).ok
}

/** The challenge that a refused request is answered with. */
function refusal(result: VerifyResult) {
  if (result.ok) throw new Error('it was accepted')
  return result.response
}

test('D062 D063 D063b D063c a challenge has realm, nonce, qop and an algorithm a header, the strongest on top', () => {
  const { verifier } = server({ algorithms: ['MD5', 'SHA-512-256', 'SHA-256'] })
  const response = verifier.challenge(request(), 'www')
  expect(response.status).toBe(401)
  expect(response.headers.getAll('WWW-Authenticate')).toHaveLength(3)
  expect(challengesIn(response)).toMatchObject(
    ['SHA-512-256', 'SHA-256', 'MD5'].map((algorithm) => ({
      kind: 'www',
      realm,
      algorithm,
      qop: ['auth'],
      stale: false,
      opaque: undefined,
    })),
  )
  expect(response.headers.get('WWW-Authenticate')).toContain('qop="auth"')
  expect(challengesIn(response)[0]!.nonce.length).toBeGreaterThanOrEqual(32)
})

test('D062b a proxy asks with 407 and Proxy-Authenticate, and reads only Proxy-Authorization', () => {
  const { verifier } = server()
  const first = verify(verifier, request(), 'proxy')
  expect(first).toMatchObject({ ok: false, reason: 'missing' })
  expect(refusal(first).status).toBe(407)
  const next = request()
  void client().answer(next, refusal(first))
  expect(verify(verifier, next, 'proxy').ok).toBe(true)
  expect(verify(verifier, next, 'www')).toMatchObject({ ok: false, reason: 'missing' })
})

test('the right password is accepted, under every algorithm and quality', () => {
  for (const algorithm of ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess', 'SHA-512-256', 'SHA-512-256-sess'] as const) {
    for (const qop of ['auth', 'auth-int'] as const) {
      const { verifier } = server({ algorithms: [algorithm], qop: [qop] })
      const next = answered(verifier, client(), 'INVITE', 'v=0\r\n')
      expect(verify(verifier, next), `${algorithm} ${qop}`).toMatchObject({ ok: true, username: 'bob', realm })
      next.body = new TextEncoder().encode('v=1\r\n')
      const reason = qop === 'auth' ? 'replayed' : 'wrong'
      expect(verify(verifier, next), `${algorithm} ${qop}`).toMatchObject({ ok: false, reason })
    }
  }
})

test('D064c D073 a wrong password and an unknown user are refused alike', () => {
  const { verifier } = server()
  const wrong = verify(verifier, answered(verifier, client(['bob', 'guess'])))
  const unknown = verify(verifier, answered(verifier, client(['nobody', 'zanzibar'])))
  for (const result of [wrong, unknown]) {
    expect(result).toMatchObject({ ok: false, reason: 'wrong' })
    expect(challengesIn(refusal(result)).map(({ stale }) => stale)).toEqual([false, false])
  }
  const empty = server({ lookup: () => undefined }).verifier
  expect(verify(empty, answered(empty, client(['nobody', '']))).ok).toBe(false)
})

test('a lookup is told the hash of the answer, so that users may be kept as a digest of each', () => {
  const kept = { MD5: digestHa1('MD5', ...account), 'SHA-256': digestHa1('SHA-256', ...account) }
  const lookup: DigestVerifierOptions['lookup'] = (_username, _realm, hash) =>
    hash === 'SHA-512-256' ? undefined : { ha1: kept[hash], algorithm: hash }
  for (const algorithm of ['MD5', 'MD5-sess', 'SHA-256'] as const) {
    const { verifier } = server({ lookup, algorithms: [algorithm] })
    expect(verify(verifier, answered(verifier)), algorithm).toMatchObject({ ok: true, username: 'bob' })
  }
})

test('D073 what is computed for an unknown user to take as long is no password of his', () => {
  const { verifier } = server()
  for (const ha1 of ['0'.repeat(64), digestHa1('SHA-256', 'nobody', realm, ''), digestHa1('SHA-256', '', realm, '')]) {
    const guess = client({ username: 'nobody', ha1, algorithm: 'SHA-256' })
    expect(verify(verifier, answered(verifier, guess))).toMatchObject({ ok: false, reason: 'wrong' })
  }
})

test('D051 a client with a wrong password gives up after one try', () => {
  const { verifier } = server()
  const session = client(['bob', 'guess'])
  const next = answered(verifier, session)
  expect(session.answer(next, refusal(verify(verifier, next)))).toBe('rejected')
})

test('D064b an expired nonce with the right digest is stale, with a wrong one it is not', () => {
  const { verifier, clock } = server({ nonceLifetime: 60 })
  const session = client()
  const next = answered(verifier, session)
  const guess = answered(verifier, client(['bob', 'guess']))
  clock.advance(60_000)
  expect(verify(verifier, guess)).toMatchObject({ ok: false, reason: 'wrong' })
  const result = verify(verifier, next)
  expect(result).toMatchObject({ ok: false, reason: 'stale' })
  expect(challengesIn(refusal(result))[0]!.stale).toBe(true)
  expect(session.answer(next, refusal(result))).toBe('retry')
  expect(verify(verifier, next).ok).toBe(true)
})

test('D064 a nonce that was not ours is stale to who knows the password', () => {
  const { verifier } = server()
  const next = request()
  void client().answer(next, challenged(next, `WWW-Authenticate: Digest realm="${realm}", nonce="theirs", qop="auth"`))
  expect(verify(verifier, next)).toMatchObject({ ok: false, reason: 'stale' })
})

test('D064 machines that share a secret accept the nonces of each other', () => {
  const secret = new Uint8Array(32).fill(9)
  const next = answered(server({ secret }).verifier)
  expect(verify(server({ secret }).verifier, next).ok).toBe(true)
  expect(verify(server().verifier, next).ok).toBe(false)
})

test('D065 a request replayed under another Call-ID or CSeq is refused, and the honest client recovers', () => {
  const { verifier } = server()
  const next = answered(verifier)
  expect(verify(verifier, next).ok).toBe(true)
  const replay = next.clone()
  replay.headers.set('CSeq', '3 REGISTER')
  const result = verify(verifier, replay)
  expect(result).toMatchObject({ ok: false, reason: 'replayed' })
  expect(challengesIn(refusal(result))[0]!.stale).toBe(true)
})

test('D066 the same request through another branch passes, whatever proxies wrote on its way', () => {
  const { verifier } = server()
  const next = answered(verifier, client(), 'INVITE', 'v=0')
  expect(verify(verifier, next).ok).toBe(true)
  const forked = next.clone()
  forked.via = forked.via!.with({ branch: 'z9hG4bKother' })
  forked.pushVia(forked.via.with({ host: 'proxy.example.com', branch: 'z9hG4bKproxy' }))
  forked.maxForwards = 68
  for (const [name, value] of [
    ['Record-Route', '<sip:proxy.example.com;lr>'],
    ['Proxy-Authorization', 'Digest realm="elsewhere", nonce="n", uri="sip:x", response="r"'],
    ['History-Info', '<sip:bob@biloxi.com>;index=1.2'],
  ] as const) {
    forked.headers.append(name, value)
  }
  expect(verify(verifier, forked).ok).toBe(true)
})

test.each<[string, (replay: SipRequest) => void]>([
  ['Contact', (replay) => replay.headers.set('Contact', '<sip:eve@192.0.2.66>')],
  ['Expires', (replay) => replay.headers.set('Expires', '0')],
  ['Path', (replay) => replay.headers.append('Path', '<sip:eve@192.0.2.66;lr>')],
  ['Request-URI', (replay) => (replay.uri = 'sip:+190055501@biloxi.com')],
  ['Refer-To', (replay) => replay.headers.set('r', '<sip:eve@192.0.2.66>')],
  ['From', (replay) => (replay.from = replay.from.with({ displayName: 'Eve' }))],
  ['body', (replay) => (replay.body = new Uint8Array([0xff]))],
])('D065 credentials replayed with another %s are refused, though qop=auth does not cover it', (_title, alter) => {
  const { verifier } = server()
  const next = answered(verifier, client(), 'REGISTER', 'v=0')
  next.body = new Uint8Array([0xfe])
  expect(verify(verifier, next).ok).toBe(true)
  const replay = next.clone()
  replay.via = replay.via!.with({ branch: 'z9hG4bKeve' })
  alter(replay)
  expect(verify(verifier, replay)).toMatchObject({ ok: false, reason: 'replayed' })
  expect(verify(verifier, next).ok).toBe(true)
})

test('D047 a nonce serves many requests while its count rises', () => {
  const { verifier } = server()
  const session = client()
  expect(verify(verifier, answered(verifier, session)).ok).toBe(true)
  for (let cseq = 3; cseq < 40; cseq++) {
    const later = request('REGISTER', cseq)
    session.prepare(later)
    expect(verify(verifier, later).ok).toBe(true)
  }
})

const md5 = (...parts: (string | undefined)[]): string => createHash('md5').update(parts.join(':')).digest('hex')

test.each(['0000000A', '"0000000a"'])('D049 a nonce count is hashed as it is written: %s', (nc) => {
  const { verifier } = server({ algorithms: ['MD5'] })
  const next = answered(verifier)
  const [{ nonce, cnonce, uri }] = credentialsIn(next) as [DigestCredentials]
  const count = nc.replaceAll('"', '')
  const response = md5(md5('bob', realm, 'zanzibar'), nonce, count, cnonce, 'auth', md5('REGISTER', uri))
  const row = next.headers.get('Authorization')!
  next.headers.set('Authorization', row.replace('00000001', nc).replace(/response="[^"]*"/, `response="${response}"`))
  const result = verify(verifier, next)
  if (!result.ok) throw new Error(result.reason)
  expect(result.authenticationInfo()).toContain(`nc=${count}`)
})

test('D067 credentials must use what was offered, and complete', () => {
  const { verifier } = server({ algorithms: ['SHA-256'] })
  const next = answered(verifier)
  const row = next.headers.get('Authorization')!
  for (const [from, to] of [
    ['algorithm=SHA-256', 'algorithm=MD5'],
    ['algorithm=SHA-256', 'algorithm=SHA-1'],
    ['qop=auth', 'qop=auth-int'],
    ['nc=00000001', 'nc=1'],
    ['nc=00000001', 'nc=00000000'],
    [/cnonce="[^"]*"/, 'cnonce=""'],
    [/nonce="[^"]*", uri/, 'nonce="", uri'],
    [/response="[^"]*"/, 'response=""'],
    [', qop=auth, nc=00000001', ''],
  ] as const) {
    const broken = next.clone()
    broken.headers.set('Authorization', row.replace(from, to))
    expect(broken.headers.get('Authorization')).not.toBe(row)
    expect(verify(verifier, broken), to).toMatchObject({ ok: false, reason: 'wrong' })
  }
  expect(verify(verifier, next).ok).toBe(true)
})

test.each([
  ['an algorithm', 'algorithm=MD5, qop="auth"'],
  ['a qop', 'algorithm=SHA-256, qop="auth-int"'],
])('D067 right credentials of %s that was not offered are refused', (_title, params) => {
  const { verifier } = server({ algorithms: ['SHA-256'] })
  const next = request()
  const [offered] = challengesIn(verifier.challenge(next, 'www'))
  const challenge = `WWW-Authenticate: Digest realm="${realm}", nonce="${offered!.nonce}", ${params}`
  expect(client().answer(next, challenged(next, challenge))).toBe('retry')
  expect(verify(verifier, next)).toMatchObject({ ok: false, reason: 'wrong' })
  const both = server({ algorithms: ['SHA-256', 'MD5'], qop: ['auth', 'auth-int'] }).verifier
  expect(verify(both, next).ok).toBe(true)
})

test('D067 credentials without qop pass only where that is allowed', () => {
  expect(acceptsNoQop(server().verifier)).toBe(false)
  expect(acceptsNoQop(server({ allowNoQop: true }).verifier)).toBe(true)
})

test('D069 a digest-uri that is not the Request-URI is no failure by itself', () => {
  const { verifier } = server()
  const next = answered(verifier)
  next.uri = 'sip:rewritten@192.0.2.5'
  expect(verify(verifier, next).ok).toBe(true)
})

test('D070 an ACK passes with the credentials of its INVITE', () => {
  const { verifier } = server()
  const invite = answered(verifier, client(), 'INVITE')
  expect(verify(verifier, invite).ok).toBe(true)
  const ack = request('ACK', 2)
  ack.headers.set('Authorization', invite.headers.get('Authorization')!)
  expect(verify(verifier, ack).ok).toBe(true)
})

test('D071 only credentials of our realm are read, among any others', () => {
  const { verifier } = server()
  const next = answered(verifier)
  next.headers.prepend('Authorization', 'Digest username="x", realm="elsewhere", nonce="n", uri="sip:x", response="0"')
  next.headers.prepend('Authorization', 'NoOneKnowsThisScheme opaque-data=here')
  next.headers.prepend('Authorization', 'Digest username="unbalanced')
  expect(verify(verifier, next)).toMatchObject({ ok: true, credentials: { realm, username: 'bob' } })
  const other = request()
  other.headers.set('Authorization', 'Digest username="bob", realm="elsewhere", nonce="n", uri="sip:x", response="0"')
  expect(verify(verifier, other)).toMatchObject({ ok: false, reason: 'missing' })
})

test('D073b a stored hash serves the algorithm that it was made for, and no other', () => {
  const ha1 = digestHa1('MD5', 'bob', realm, 'zanzibar')
  const { verifier } = server({ lookup: () => ({ ha1, algorithm: 'MD5' }) })
  expect(verify(verifier, answered(verifier, client(bob, { algorithms: ['MD5'] }))).ok).toBe(true)
  expect(verify(verifier, answered(verifier, client(bob, { algorithms: ['SHA-256'] }))).ok).toBe(false)
})

test('D073c a lookup may answer later, and its failure is the caller’s', async () => {
  const { verifier } = server({ lookup: () => Promise.resolve({ password: 'zanzibar' }) })
  const next = request('REGISTER', 2)
  void client().answer(next, verifier.challenge(next, 'www'))
  await expect(verifier.verify(next, 'www')).resolves.toMatchObject({ ok: true, username: 'bob' })
  const broken = server({ lookup: () => Promise.reject(new Error('database')) }).verifier
  await expect(broken.verify(next, 'www')).rejects.toThrow('database')
})

test('D058c a hashed name finds its user', () => {
  const names = new Map([[digestUserhash('SHA-256', 'bob', realm), 'bob']])
  const { verifier } = server({ algorithms: ['SHA-256'], lookupUserhash: (hash) => names.get(hash) })
  const next = answered(verifier)
  expect(next.headers.get('Authorization')).not.toContain('bob')
  expect(verify(verifier, next)).toMatchObject({ ok: true, username: 'bob' })
  expect(verify(verifier, answered(verifier, client(['alice', 'zanzibar']))).ok).toBe(false)
})

test('D074 D054 the server proves itself and hands out the next nonce', () => {
  const { verifier } = server({ qop: ['auth-int'] })
  const session = client()
  const next = answered(verifier, session)
  const result = verify(verifier, next)
  if (!result.ok) throw new Error('refused')
  const body = new TextEncoder().encode('welcome')
  const info = result.authenticationInfo({ nextNonce: true, body })
  const ok = next.createResponse(200, { headers: { 'Authentication-Info': info }, body })
  expect(session.accepted(next, ok)).toBe(true)
  const later = request('REGISTER', 3)
  session.prepare(later)
  expect(credentialsIn(later)[0]!.nonce).not.toBe(credentialsIn(next)[0]!.nonce)
  expect(verify(verifier, later).ok).toBe(true)
  const forged = next.createResponse(200, { headers: { 'Authentication-Info': info }, body: 'other' })
  expect(session.accepted(next, forged)).not.toBe(true)
})

test('D075 the same request gets the same To tag, another gets another', () => {
  const { verifier } = server()
  const tag = (packet: SipRequest) => verifier.challenge(packet, 'www').to.tag
  expect(tag(request('INVITE', 1))).toMatch(/^[0-9a-f]{16}$/)
  expect(tag(request('INVITE', 1))).toBe(tag(request('INVITE', 1)))
  expect(tag(request('INVITE', 1))).not.toBe(tag(request('INVITE', 2)))
  expect(tag(request('INVITE', 1))).not.toBe(
    server({ secret: new Uint8Array(32) }).verifier.challenge(request('INVITE', 1), 'www').to.tag,
  )
})

test('guessing is slowed down by user and source, and the right password passes again later', () => {
  const { verifier, clock } = server({ guessLimit: { free: 2, delay: 10 } })
  for (let i = 0; i < 3; i++) {
    expect(verify(verifier, answered(verifier, client(['bob', `guess ${i}`]))).ok).toBe(false)
  }
  expect(verify(verifier, answered(verifier)).ok).toBe(false)
  const elsewhere = answered(verifier)
  elsewhere.via = elsewhere.via!.with({ received: '192.0.2.99' })
  expect(verify(verifier, elsewhere).ok).toBe(true)
  clock.advance(10_000)
  expect(verify(verifier, answered(verifier)).ok).toBe(true)
})

test('a right password makes up for the wrong ones before it', () => {
  const { verifier } = server({ guessLimit: { free: 2, delay: 10 } })
  for (const password of ['guess', 'zanzibar', 'guess', 'zanzibar', 'guess', 'zanzibar', 'guess']) {
    verify(verifier, answered(verifier, client(['bob', password])))
  }
  expect(verify(verifier, answered(verifier)).ok).toBe(true)
})

test('guessing by names of any length is counted, and takes no more memory than others', () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const { verifier } = server({ guessLimit: { free: 1, delay: 10 } })
  const name = 'x'.repeat(50_000)
  const guess = (i: number): VerifyResult => verify(verifier, answered(verifier, client([`${name}${i}`, 'guess'])))
  guess(0)
  gc()
  const before = process.memoryUsage().heapUsed
  for (let i = 1; i <= 200; i++) guess(i)
  gc()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(3_000_000)
})

test('guessing is not slowed down where that is turned off', () => {
  const { verifier } = server({ guessLimit: false })
  for (let i = 0; i < 20; i++) verify(verifier, answered(verifier, client(['bob', `guess ${i}`])))
  expect(verify(verifier, answered(verifier)).ok).toBe(true)
})

test('options that no client could satisfy are refused at once', () => {
  for (const options of [{ algorithms: [] }, { algorithms: ['md5' as 'MD5'] }, { qop: [] }, { nonceLifetime: 0 }]) {
    expect(() => server(options)).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
  }
})

test('nothing shows the password or the secret', () => {
  const { verifier } = server({ secret: new TextEncoder().encode('topsecret') })
  const result = verify(verifier, answered(verifier))
  const shown = inspect([verifier, result], { depth: 9, showHidden: true }) + JSON.stringify([verifier, result])
  expect(shown).not.toContain('zanzibar')
  expect(shown).not.toContain('116, 111, 112')
  expect(shown).not.toContain(digestHa1('SHA-256', 'bob', realm, 'zanzibar'))
})

test.each([
  [{ realm: undefined }, 'realm'],
  [{ lookup: undefined }, 'lookup'],
  [{ lookup: { bob: 'zanzibar' } }, 'lookup'],
  [{ maxNonces: Number.NaN }, 'maxNonces'],
  [{ nonceLifetime: Number.NaN }, 'nonceLifetime'],
  [{ guessLimit: { maxDelay: Number.NaN } }, 'maxDelay'],
  [{ algorithms: 'MD5' }, 'algorithms'],
])('a verifier with %o is refused', (wrong, name) => {
  const message = expect.stringContaining(`'${name}'`) as string
  const refused = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT', message }) as Error
  expect(() => server(wrong as Partial<DigestVerifierOptions>)).toThrow(refused)
})
