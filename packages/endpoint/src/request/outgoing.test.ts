import { Authorization, ProxyAuthorization } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { listener, pair, Party, World } from '../testing/pair.ts'

const ask = (realm: string): string => `Digest realm="${realm}", nonce="n", algorithm=MD5, qop="auth"`

describe('a request of ours', () => {
  test.each(['INVITE', 'SUBSCRIBE', 'REFER'])(
    'D008 %s has one Contact, a sips URI when it goes to one',
    async (method) => {
      const { world, alice, bob } = pair()
      const target = { protocol: 'udp', addr: '10.0.0.2', port: 5060, family: 'IPv4' } as const
      const args = { target, Event: 'presence', 'Refer-To': '<sip:carol@10.0.0.3>' }
      alice.endpoint.newRequest(method, alice.to(bob), undefined, undefined, args)
      alice.endpoint.newRequest(
        method,
        { from: 'sips:alice@10.0.0.1', to: 'sips:bob@10.0.0.2' },
        undefined,
        undefined,
        args,
      )
      const route = '<sips:10.0.0.2;lr>'
      alice.endpoint.newRequest(method, { ...alice.to(bob), route }, undefined, undefined, args)
      await world.pass(10)
      const contacts = world.requests(method).map((one) => one.headers.getAll('Contact'))
      expect(contacts.map((one) => one.length)).toEqual([1, 1, 1])
      expect(contacts.map(([one]) => one?.slice(0, one.indexOf(':')))).toEqual(['<sip', '<sips', '<sips'])
    },
  )

  test('D028 a 3xx has its ACK before the next try, and is forgotten with the call', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => {
      if (request.method !== 'INVITE') return
      const first = request.uri.toString().includes('first')
      const headers = { Contact: '<sip:second@10.0.0.2>' }
      bob.endpoint.newResponse(ctx, request.createResponse(first ? 302 : 486, first ? { headers } : {}))
    })
    for (let call = 0; call < 2; call++) {
      alice.endpoint.invite({ from: alice.uri, to: 'sip:first@10.0.0.2' })
      await world.pass(100)
    }
    const once = [
      'alice > bob INVITE',
      'bob > alice 302 INVITE',
      'alice > bob ACK',
      'alice > bob INVITE',
      'bob > alice 486 INVITE',
      'alice > bob ACK',
    ]
    expect(world.flow()).toEqual([...once, ...once])
    const users = world.requests('INVITE').map((one) => one.uri.toString().slice(4, 9))
    expect(users).toEqual(['first', 'secon', 'first', 'secon'])
  })

  test('D029c D030e credentials for a server and a proxy that ask together are both there, and the Route is as before', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const proxy = new Party(world, 'proxy')
    proxy.serve((ctx, request) => {
      const both = request.read(Authorization).length + request.read(ProxyAuthorization).length === 2
      const headers = { 'WWW-Authenticate': ask('server'), 'Proxy-Authenticate': ask('proxy') }
      proxy.endpoint.newResponse(ctx, request.createResponse(both ? 200 : 401, both ? {} : { headers }))
    })
    const { news, callback } = listener()
    const init = {
      from: 'sip:alice@example.com',
      to: 'sip:bob@example.com',
      route: '<sip:10.0.0.9;lr>',
      auth: ['alice', 'x'] as const,
    }
    alice.endpoint.newRequest('MESSAGE', init, callback, 'hi')
    await world.pass(100)
    expect(news.map((one) => one.status)).toEqual([200])
    const [first, retry] = world.requests('MESSAGE')
    expect(retry?.read(Authorization).map(({ realm }) => realm)).toEqual(['server'])
    expect(retry?.read(ProxyAuthorization).map(({ realm }) => realm)).toEqual(['proxy'])
    expect(retry?.headers.get('Route')).toBe(first?.headers.get('Route'))
  })

  test('D258 a caller may be anonymous: From is as given, and its Contact does not say more', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const anonymous = { from: '"Anonymous" <sip:anonymous@anonymous.invalid>', to: bob.uri }
    const ctx = alice.endpoint.invite(anonymous, undefined, undefined, { Privacy: 'id' })
    await world.pass(100)
    const [invite] = world.requests('INVITE')
    expect([invite?.from.displayName, invite?.from.uri.toString()]).toEqual([
      'Anonymous',
      'sip:anonymous@anonymous.invalid',
    ])
    expect(invite?.contact?.uri.toString()).toBe('sip:anonymous@10.0.0.1:5060')
    expect(invite?.toString()).not.toContain('alice')
    expect(ctx.state).toBe('confirmed')
  })

  test('D054b the next nonce that a server names is used by the next request', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite({ ...alice.to(bob), auth: ['alice', 'x'] })
    await world.pass(100)
    bob.serve((called, request) => {
      const known = request.read(Authorization).length > 0
      const headers = known
        ? { 'Authentication-Info': 'nextnonce="second"' }
        : { 'WWW-Authenticate': 'Digest realm="r", nonce="first", qop="auth"' }
      bob.endpoint.newResponse(called, request.createResponse(known ? 200 : 401, { headers }))
    })
    for (let i = 0; i < 2; i++) {
      alice.endpoint.newRequest('INFO', ctx)
      await world.pass(100)
    }
    const nonces = world.requests('INFO').map((one) => one.read(Authorization)[0]?.nonce)
    expect(nonces).toEqual([undefined, 'first', 'second'])
  })

  test('D126 an INVITE with Expires is cancelled when it elapses', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 180))
    const { news, callback } = listener()
    alice.endpoint.invite(alice.to(bob), callback, undefined, { Expires: 5 })
    await world.pass(4900)
    expect(world.requests('CANCEL')).toHaveLength(0)
    await world.pass(300)
    expect(news.at(-1)?.status).toBe(487)
  })

  test('D140c is seen to its end when the peer hangs up meanwhile', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    bob.serve()
    const { news, callback } = listener()
    alice.endpoint.newRequest('INFO', ctx, callback)
    await world.pass(20)
    const { ctx: called, request: info } = bob.last('INFO')
    bob.endpoint.newRequest('BYE', called)
    bob.respond(called, info, 200)
    await world.pass(100)
    expect(news.map((one) => one.label)).toContain('200 INFO')
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('D251i a Contact with ;ob that the context names is the one of every request in the dialog', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite({ ...alice.to(bob), contact: '<sip:alice@10.0.0.1;ob>' })
    await world.pass(100)
    alice.endpoint.newRequest('INVITE', ctx)
    await world.pass(100)
    expect(world.requests('INVITE').map((one) => one.headers.get('Contact'))).toEqual([
      '<sip:alice@10.0.0.1;ob>',
      '<sip:alice@10.0.0.1;ob>',
    ])
  })

  test.each(['481', 'silence'])('D167c an UPDATE that meets %s ends the dialog', async (answer) => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    bob.serve((called, request) => request.method === 'UPDATE' && bob.respond(called, request, 481))
    if (answer === 'silence') world.network.partition('10.0.0.1', '10.0.0.2')
    alice.endpoint.newRequest('UPDATE', ctx)
    await world.pass(70_000)
    expect(world.requests('BYE').length).toBeGreaterThan(0)
    expect(ctx.state).toBe('closed')
  })

  test('D152 a re-INVITE makes no early dialog', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    bob.serve((called, request) => request.method === 'INVITE' && bob.respond(called, request, 180))
    alice.endpoint.newRequest('INVITE', ctx)
    await world.pass(100)
    expect(world.responses(180)).toHaveLength(2)
    expect(ctx.dialogs.map((dialog) => dialog.state)).toEqual(['confirmed'])
    expect(bob.endpoint.stats().dialogs).toBe(1)
  })
})

