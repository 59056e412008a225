import { isSipError } from '@netsip/runtime'
import { describe, expect, test } from 'vitest'
import { rawRequest } from '../testing/messages.ts'
import { pair, Party, RawPeer, World } from '../testing/pair.ts'

/** Bob with his endpoint, and a caller without a stack. */
function called(options: ConstructorParameters<typeof Party>[2] = {}): { world: World; bob: Party; raw: RawPeer } {
  const world = new World()
  return { world, bob: new Party(world, 'bob', options), raw: new RawPeer(world, 'alice') }
}

const statusesOf = (raw: RawPeer): number[] => raw.responses().map((one) => one.status)

describe('INVITE at the UAS', () => {
  test('S112 D131 D131c X004 the 2xx is repeated until the ACK never comes, then BYE follows', async () => {
    const { world, bob, raw } = called()
    bob.answers()
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(5)
    const start = world.clock.monotonic()
    await world.pass(33_000)
    const at = world.sent
      .filter(({ message }) => message.type === 'response' && message.status === 200)
      .map((one) => one.at)
    expect(at.map((ms) => (ms - start) / 1000)).toEqual([0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5])
    const [bye] = raw.requests('BYE')
    expect(bye?.to.tag).toBe('raw')
    if (bye !== undefined) raw.send(bye.createResponse(200), 'bob')
    await world.pass(64_000)
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, pendingAcks: 0 })
    expect(world.clock.pending).toBe(0)
  })

  test('D131 over TCP the 2xx is repeated as well', async () => {
    const world = new World()
    const bob = new Party(world, 'bob', { protocol: 'tcp' }).answers()
    const alice = new Party(world, 'alice', { protocol: 'tcp' })
    // An answer to the offer in the 2xx that is never ready: no ACK leaves.
    alice.endpoint.invite({ from: alice.uri, to: bob.uri }, () => new Promise(() => undefined))
    await world.pass(2000)
    expect(world.responses(200, 'INVITE')).toHaveLength(3)
    expect(world.requests('ACK')).toHaveLength(0)
  })

  test('S022 S023 D131b the ACK stops the repetitions and is shown to the application once', async () => {
    const { world, bob, raw } = called()
    bob.answers()
    const invite = rawRequest(raw, 'INVITE', bob.uri)
    raw.send(invite, 'bob')
    await world.pass(20)
    const toTag = raw.responses().at(-1)?.to.tag ?? ''
    for (const branch of ['z9hG4bKack1', 'z9hG4bKack1', 'z9hG4bKack2']) {
      raw.send(rawRequest(raw, 'ACK', bob.uri, { toTag, branch }), 'bob')
    }
    await world.pass(33_000)
    expect(bob.seen.map(({ request }) => request.method)).toEqual(['INVITE', 'ACK'])
    expect(world.responses(200)).toHaveLength(1)
    expect(raw.requests('BYE')).toHaveLength(0)
  })

  test('S023 the ACK of a refusal never reaches the application', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => bob.respond(ctx, request, 486))
    alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    expect(world.requests('ACK')).toHaveLength(1)
    expect(bob.seen.map(({ request }) => request.method)).toEqual(['INVITE'])
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('D134 D135 a callee who hangs up before the ACK has the BYE wait for it', async () => {
    const { world, bob, raw } = called()
    bob.answers()
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(20)
    bob.endpoint.newRequest('BYE', bob.last('INVITE').ctx)
    await world.pass(1000)
    expect(raw.requests('BYE')).toHaveLength(0)
    raw.send(rawRequest(raw, 'ACK', bob.uri, { toTag: raw.responses().at(-1)?.to.tag ?? '' }), 'bob')
    await world.pass(20)
    expect(raw.requests('BYE')).toHaveLength(1)
  })

  test('D131c D134 and leave after 64*T1 when it never comes; nothing stays behind', async () => {
    const { world, bob, raw } = called()
    bob.answers()
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(20)
    bob.endpoint.newRequest('BYE', bob.last('INVITE').ctx)
    await world.pass(32_500)
    expect(raw.requests('BYE')[0]?.to.tag).toBe('raw')
    await world.pass(64_000)
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, pendingAcks: 0 })
  })

  test('D134 an early dialog is not ended by BYE of the callee', async () => {
    const { world, bob, raw } = called()
    bob.serve((ctx, request) => bob.respond(ctx, request, 180))
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(20)
    const { ctx } = bob.last('INVITE')
    expect(() => bob.endpoint.newRequest('BYE', ctx)).toThrow(expect.objectContaining({ code: 'ERR_SIP_STATE' }))
  })

  test('S021 X030 a retransmitted INVITE gets the last response again and no second call', async () => {
    const { world, bob, raw } = called()
    bob.serve((ctx, request) => bob.respond(ctx, request, 180))
    const invite = rawRequest(raw, 'INVITE', bob.uri)
    raw.send(invite, 'bob')
    raw.send(invite, 'bob')
    await world.pass(50)
    expect(bob.seen).toHaveLength(1)
    expect(raw.responses().map((one) => one.status)).toEqual([180, 180])
  })

  test('S106 X028 an INVITE that nobody has answered after 200 ms gets 100', async () => {
    const { world, bob, raw } = called()
    bob.serve()
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(250)
    expect(raw.responses().map((one) => one.status)).toEqual([100])
  })

  test('S111 S144 D084 D085 D129 S109 every response above 100 carries one tag, those that make the dialog Contact and Record-Route', async () => {
    const { world, bob, raw } = called()
    bob.serve((ctx, request) => {
      if (request.method !== 'INVITE') return
      for (const status of [180, 183, 200]) bob.respond(ctx, request, status)
    })
    const headers = { 'Record-Route': '<sip:10.0.0.9;lr;x=y>' }
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { headers }), 'bob')
    await world.pass(50)
    const responses = raw.responses()
    expect(responses.map((one) => one.status)).toEqual([180, 183, 200])
    expect(new Set(responses.map((one) => one.to.tag)).size).toBe(1)
    for (const one of responses) {
      expect(one.contact?.uri.toString()).toBe('sip:bob@10.0.0.2:5060')
      expect(one.recordRoutes.map(String)).toEqual(['<sip:10.0.0.9;lr;x=y>'])
    }
    expect(responses[2]?.allow).toContain('ACK')
  })

  test('D085 a refusal carries no Record-Route', async () => {
    const { world, bob, raw } = called()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 486))
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { headers: { 'Record-Route': '<sip:10.0.0.9;lr>' } }), 'bob')
    await world.pass(50)
    expect(raw.responses().map((one) => [one.status, one.headers.has('Record-Route')])).toEqual([[486, false]])
  })

  test('S109 S144 a Contact of the application stays, and a refusal gets none', async () => {
    const { world, bob, raw } = called()
    bob.serve((ctx, request) => {
      const status = request.callId === 'refused' ? 486 : 200
      const headers = request.callId === 'refused' ? {} : { Contact: '<sip:other@192.0.2.1>' }
      bob.endpoint.newResponse(ctx, request.createResponse(status, { headers }))
    })
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'refused' }), 'bob')
    await world.pass(50)
    expect(raw.responses().map((one) => [one.status, one.headers.get('Contact')])).toEqual([
      [200, '<sip:other@192.0.2.1>'],
      [486, undefined],
    ])
  })

  test('S113 D132 a second final answer is dropped, the first one stands', async () => {
    const { world, bob, raw } = called()
    bob.serve((ctx, request) => {
      if (request.method !== 'INVITE') return
      bob.respond(ctx, request, 200)
      bob.respond(ctx, request, 486)
    })
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(50)
    expect(raw.responses().map((one) => one.status)).toEqual([200])
    expect(bob.errors).toEqual([])
  })

  test('S025 S113 and so is one to a request before the last', async () => {
    const { world, bob, raw } = called()
    bob.serve((ctx, request) => request.method !== 'ACK' && bob.respond(ctx, request, 200))
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(20)
    const toTag = raw.responses().at(-1)?.to.tag ?? ''
    for (const seq of [2, 3, 4]) raw.send(rawRequest(raw, 'INFO', bob.uri, { toTag, seq }), 'bob')
    await world.pass(20)
    const [invite, first] = bob.seen
    raw.got.length = 0
    for (const { ctx, request } of [invite!, first!]) bob.respond(ctx, request, 500)
    await world.pass(20)
    expect(statusesOf(raw)).toEqual([])
  })

  test('D128 an INVITE with Expires that nobody answers gets 487', async () => {
    const { world, bob, raw } = called()
    bob.serve((ctx, request) => bob.respond(ctx, request, 180))
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { headers: { Expires: '10' } }), 'bob')
    await world.pass(9900)
    expect(raw.responses().map((one) => one.status)).toEqual([180])
    await world.pass(200)
    expect(raw.responses().map((one) => one.status)).toEqual([180, 487])
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('an INVITE the application forgets is refused with 480 in the end', async () => {
    const { world, bob, raw } = called({ ringTimeout: 60_000 })
    bob.serve()
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(61_000)
    expect(raw.responses().map((one) => one.status)).toContain(480)
    expect(bob.endpoint.stats().contexts).toBe(0)
  })

  test('S099 S098 two INVITEs with one Call-ID and different From tags are two calls', async () => {
    const { world, bob, raw } = called()
    bob.answers()
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { fromTag: 'one' }), 'bob')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { fromTag: 'two' }), 'bob')
    await world.pass(50)
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 2, dialogs: 2 })
    const tags = raw
      .responses()
      .filter((one) => one.status === 200)
      .map((one) => one.to.tag)
    expect(new Set(tags).size).toBe(2)
  })

  test('S155 a Call-ID may hold any word characters', async () => {
    const { world, bob, raw } = called()
    bob.answers()
    const callId = 'a\\[b]{c}<d>?/":(e)@[2001:db8::1]'
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId }), 'bob')
    await world.pass(50)
    expect(raw.responses().at(-1)?.callId).toBe(callId)
    raw.send(rawRequest(raw, 'BYE', bob.uri, { callId, seq: 2, toTag: raw.responses().at(-1)?.to.tag ?? '' }), 'bob')
    await world.pass(50)
    expect(raw.responses().at(-1)?.status).toBe(200)
  })

  test('D141 a BYE of the caller in the early dialog: 200 to it, 487 to the INVITE', async () => {
    const { world, bob, raw } = called()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 180))
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(20)
    raw.send(rawRequest(raw, 'BYE', bob.uri, { seq: 2, toTag: raw.responses()[0]?.to.tag ?? '' }), 'bob')
    await world.pass(20)
    expect(raw.responses().map((one) => `${one.status} ${one.cseq.method}`)).toEqual([
      '180 INVITE',
      '200 BYE',
      '487 INVITE',
    ])
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('S108 S019 a response made by hand is completed from the one request that waits', async () => {
    const { world, bob, raw } = called()
    bob.serve((ctx, request, leg, from) => {
      const bare = request.createResponse(486)
      for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq']) bare.headers.delete(name)
      bob.endpoint.newResponse(ctx, bare, leg, from)
    })
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(20)
    expect(raw.responses()[0]).toMatchObject({ status: 486, callId: 'raw-call' })
  })

  test('S114 a response to no request, or with an absurd status, throws', async () => {
    const { world, bob, raw } = called()
    bob.serve()
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(20)
    const { ctx } = bob.last('INVITE')
    const other = rawRequest(raw, 'INVITE', bob.uri, { seq: 99 })
    expect(() => bob.respond(ctx, other, 200)).toThrow(expect.objectContaining({ code: 'ERR_SIP_STATE' }))
    for (const status of [0, 42, 99, 700, 1000, 200.5, Number.NaN]) {
      expect(() => bob.respond(ctx, bob.last('INVITE').request, status)).toThrow(/status/)
    }
    expect(statusesOf(raw)).toEqual([])
    bob.respond(ctx, bob.last('INVITE').request, 603)
    await world.pass(20)
    expect(statusesOf(raw)).toEqual([603])
  })

  test('S111 D084 a 100 of the application carries no tag of ours, and what follows one and the same', async () => {
    const { world, bob, raw } = called()
    bob.serve((ctx, request) => {
      for (const status of [100, 180, 486]) bob.respond(ctx, request, status)
    })
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(20)
    const [trying, ringing, busy] = raw.responses().map((one) => one.to.tag)
    expect(statusesOf(raw)).toEqual([100, 180, 486])
    expect(trying).toBeUndefined()
    expect(ringing).toMatch(/./)
    expect(busy).toBe(ringing)
  })

  test('S020 the application may ring more than once, and answer minutes later', async () => {
    const { world, bob, raw } = called()
    bob.serve((ctx, request) => {
      if (request.method !== 'INVITE') return
      for (const [at, status] of [
        [10, 180],
        [100_000, 180],
        [300_000, 200],
      ] as const) {
        world.clock.setTimer(at, () => bob.respond(ctx, request, status))
      }
    })
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(299_000)
    expect(new Set(statusesOf(raw))).toEqual(new Set([180]))
    await world.pass(2000)
    expect(statusesOf(raw).filter((status) => status === 200).length).toBeGreaterThan(0)
    expect(bob.seen.map(({ request }) => request.method)).toEqual(['INVITE'])
  })
})

