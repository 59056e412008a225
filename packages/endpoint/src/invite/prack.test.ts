import type { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import { rawRequest } from '../testing/messages.ts'
import { listener, pair, Party, RawPeer, World } from '../testing/pair.ts'

const SDP = 'v=0\r\n'

/** Bob sends what the test says to an INVITE. */
function answering(bob: Party, ...answers: (readonly [status: number, body?: string])[]): void {
  bob.serve((ctx, request) => {
    if (request.method !== 'INVITE') return
    for (const [status, body] of answers) reliably(bob, ctx, request, status, body)
  })
}

function reliably(bob: Party, ctx: Context, request: SipRequest, status: number, body?: string): void {
  const headers: Record<string, string> = status < 200 ? { Require: '100rel' } : {}
  if (body !== undefined) headers['Content-Type'] = 'application/sdp'
  bob.endpoint.newResponse(ctx, request.createResponse(status, { headers, ...(body !== undefined && { body }) }))
}

describe('reliable provisional responses', () => {
  test('D153 D155 D156 D157 D159 D160 each waits for its PRACK, and so does a 2xx after a description', async () => {
    const { world, alice, bob } = pair()
    answering(bob, [183, SDP], [180], [200, SDP])
    const { news, callback } = listener()
    const ctx = alice.endpoint.invite(alice.to(bob), callback, SDP)
    await world.pass(200)
    expect(world.flow()).toEqual([
      'alice > bob INVITE',
      'bob > alice 183 INVITE',
      'alice > bob PRACK',
      'bob > alice 200 PRACK',
      'bob > alice 180 INVITE',
      'alice > bob PRACK',
      'bob > alice 200 PRACK',
      'bob > alice 200 INVITE',
      'alice > bob ACK',
    ])
    const [first, second] = [...world.responses(183), ...world.responses(180)].map((one) =>
      Number(one.headers.get('RSeq')),
    )
    expect(first).toBeGreaterThan(0)
    expect(second).toBe((first ?? 0) + 1)
    expect(world.requests('PRACK').map((one) => one.headers.get('RAck'))).toEqual([
      `${first} 1 INVITE`,
      `${second} 1 INVITE`,
    ])
    expect(world.requests('PRACK').map((one) => one.cseq.seq)).toEqual([2, 3])
    expect(world.responses(183)[0]?.contact).toBeDefined()
    expect(news.map((one) => one.label)).toEqual(['183 INVITE', '180 INVITE', '200 INVITE'])
    expect(ctx.dialogs[0]?.session.state).toBe('stable')
    expect(bob.last('INVITE').ctx.dialogs[0]?.session.state).toBe('stable')
  })

  test('D155b X005 without PRACK it is repeated, doubling without limit, and then refused', async () => {
    const world = new World()
    const bob = new Party(world, 'bob')
    answering(bob, [180])
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { headers: { Supported: '100rel' } }), 'bob')
    await world.pass(33_000)
    const at = world.sent.filter(({ from }) => from === 'bob').map((one) => (one.at - 5) / 1000)
    expect(at.slice(0, 7)).toEqual([0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5])
    expect(raw.responses().map((one) => one.status)).toContain(504)
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('D154 a caller that requires it gets every provisional reliably; one that does not know it gets none', async () => {
    const world = new World()
    const bob = new Party(world, 'bob')
    bob.serve((ctx, request) => bob.respond(ctx, request, 180))
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { headers: { Require: '100rel' }, callId: 'a' }), 'bob')
    await world.pass(20)
    expect(raw.responses()[0]?.require).toEqual(['100rel'])
    expect(raw.responses()[0]?.headers.has('RSeq')).toBe(true)
    answering(bob, [180])
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'b' }), 'bob')
    await world.pass(20)
    expect(bob.errors[0]).toMatchObject({ code: 'ERR_SIP_STATE' })
  })

  test('D158 D158b a repeated or skipped RSeq gets no PRACK and is not told', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const peer = new RawPeer(world, 'bob', (message, self) => {
      if (message.type !== 'request') return
      if (message.method === 'PRACK') return self.send(message.createResponse(200), 'alice')
      if (message.method !== 'INVITE') return
      for (const rseq of [7, 7, 9, 8]) {
        const headers = { Require: '100rel', RSeq: rseq, Contact: '<sip:bob@10.0.0.2>' }
        self.send(message.createResponse(180, { toTag: 'one', headers }), 'alice')
      }
    })
    const { news, callback } = listener()
    alice.endpoint.invite({ from: alice.uri, to: peer.uri }, callback)
    await world.pass(100)
    expect(peer.requests('PRACK').map((one) => one.headers.get('RAck'))).toEqual(['7 1 INVITE', '8 1 INVITE'])
    expect(news.map((one) => one.status)).toEqual([180, 180])
  })

  test('D158c a 100 is never acknowledged, whatever it requires', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const raw = new RawPeer(world, 'bob', (message) => {
      if (message.type !== 'request' || message.method !== 'INVITE') return
      const headers = { Require: '100rel', RSeq: 1, Contact: raw.uri }
      raw.send(message.createResponse(100, { headers }), 'alice')
    })
    alice.endpoint.invite({ from: alice.uri, to: raw.uri })
    await world.pass(1000)
    expect(world.responses(100)).toHaveLength(1)
    expect(raw.requests('PRACK')).toEqual([])
  })

  test('D160c after the final answer no provisional goes out any more', async () => {
    const { world, alice, bob } = pair()
    answering(bob, [200, SDP])
    alice.endpoint.invite(alice.to(bob), undefined, SDP)
    await world.pass(100)
    const { ctx, request } = bob.last('INVITE')
    reliably(bob, ctx, request, 183, SDP)
    await world.pass(1000)
    expect(world.responses(183)).toEqual([])
  })

  test('D130 D160c when its PRACK comes after the answer, or with it, it is not sent anew', async () => {
    const { world, alice, bob } = pair()
    answering(bob, [180], [200])
    const before = alice.endpoint.invite(alice.to(bob))
    await world.pass(200)
    bob.serve((ctx, request) => {
      if (request.method === 'INVITE') reliably(bob, ctx, request, 180)
      if (request.method === 'PRACK') reliably(bob, ctx, bob.last('INVITE').request, 200)
    })
    const within = alice.endpoint.invite(alice.to(bob))
    await world.pass(200)
    expect([before.state, within.state]).toEqual(['confirmed', 'confirmed'])
    world.sent.length = 0
    await world.pass(300_000)
    expect(world.flow()).toEqual([])
  })

  test('D159 a PRACK that names no response: 481, one without RAck: 400', async () => {
    const world = new World()
    const bob = new Party(world, 'bob')
    answering(bob, [180])
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { headers: { Supported: '100rel' } }), 'bob')
    await world.pass(20)
    const toTag = raw.responses()[0]?.to.tag ?? ''
    raw.send(rawRequest(raw, 'PRACK', bob.uri, { toTag, seq: 2, headers: { RAck: '1 1 BYE' } }), 'bob')
    raw.send(rawRequest(raw, 'PRACK', bob.uri, { toTag, seq: 3 }), 'bob')
    await world.pass(20)
    expect(raw.responses().map((one) => one.status)).toEqual([180, 481, 400])
  })

  test('D160b D161 a refusal does not wait for the PRACK, which is answered all the same', async () => {
    const { world, alice, bob } = pair()
    answering(bob, [183, SDP], [486])
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, SDP)
    await world.pass(100)
    expect(world.responses(486)).toHaveLength(1)
    expect(world.responses(200, 'PRACK')).toHaveLength(1)
    expect(ctx.state).toBe('closed')
  })

  test('D161 for 64*T1 after the refusal, however late it comes', async () => {
    const world = new World()
    const bob = new Party(world, 'bob')
    answering(bob, [180], [486])
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { headers: { Supported: '100rel' } }), 'bob')
    await world.pass(20)
    const [ringing] = raw.responses()
    const late = { toTag: ringing?.to.tag ?? '', headers: { RAck: `${ringing?.headers.get('RSeq')} 1 INVITE` } }
    const answers = async (seq: number): Promise<number | undefined> => {
      raw.send(rawRequest(raw, 'PRACK', bob.uri, { ...late, seq }), 'bob')
      await world.pass(20)
      return raw.responses().findLast((one) => one.cseq.method === 'PRACK')?.status
    }
    await world.pass(31_000)
    expect(await answers(2)).toBe(200)
    await world.pass(2000)
    expect(await answers(3)).toBe(481)
  })

  test('D162 D162b D170c D170d an offer in the 183 is answered in the PRACK, by the callback', async () => {
    const { world, alice, bob } = pair()
    answering(bob, [183, SDP], [200])
    alice.endpoint.invite(alice.to(bob), (_endpoint, _ctx, _error, status, _packet, _leg, _from, ack) => {
      if (status === 183 && ack !== undefined) ack.body = new TextEncoder().encode('v=0\r\ns=answer\r\n')
    })
    await world.pass(100)
    const { request: prack, ctx } = bob.last('PRACK')
    expect(prack.text).toContain('s=answer')
    expect(prack.contentType).toBe('application/sdp')
    expect(ctx.dialogs[0]?.session.state).toBe('stable')
    expect(world.responses(200, 'INVITE')).toHaveLength(1)
  })

  test('D162c D170e an offer in the PRACK is answered in its 200', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => {
      if (request.method === 'PRACK') bob.respond(ctx, request, 200, SDP)
      if (request.method === 'INVITE') reliably(bob, ctx, request, 183, SDP)
    })
    const { news, callback } = listener()
    alice.endpoint.invite(
      alice.to(bob),
      (...args) => {
        callback(...args)
        const ack = args[7]
        if (ack !== undefined) ack.body = new TextEncoder().encode(SDP)
      },
      SDP,
    )
    await world.pass(100)
    expect(news.map((one) => one.label)).toEqual(['183 INVITE', '200 PRACK'])
    expect(bob.last('PRACK').ctx.dialogs[0]?.session.state).toBe('stable')
  })
})

