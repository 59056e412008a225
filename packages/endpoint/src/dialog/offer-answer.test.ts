import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import { rawRequest } from '../testing/messages.ts'
import { pair, Party, RawPeer, World } from '../testing/pair.ts'

const SDP = 'v=0\r\n'
const sdp = { 'Content-Type': 'application/sdp' }

/** State of the exchange, what we said last, what the peer did. */
function descriptions({ dialogs }: Context): (string | undefined)[] {
  const session = dialogs[0]?.session
  const said = [session?.local, session?.remote].map((one) => new TextDecoder().decode(one?.body))
  return [session?.state, ...said]
}

describe('offer and answer', () => {
  test('D170 an offer in the INVITE is in flight until the 2xx answers it', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 180))
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, SDP)
    await world.pass(100)
    const { ctx: called, request } = bob.last('INVITE')
    expect(ctx.dialogs[0]?.session.state).toBe('offered')
    expect(called.dialogs[0]?.session.state).toBe('asked')
    bob.respond(called, request, 200, SDP)
    await world.pass(100)
    expect(ctx.dialogs[0]?.session.state).toBe('stable')
    expect(called.dialogs[0]?.session.state).toBe('stable')
  })

  test('D170b D184 an INVITE without an offer gets it in the 2xx, and the callback puts the answer into the ACK', async () => {
    const { world, alice, bob } = pair()
    bob.answers(SDP)
    const ctx = alice.endpoint.invite(alice.to(bob), (_endpoint, _ctx, _error, status, _packet, _leg, _from, ack) => {
      if (status !== 200 || ack === undefined) return
      ack.contentType = 'application/sdp'
      ack.body = new TextEncoder().encode('v=0 answer\r\n')
    })
    await world.pass(100)
    expect(world.requests('INVITE')[0]?.body).toHaveLength(0)
    expect(world.responses(200)[0]?.text).toBe(SDP)
    expect(world.requests('ACK')[0]?.text).toBe('v=0 answer\r\n')
    expect(descriptions(ctx)).toEqual(['stable', 'v=0 answer\r\n', SDP])
    expect(descriptions(bob.last('INVITE').ctx)).toEqual(['stable', SDP, 'v=0 answer\r\n'])
  })

  test('D171 a session description in another request is none of its business', async () => {
    const { world, alice, bob } = pair()
    bob.answers(SDP)
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, SDP)
    await world.pass(100)
    bob.serve((called, request) => bob.respond(called, request, 200))
    for (const method of ['INFO', 'MESSAGE', 'OPTIONS']) alice.endpoint.newRequest(method, ctx, undefined, SDP, sdp)
    expect(ctx.dialogs[0]?.session.state).toBe('stable')
    await world.pass(100)
    expect(bob.last('INFO').ctx.dialogs[0]?.session.state).toBe('stable')
    expect(world.responses(200)).toHaveLength(4)
  })

  test.each([
    ['of another disposition is no offer', { ...sdp, 'Content-Disposition': 'render' }, 'stable'],
    ['of disposition session is one', { ...sdp, 'Content-Disposition': 'session;handling=required' }, 'asked'],
    ['in a multipart body is one', { 'Content-Type': 'multipart/mixed;boundary=x' }, 'asked'],
  ])('D187 a session description %s', async (_title, headers, state) => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 180))
    alice.endpoint.invite(alice.to(bob), undefined, SDP, headers)
    await world.pass(100)
    expect(bob.last('INVITE').ctx.dialogs[0]?.session.state).toBe(state)
  })

  test('D169 in an early dialog there is no second offer before the first is answered reliably', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 183, SDP))
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, SDP)
    await world.pass(100)
    expect(ctx.state).toBe('early')
    expect(() => alice.endpoint.newRequest('UPDATE', ctx, undefined, SDP, sdp)).toThrow(
      expect.objectContaining({ code: 'ERR_SIP_STATE' }),
    )
    expect(world.requests('UPDATE')).toEqual([])
  })

  test('D172 the first description that comes counts, be it in a response that may get lost; later ones are ignored', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => {
      if (request.method !== 'INVITE') return
      for (const status of [183, 180]) bob.respond(ctx, request, status, `v=0\r\ns=${status}\r\n`)
      world.clock.setTimer(1000, () => bob.respond(ctx, request, 200, 'v=0\r\ns=200\r\n'))
    })
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, SDP)
    await world.pass(100)
    const session = ctx.dialogs[0]?.session
    const counts = (): string => new TextDecoder().decode(session?.remote?.body)
    // It is a preview: the offer is in flight until it is answered reliably.
    expect([session?.state, counts()]).toEqual(['offered', 'v=0\r\ns=183\r\n'])
    expect(() => alice.endpoint.newRequest('UPDATE', ctx, undefined, SDP)).toThrow(/offer is in flight/)
    await world.pass(1000)
    expect([session?.state, counts()]).toEqual(['stable', 'v=0\r\ns=183\r\n'])
    expect(bob.last('INVITE').ctx.dialogs[0]?.session.remote).toMatchObject({ type: 'application/sdp' })
    bob.serve((called, request) => request.method === 'INVITE' && bob.respond(called, request, 200, 'v=0\r\ns=new\r\n'))
    alice.endpoint.invite(ctx, undefined, SDP)
    await world.pass(100)
    expect(counts()).toBe('v=0\r\ns=new\r\n')
  })

  test('D172 the preview of a re-INVITE that is refused in the end is forgotten', async () => {
    const { world, alice, bob } = pair()
    bob.answers(SDP)
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, SDP)
    await world.pass(100)
    bob.serve((called, request) => {
      if (request.method !== 'INVITE') return
      bob.respond(called, request, 183, 'v=0\r\ns=preview\r\n')
      bob.respond(called, request, 488)
    })
    alice.endpoint.invite(ctx, undefined, SDP)
    await world.pass(100)
    expect(new TextDecoder().decode(ctx.dialogs[0]?.session.remote?.body)).toBe(SDP)
    expect(ctx.dialogs[0]?.session.state).toBe('stable')
  })

  test('D165c an UPDATE with an offer while an offer of the same peer waits for its answer: 500 with Retry-After', async () => {
    const world = new World()
    const bob = new Party(world, 'bob').answers(SDP)
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { seq: 1, body: SDP, headers: sdp }), 'bob')
    await world.pass(20)
    const toTag = raw.responses().at(-1)?.to.tag ?? ''
    raw.send(rawRequest(raw, 'ACK', bob.uri, { seq: 1, toTag }), 'bob')
    await world.pass(20)
    bob.serve()
    raw.got.length = 0
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { seq: 2, toTag, body: SDP, headers: sdp }), 'bob')
    raw.send(rawRequest(raw, 'UPDATE', bob.uri, { seq: 3, toTag, body: SDP, headers: sdp }), 'bob')
    await world.pass(20)
    const refused = raw.responses().find((one) => one.cseq.method === 'UPDATE')
    expect(refused?.status).toBe(500)
    expect(Number(refused?.headers.get('Retry-After'))).toBeLessThanOrEqual(10)
  })

  test('D170f D173 an UPDATE with an offer and its answer leave what was said last', async () => {
    const { world, alice, bob } = pair()
    bob.answers('v=0 bob\r\n')
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, 'v=0 alice\r\n')
    await world.pass(100)
    bob.serve((called, request) => bob.respond(called, request, 200, 'v=0 bob again\r\n'))
    alice.endpoint.newRequest('UPDATE', ctx, undefined, 'v=0 alice again\r\n')
    await world.pass(100)
    expect(descriptions(ctx)).toEqual(['stable', 'v=0 alice again\r\n', 'v=0 bob again\r\n'])
    expect(descriptions(bob.last('UPDATE').ctx)).toEqual(['stable', 'v=0 bob again\r\n', 'v=0 alice again\r\n'])
  })

  test.each(['INVITE', 'UPDATE'])(
    'D148 D167 an offer in a refused %s leaves what was agreed before',
    async (method) => {
      const { world, alice, bob } = pair()
      bob.answers('v=0 bob\r\n')
      const ctx = alice.endpoint.invite(alice.to(bob), undefined, 'v=0 alice\r\n')
      await world.pass(100)
      bob.serve((called, request) => request.method === method && bob.respond(called, request, 488))
      alice.endpoint.newRequest(method, ctx, undefined, 'v=0 refused\r\n')
      await world.pass(100)
      expect(descriptions(ctx)).toEqual(['stable', 'v=0 alice\r\n', 'v=0 bob\r\n'])
      expect(descriptions(bob.last(method).ctx)).toEqual(['stable', 'v=0 bob\r\n', 'v=0 alice\r\n'])
    },
  )

  test('D169 D173 an UPDATE without an offer leaves the offer of the INVITE in flight', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => bob.respond(ctx, request, request.method === 'INVITE' ? 180 : 200))
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, SDP)
    await world.pass(100)
    alice.endpoint.newRequest('UPDATE', ctx)
    await world.pass(100)
    expect(world.responses(200, 'UPDATE')).toHaveLength(1)
    expect(ctx.dialogs[0]?.session.state).toBe('offered')
  })

  test.each([
    ['a refused offer in a PRACK', 'application/sdp', 488],
    ['an answer to a PRACK without an offer', 'text/plain', 200],
  ])('D170e D173 %s leaves no offer in flight', async (_title, type, status) => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => {
      if (request.method === 'PRACK') return bob.respond(ctx, request, status, SDP)
      if (request.method !== 'INVITE') return
      const headers = { Require: '100rel', 'Content-Type': 'application/sdp' }
      bob.endpoint.newResponse(ctx, request.createResponse(183, { headers, body: SDP }))
    })
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, SDP)
    ctx.on('progress', (_response, _dialog, prack) => {
      if (prack === undefined) return
      prack.contentType = type
      prack.body = new TextEncoder().encode('v=0 again\r\n')
    })
    await world.pass(100)
    expect(world.responses(status, 'PRACK')).toHaveLength(1)
    expect(descriptions(ctx)).toEqual(['stable', SDP, SDP])
    expect(descriptions(bob.last('INVITE').ctx)).toEqual(['stable', SDP, SDP])
  })
})