describe('an extension in a response', () => {
  test.each([
    ['D086 is refused when the peer does not support it', 200, 'foo', {}, 'ERR_SIP_STATE'],
    ['D086 is refused when the peer supports another', 183, 'foo', { Supported: 'bar' }, 'ERR_SIP_STATE'],
    ['D086 stands in Require when the peer supports it', 200, 'foo', { Supported: 'bar, foo' }, undefined],
    ['D086 stands in Require when the peer requires it', 200, 'foo', { Require: 'foo' }, undefined],
    ['D086 may be asked for by 421', 421, 'foo', {}, undefined],
  ] as const)('%s', async (_title, status, tag, headers, code) => {
    const { world, bob, raw } = called({ supported: ['foo'] })
    const errors: unknown[] = []
    bob.serve((ctx, request) => {
      if (request.method !== 'INVITE') return
      try {
        bob.endpoint.newResponse(ctx, request.createResponse(status, { headers: { Require: tag } }))
      } catch (error) {
        errors.push(error)
        bob.respond(ctx, request, 500)
      }
    })
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { headers }), 'bob')
    await world.pass(20)
    expect(errors.map((error) => (isSipError(error) ? error.code : error))).toEqual(code === undefined ? [] : [code])
    expect(raw.responses().map((one) => [one.status, one.require])).toEqual([
      code === undefined ? [status, [tag]] : [500, []],
    ])
    expect(bob.endpoint.stats().dialogs).toBe(code === undefined && status === 200 ? 1 : 0)
  })

  test('D086 the session timer is required only of a caller that knows it', async () => {
    for (const supported of ['timer', '100rel']) {
      const { world, bob, raw } = called({ sessionExpires: 600 })
      bob.answers()
      const headers = { Supported: supported, 'Session-Expires': '600;refresher=uac' }
      raw.send(rawRequest(raw, 'INVITE', bob.uri, { headers }), 'bob')
      await world.pass(20)
      expect(raw.responses().at(-1)?.require).toEqual(supported === 'timer' ? ['timer'] : [])
    }
  })
})