async function inCall(): Promise<{ world: World; alice: Party; bob: Party; ctx: Context; called: Context }> {
  const { world, alice, bob } = pair()
  bob.answers(SDP)
  alice.serve()
  const ctx = alice.endpoint.invite(alice.to(bob), undefined, SDP)
  await world.pass(100)
  world.sent.length = 0
  return { world, alice, bob, ctx, called: bob.last('INVITE').ctx }
}

describe('UPDATE', () => {
  test('D164 D168 is allowed and announced; without a description it is answered by the endpoint and moves the target', async () => {
    const { world, alice, bob, ctx, called } = await inCall()
    expect(ctx.dialogs[0]?.allowsUpdate).toBe(true)
    expect(called.dialogs[0]?.allowsUpdate).toBe(true)
    bob.endpoint.setApplication(undefined)
    alice.endpoint.newRequest('UPDATE', ctx, undefined, undefined, { Contact: '<sip:moved@10.0.0.1>' })
    await world.pass(50)
    expect(world.responses(200, 'UPDATE')).toHaveLength(1)
    expect(called.dialogs[0]?.remoteTarget.toString()).toBe('sip:moved@10.0.0.1')
    expect(world.responses(200, 'UPDATE')[0]?.contact).toBeDefined()
  })

  test('D165 D165b D170f D173 one offer at a time: ours is refused locally, crossing ones get 491', async () => {
    const { world, alice, bob, ctx, called } = await inCall()
    alice.endpoint.newRequest('UPDATE', ctx, undefined, SDP)
    expect(() => alice.endpoint.newRequest('UPDATE', ctx, undefined, SDP)).toThrow(
      expect.objectContaining({ code: 'ERR_SIP_STATE' }),
    )
    expect(() => alice.endpoint.invite(ctx, undefined, SDP)).toThrow(expect.objectContaining({ code: 'ERR_SIP_STATE' }))
    bob.endpoint.newRequest('UPDATE', called, undefined, SDP)
    await world.pass(50)
    expect(world.responses(491, 'UPDATE')).toHaveLength(2)
    expect(ctx.dialogs[0]?.session.state).toBe('stable')
  })

  test('D165 a second UPDATE before the answer to the first: 500 with Retry-After', async () => {
    const { world, alice, bob, ctx } = await inCall()
    bob.serve()
    alice.endpoint.newRequest('UPDATE', ctx, undefined, SDP)
    const [dialog] = ctx.dialogs
    const second = dialog?.createRequest('UPDATE')
    if (second === undefined) throw new Error('no dialog')
    alice.endpoint.newRequest(second, ctx)
    await world.pass(50)
    expect(world.responses(500, 'UPDATE')[0]?.headers.has('Retry-After')).toBe(true)
  })

  test('D166 one that the application takes too long for, as when it asks a person, is refused with 504', async () => {
    const { world, alice, bob, ctx } = await inCall()
    bob.serve((called, request) => {
      if (request.method === 'UPDATE') world.clock.setTimer(60_000, () => bob.respond(called, request, 200))
    })
    const { news, callback } = listener()
    alice.endpoint.newRequest('UPDATE', ctx, callback, SDP)
    await world.pass(31_000)
    expect(news.map((one) => one.status)).toEqual([504])
    expect([ctx.state, ctx.dialogs[0]?.session.state]).toEqual(['confirmed', 'stable'])
    await world.pass(60_000)
    expect(bob.errors).toHaveLength(1)
  })

  test('D167 a refused UPDATE changes nothing', async () => {
    const { world, alice, bob, ctx } = await inCall()
    bob.serve((called, request) => bob.respond(called, request, 488))
    alice.endpoint.newRequest('UPDATE', ctx, undefined, SDP)
    await world.pass(50)
    expect(ctx.state).toBe('confirmed')
    expect(ctx.dialogs[0]?.session.state).toBe('stable')
  })

  test('D164 outside a dialog there is none', () => {
    const { alice, bob } = pair()
    for (const method of ['UPDATE', 'PRACK']) {
      expect(() => alice.endpoint.newRequest(method, alice.to(bob))).toThrow(
        expect.objectContaining({ code: 'ERR_SIP_STATE' }),
      )
    }
  })
})

