import { DigestVerifier } from '@netsip/auth'
import { Authorization, ProxyAuthorization, type SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { ContextInit } from '../context/context-init.ts'
import type { RequestArgs } from './request-args.ts'
import { listener, type News, pair, Party, World } from '../testing/pair.ts'

const asks = (realm: string): string => `Digest realm="${realm}", nonce="n-${realm}", qop="auth"`

type Step = readonly [status: number, headers?: Record<string, string>]

/** Alice sends an INVITE to `to` by the host at 10.0.0.9, which plays all that is behind it; Carol is a stranger. */
async function call(
  steps: readonly Step[],
  init: Partial<ContextInit> = {},
  args: RequestArgs = {},
): Promise<{ world: World; alice: Party; tries: string[][]; news: News[]; toCarol: SipRequest[] }> {
  const world = new World()
  const alice = new Party(world, 'alice')
  const answers = [...steps]
  const proxy = new Party(world, 'proxy').serve((ctx, request) => {
    if (request.method === 'ACK') return
    const [status, headers = {}] = answers.shift() ?? [200]
    proxy.endpoint.newResponse(ctx, request.createResponse(status, { headers }))
  })
  const carol = new Party(world, 'carol').serve((ctx, request) => {
    const headers = { 'WWW-Authenticate': asks('carol'), 'Proxy-Authenticate': asks('proxy') }
    carol.endpoint.newResponse(ctx, request.createResponse(401, { headers }))
  })
  const { news, callback } = listener()
  const base = { from: 'sip:alice@example.com', to: 'sip:bob@elsewhere.example', route: '<sip:10.0.0.9;lr>' }
  alice.endpoint.newRequest('MESSAGE', { ...base, auth: ['alice', 'x'], ...init }, callback, 'hi', args)
  await world.pass(200)
  const tries = world.requests('MESSAGE').map(given)
  return { world, alice, tries, news, toCarol: carol.seen.map(({ request }) => request) }
}

/** Whom a request carries credentials for. */
function given(request: SipRequest): string[] {
  const servers = request.read(Authorization).map(({ realm }) => `server ${realm}`)
  return [...servers, ...request.read(ProxyAuthorization).map(({ realm }) => `proxy ${realm}`)]
}

const server = (realm: string): Step => [401, { 'WWW-Authenticate': asks(realm) }]
const proxy = (realm: string): Step => [407, { 'Proxy-Authenticate': asks(realm) }]

describe('D058d a user and password alone', () => {
  test('answer our proxy, and not the callee of another domain behind it', async () => {
    const { tries, news } = await call([proxy('ours'), server('theirs')])
    expect(tries).toEqual([[], ['proxy ours']])
    expect(news[0]?.error?.message).toMatch(/401 Unauthorized.* give them by realm at realm "theirs"/)
    expect(news[0]?.error?.code).toBe('ERR_SIP_AUTH')
  })

  test('are not given to a callee of another domain that asks first, whatever realm it names', async () => {
    expect((await call([server('example.com')])).tries).toEqual([[]])
  })

  test('are not given to a second proxy with a realm of its own', async () => {
    expect((await call([proxy('ours'), proxy('theirs')])).tries).toEqual([[], ['proxy ours']])
  })

  test('D053 answer a server and a proxy of our own domain, one realm each', async () => {
    const to = { to: 'sip:bob@example.com' }
    const both = await call([proxy('p'), server('s')], to)
    expect(both.tries).toEqual([[], ['proxy p'], ['server s', 'proxy p']])
    expect(both.news.map((one) => one.status)).toEqual([200])
    const third = await call([server('s'), server('other')], to)
    expect(third.tries).toEqual([[], ['server s']])
  })

  test('answer whom we call straight', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => {
      const known = request.read(Authorization).length > 0
      const headers = { 'WWW-Authenticate': asks('bob') }
      bob.endpoint.newResponse(ctx, request.createResponse(known ? 200 : 401, known ? {} : { headers }))
    })
    const ctx = alice.endpoint.newRequest('MESSAGE', { ...alice.to(bob), auth: ['alice', 'x'] }, undefined, 'hi')
    await world.pass(100)
    expect((await ctx.outcome).status).toBe(200)
  })

  test('do not follow a redirection to a stranger, who gets no digest for any realm', async () => {
    const away: Step = [302, { Contact: '<sip:bob@10.0.0.3>' }]
    for (const steps of [[away], [proxy('proxy'), away]]) {
      const { toCarol, news } = await call(steps, { to: 'sip:bob@10.0.0.9', route: [] })
      expect(toCarol.map(given)).toEqual([[]])
      expect(news.at(-1)?.error?.code).toBe('ERR_SIP_AUTH')
    }
  })

  test('are given to a telephone gateway of our domain', async () => {
    const { tries } = await call([server('pstn')], { to: 'tel:+15551234' })
    expect(tries).toEqual([[], ['server pstn']])
  })

  test('answer in a call only the realm that has asked before, unless it is whom we called', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const realms = ['ours', 'ours', 'theirs']
    let nonce = ''
    const bob = new Party(world, 'bob').serve((ctx, request) => {
      if (request.method === 'ACK') return
      if (request.read(ProxyAuthorization).some((one) => one.nonce === nonce)) return bob.respond(ctx, request, 200)
      const realm = realms.shift()
      nonce = `n${realms.length}`
      const headers = { 'Proxy-Authenticate': `Digest realm="${realm}", nonce="${nonce}", qop="auth"` }
      bob.endpoint.newResponse(ctx, request.createResponse(407, { headers }))
    })
    const to = { from: 'sip:alice@example.com', to: 'sip:bob@elsewhere.example', route: '<sip:10.0.0.2;lr>' }
    const ctx = alice.endpoint.invite({ ...to, auth: ['alice', 'x'] })
    await world.pass(100)
    const results: unknown[] = []
    for (let turn = 0; turn < 2; turn++) {
      const told = listener()
      nonce = 'gone'
      alice.endpoint.newRequest('INFO', ctx, told.callback)
      await world.pass(100)
      results.push(told.news.map((one) => one.status))
    }
    expect(ctx.state).toBe('confirmed')
    expect(results).toEqual([[200], [407]])
  })
})

