import { Dispatcher } from '@netsip/dispatcher'
import { SipRequest, type SipResponse } from '@netsip/message'
import { describe, expect, test, vi } from 'vitest'
import { Context } from './context/context.ts'
import { Endpoint } from './endpoint.ts'
import { rawRequest } from './testing/messages.ts'
import { listener, pair, Party, RawPeer, World } from './testing/pair.ts'

const refused = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }) as Error

/** Bob, asked by hand. */
function asked(options: ConstructorParameters<typeof Party>[2] = {}): { world: World; bob: Party; raw: RawPeer } {
  const world = new World()
  return { world, bob: new Party(world, 'bob', options), raw: new RawPeer(world, 'alice') }
}

const statuses = (raw: RawPeer): number[] => raw.responses().map((one) => one.status)

describe('setApplication', () => {
  test('S143 S013 S015 S016 S017 S018 an object has its receive called on it, with the five arguments in order', async () => {
    const { world, bob, raw } = asked()
    const app = {
      calls: [] as unknown[][],
      receive(...args: unknown[]): void {
        this.calls.push(args)
      },
    }
    bob.endpoint.setApplication(app)
    raw.send(rawRequest(raw, 'MESSAGE', bob.uri), 'bob')
    await world.pass(20)
    const [endpoint, ctx, request, leg, from] = app.calls[0] ?? []
    expect(endpoint).toBe(bob.endpoint)
    expect(ctx).toMatchObject({ callid: 'raw-call', incoming: true })
    expect((request as SipRequest).method).toBe('MESSAGE')
    expect(leg).toBe(bob.leg)
    expect(from).toMatchObject({ proto: 'udp', addr: '10.0.0.1', host: '10.0.0.1', port: 5060, family: 'IPv4' })
  })

  test('S015 an object that has run as well is called by receive, a function that has receive as a function', async () => {
    const { world, bob, raw } = asked()
    const called: string[] = []
    const both = { receive: () => called.push('receive'), run: () => called.push('run') }
    const box: { value: unknown } = { value: undefined }
    const apps = [both, Object.assign(() => called.push('function'), both), box, /never/] as const
    for (const [index, app] of apps.entries()) {
      bob.endpoint.setApplication(app)
      raw.send(rawRequest(raw, 'OPTIONS', bob.uri, { callId: `c${index}` }), 'bob')
      await world.pass(20)
    }
    expect(called).toEqual(['receive', 'function'])
    expect(box.value).toBe(bob.endpoint)
    expect(statuses(raw)).toEqual([200, 200, 200, 200])
    expect(() => bob.endpoint.setApplication('phone' as never)).toThrow(refused)
  })

  test('S018 the sender of an IPv6 packet is told by an address without brackets', async () => {
    const world = new World()
    const leg = world.network.listen({ host: '2001:db8::2' })
    const bob = new Endpoint(new Dispatcher({ legs: [leg], clock: world.clock }))
    const near = new Endpoint(
      new Dispatcher({ legs: [world.network.listen({ host: '2001:db8::1' })], clock: world.clock }),
    )
    const told: unknown[] = []
    bob.setApplication((endpoint, ctx, request, via, from) => {
      told.push(from)
      endpoint.newResponse(ctx, request.createResponse(200), via, from)
    })
    const ctx = near.newRequest('MESSAGE', { from: 'sip:a@[2001:db8::1]', to: 'sip:b@[2001:db8::2]' }, null, 'hi')
    await world.pass(50)
    const sender = { proto: 'udp', addr: '2001:db8::1', host: '2001:db8::1', port: 5060, family: 'IPv6' }
    expect(told).toMatchObject([sender])
    expect((await ctx.outcome).status).toBe(200)
  })

  test('S143 S014 S015 any callback form does: function, bound array, run', async () => {
    const { world, bob, raw } = asked()
    const calls: unknown[][] = []
    const note = (...args: unknown[]): void => {
      calls.push(args)
    }
    let seq = 0
    for (const app of [note, [note, 'bound'] as const, { run: note }]) {
      bob.endpoint.setApplication(app)
      raw.send(rawRequest(raw, 'MESSAGE', bob.uri, { callId: `c${seq++}` }), 'bob')
      await world.pass(20)
    }
    const expected = [bob.endpoint, expect.any(Context), expect.any(SipRequest), bob.leg, expect.anything()]
    expect(calls).toEqual([expected, ['bound', ...expected], expected])
  })

  test('S033 S034 it is replaced and removed for calls that are up too', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(50)
    const methods: string[] = []
    bob.endpoint.setApplication((_endpoint, _ctx, request) => methods.push(request.method))
    alice.endpoint.newRequest('BYE', ctx)
    await world.pass(50)
    expect(methods).toEqual(['BYE'])
    bob.endpoint.setApplication(undefined)
    alice.endpoint.newRequest('OPTIONS', alice.to(bob))
    await world.pass(50)
    expect(world.responses(200, 'OPTIONS')).toHaveLength(1)
  })
})