/** Bob has answered, and his 2xx waits for the PRACK of his description. */
async function held(): Promise<{
  world: World
  bob: Party
  raw: RawPeer
  invite: SipRequest
  answers: () => string[]
}> {
  const world = new World()
  const bob = new Party(world, 'bob')
  answering(bob, [183, SDP], [200, SDP])
  const raw = new RawPeer(world, 'alice')
  const headers = { Supported: '100rel', 'Content-Type': 'application/sdp' }
  const invite = rawRequest(raw, 'INVITE', bob.uri, { headers, body: SDP })
  raw.send(invite, 'bob')
  await world.pass(50)
  const answers = (): string[] => raw.responses().map(({ status, cseq }) => `${status} ${cseq.method}`)
  return { world, bob, raw, invite, answers }
}

describe('a 2xx that waits for the PRACK of a description', () => {
  test('S027 D138 is not sent when the caller cancels: the INVITE gets its 487', async () => {
    const { world, bob, raw, invite, answers } = await held()
    raw.send(invite.createCancel(), 'bob')
    await world.pass(50)
    expect(answers()).toEqual(['183 INVITE', '200 CANCEL', '487 INVITE'])
    await world.pass(70_000)
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, pendingAcks: 0 })
    expect(world.clock.pending).toBe(0)
  })

  test('D140b D141 nor when he hangs up the early dialog', async () => {
    const { world, raw, bob, answers } = await held()
    const toTag = raw.responses()[0]?.to.tag ?? ''
    raw.send(rawRequest(raw, 'BYE', bob.uri, { toTag, seq: 2 }), 'bob')
    await world.pass(50)
    expect(answers()).toEqual(['183 INVITE', '200 BYE', '487 INVITE'])
  })

  test('nor when the callee hangs up', async () => {
    const { world, bob, answers } = await held()
    let over = false
    void bob
      .last('INVITE')
      .ctx.hangUp()
      .then(() => (over = true))
    await world.pass(50)
    expect([...answers(), over]).toEqual(['183 INVITE', '480 INVITE', true])
  })
})