describe('credentials by realm', () => {
  const auth = { ours: ['alice', 'x'], theirs: ['a', 'y'] } as const

  test('D034 D053 answer every realm that is named, wherever it asks', async () => {
    const { tries, news } = await call([proxy('ours'), server('theirs')], { auth })
    expect(tries).toEqual([[], ['proxy ours'], ['server theirs', 'proxy ours']])
    expect(news.map((one) => one.status)).toEqual([200])
  })

  test('answer no other', async () => {
    const { tries, news } = await call([proxy('ours'), server('evil')], { auth })
    expect(tries).toEqual([[], ['proxy ours']])
    expect(news[0]?.error?.message).toMatch(/no credentials fit the challenge at realm "evil"/)
  })
})

describe('an endpoint', () => {
  test.each(['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess', 'SHA-512-256', 'SHA-512-256-sess'] as const)(
    'S152 D035 D038 answers a challenge with %s, for the body too where that is asked',
    async (algorithm) => {
      const { world, alice, bob } = pair()
      const { clock, random } = world
      for (const qop of ['auth', 'auth-int'] as const) {
        const lookup = { realm: 'r', lookup: () => ({ password: 'x' }), clock, random }
        const verifier = new DigestVerifier({ ...lookup, algorithms: [algorithm], qop: [qop] })
        bob.serve(async (ctx, request) => {
          const verdict = await verifier.verify(request, 'www')
          bob.endpoint.newResponse(ctx, verdict.ok ? request.createResponse(200) : verdict.response)
        })
        const ctx = alice.endpoint.newRequest('MESSAGE', { ...alice.to(bob), auth: ['alice', 'x'] }, undefined, 'hi')
        await world.pass(100)
        expect((await ctx.outcome).status).toBe(200)
        expect(world.requests('MESSAGE').at(-1)?.read(Authorization)[0]?.qop).toBe(qop)
      }
    },
  )

  test.each(['alice@example.com', 'al"i\\ce', 'jürgen', 'anonymous'])('D058b is %s if so configured', async (name) => {
    const { world, alice, bob } = pair()
    const { clock, random } = world
    const known = (username: string): { password: string } | undefined =>
      username === name ? { password: '' } : undefined
    const verifier = new DigestVerifier({ realm: 'r', lookup: known, clock, random })
    bob.serve(async (ctx, request) => {
      const verdict = await verifier.verify(request, 'proxy')
      bob.endpoint.newResponse(ctx, verdict.ok ? request.createResponse(200) : verdict.response)
    })
    const ctx = alice.endpoint.newRequest('MESSAGE', { ...alice.to(bob), auth: [name, ''] }, undefined, 'hi')
    await world.pass(100)
    expect((await ctx.outcome).status).toBe(200)
  })

  test('refuses a downgrade to MD5 when its policy says so', async () => {
    const { world, alice, bob } = pair({ alice: { digest: { algorithms: ['SHA-256'] } } })
    const asked = [['MD5'], ['MD5', 'SHA-256']] as const
    const { clock, random } = world
    for (const algorithms of asked) {
      const verifier = new DigestVerifier({ realm: 'r', lookup: () => ({ password: 'x' }), clock, random, algorithms })
      bob.serve(async (ctx, request) => {
        const verdict = await verifier.verify(request, 'www')
        bob.endpoint.newResponse(ctx, verdict.ok ? request.createResponse(200) : verdict.response)
      })
      alice.endpoint.newRequest('MESSAGE', { ...alice.to(bob), auth: ['alice', 'x'] }, undefined, 'hi')
      await world.pass(100)
    }
    expect(world.requests('MESSAGE').map((one) => one.read(Authorization)[0]?.algorithm)).toEqual([
      undefined,
      undefined,
      'SHA-256',
    ])
  })

  test('D054c tells of a server that accepts us without proof that it knows the password', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => {
      const [sent] = request.read(Authorization)
      if (sent === undefined) return bob.endpoint.newResponse(ctx, request.createResponse(401, ask))
      const info = `rspauth="${'0'.repeat(32)}", cnonce="${sent.cnonce}", nc=00000001, qop=auth`
      const headers = { 'Authentication-Info': info }
      bob.endpoint.newResponse(ctx, request.createResponse(200, { headers }))
    })
    const ask = { headers: { 'WWW-Authenticate': asks('r') } }
    alice.endpoint.newRequest('MESSAGE', { ...alice.to(bob), auth: ['alice', 'x'] }, undefined, 'hi')
    await world.pass(100)
    expect(alice.errors).toMatchObject([{ code: 'ERR_SIP_AUTH', message: expect.stringContaining('rspauth') }])
  })
})
