import { CSeq, type SipMessage, type SipRequest, type SipResponse } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { label, listener, pair, Party, RawPeer, World } from '../testing/pair.ts'

/** Alice, and a peer that answers her INVITE as the test says: a proxy that forks looks like this from where she is. */
function withPeer(answers: (invite: SipRequest) => SipResponse[]): { world: World; alice: Party; peer: RawPeer } {
  const world = new World()
  const alice = new Party(world, 'alice')
  const peer = new RawPeer(world, 'bob', (message: SipMessage, self) => {
    if (message.type !== 'request') return
    if (message.method === 'INVITE') for (const response of answers(message)) self.send(response, 'alice')
    if (message.method === 'BYE' || message.method === 'INFO') self.send(message.createResponse(200), 'alice')
  })
  return { world, alice, peer }
}

/** A 100 with a To tag, which it should not have. */
function trying(invite: SipRequest): SipResponse {
  const response = invite.createResponse(100)
  response.to = response.to.with({ tag: 'no' })
  return response
}

function response(invite: SipRequest, status: number, tag: string, headers: Record<string, string> = {}): SipResponse {
  const contact = `<sip:${tag}@10.0.0.2>`
  return invite.createResponse(status, { toTag: tag, headers: { Contact: contact, ...headers } })
}

