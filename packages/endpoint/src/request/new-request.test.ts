import { CSeq, NameAddr, SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { HOSTS, listener, pair, Party, World } from '../testing/pair.ts'

const argument = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' })
const state = expect.objectContaining({ code: 'ERR_SIP_STATE' })

describe('newRequest', () => {
  test('S004 S054 D005 sends any method, with a CSeq that names it', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => bob.respond(ctx, request, 200))
    const { news, callback } = listener()
    alice.endpoint.newRequest('FOO', alice.to(bob), callback, 'x', { 'X-Foo': ['1', 2] })
    await world.pass(50)
    const [foo] = world.requests('FOO')
    expect(foo?.cseq.toString()).toBe('1 FOO')
    expect(foo?.headers.getAll('X-Foo')).toEqual(['1', '2'])
    expect(news.map((one) => one.label)).toEqual(['200 FOO'])
    expect(alice.endpoint.stats().contexts).toBe(0)
  })

  test('D001 D002 D003 D004 addresses: the To URI is the Request-URI, and loses there what From and To may not have', async () => {
    const { world, alice } = pair()
    alice.endpoint.newRequest('OPTIONS', {
      from: '"Alice" <sip:alice@atlanta.example:5070;transport=tcp>',
      to: 'sip:bob@10.0.0.2:5060;transport=udp;method=BYE;user=phone?Subject=x',
    })
    await world.pass(20)
    const [options] = world.requests('OPTIONS')
    expect(options?.uri.toString()).toBe('sip:bob@10.0.0.2:5060;transport=udp;user=phone')
    expect(options?.to.toString()).toBe('<sip:bob@10.0.0.2;user=phone>')
    expect(options?.from.displayName).toBe('Alice')
    expect(options?.from.uri.toString()).toBe('sip:alice@atlanta.example')
    expect(options?.from.tag).toMatch(/^[0-9a-f]{16}$/)
    expect(options?.to.tag).toBeUndefined()
    for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards']) {
      expect([...(options?.headers ?? [])].filter(([header]) => header === name)).toHaveLength(1)
    }
  })

  test('D006 D007 a pre-loaded route set is followed, a bare host as a loose route', async () => {
    const { world, alice, bob } = pair()
    alice.endpoint.newRequest('OPTIONS', { ...alice.to(bob), route: '10.0.0.9' })
    alice.endpoint.newRequest('OPTIONS', { ...alice.to(bob), route: ['sip:10.0.0.9', '<sip:p2;lr>'] })
    await world.pass(20)
    const [loose, strict] = world.sent.map(({ to, message }) => ({ to, message: message as SipRequest }))
    expect(loose?.message.uri.toString()).toBe(bob.uri)
    expect(loose?.message.routes.map(String)).toEqual(['<sip:10.0.0.9;lr>'])
    expect(strict?.message.uri.toString()).toBe('sip:10.0.0.9')
    expect(strict?.message.routes.map(String)).toEqual(['<sip:p2;lr>', `<${bob.uri}>`])
    expect(strict?.to).toBe('proxy')
  })

  test('S058 S059 a context is made from a plain object: from and to are mandatory, cseq counts from 0', async () => {
    const { world, alice, bob } = pair()
    expect(() => alice.endpoint.newRequest('OPTIONS', { from: alice.uri, to: '' })).toThrow("needs 'to'")
    expect(() => alice.endpoint.newRequest('OPTIONS', { from: '', to: bob.uri })).toThrow("needs 'from'")
    expect(() => alice.endpoint.newRequest('OPTIONS', { ...alice.to(bob), cseq: 2 ** 31 })).toThrow(argument)
    const ctx = alice.endpoint.newRequest('OPTIONS', { ...alice.to(bob), cseq: 41, callid: 'mine' })
    await world.pass(20)
    expect([ctx.callid, ctx.callId]).toEqual(['mine', 'mine'])
    expect(world.requests('OPTIONS')[0]?.cseq.seq).toBe(42)
    expect(alice.endpoint.stats().contexts).toBe(0)
  })

  test('S058 contact, route and remoteContact of a context are used, and incoming says that the peer has called', async () => {
    const { world, alice, bob } = pair()
    const init = { ...alice.to(bob), contact: '<sip:desk@10.0.0.1;transport=udp>', route: '<sip:10.0.0.2;lr>' }
    alice.endpoint.invite({ ...init, remoteContact: 'sip:phone@10.0.0.2' })
    const called = { from: `<${bob.uri}>;tag=theirs`, to: alice.uri, incoming: true }
    const ctx = alice.endpoint.newRequest('MESSAGE', called, undefined, 'back')
    await world.pass(20)
    const [invite] = world.requests('INVITE')
    expect(invite?.uri.toString()).toBe('sip:phone@10.0.0.2')
    expect(invite?.to.uri.toString()).toBe(bob.uri)
    expect(invite?.headers.get('Contact')).toBe('<sip:desk@10.0.0.1;transport=udp>')
    expect(invite?.headers.get('Route')).toBe('<sip:10.0.0.2;lr>')
    const [message] = world.requests('MESSAGE')
    expect(message?.from.uri.toString()).toBe(alice.uri)
    expect(message?.from.tag).toBe(ctx.local.tag)
    expect(message?.to.toString()).toBe(`<${bob.uri}>;tag=theirs`)
  })

  test('S060 auth and callid of the arguments go to the new context and become no headers', async () => {
    const { world, alice, bob } = pair()
    const ctx = alice.endpoint.newRequest('OPTIONS', alice.to(bob), undefined, undefined, {
      auth: ['alice', 'secret'],
      callid: 'from-args',
    })
    await world.pass(20)
    expect(ctx.callId).toBe('from-args')
    expect(world.requests('OPTIONS')[0]?.toString()).not.toMatch(/secret|callid|auth/i)
  })

  test('S061 another callid than that of the context is refused', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    expect(() => alice.endpoint.newRequest('INFO', ctx, undefined, undefined, { callid: 'other' })).toThrow(argument)
  })

  test('S061 auth with a context that is there already changes nothing, and becomes no header', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    bob.serve((called, request) => {
      const headers = { 'WWW-Authenticate': 'Digest realm="r", nonce="n"' }
      bob.endpoint.newResponse(called, request.createResponse(401, { headers }))
    })
    const { news, callback } = listener()
    alice.endpoint.newRequest('INFO', ctx, callback, undefined, { auth: ['alice', 'secret'] })
    await world.pass(50)
    expect(world.requests('INFO')).toHaveLength(1)
    expect(world.requests('INFO')[0]?.toString()).not.toMatch(/secret|auth/i)
    expect(news.map(({ error }) => error?.code)).toEqual(['ERR_SIP_AUTH'])
  })

  test('S142 S062 S063 S064 a context of another endpoint, or a closed one, is refused', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    expect(() => bob.endpoint.newRequest('BYE', ctx)).toThrow(argument)
    await world.pass(50)
    alice.endpoint.closeContext(ctx)
    expect(() => alice.endpoint.newRequest('BYE', ctx)).toThrow(state)
  })

  test('S142 S056 S006 a ready request is delivered as it is: the same object, only the Via is added', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => bob.respond(ctx, request, 200))
    const ready = new SipRequest({ method: 'MESSAGE', uri: bob.uri, headers: { 'Max-Forwards': 5, Subject: 'x' } })
    ready.from = new NameAddr({ uri: alice.uri }).with({ tag: 'mytag' })
    ready.to = new NameAddr({ uri: bob.uri })
    ready.callId = 'ready'
    ready.cseq = new CSeq(77, 'MESSAGE')
    const { news, callback } = listener()
    const ctx = alice.endpoint.newRequest(ready, alice.to(bob), callback)
    expect(ctx.findOutstandingRequests()).toEqual([ready])
    expect(ctx.callId).toBe('ready')
    await world.pass(50)
    const [sent] = world.requests('MESSAGE')
    sent?.popVia()
    expect([...(sent?.headers ?? [])]).toEqual([
      ['Max-Forwards', '5'],
      ['Subject', 'x'],
      ['From', `<${alice.uri}>;tag=mytag`],
      ['To', `<${bob.uri}>`],
      ['Call-ID', 'ready'],
      ['CSeq', '77 MESSAGE'],
      ['Content-Length', '0'],
    ])
    expect(news.map((one) => one.label)).toEqual(['200 MESSAGE'])
  })

  test('S055 S075 ACK, CANCEL and misspelt methods are refused', () => {
    const { alice, bob } = pair()
    for (const method of ['ACK', 'CANCEL', 'invite', 'Bye']) {
      expect(() => alice.endpoint.newRequest(method, alice.to(bob))).toThrow(argument)
    }
    expect(alice.endpoint.stats().contexts).toBe(0)
  })

  test('S050 S072 headers keep their names; injection and fields of the endpoint are refused', async () => {
    const { world, alice, bob } = pair()
    const send = (args: Record<string, unknown>): unknown =>
      alice.endpoint.newRequest('OPTIONS', alice.to(bob), undefined, undefined, args)
    for (const bad of ['a\r\nX: y', 'a\0b']) expect(() => send({ Subject: bad })).toThrow(/CR, LF or NUL/)
    expect(() => send({ 'X\r\nY': 'z' })).toThrow(/header name|CR, LF/)
    for (const name of ['Call-ID', 'cseq', 'VIA', 'From', 't']) expect(() => send({ [name]: 'x' })).toThrow(argument)
    expect(() => send({ Subject: { no: 'text' } })).toThrow(argument)
    expect(alice.endpoint.stats().contexts).toBe(0)
    send({ 'x-MIXED-case': 'v', 'Max-Forwards': 9 })
    await world.pass(20)
    const [options] = world.requests('OPTIONS')
    expect([...(options?.headers ?? [])]).toContainEqual(['x-MIXED-case', 'v'])
    expect(options?.maxForwards).toBe(9)
  })

  test('S067 S068 S069 bodies: text, octets, an object that knows its type', async () => {
    const { world, alice, bob } = pair()
    const send = (body: Parameters<typeof alice.endpoint.newRequest>[3], args = {}): unknown =>
      alice.endpoint.newRequest('MESSAGE', alice.to(bob), undefined, body, args)
    send('hello')
    send(new Uint8Array([1, 2, 3]), { 'Content-Type': 'application/octet-stream' })
    send({ asString: () => '<x/>', contentType: () => 'application/xml' })
    send({ asString: () => '<x/>', contentType: () => 'application/xml' }, { 'Content-Type': 'text/xml' })
    await world.pass(100)
    expect(world.requests('MESSAGE').map((one) => [one.contentType, one.body.length])).toEqual([
      ['text/plain', 5],
      ['application/octet-stream', 3],
      ['application/xml', 4],
      ['text/xml', 4],
    ])
  })

  test('S065 S066 a callback becomes the default of the context; a request keeps the one it was sent with', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => {
      if (request.method === 'INVITE') bob.respond(ctx, request, 200)
      else if (request.method === 'INFO') world.clock.setTimer(100, () => bob.respond(ctx, request, 200))
    })
    const first = listener()
    const second = listener()
    const ctx = alice.endpoint.invite(alice.to(bob), first.callback)
    await world.pass(50)
    alice.endpoint.newRequest('INFO', ctx)
    ctx.setCallback(second.callback)
    await world.pass(300)
    alice.endpoint.newRequest('BYE', ctx)
    await world.pass(100)
    expect(first.news.map((one) => one.label)).toEqual(['200 INVITE', '200 INFO'])
    expect(second.news.map((one) => one.label)).toEqual(['200 BYE'])
  })

  test('S065 a callback given with a request is the default from then on, for what the peer asks too', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method !== 'ACK' && bob.respond(ctx, request, 200))
    const [first, second] = [listener(), listener()]
    const ctx = alice.endpoint.invite(alice.to(bob), first.callback)
    await world.pass(50)
    alice.endpoint.newRequest('INFO', ctx, second.callback)
    await world.pass(50)
    alice.endpoint.newRequest('MESSAGE', ctx)
    bob.endpoint.newRequest('OPTIONS', bob.last('INVITE').ctx)
    await world.pass(50)
    expect(first.news.map((one) => one.label)).toEqual(['200 INVITE'])
    expect(second.news.map((one) => one.label).toSorted()).toEqual(['200 INFO', '200 MESSAGE', 'OPTIONS'])
  })

  test('S074 a retry after a challenge keeps leg and target', async () => {
    const { world, alice, bob } = pair()
    const other = world.network.listen({ host: HOSTS.alice, port: 5070 })
    alice.dispatcher.addLeg(other)
    bob.serve((ctx, request) => {
      const known = request.headers.has('Authorization')
      const headers = { 'WWW-Authenticate': 'Digest realm="r", nonce="n"' }
      bob.endpoint.newResponse(ctx, request.createResponse(known ? 200 : 401, known ? {} : { headers }))
    })
    const target = { protocol: 'udp', addr: HOSTS.bob, port: 5060, family: 'IPv4' } as const
    const init = { from: alice.uri, to: 'sip:bob@elsewhere.invalid', auth: ['alice', 'x'] as const }
    const ctx = alice.endpoint.newRequest('OPTIONS', init, undefined, undefined, { dstAddr: target, leg: other })
    await world.pass(50)
    expect((await ctx.outcome).status).toBe(200)
    expect(world.requests('OPTIONS').map((one) => one.via?.port)).toEqual([5070, 5070])
    expect(world.sent.filter(({ message }) => message.type === 'request').map(({ to }) => to)).toEqual(['bob', 'bob'])
  })

  test('S074 leg and target decide the way', async () => {
    const { world, alice, bob } = pair()
    const target = { protocol: 'udp', addr: '10.0.0.2', port: 5060, family: 'IPv4' } as const
    alice.endpoint.newRequest('OPTIONS', { from: alice.uri, to: 'sip:bob@elsewhere.invalid' }, undefined, undefined, {
      dstAddr: target,
      leg: alice.leg,
    })
    await world.pass(20)
    expect(world.flow()[0]).toBe('alice > bob OPTIONS')
    expect(bob.errors).toEqual([])
  })

  test('S130 the context of a request outside a dialog is closed after its answer', async () => {
    const { world, alice, bob } = pair()
    const ctx = alice.endpoint.newRequest('OPTIONS', alice.to(bob))
    expect(ctx.state).toBe('idle')
    await world.pass(50)
    expect(ctx.state).toBe('closed')
  })

  test('S035 S036 invite is newRequest INVITE', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const ctx = alice.endpoint.invite({ from: alice.uri, to: 'sip:bob@10.0.0.2', callid: 'c' })
    alice.endpoint.newRequest('INVITE', { from: alice.uri, to: 'sip:bob@10.0.0.2', callid: 'c' })
    expect(ctx.callId).toBe('c')
    const [one, other] = world.requests('INVITE').map((request) => request.toString().replace(/(branch|tag)=\w+/g, ''))
    await world.pass(1)
    expect(one).toBe(other)
  })

  test('D010 an INVITE says what is understood', async () => {
    const { world, alice, bob } = pair({ alice: { supported: ['my-extension'], userAgent: 'netsip test' } })
    alice.endpoint.invite(alice.to(bob))
    await world.pass(20)
    const [invite] = world.requests('INVITE')
    expect(invite?.allow).toEqual(expect.arrayContaining(['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS']))
    expect(invite?.supported).toContain('my-extension')
    expect(invite?.headers.get('User-Agent')).toBe('netsip test')
  })
})
