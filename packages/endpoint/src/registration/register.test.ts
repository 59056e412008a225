import { type Credentials, digestHa1, DigestVerifier } from '@netsip/auth'
import { Authorization, type SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import type { RegisterArgs } from './register.ts'
import { listener, Party, World } from '../testing/pair.ts'

const missing = (key: string): unknown =>
  expect.objectContaining({ code: 'ERR_SIP_ARGUMENT', message: `register needs '${key}'` })

/** Alice, and a registrar that grants what is asked, listing the binding with its lifetime. */
function setUp(password?: string): { world: World; alice: Party; registrar: Party; args: RegisterArgs } {
  const world = new World()
  const alice = new Party(world, 'alice')
  const registrar = new Party(world, 'proxy')
  const { clock, random } = world
  const lookup = (username: string): { password: string } | undefined =>
    username === 'alice' && password !== undefined ? { password } : undefined
  const verifier =
    password === undefined ? undefined : new DigestVerifier({ realm: 'netsip.example', lookup, clock, random })
  registrar.serve(async (ctx, request) => {
    const verdict = await verifier?.verify(request, 'www')
    if (verdict?.ok === false) return registrar.endpoint.newResponse(ctx, verdict.response)
    grant(registrar, ctx, request)
  })
  const args = { from: 'sip:me@example.com', contact: 'sip:me@10.0.0.1', registrar: 'sip:10.0.0.9:5060' }
  return { world, alice, registrar, args }
}

function grant(registrar: Party, ctx: Context, request: SipRequest, seconds = request.expires ?? 0): void {
  const contact = request.contact?.toString() ?? ''
  const headers = seconds > 0 ? { Contact: `${contact};expires=${seconds}` } : {}
  registrar.endpoint.newResponse(ctx, request.createResponse(200, { headers }))
}

describe('register', () => {
  test('S139 S012 S041 S045 S052 D241b the call of the synopsis registers for 900 seconds', async () => {
    const { world, alice, args } = setUp()
    const { news, callback } = listener()
    const ctx = alice.endpoint.register({ ...args, callback })
    await world.pass(50)
    const [register] = world.requests('REGISTER')
    expect(register?.uri.toString()).toBe('sip:10.0.0.9:5060')
    expect(register?.to.toString()).toBe('<sip:me@example.com>')
    expect(register?.from.uri.toString()).toBe('sip:me@example.com')
    expect(register?.from.tag).toBeDefined()
    expect(register?.headers.get('Contact')).toBe('<sip:me@10.0.0.1>')
    expect(register?.headers.get('Expires')).toBe('900')
    expect(news.map((one) => one.label)).toEqual(['200 REGISTER'])
    expect((await ctx.outcome).status).toBe(200)
  })

  test('S038 S139 registrar, from and contact are mandatory, each named when missing, and nothing is sent', async () => {
    const { world, alice, args } = setUp()
    for (const key of ['registrar', 'from', 'contact']) {
      expect(() => alice.endpoint.register({ ...args, [key]: undefined })).toThrow(missing(key))
    }
    await world.pass(50)
    expect(world.sent).toEqual([])
    expect(alice.endpoint.stats().contexts).toBe(0)
  })

  test('S139 S046 D247 expires 0 is sent as 0, and ends the registration', async () => {
    const { world, alice, args } = setUp()
    const ctx = alice.endpoint.register(args)
    await world.pass(50)
    expect(ctx.state).toBe('idle')
    alice.endpoint.register({ ...args, expires: 0 })
    await world.pass(50)
    expect(world.requests('REGISTER').map((one) => one.headers.get('Expires'))).toEqual(['900', '0'])
    expect(ctx.state).toBe('closed')
  })

  test.each([
    ['sip:10.0.0.9', 'sip:10.0.0.9'],
    ['10.0.0.9', 'sip:10.0.0.9'],
    ['10.0.0.9:5060', 'sip:10.0.0.9:5060'],
    ['sip:user@10.0.0.9', 'sip:10.0.0.9'],
    ['sip:10.0.0.9:5060;transport=udp', 'sip:10.0.0.9:5060;transport=udp'],
  ])('S039 D241 D002b the registrar %s is asked as %s', async (registrar, uri) => {
    const { world, alice, args } = setUp()
    alice.endpoint.register({ ...args, registrar })
    await world.pass(20)
    expect(world.requests('REGISTER')[0]?.uri.toString()).toBe(uri)
  })

  test('S042 S047 URI parameters of the contact stay inside its brackets, an expires parameter beside them', async () => {
    const { world, alice, args } = setUp()
    alice.endpoint.register({ ...args, contact: 'sip:a@10.0.0.1;transport=tcp' })
    await world.pass(50)
    alice.endpoint.register({ ...args, contact: '<sip:a@10.0.0.1>;expires=60' })
    await world.pass(50)
    expect(world.requests('REGISTER').map((one) => one.headers.get('Contact'))).toEqual([
      '<sip:a@10.0.0.1;transport=tcp>',
      '<sip:a@10.0.0.1>;expires=60',
    ])
  })

  test('D242b every binding is removed by * with expires 0, and by nothing else', async () => {
    const { world, alice, args } = setUp()
    expect(() => alice.endpoint.register({ ...args, contact: '*' })).toThrow(
      expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }),
    )
    alice.endpoint.register({ ...args, contact: '*', expires: 0 })
    await world.pass(50)
    const [sent] = world.requests('REGISTER')
    expect(sent?.contacts).toBe('*')
    expect(sent?.expires).toBe(0)
  })

  test('S049 every other key becomes a header', async () => {
    const { world, alice, args } = setUp()
    alice.endpoint.register({ ...args, 'User-Agent': 'x', 'X-Foo': ['1', '2'] })
    await world.pass(20)
    const [register] = world.requests('REGISTER')
    const lines = [...(register?.headers ?? [])].map(([name, value]) => `${name}: ${value}`)
    expect(lines).toEqual(expect.arrayContaining(['User-Agent: x', 'X-Foo: 1', 'X-Foo: 2']))
  })

  test('S051 D241 D241c D241d D241e the next one for the same address has the same Call-ID and the next number', async () => {
    const { world, alice, args } = setUp()
    const first = alice.endpoint.register(args)
    expect(() => alice.endpoint.register(args)).toThrow(expect.objectContaining({ code: 'ERR_SIP_STATE' }))
    await world.pass(50)
    expect(alice.endpoint.register(args)).toBe(first)
    await world.pass(50)
    const [one, other] = world.requests('REGISTER')
    expect(other?.callId).toBe(one?.callId)
    expect([one?.cseq.seq, other?.cseq.seq]).toEqual([1, 2])
  })

  test('S051 after a refusal the next one still continues the Call-ID', async () => {
    const { world, alice, registrar, args } = setUp()
    registrar.serve((ctx, request) => registrar.respond(ctx, request, 503))
    alice.endpoint.register(args)
    await world.pass(50)
    alice.endpoint.register(args)
    await world.pass(50)
    const [one, other] = world.requests('REGISTER')
    expect(other?.callId).toBe(one?.callId)
    expect([one?.cseq.seq, other?.cseq.seq]).toEqual([1, 2])
  })

  test('S051 an address without a binding is forgotten when there are many, one with a binding never', async () => {
    const { world, alice, args } = setUp()
    const callIdOf = async (user: string, expires: number): Promise<string> => {
      const ctx = alice.endpoint.register({ ...args, from: `sip:${user}@example.com`, expires })
      await world.pass(50)
      await ctx.outcome
      return ctx.callId
    }
    const before = [await callIdOf('gone', 0), await callIdOf('bound', 3600)]
    for (let number = 0; number < 40; number++) await callIdOf(`first${number}`, 1)
    expect(await callIdOf('gone', 0)).toBe(before[0])
    await world.pass(64_000)
    for (let number = 0; number < 40; number++) await callIdOf(`next${number}`, 1)
    const after = [await callIdOf('gone', 0), await callIdOf('bound', 3600)]
    expect(after[0]).not.toBe(before[0])
    expect(after[1]).toBe(before[1])
  })

  test('S053 D248b D248c a REGISTER makes no dialog', async () => {
    const { world, alice, registrar, args } = setUp()
    registrar.serve((ctx, request) =>
      registrar.endpoint.newResponse(
        ctx,
        request.createResponse(200, { headers: { 'Record-Route': '<sip:10.0.0.9;lr>', Contact: '<sip:me@10.0.0.1>' } }),
      ),
    )
    const ctx = alice.endpoint.register(args)
    await world.pass(50)
    expect(ctx.dialogs).toEqual([])
    expect((await ctx.outcome).dialog).toBeUndefined()
    alice.endpoint.register(args)
    await world.pass(50)
    expect(world.requests('REGISTER')[1]?.headers.has('Route')).toBe(false)
    expect(world.requests('REGISTER')[1]?.to.tag).toBeUndefined()
  })

  test('D242c a REGISTER without a Contact asks for the bindings and changes none', async () => {
    const { world, alice, registrar, args } = setUp()
    const bindings = '<sip:me@10.0.0.1>;expires=60, <sip:me@192.0.2.7>;expires=500'
    registrar.serve((ctx, request) =>
      registrar.endpoint.newResponse(ctx, request.createResponse(200, { headers: { Contact: bindings } })),
    )
    const ctx = alice.endpoint.newRequest('REGISTER', { from: args.from, to: args.from }, null, null, {
      uri: args.registrar,
    })
    await world.pass(50)
    const [register] = world.requests('REGISTER')
    expect(register?.uri.toString()).toBe('sip:10.0.0.9:5060')
    expect([register?.headers.has('Contact'), register?.headers.has('Expires')]).toEqual([false, false])
    expect((await ctx.outcome).response.contacts).toHaveLength(2)
  })

  test('S048 a request on the call of the registration goes to its callback', async () => {
    const { world, alice, registrar, args } = setUp()
    const { news, callback } = listener()
    alice.endpoint.register({ ...args, callback })
    await world.pass(50)
    const { ctx, request } = registrar.last('REGISTER')
    registrar.endpoint.newRequest(
      'NOTIFY',
      {
        from: request.to.with({ tag: 'registrar' }),
        to: request.from,
        callid: ctx.callId,
        remoteContact: 'sip:me@10.0.0.1',
      },
      undefined,
      undefined,
      { Event: 'x' },
    )
    await world.pass(50)
    expect(news.map((one) => one.label)).toEqual(['200 REGISTER', 'NOTIFY'])
    expect(world.responses(481, 'NOTIFY')).toHaveLength(1)
  })

  test('one that waits for a silent registrar when its context is closed says so, by whom and what for', async () => {
    const { world, alice, args } = setUp()
    world.network.partition('10.0.0.1', '10.0.0.9')
    const ctx = alice.endpoint.register(args)
    const outcome = ctx.outcome.catch((error: unknown) => error)
    const kept = alice.endpoint.keepRegistered({ ...args, from: 'sip:other@example.com' })
    const attempt = kept.register().catch((error: unknown) => error)
    await world.pass(1000)
    alice.endpoint.closeContext(ctx)
    await alice.endpoint.close({ graceful: false })
    const error = {
      code: 'ERR_SIP_CLOSED',
      message: 'REGISTER to sip:10.0.0.9:5060 was given up: it had no answer yet when its context was closed',
    }
    expect(await outcome).toMatchObject(error)
    expect(await attempt).toMatchObject(error)
    expect(kept.state).toBe('stopped')
    expect(world.clock.pending).toBe(0)
    expect(() => alice.endpoint.register(args)).toThrow(expect.objectContaining({ code: 'ERR_SIP_CLOSED' }))
  })

  test('a signal gives up a REGISTER that is not answered, and the next one may follow at once', async () => {
    const { world, alice, args } = setUp()
    world.network.partition('10.0.0.1', '10.0.0.9')
    const abort = new AbortController()
    const ctx = alice.endpoint.register({ ...args, signal: abort.signal })
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await world.pass(1000)
    abort.abort()
    expect(await outcome).toMatchObject({ code: 'ERR_SIP_CANCELLED' })
    const sent = world.sent.length
    await world.pass(5000)
    expect(world.sent).toHaveLength(sent)
    world.network.heal()
    expect(() => alice.endpoint.register({ ...args, signal: abort.signal })).toThrow(/aborted/)
    const again = alice.endpoint.register(args)
    await world.pass(50)
    expect((await again.outcome).status).toBe(200)
  })

  test('D246 a 423 is followed once, with what Min-Expires says', async () => {
    const { world, alice, registrar, args } = setUp()
    registrar.serve((ctx, request) => {
      if ((request.expires ?? 0) >= 3600) return grant(registrar, ctx, request)
      registrar.endpoint.newResponse(ctx, request.createResponse(423, { headers: { 'Min-Expires': 3600 } }))
    })
    const ctx = alice.endpoint.register({ ...args, expires: 60 })
    await world.pass(50)
    expect(world.requests('REGISTER').map((one) => [one.cseq.seq, one.expires])).toEqual([
      [1, 60],
      [2, 3600],
    ])
    expect((await ctx.outcome).status).toBe(200)
  })
})