describe('INVITE at the UAC', () => {
  test.each([
    [200, 'Contact', 'garbage', 'ERR_SIP_PARSE'],
    [200, 'Record-Route', 'garbage', 'ERR_SIP_PARSE'],
    [302, 'Contact', 'garbage', 'ERR_SIP_STATUS'],
    [422, 'Min-SE', 'x', 'ERR_SIP_STATUS'],
    [401, 'WWW-Authenticate', 'Digest "', 'ERR_SIP_AUTH'],
  ])('a %i whose %s is garbage fails the request and leaves nothing waiting', async (status, name, value, code) => {
    const { world, alice, peer } = withPeer((invite) => [response(invite, status, 'one', { [name]: value })])
    const ctx = alice.endpoint.invite({ from: alice.uri, to: peer.uri, auth: ['alice', 'secret'] })
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await world.pass(100)
    expect(ctx.state).toBe('closed')
    expect(await outcome).toMatchObject({ code })
    await world.pass(70_000)
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })

  test('a 2xx whose Session-Expires is garbage makes a call without a timer, for callbacks that take time too', async () => {
    const { world, alice, peer } = withPeer((invite) => [response(invite, 200, 'one', { 'Session-Expires': 'x' })])
    const ctx = alice.endpoint.invite({ from: alice.uri, to: peer.uri }, () => Promise.resolve())
    await world.pass(100)
    expect((await ctx.outcome).status).toBe(200)
    expect(peer.requests('ACK')).toHaveLength(1)
  })

  test('D120 D121b S150 every repetition of a 2xx is acknowledged again, by the same ACK', async () => {
    const { world, alice, peer } = withPeer((invite) => [response(invite, 200, 'one'), response(invite, 200, 'one')])
    const { news, callback } = listener()
    alice.endpoint.invite({ from: alice.uri, to: peer.uri }, callback)
    await world.pass(100)
    const acks = peer.requests('ACK')
    expect(acks).toHaveLength(2)
    expect(acks[0]?.toString()).toBe(acks[1]?.toString())
    expect(news.map((one) => one.label)).toEqual(['200 INVITE'])
  })

  test('D099 D124 of two forks that answer, the first is kept, the second gets ACK and BYE', async () => {
    const { world, alice, peer } = withPeer((invite) => [response(invite, 200, 'one'), response(invite, 200, 'two')])
    const ctx = alice.endpoint.invite({ from: alice.uri, to: peer.uri })
    await world.pass(100)
    expect(peer.requests('ACK').map((ack) => [ack.to.tag, ack.uri.toString()])).toEqual([
      ['one', 'sip:one@10.0.0.2'],
      ['two', 'sip:two@10.0.0.2'],
    ])
    expect(peer.requests('BYE').map((bye) => bye.to.tag)).toEqual(['two'])
    expect(ctx.dialogs.map((dialog) => dialog.remoteTag)).toEqual(['one'])
    const { dialog } = await ctx.outcome
    expect(dialog?.remoteTag).toBe('one')
  })

  test('D099 S098 an application that asks for all forks gets each of them, with numbers of its own', async () => {
    const { world, alice, peer } = withPeer((invite) => [response(invite, 200, 'one'), response(invite, 200, 'two')])
    const { news, callback } = listener()
    const ctx = alice.endpoint.invite({ from: alice.uri, to: peer.uri }, callback, undefined, { forks: 'all' })
    await world.pass(100)
    expect(news.map((one) => one.ack?.to.tag)).toEqual(['one', 'two'])
    const [one, two] = ctx.dialogs
    expect(() => alice.endpoint.newRequest('BYE', ctx)).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
    if (one === undefined || two === undefined) throw new Error('two dialogs expected')
    alice.endpoint.newRequest('INFO', ctx, undefined, undefined, { dialog: one })
    alice.endpoint.newRequest('BYE', ctx, undefined, undefined, { dialog: two })
    await world.pass(100)
    expect(peer.requests('INFO').map((info) => [info.to.tag, info.cseq.seq])).toEqual([['one', 2]])
    expect(peer.requests('BYE').map((bye) => [bye.to.tag, bye.cseq.seq])).toEqual([['two', 2]])
    expect(ctx.state).toBe('confirmed')
  })

  test('D089 D089c D119 D119b D119c D119d early dialogs come from responses with a tag, never from 100', async () => {
    const { world, alice, peer } = withPeer((invite) => [
      trying(invite),
      response(invite, 183, 'one'),
      response(invite, 180, 'two'),
      response(invite, 180, 'one'),
    ])
    const ctx = alice.endpoint.invite({ from: alice.uri, to: peer.uri })
    const progress: (readonly [number, string | undefined])[] = []
    ctx.on('progress', ({ status }, dialog) => progress.push([status, dialog?.remoteTag]))
    await world.pass(100)
    expect(world.responses(100).map(({ to }) => to.tag)).toEqual(['no'])
    expect(progress).toEqual([
      [183, 'one'],
      [180, 'two'],
      [180, 'one'],
    ])
    expect(ctx.dialogs.map((dialog) => [dialog.remoteTag, dialog.state])).toEqual([
      ['one', 'early'],
      ['two', 'early'],
    ])
    expect(ctx.state).toBe('early')
  })

  test('D097 D098 the 2xx confirms the early dialog of the same tag', async () => {
    const { world, alice, peer } = withPeer((invite) => [response(invite, 180, 'one'), response(invite, 200, 'one')])
    const ctx = alice.endpoint.invite({ from: alice.uri, to: peer.uri })
    const dialogs: unknown[] = []
    ctx.on('dialog', (dialog) => dialogs.push(dialog))
    await world.pass(100)
    expect(ctx.dialogs).toEqual(dialogs)
    expect(ctx.dialogs[0]?.state).toBe('confirmed')
  })

  test('D100 a refusal ends every early dialog', async () => {
    const { world, alice, peer } = withPeer((invite) => [
      response(invite, 180, 'one'),
      response(invite, 180, 'two'),
      response(invite, 603, 'two'),
    ])
    const { news, callback } = listener()
    const ctx = alice.endpoint.invite({ from: alice.uri, to: peer.uri }, callback)
    const ended: string[] = []
    ctx.on('ended', (dialog) => ended.push(dialog.remoteTag))
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await world.pass(100)
    expect(ended).toEqual(['one', 'two'])
    expect(ctx.state).toBe('closed')
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
    expect(news.at(-1)).toMatchObject({
      status: 603,
      error: { code: 'ERR_SIP_STATUS', status: 603, reason: 'Decline' },
    })
    expect(await outcome).toMatchObject({ code: 'ERR_SIP_STATUS', status: 603 })
  })

  test('D101 forks that ring on 64*T1 after the first 2xx are over', async () => {
    const { world, alice, peer } = withPeer((invite) => [response(invite, 180, 'two'), response(invite, 200, 'one')])
    const ctx = alice.endpoint.invite({ from: alice.uri, to: peer.uri })
    await world.pass(31_000)
    expect(ctx.dialogs.map((dialog) => dialog.remoteTag)).toEqual(['two', 'one'])
    await world.pass(2000)
    expect(ctx.dialogs.map((dialog) => dialog.remoteTag)).toEqual(['one'])
  })

  test.each(['first', 'all'] as const)(
    'D101 D124 a hang-up does not wait for forks that ring on; one that answers then gets ACK and BYE (forks: %s)',
    async (forks) => {
      const { world, alice, peer } = withPeer((invite) => [response(invite, 180, 'two'), response(invite, 200, 'one')])
      const ctx = alice.endpoint.invite({ from: alice.uri, to: peer.uri }, undefined, undefined, { forks })
      await world.pass(100)
      const gone = ctx.hangUp()
      const [invite] = peer.requests('INVITE')
      if (invite === undefined) throw new Error('no INVITE')
      peer.send(response(invite, 200, 'two'), 'alice')
      await world.pass(100)
      await gone
      peer.send(response(invite, 200, 'three'), 'alice')
      await world.pass(100)
      const tags = (method: string): (string | undefined)[] => peer.requests(method).map((one) => one.to.tag)
      expect(new Set(tags('ACK'))).toEqual(new Set(['one', 'two', 'three']))
      expect(new Set(tags('BYE'))).toEqual(new Set(['one', 'two', 'three']))
      expect([tags('ACK').length, tags('BYE').length]).toEqual([3, 3])
      expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, errors: 0 })
    },
  )

  test('a hang-up in the middle of a re-INVITE that is answered all the same: one BYE, and nothing goes wrong', async () => {
    let count = 0
    const { world, alice, peer } = withPeer((invite) => (count++ === 0 ? [response(invite, 200, 'one')] : []))
    const ctx = alice.endpoint.invite({ from: alice.uri, to: peer.uri })
    await world.pass(100)
    alice.endpoint.invite(ctx)
    await world.pass(20)
    const gone = ctx.hangUp()
    const again = peer.requests('INVITE').at(-1)
    if (again !== undefined) peer.send(response(again, 200, 'one'), 'alice')
    await world.pass(100)
    await gone
    expect(peer.requests('BYE')).toHaveLength(1)
    expect(peer.requests('ACK').map((one) => one.cseq.seq)).toEqual([1, 2])
    await world.pass(64_000)
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, errors: 0 })
  })

  test('D125 D127 what comes after the first final answer and is no 2xx changes nothing', async () => {
    const { world, alice, peer } = withPeer((invite) => [
      response(invite, 200, 'one'),
      response(invite, 486, 'two'),
      response(invite, 180, 'three'),
    ])
    const { news, callback } = listener()
    const ctx = alice.endpoint.invite({ from: alice.uri, to: peer.uri }, callback)
    await world.pass(100)
    expect(news.map((one) => one.label)).toEqual(['200 INVITE'])
    expect(ctx.dialogs.map((dialog) => dialog.remoteTag)).toEqual(['one'])
  })

  test('D122 D123 S122 the callback puts the answer to a late offer into the ACK, even later', async () => {
    const { world, alice, peer } = withPeer((invite) => [response(invite, 200, 'one'), response(invite, 200, 'one')])
    const wait = (ms: number): Promise<void> => new Promise((resolve) => world.clock.setTimer(ms, () => resolve()))
    alice.endpoint.invite(
      { from: alice.uri, to: peer.uri },
      async (_endpoint, _ctx, _error, _status, _packet, _leg, _from, ack) => {
        await wait(300)
        if (ack !== undefined) ack.body = new TextEncoder().encode('v=0\r\n')
      },
    )
    await world.pass(200)
    expect(peer.requests('ACK')).toHaveLength(0)
    await world.pass(200)
    const [ack] = peer.requests('ACK')
    expect(ack?.text).toBe('v=0\r\n')
    expect(ack?.contentType).toBe('application/sdp')
  })

  test.each(['we hang up', 'the callee hangs up', 'our context is closed'])(
    'D120 D123 the ACK leaves and the outcome is told when %s while the answer in it is being made, for ever',
    async (who) => {
      const { world, alice, bob } = pair()
      bob.answers()
      const ctx = alice.endpoint.invite(alice.to(bob), (_endpoint, _ctx, _error, status) =>
        status === 200 ? new Promise<void>(() => undefined) : undefined,
      )
      const ends: string[] = []
      ctx.on('established', () => ends.push('established'))
      ctx.on('ended', (_dialog, { by }) => ends.push(by))
      const { outcome } = ctx
      await world.pass(1000)
      expect(world.requests('ACK')).toEqual([])
      if (who === 'we hang up') void ctx.hangUp()
      else if (who === 'our context is closed') alice.endpoint.closeContext(ctx)
      else await world.pass(64_000)
      await world.pass(1000)
      expect(world.requests('ACK')).toHaveLength(1)
      expect((await outcome).status).toBe(200)
      expect(ends).toEqual(who === 'we hang up' ? ['local'] : who === 'the callee hangs up' ? ['remote'] : [])
      expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, errors: 0 })
    },
  )

  test('D090 D107 the ACK and later requests go by the Record-Route', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const bob = new Party(world, 'bob').answers()
    const proxy = new RawPeer(world, 'proxy')
    bob.serve((ctx, request) => {
      if (request.method !== 'INVITE') return
      const recordRoute = '<sip:10.0.0.9;lr>'
      bob.endpoint.newResponse(ctx, request.createResponse(200, { headers: { 'Record-Route': recordRoute } }))
    })
    const ctx = alice.endpoint.invite({ from: alice.uri, to: bob.uri })
    await world.pass(50)
    alice.endpoint.newRequest('BYE', ctx)
    await world.pass(50)
    expect(proxy.requests('ACK').map((ack) => [ack.uri.toString(), ack.routes.map(String)])).toEqual([
      ['sip:bob@10.0.0.2:5060', ['<sip:10.0.0.9;lr>']],
    ])
    expect(proxy.requests('BYE').length).toBeGreaterThan(0)
  })

  test('D017 a 2xx that requires what we do not know is acknowledged and hung up', async () => {
    const { world, alice, peer } = withPeer((invite) => [response(invite, 200, 'one', { Require: 'foo' })])
    const { news, callback } = listener()
    const ctx = alice.endpoint.invite({ from: alice.uri, to: peer.uri }, callback)
    await world.pass(100)
    expect(peer.requests('ACK')).toHaveLength(1)
    expect(peer.requests('BYE')).toHaveLength(1)
    expect(news).toMatchObject([{ status: 200, error: { code: 'ERR_SIP_STATE' } }])
    expect(ctx.state).toBe('closed')
  })

  test('D015 a status nobody registered counts as the x00 or 183 of its class', async () => {
    const { world, alice, peer } = withPeer((invite) => [response(invite, 197, 'one'), response(invite, 499, 'one')])
    const { news, callback } = listener()
    const ctx = alice.endpoint.invite({ from: alice.uri, to: peer.uri }, callback)
    const early: (string | undefined)[] = []
    ctx.on('progress', (_response, dialog) => early.push(dialog?.state))
    await world.pass(100)
    expect(early).toEqual(['early'])
    expect(news.map((one) => [one.status, one.error?.code])).toEqual([
      [197, undefined],
      [499, 'ERR_SIP_STATUS'],
    ])
  })

  test('D016 a response with two Via headers is none of ours', async () => {
    const { world, alice, peer } = withPeer((invite) => {
      const two = response(invite, 486, 'one')
      two.headers.append('Via', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKother')
      return [two]
    })
    const { news, callback } = listener()
    alice.endpoint.invite({ from: alice.uri, to: peer.uri }, callback)
    await world.pass(100)
    expect(news).toMatchObject([{ error: { code: 'ERR_SIP_PARSE' }, status: undefined }])
    expect(alice.endpoint.stats().contexts).toBe(0)
  })

  test('S145 S094 a response with an unknown Call-ID does nothing', async () => {
    const { world, alice, peer } = withPeer(() => [])
    const ctx = alice.endpoint.invite({ from: alice.uri, to: peer.uri })
    await world.pass(50)
    const [invite] = peer.requests('INVITE')
    if (invite === undefined) throw new Error('no INVITE')
    const stray = response(invite, 200, 'x')
    stray.callId = 'somebody-elses'
    const before = world.sent.length
    const from = { proto: 'udp', addr: '10.0.0.2', host: '10.0.0.2', port: 5060, family: 'IPv4' } as const
    expect(alice.endpoint.receiveResponse(stray, alice.leg, from)).toBe(false)
    await world.pass(50)
    expect(world.sent.length).toBe(before)
    expect(ctx.state).toBe('calling')
  })

  test('S095 S096 S102 a response handed over by hand needs branch and method of a transaction', async () => {
    const { world, alice, peer } = withPeer(() => [])
    const { news, callback } = listener()
    alice.endpoint.invite({ from: alice.uri, to: peer.uri }, callback)
    await world.pass(50)
    const [invite] = peer.requests('INVITE')
    if (invite === undefined) throw new Error('no INVITE')
    const from = { proto: 'udp', addr: '10.0.0.2', host: '10.0.0.2', port: 5060, family: 'IPv4' } as const
    const wrongBranch = response(invite, 486, 'x')
    const { via } = wrongBranch
    if (via === undefined) throw new Error('no Via')
    wrongBranch.via = via.with({ branch: 'z9hG4bKwrong' })
    expect(alice.endpoint.receive(wrongBranch, alice.leg, from)).toBe(false)
    const altered = (change: (one: SipResponse) => void): SipResponse => {
      const one = response(invite, 486, 'x')
      change(one)
      return one
    }
    const strangers = [
      altered((one) => (one.cseq = new CSeq(1, 'BYE'))),
      altered((one) => (one.cseq = new CSeq(2, 'INVITE'))),
    ]
    for (const stranger of strangers) expect(alice.endpoint.receive(stranger, alice.leg, from)).toBe(false)
    expect(news).toEqual([])
    expect(alice.endpoint.receive(response(invite, 180, 'x'), alice.leg, from)).toBe(true)
    expect(news.map((one) => one.label)).toEqual(['180 INVITE'])
  })

  test('D124 D139 a 2xx that crosses the BYE for its early dialog gets ACK and BYE, and makes no call', async () => {
    const world = new World()
    const alice = new Party(world, 'alice').serve()
    const raw = new RawPeer(world, 'bob')
    const { news, callback } = listener()
    const ctx = alice.endpoint.invite({ from: alice.uri, to: raw.uri }, callback)
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await world.pass(20)
    const [invite] = raw.requests('INVITE')
    if (invite === undefined) throw new Error('no INVITE')
    const headers = { Contact: `<${raw.uri}>` }
    raw.send(invite.createResponse(180, { toTag: 'b', headers }), 'alice')
    await world.pass(20)
    alice.endpoint.newRequest('BYE', ctx)
    await world.pass(20)
    for (const bye of raw.requests('BYE')) raw.send(bye.createResponse(200), 'alice')
    raw.send(invite.createResponse(200, { toTag: 'b', headers }), 'alice')
    await world.pass(20)
    expect(raw.got.slice(2).map(label)).toEqual(['ACK', 'BYE'])
    for (const bye of raw.requests('BYE')) raw.send(bye.createResponse(200), 'alice')
    await world.pass(40_000)
    expect(await outcome).toMatchObject({ code: 'ERR_SIP_CANCELLED' })
    expect(news.at(-1)?.error?.code).toBe('ERR_SIP_CANCELLED')
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })
})