describe('without an application', () => {
  test('S030 S031 S151 D143 D143c every request is answered as RFC 3261 8.2 and 11 say', async () => {
    const { world, bob, raw } = asked()
    for (const method of ['OPTIONS', 'INVITE', 'SUBSCRIBE', 'FOO']) {
      const headers: Record<string, string> = method === 'SUBSCRIBE' ? { Event: 'presence' } : {}
      raw.send(rawRequest(raw, method, bob.uri, { callId: method, headers }), 'bob')
    }
    await world.pass(20)
    expect(raw.responses().map((one) => `${one.status} ${one.cseq.method}`)).toEqual([
      '200 OPTIONS',
      '480 INVITE',
      '405 SUBSCRIBE',
      '501 FOO',
    ])
    const [options, , subscribe, foo] = raw.responses()
    for (const name of ['Allow', 'Accept', 'Accept-Encoding', 'Accept-Language', 'Supported']) {
      expect(options?.headers.has(name)).toBe(true)
    }
    for (const refusal of [subscribe, foo]) expect(refusal?.allow).toContain('INVITE')
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })
})

describe('without an application in a call', () => {
  test('S030 S031 no method that SIP knows is left unanswered, nor one it does not', async () => {
    const { world, bob, raw } = asked()
    bob.answers()
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(20)
    const toTag = raw.responses().at(-1)?.to.tag ?? ''
    raw.send(rawRequest(raw, 'ACK', bob.uri, { toTag }), 'bob')
    await world.pass(20)
    bob.endpoint.setApplication(undefined)
    raw.got.length = 0
    const headers = { Event: 'presence', 'Refer-To': '<sip:carol@10.0.0.3>', RAck: '1 1 INVITE' }
    const methods = 'OPTIONS INVITE REGISTER PRACK SUBSCRIBE NOTIFY PUBLISH INFO REFER MESSAGE UPDATE FOO BYE'.split(
      ' ',
    )
    for (const [index, method] of methods.entries()) {
      raw.send(rawRequest(raw, method, bob.uri, { toTag, seq: 2 + index, headers }), 'bob')
    }
    await world.pass(100)
    const answers = Object.fromEntries(raw.responses().map((one) => [one.cseq.method, one.status]))
    expect(answers).toEqual({
      OPTIONS: 200,
      INVITE: 488,
      REGISTER: 405,
      PRACK: 481,
      SUBSCRIBE: 405,
      NOTIFY: 481,
      PUBLISH: 405,
      INFO: 405,
      REFER: 405,
      MESSAGE: 405,
      UPDATE: 200,
      FOO: 501,
      BYE: 200,
    })
  })
})

