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
})