describe('register with digest', () => {
  test('S139 S044 S124 D029 D030 D030b D030c D030d a 401 is answered: same call and tags, next number, new branch', async () => {
    const { world, alice, args } = setUp('secret')
    const { news, callback } = listener()
    const ctx = alice.endpoint.register({ ...args, auth: ['alice', 'secret'], callback, 'Max-Forwards': 5 })
    await world.pass(50)
    const [one, other] = world.requests('REGISTER')
    expect([one?.maxForwards, other?.maxForwards]).toEqual([5, 70])
    expect(one?.read(Authorization)).toHaveLength(0)
    expect(other?.read(Authorization)[0]).toMatchObject({ username: 'alice', realm: 'netsip.example' })
    expect(other?.callId).toBe(one?.callId)
    expect(other?.from.tag).toBe(one?.from.tag)
    expect([one?.cseq.seq, other?.cseq.seq]).toEqual([1, 2])
    expect(other?.via?.branch).not.toBe(one?.via?.branch)
    expect(other?.vias).toHaveLength(1)
    expect(news.map((entry) => entry.label)).toEqual(['200 REGISTER'])
    expect((await ctx.outcome).status).toBe(200)
  })

  test.each([
    ['', {}],
    [', the pair given again', { auth: ['alice', 'secret'] as const }],
  ])('D054 the next REGISTER carries credentials from the start%s', async (_again, auth) => {
    const { world, alice, args } = setUp('secret')
    alice.endpoint.register({ ...args, auth: ['alice', 'secret'] })
    await world.pass(50)
    alice.endpoint.register({ ...args, ...auth })
    await world.pass(50)
    expect(world.requests('REGISTER')).toHaveLength(3)
    expect(world.responses(401)).toHaveLength(1)
  })

  test('D051 S124 a wrong password: one retry, then an error that says who, and never the password', async () => {
    const { world, alice, args } = setUp('secret')
    const { news, callback } = listener()
    const ctx = alice.endpoint.register({ ...args, auth: ['alice', 'wrong!'], callback })
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await world.pass(50)
    expect(world.requests('REGISTER')).toHaveLength(2)
    expect(news).toHaveLength(1)
    expect(news[0]).toMatchObject({ status: 401, error: { code: 'ERR_SIP_AUTH', status: 401 } })
    expect(news[0]?.error?.message).toMatch(/401 Unauthorized for alice/)
    expect(news[0]?.error?.message).not.toContain('wrong!')
    expect(await outcome).toMatchObject({ code: 'ERR_SIP_AUTH' })
    expect(alice.endpoint.stats().contexts).toBe(0)
  })

  test('S124 without credentials the challenge is the answer', async () => {
    const { world, alice, args } = setUp('secret')
    const { news, callback } = listener()
    alice.endpoint.register({ ...args, callback })
    await world.pass(50)
    expect(world.requests('REGISTER')).toHaveLength(1)
    expect(news[0]).toMatchObject({ status: 401, error: { code: 'ERR_SIP_AUTH' } })
  })

  test.each<[string, Credentials]>([
    ['a user and a password', ['alice', 'secret']],
    ['a user and a password by realm', { other: ['x', 'y'], 'netsip.example': ['alice', 'secret'] }],
    ['a function of the realm', (realm) => (realm === 'netsip.example' ? ['alice', 'secret'] : undefined)],
    ['an object with a password', { username: 'alice', password: 'secret' }],
    [
      'a hash in place of the password',
      { username: 'alice', ha1: digestHa1('SHA-256', 'alice', 'netsip.example', 'secret'), algorithm: 'SHA-256' },
    ],
  ])('S133 S134 credentials may be %s', async (_title, auth) => {
    const { world, alice, args } = setUp('secret')
    const ctx = alice.endpoint.register({ ...args, auth })
    await world.pass(50)
    expect((await ctx.outcome).status).toBe(200)
    expect(world.requests('REGISTER')).toHaveLength(2)
  })

  test('S133 S134 D058 credentials may be looked up by realm, asynchronously too', async () => {
    const { world, alice, args } = setUp('secret')
    const asked: string[] = []
    const ctx = alice.endpoint.register({
      ...args,
      auth: async (realm: string) => {
        asked.push(realm)
        return ['alice', 'secret'] as const
      },
    })
    await world.pass(50)
    expect((await ctx.outcome).status).toBe(200)
    expect(asked).toEqual(['netsip.example'])
  })

  test('S142 S070 S071 resp40x authorises the first sending of the same call, with a higher number', async () => {
    const { world, alice, registrar } = setUp('secret')
    const to = { from: 'sip:alice@10.0.0.1', to: 'sip:proxy@10.0.0.9' }
    const first = listener()
    const ctx = alice.endpoint.newRequest('MESSAGE', { ...to, auth: { other: ['x', 'y'] } }, first.callback, 'hi')
    await world.pass(50)
    const challenge = world.responses(401)[0]
    if (challenge === undefined) throw new Error('no challenge')
    expect(ctx.state).toBe('closed')
    const again = alice.endpoint.newRequest('MESSAGE', to, undefined, 'hi', {
      auth: ['alice', 'secret'],
      resp40x: challenge,
    })
    await world.pass(50)
    const [one, other] = world.requests('MESSAGE')
    expect(other?.read(Authorization)[0]?.username).toBe('alice')
    expect(other?.callId).toBe(one?.callId)
    expect(other?.from.tag).toBe(one?.from.tag)
    expect(other?.cseq.seq).toBe(2)
    expect(other?.headers.has('resp40x')).toBe(false)
    expect((await again.outcome).status).toBe(200)
    expect(registrar.errors).toEqual([])
  })
})

describe('an endpoint that closes', () => {
  test('with a REGISTER unanswered waits for the answer, and is closed then', async () => {
    const { world, alice, args } = setUp()
    world.network.partition('10.0.0.1', '10.0.0.9')
    const outcome = alice.endpoint.register(args).outcome
    let closed = false
    void alice.endpoint.close().then(() => (closed = true))
    await world.pass(1000)
    expect(closed).toBe(false)
    world.network.heal()
    await world.pass(5000)
    expect((await outcome).status).toBe(200)
    expect(closed).toBe(true)
    expect(alice.endpoint.stats().contexts).toBe(0)
  })
})