describe('an answer of ours', () => {
  test.each([
    [486, undefined],
    [480, undefined],
    [600, undefined],
    [603, undefined],
    [488, { Warning: '305 10.0.0.2 "no common codec"' }],
    [302, { Contact: '<sip:bob@10.0.0.3>' }],
  ])('D133 refuses a call with %i', async (status, headers) => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => {
      if (request.method !== 'INVITE') return
      bob.endpoint.newResponse(ctx, request.createResponse(status, headers === undefined ? {} : { headers }))
    })
    const { news, callback } = listener()
    alice.endpoint.invite(alice.to(bob), callback, undefined, { redirect: 'none' })
    await world.pass(100)
    expect(news.at(-1)?.status).toBe(status)
    const [sent] = world.responses(status)
    for (const [name, value] of Object.entries(headers ?? {})) expect(sent?.headers.get(name)).toBe(value)
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('D230b D230e D230f a MESSAGE is accepted without a body, plain text always, another type only when we take it', async () => {
    const { world, alice, bob } = pair({ bob: { accept: ['text/plain'] } })
    bob.serve((ctx, request) => bob.respond(ctx, request, 200))
    alice.endpoint.newRequest('MESSAGE', alice.to(bob), undefined, 'hi')
    alice.endpoint.newRequest('MESSAGE', alice.to(bob), undefined, '{}', { 'Content-Type': 'application/json' })
    await world.pass(100)
    expect(world.responses(200)[0]?.body).toHaveLength(0)
    expect(world.responses(415)[0]?.headers.get('Accept')).toBe('text/plain')
    expect(bob.seen).toHaveLength(1)
  })

  test('D235 an INFO says nothing of the packages we take', async () => {
    const { world, alice, bob } = pair({ alice: { recvInfo: ['dtmf'] } })
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    alice.endpoint.newRequest('INFO', ctx)
    await world.pass(100)
    expect(world.requests('INVITE')[0]?.headers.get('Recv-Info')).toBe('dtmf')
    expect(world.requests('INFO')[0]?.headers.has('Recv-Info')).toBe(false)
  })
})
