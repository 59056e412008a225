import { CSeq, type SipMessage, type SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { listener } from '../testing/pair.ts'
import { aftermath, NOTHING, underFire } from '../testing/under-fire.ts'

/** Bob calls the raw peer, who sends what it likes; then it answers well. */
async function calling(
  odd: (invite: SipRequest) => SipMessage[],
): Promise<{ states: (string | undefined)[]; remains: unknown }> {
  const fire = await underFire()
  const { bob, raw, world } = fire
  let invite: SipRequest | undefined
  raw.leg.on('message', (message: SipMessage) => {
    if (message.type === 'request' && message.method === 'INVITE') invite ??= message
  })
  const { news, callback } = listener()
  const ctx = bob.endpoint.invite({ from: bob.uri, to: raw.uri }, callback, 'v=0\r\n')
  await world.pass(50)
  for (const message of odd(invite!)) raw.send(message, 'bob')
  await world.pass(50)
  const states: (string | undefined)[] = [ctx.state, ...news.map(({ error, label }) => error?.code ?? label)]
  if (ctx.state === 'calling') raw.send(invite!.createResponse(486, { toTag: 'r' }), 'bob')
  await world.pass(50)
  return { states, remains: await aftermath(fire) }
}

const ok = (invite: SipRequest, headers: Record<string, string> = {}): ReturnType<SipRequest['createResponse']> =>
  invite.createResponse(200, { toTag: 'r', headers: { Contact: '<sip:r@10.0.0.1>', ...headers } })

describe('a response that is wrong', () => {
  test.each<[string, (invite: SipRequest) => SipMessage, string[]]>([
    [
      'with a branch of nobody is dropped',
      (invite) => {
        const response = ok(invite)
        response.via = response.via!.with({ params: response.via!.params.with('branch', 'z9hG4bKnobody') })
        return response
      },
      ['calling'],
    ],
    [
      'to another method is dropped',
      (invite) => Object.assign(ok(invite), { cseq: new CSeq(invite.cseq.seq, 'BYE') }),
      ['calling'],
    ],
    [
      'with another number is matched by its branch and method (RFC 3261 17.1.3)',
      (invite) => Object.assign(ok(invite), { cseq: new CSeq(77, 'INVITE') }),
      ['confirmed', '200 INVITE'],
    ],
    ['with another Call-ID is dropped', (invite) => Object.assign(ok(invite), { callId: 'other' }), ['calling']],
    [
      'with a Contact that is garbage fails the call',
      (invite) => ok(invite, { Contact: '<<<' }),
      ['closed', 'ERR_SIP_PARSE'],
    ],
    [
      'with a Contact of no SIP leads to the Request-URI',
      (invite) => ok(invite, { Contact: '<mailto:r@10.0.0.1>' }),
      ['confirmed', '200 INVITE'],
    ],
    [
      'with a Record-Route that is garbage fails the call',
      (invite) => ok(invite, { 'Record-Route': '<sip:::>,,' }),
      ['closed', 'ERR_SIP_PARSE'],
    ],
    [
      'with a Via too many fails the call',
      (invite) => {
        const response = ok(invite)
        response.headers.append('Via', 'SIP/2.0/UDP 10.0.0.8;branch=z9hG4bKother')
        return response
      },
      ['closed', 'ERR_SIP_PARSE'],
    ],
    ['without a To tag is an answer of RFC 2543', (invite) => invite.createResponse(200), ['confirmed', '200 INVITE']],
  ])('a 200 %s', async (_what, odd, expected) => {
    const { states, remains } = await calling((invite) => [odd(invite)])
    expect(states).toEqual(expected)
    expect(remains).toEqual(NOTHING)
  })

  test('a 200 that a refusal follows, and a refusal that a 200 follows: the first one counts', async () => {
    const up = await calling((invite) => [ok(invite), invite.createResponse(486, { toTag: 'r' })])
    expect(up.states).toEqual(['confirmed', '200 INVITE'])
    expect(up.remains).toEqual(NOTHING)
    const refused = await calling((invite) => [invite.createResponse(486, { toTag: 'r' }), ok(invite)])
    expect(refused.states).toEqual(['closed', 'ERR_SIP_STATUS'])
    expect(refused.remains).toEqual(NOTHING)
  })

  test('a second fork that cannot be read does not touch the call that the first one made', async () => {
    const { states, remains } = await calling((invite) => [
      ok(invite),
      invite.createResponse(200, { toTag: 'other', headers: { Contact: '<<<' } }),
    ])
    expect(states).toEqual(['confirmed', '200 INVITE'])
    expect(remains).toEqual(NOTHING)
  })

  test('a provisional one with a Via too many is passed over, and the call may be cancelled after it', async () => {
    const fire = await underFire()
    const { bob, raw, world } = fire
    raw.leg.on('message', (message: SipMessage) => {
      if (message.type !== 'request' || message.method !== 'INVITE') return
      const response = message.createResponse(183, { toTag: 'r' })
      response.headers.append('Via', 'SIP/2.0/UDP 10.0.0.8;branch=z9hG4bKother')
      raw.send(response, 'bob')
    })
    const { news, callback } = listener()
    const ctx = bob.endpoint.invite({ from: bob.uri, to: raw.uri }, callback)
    await world.pass(100)
    expect([ctx.state, news]).toEqual(['calling', []])
    bob.endpoint.cancelInvite(ctx)
    await world.pass(100)
    expect(raw.requests('CANCEL').length).toBeGreaterThan(0)
    await world.pass(33_000)
    expect(ctx.state).toBe('closed')
    expect(await aftermath(fire)).toEqual(NOTHING)
  })

  test('a hundred forks that answer: one is kept, the others are hung up', async () => {
    const fire = await underFire()
    const { bob, raw, world } = fire
    raw.leg.on('message', (message: SipMessage) => {
      if (message.type !== 'request' || message.method === 'ACK') return
      if (message.method !== 'INVITE') return raw.send(message.createResponse(200), 'bob')
      for (let n = 0; n < 100; n++) {
        const headers = { Contact: '<sip:r@10.0.0.1>' }
        raw.send(message.createResponse(200, { toTag: `fork${n}`, headers }), 'bob')
      }
    })
    const ctx = bob.endpoint.invite({ from: bob.uri, to: raw.uri })
    await world.pass(1000)
    expect(raw.requests('BYE')).toHaveLength(99)
    expect(ctx.dialogs.map((dialog) => dialog.remoteTag)).toEqual(['fork0'])
    expect(await aftermath(fire)).toEqual(NOTHING)
  })

  test('thousands of forks, ringing or answering, are not kept: only so many as a proxy may fork to', async () => {
    const fire = await underFire()
    const { bob, raw, world } = fire
    const headers = { Contact: '<sip:r@10.0.0.1>' }
    raw.leg.on('message', (message: SipMessage) => {
      if (message.type !== 'request' || message.method === 'ACK') return
      if (message.method !== 'INVITE') return raw.send(message.createResponse(200), 'bob')
      for (const status of [180, 200]) {
        for (let n = 0; n < 3000; n++)
          raw.send(message.createResponse(status, { toTag: `${status}-${n}`, headers }), 'bob')
      }
    })
    const ctx = bob.endpoint.invite({ from: bob.uri, to: raw.uri })
    await world.pass(12)
    expect(bob.endpoint.stats().dialogs).toBeLessThan(300)
    await world.pass(1000)
    expect(raw.requests('BYE').length).toBeLessThan(230)
    expect(ctx.state).toBe('confirmed')
    expect(await aftermath(fire)).toEqual(NOTHING)
  })

  test('forks that answer when the call is over, thousands of them and some of garbage, are dealt with as before', async () => {
    const fire = await underFire()
    const { bob, raw, world } = fire
    let invite: SipRequest | undefined
    raw.leg.on('message', (message: SipMessage) => {
      if (message.type !== 'request' || message.method === 'ACK') return
      if (message.method === 'INVITE') invite = message
      raw.send(message.createResponse(200, { toTag: 'r', headers: { Contact: '<sip:r@10.0.0.1>' } }), 'bob')
    })
    const ctx = bob.endpoint.invite({ from: bob.uri, to: raw.uri })
    await world.pass(100)
    await Promise.all([ctx.hangUp(), world.pass(100)])
    const before = raw.requests('BYE').length
    const odd = ['<<<', '<mailto:r@x>', '', '*']
    odd.forEach((Contact, n) =>
      raw.send(invite!.createResponse(200, { toTag: `odd${n}`, headers: { Contact } }), 'bob'),
    )
    for (let n = 0; n < 3000; n++) {
      raw.send(invite!.createResponse(200, { toTag: `late${n}`, headers: { Contact: '<sip:r@10.0.0.1>' } }), 'bob')
    }
    await world.pass(1000)
    const byes = raw.requests('BYE').length - before
    expect(byes).toBeGreaterThan(50)
    expect(byes).toBeLessThan(230)
    expect(bob.dispatcher.stats().applicationErrors).toBe(0)
    expect(await aftermath(fire)).toEqual(NOTHING)
  })

  test.each<[string, (request: SipRequest, n: number) => ReturnType<SipRequest['createResponse']>, string]>([
    [
      'asks for a password with a new nonce each time',
      (request, n) => {
        const challenge = `Digest realm="r", nonce="${n}", stale=true, algorithm=MD5, qop="auth"`
        return request.createResponse(401, { headers: { 'WWW-Authenticate': challenge } })
      },
      'ERR_SIP_AUTH',
    ],
    [
      'asks for a password of another realm each time',
      (request, n) => {
        const challenge = `Digest realm="r${n}", nonce="${n}", algorithm=MD5, qop="auth"`
        return request.createResponse(401, { headers: { 'WWW-Authenticate': challenge } })
      },
      'ERR_SIP_STATUS',
    ],
    [
      'sends it on to another address each time',
      (request, n) => request.createResponse(302, { headers: { Contact: `<sip:r${n}@10.0.0.1>` } }),
      'ERR_SIP_STATUS',
    ],
    [
      'finds the session too short each time',
      (request, n) => request.createResponse(422, { headers: { 'Min-SE': 100 + n } }),
      'ERR_SIP_STATUS',
    ],
    [
      'objects to something else each time',
      (request, n) => {
        const status = [420, 421, 413, 415, 416][n % 5] ?? 420
        return request.createResponse(status, { headers: { Unsupported: 'timer', Require: 'x', Accept: 'a/b' } })
      },
      'ERR_SIP_STATUS',
    ],
  ])('a peer that %s is not asked for ever', async (_what, answer, code) => {
    const fire = await underFire({ sessionExpires: 90 })
    const { bob, raw, world } = fire
    let invites = 0
    raw.leg.on('message', (message: SipMessage) => {
      if (message.type !== 'request' || message.method !== 'INVITE') return
      invites += 1
      raw.send(answer(message, invites), 'bob')
    })
    const init = { from: bob.uri, to: raw.uri, auth: () => ['bob', 'secret'] as const }
    const outcome = bob.endpoint.invite(init, undefined, 'v=0\r\n').outcome.catch((error: unknown) => error)
    await world.pass(60_000)
    expect(await Promise.race([outcome, Promise.resolve('nothing')])).toMatchObject({ code })
    expect(invites).toBeLessThan(12)
    expect(await aftermath(fire)).toEqual(NOTHING)
  })
})