describe('an application', () => {
  test('S029 answers other requests itself, synchronously or later, in a call and outside', async () => {
    const { world, bob, raw } = asked()
    bob.serve((ctx, request) => {
      if (request.method === 'INVITE' || request.method === 'MESSAGE') return bob.respond(ctx, request, 202)
      if (request.method !== 'ACK') world.clock.setTimer(500, () => bob.respond(ctx, request, 299))
    })
    raw.send(rawRequest(raw, 'MESSAGE', bob.uri, { callId: 'a' }), 'bob')
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(20)
    expect(statuses(raw)).toEqual([202, 202])
    const toTag = raw.responses()[1]?.to.tag ?? ''
    raw.send(rawRequest(raw, 'ACK', bob.uri, { toTag }), 'bob')
    for (const [index, method] of ['INFO', 'NOTIFY', 'FOO'].entries()) {
      const init = { toTag, seq: 2 + index, headers: { Event: 'dialog' } }
      raw.send(rawRequest(raw, method, bob.uri, init), 'bob')
    }
    await world.pass(400)
    expect(statuses(raw)).toEqual([202, 202])
    await world.pass(200)
    expect(
      raw
        .responses()
        .slice(2)
        .map((one) => [one.cseq.method, one.status]),
    ).toEqual([
      ['INFO', 299],
      ['NOTIFY', 299],
      ['FOO', 299],
    ])
  })

  test('S029 S151 may answer OPTIONS; does it not, the endpoint does', async () => {
    const { world, bob, raw } = asked()
    bob.serve((ctx, request) => request.callId === 'busy' && bob.respond(ctx, request, 486))
    raw.send(rawRequest(raw, 'OPTIONS', bob.uri, { callId: 'busy' }), 'bob')
    raw.send(rawRequest(raw, 'OPTIONS', bob.uri, { callId: 'free' }), 'bob')
    await world.pass(20)
    expect(statuses(raw)).toEqual([486, 200])
  })

  test('a request with a header that is garbage, or an empty From tag, is 400', async () => {
    const { world, bob, raw } = asked()
    bob.serve((ctx, request) => bob.respond(ctx, request, 486))
    const timed = rawRequest(raw, 'INVITE', bob.uri, { callId: 'timed' })
    timed.headers.set('Session-Expires', 'x')
    raw.send(timed, 'bob')
    const untagged = rawRequest(raw, 'INVITE', bob.uri, { callId: 'untagged' })
    untagged.headers.set('From', '<sip:raw@10.0.0.9>;tag=')
    raw.send(untagged, 'bob')
    await world.pass(20)
    expect(statuses(raw)).toEqual([400, 400])
  })

  test('S032 one that throws or rejects: 500 and an error event, unless it had answered', async () => {
    const { world, bob, raw } = asked()
    bob.serve((ctx, request) => {
      if (request.callId === 'answered') bob.respond(ctx, request, 603)
      if (request.callId === 'rejects') return Promise.reject(new Error('rejects'))
      throw new Error(request.callId)
    })
    for (const callId of ['throws', 'rejects', 'answered']) {
      raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId }), 'bob')
    }
    await world.pass(20)
    expect(Object.fromEntries(raw.responses().map((one) => [one.callId, one.status]))).toEqual({
      throws: 500,
      rejects: 500,
      answered: 603,
    })
    expect(bob.errors.map((error) => (error as Error).message).toSorted()).toEqual(['answered', 'rejects', 'throws'])
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, errors: 3 })
    raw.send(rawRequest(raw, 'OPTIONS', bob.uri, { callId: 'after' }), 'bob')
    await world.pass(20)
    expect(statuses(raw)).toHaveLength(4)
  })

  test('S031 one that never answers a request other than INVITE: 500 before its sender gives up', async () => {
    const { world, bob, raw } = asked()
    bob.serve()
    raw.send(rawRequest(raw, 'MESSAGE', bob.uri), 'bob')
    await world.pass(25_000)
    expect(statuses(raw)).toEqual([100, 500])
    expect(bob.errors).toHaveLength(1)
    expect(bob.endpoint.stats().contexts).toBe(0)
  })

  test('S128 a request on our own context goes to its callback first, then to the application', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    alice.serve((ctx, request) => request.method === 'MESSAGE' && alice.respond(ctx, request, 202))
    const { news, callback } = listener()
    alice.endpoint.invite(alice.to(bob), callback)
    await world.pass(50)
    bob.endpoint.newRequest('MESSAGE', bob.last('INVITE').ctx, undefined, 'hello')
    await world.pass(50)
    expect(news.map((one) => one.label)).toEqual(['180 INVITE', '200 INVITE', 'MESSAGE'])
    expect(alice.seen.map(({ request }) => request.method)).toEqual(['MESSAGE'])
    expect(world.responses(202)).toHaveLength(1)
  })

  test('S128 a callback that answers keeps the request from the application', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    alice.serve()
    alice.endpoint.invite(alice.to(bob), (endpoint, ctx, _error, _status, packet) => {
      if (packet?.type === 'request') endpoint.newResponse(ctx, packet.createResponse(202))
    })
    await world.pass(50)
    bob.endpoint.newRequest('MESSAGE', bob.last('INVITE').ctx, undefined, 'hello')
    await world.pass(50)
    expect(world.responses(202)).toHaveLength(1)
    expect(alice.seen).toEqual([])
  })

  test('X043 a provisional answer to anything but INVITE is refused', async () => {
    const { world, bob, raw } = asked()
    bob.serve()
    raw.send(rawRequest(raw, 'MESSAGE', bob.uri), 'bob')
    await world.pass(20)
    const { ctx, request } = bob.last('MESSAGE')
    expect(() => bob.respond(ctx, request, 183)).toThrow(expect.objectContaining({ code: 'ERR_SIP_STATE' }))
  })
})