describe('a provisional response', () => {
  test('D130 is sent again each minute while the phone rings', async () => {
    const world = new World()
    const bob = new Party(world, 'bob')
    bob.serve((ctx, request) => bob.respond(ctx, request, 180))
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(125_000)
    expect(raw.responses().map((one) => one.status)).toEqual([180, 180, 180])
  })

  test('D130 one that is reliable is sent anew after two and a half minutes, under its next number', async () => {
    const { world, alice, bob } = pair()
    answering(bob, [183, SDP])
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, SDP)
    await world.pass(310_000)
    const numbers = world.responses(183).map((one) => Number(one.headers.get('RSeq')))
    const [first = 0] = numbers
    expect(numbers).toEqual([first, first + 1, first + 2])
    expect(world.requests('PRACK')).toHaveLength(3)
    bob.respond(bob.last('INVITE').ctx, bob.last('INVITE').request, 200, SDP)
    await world.pass(100)
    expect(ctx.state).toBe('confirmed')
    void ctx.hangUp()
    await world.pass(64_000)
    expect(world.clock.pending).toBe(0)
  })

  test('D154 in answer to a re-INVITE it is not reliable, and cannot be asked to be', async () => {
    const { world, alice, bob } = pair()
    answering(bob, [200, SDP])
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, SDP)
    await world.pass(100)
    bob.serve((called, request) => request.method === 'INVITE' && bob.respond(called, request, 180))
    alice.endpoint.invite(ctx, undefined, SDP)
    await world.pass(100)
    expect(world.responses(180).map(({ headers }) => headers.has('RSeq'))).toEqual([false])
    const { ctx: called, request } = bob.last('INVITE')
    expect(() => reliably(bob, called, request, 183)).toThrow(/first INVITE/)
  })

  test('D109 D157 the Contact of a reliable one is where its PRACK goes, when the one before had none', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const raw = new RawPeer(world, 'bob')
    alice.endpoint.invite({ from: alice.uri, to: raw.uri })
    await world.pass(20)
    const [invite] = raw.requests('INVITE')
    if (invite === undefined) throw new Error('no INVITE')
    raw.send(invite.createResponse(180, { toTag: 'b' }), 'alice')
    const headers = { Require: '100rel', RSeq: 1, Contact: '<sip:phone@10.0.0.2>' }
    raw.send(invite.createResponse(183, { toTag: 'b', headers }), 'alice')
    await world.pass(20)
    expect(raw.requests('PRACK').map(({ uri }) => uri.toString())).toEqual(['sip:phone@10.0.0.2'])
  })
})