describe('an endpoint', () => {
  test('S007 S008 S009 is the receiver of its dispatcher, until another takes its place', async () => {
    const { world, bob, raw } = asked()
    bob.serve((ctx, request) => bob.respond(ctx, request, 200))
    raw.send(rawRequest(raw, 'MESSAGE', bob.uri, { callId: 'a' }), 'bob')
    await world.pass(20)
    const second = new Endpoint(bob.dispatcher)
    const seen: string[] = []
    second.setApplication((endpoint, ctx, request) => {
      seen.push(request.callId)
      endpoint.newResponse(ctx, request.createResponse(200))
    })
    raw.send(rawRequest(raw, 'MESSAGE', bob.uri, { callId: 'b' }), 'bob')
    await world.pass(20)
    expect(bob.seen.map(({ request }) => request.callId)).toEqual(['a'])
    expect(seen).toEqual(['b'])
  })

  test('S011 needs a dispatcher', () => {
    expect(() => new Endpoint(undefined as never)).toThrow(TypeError)
  })

  test('S093 receive goes by the type of the packet only', async () => {
    const { world, bob, raw } = asked()
    const request = rawRequest(raw, 'OPTIONS', bob.uri)
    const from = { proto: 'udp', addr: '10.0.0.1', host: '10.0.0.1', port: 5060, family: 'IPv4' } as const
    expect(bob.endpoint.receive(request, bob.leg, from)).toBe(true)
    expect(bob.endpoint.receive(request.createResponse(200), bob.leg, from)).toBe(false)
    await world.pass(20)
    expect(statuses(raw)).toEqual([200])
  })

  test('S093 S095 S097 receive hands packets to receiveRequest and receiveResponse, and a response on to its context', async () => {
    const { world, bob } = asked()
    const request = rawRequest(new RawPeer(world, 'carol'), 'OPTIONS', bob.uri)
    const from = { proto: 'udp', addr: '10.0.0.3', host: '10.0.0.3', port: 5060, family: 'IPv4' } as const
    const onRequest = vi.spyOn(bob.endpoint, 'receiveRequest')
    const onResponse = vi.spyOn(bob.endpoint, 'receiveResponse')
    bob.endpoint.receive(request, bob.leg, from)
    const ctx = bob.endpoint.newRequest('OPTIONS', { from: bob.uri, to: 'sip:carol@10.0.0.3' })
    const handle = vi.spyOn(ctx, 'handleResponse')
    const response = ctx.findOutstandingRequests()[0]?.createResponse(200, { toTag: 'x' }) as SipResponse
    expect(bob.endpoint.receive(response, bob.leg, from)).toBe(true)
    expect(onRequest.mock.calls).toEqual([[request, bob.leg, from]])
    expect(onResponse.mock.calls).toEqual([[response, bob.leg, from]])
    expect(handle.mock.calls).toEqual([[response, bob.leg, from]])
    expect((await ctx.outcome).response).toBe(response)
    await world.pass(20)
  })

  test('S154 empty datagrams and keep-alives do nothing', async () => {
    const { world, bob, raw } = asked()
    for (const text of ['', '\r\n\r\n', '\0', 'garbage']) {
      raw.leg.send(new TextEncoder().encode(text), { protocol: 'udp', addr: '10.0.0.2', port: 5060, family: 'IPv4' })
    }
    await world.pass(20)
    expect(raw.got).toEqual([])
    expect(bob.errors).toEqual([])
  })
})
