import { type DigestQop, DigestVerifier } from '@netsip/auth'
import { Authorization, type SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import { listener, pair, type Party, type World } from '../testing/pair.ts'

/** Bob asks for a password as a proxy or a server would, for the methods named. */
function guard(
  world: World,
  bob: Party,
  kind: 'www' | 'proxy',
  methods: readonly string[],
  qop: readonly DigestQop[] = ['auth'],
): void {
  const { clock, random } = world
  const verifier = new DigestVerifier({ realm: 'r', lookup: () => ({ password: 'secret' }), qop, clock, random })
  const answers = (ctx: Context, request: SipRequest): void => {
    if (request.method === 'ACK') return
    bob.respond(ctx, request, 200)
  }
  bob.serve(async (ctx, request) => {
    if (!methods.includes(request.method)) return answers(ctx, request)
    const verdict = await verifier.verify(request, kind)
    if (verdict.ok) answers(ctx, request)
    else bob.endpoint.newResponse(ctx, verdict.response)
  })
}

function inTime(): Promise<[string, string]> {
  return Promise.resolve(['alice', 'secret'])
}

describe('a challenge', () => {
  test('D029b D055 S167 to an INVITE: 407, ACK, the retry, and its credentials in the ACK of the 2xx', async () => {
    const { world, alice, bob } = pair()
    guard(world, bob, 'proxy', ['INVITE'])
    const ctx = alice.endpoint.invite({ ...alice.to(bob), auth: ['alice', 'secret'] })
    await world.pass(100)
    expect(world.flow()).toEqual([
      'alice > bob INVITE',
      'bob > alice 407 INVITE',
      'alice > bob ACK',
      'alice > bob INVITE',
      'bob > alice 200 INVITE',
      'alice > bob ACK',
    ])
    const [, retry] = world.requests('INVITE')
    const [, ack] = world.requests('ACK')
    expect(ack?.headers.get('Proxy-Authorization')).toBe(retry?.headers.get('Proxy-Authorization'))
    expect(ack?.cseq.seq).toBe(2)
    expect(ctx.state).toBe('confirmed')
    expect(ctx.dialogs[0]?.localSeq).toBe(2)
  })

  test('D057 D139c S129 to an INFO in the call is answered in the dialog, with its next number', async () => {
    const { world, alice, bob } = pair()
    guard(world, bob, 'www', ['INFO'])
    const ctx = alice.endpoint.invite({ ...alice.to(bob), auth: ['alice', 'secret'] })
    await world.pass(100)
    const { news, callback } = listener()
    alice.endpoint.newRequest('INFO', ctx, callback)
    await world.pass(50)
    expect(world.requests('INFO').map((one) => one.cseq.seq)).toEqual([2, 3])
    expect(world.requests('INFO').map((one) => one.to.tag)).toEqual([
      ctx.dialogs[0]?.remoteTag,
      ctx.dialogs[0]?.remoteTag,
    ])
    expect(news.map((one) => one.status)).toEqual([200])
  })

  test('S129 D139c to a BYE is answered before the call ends', async () => {
    const { world, alice, bob } = pair()
    guard(world, bob, 'www', ['INVITE'])
    const ctx = alice.endpoint.invite({ ...alice.to(bob), auth: ['alice', 'secret'] })
    await world.pass(100)
    const dispatcher = bob.dispatcher
    const asked: SipRequest[] = []
    dispatcher.setReceiver({
      receive: (packet) => {
        if (packet.type !== 'request' || packet.method !== 'BYE') return true
        asked.push(packet)
        const headers = { 'WWW-Authenticate': 'Digest realm="r", nonce="other", qop="auth"' }
        const challenge = packet.createResponse(401, { headers })
        dispatcher.deliver(asked.length === 1 ? challenge : packet.createResponse(200))
        return true
      },
    })
    const { news, callback } = listener()
    alice.endpoint.newRequest('BYE', ctx, callback)
    await world.pass(7)
    expect(ctx.state).not.toBe('closed')
    await world.pass(100)
    expect(asked.map((one) => one.read(Authorization)[0]?.nonce).at(-1)).toBe('other')
    expect(asked.map((one) => one.cseq.seq)).toEqual([3, 4])
    expect(news.map((one) => one.status)).toEqual([200])
    expect(ctx.state).toBe('closed')
  })

  test('D056 X065 a CANCEL is not tried again, and carries what its INVITE carried', async () => {
    const { world, alice, bob } = pair()
    const { clock, random } = world
    const verifier = new DigestVerifier({ realm: 'r', lookup: () => ({ password: 'secret' }), clock, random })
    bob.serve(async (ctx, request) => {
      if (request.method !== 'INVITE') return
      const verdict = await verifier.verify(request, 'proxy')
      if (verdict.ok) bob.respond(ctx, request, 180)
      else bob.endpoint.newResponse(ctx, verdict.response)
    })
    const ctx = alice.endpoint.invite({ ...alice.to(bob), auth: ['alice', 'secret'] })
    await world.pass(100)
    alice.endpoint.cancelInvite(ctx)
    await world.pass(100)
    const [cancel] = world.requests('CANCEL')
    const [, retry] = world.requests('INVITE')
    expect(cancel?.cseq.seq).toBe(2)
    expect(cancel?.via?.branch).toBe(retry?.via?.branch)
    expect(ctx.state).toBe('closed')
  })

  test('a cancel while credentials are looked up ends the call without another INVITE', async () => {
    const { world, alice, bob } = pair()
    guard(world, bob, 'www', ['INVITE'])
    const { news, callback } = listener()
    const auth = (): Promise<readonly [string, string]> =>
      new Promise((resolve) => world.clock.setTimer(1000, () => resolve(['alice', 'secret'])))
    const ctx = alice.endpoint.invite({ ...alice.to(bob), auth }, callback)
    await world.pass(100)
    expect(alice.endpoint.cancelInvite(ctx)).toBe(1)
    await world.pass(2000)
    expect(news.map((one) => one.error?.code)).toEqual(['ERR_SIP_CANCELLED'])
    expect(world.requests('INVITE')).toHaveLength(1)
    expect(ctx.state).toBe('closed')
  })

  test('D038 D054 of a server that wants the body protected, all later requests are signed with theirs', async () => {
    const { world, alice, bob } = pair({
      alice: { sessionExpires: 90 },
      bob: { allow: ['INVITE', 'ACK', 'BYE', 'INFO'] },
    })
    guard(world, bob, 'www', ['INVITE', 'INFO', 'BYE'], ['auth-int'])
    const ctx = alice.endpoint.invite({ ...alice.to(bob), auth: ['alice', 'secret'] }, undefined, 'v=0\r\n')
    await world.pass(100)
    expect(world.responses(401)).toHaveLength(1)
    alice.endpoint.newRequest('INFO', ctx, undefined, 'hello')
    // A re-INVITE refreshes the session.
    await world.pass(50_000)
    alice.endpoint.newRequest('BYE', ctx, undefined, 'why')
    await world.pass(100)
    expect(world.requests('INVITE')).toHaveLength(3)
    expect(world.responses(200).map(({ cseq }) => cseq.method)).toEqual(['INVITE', 'INFO', 'INVITE', 'BYE'])
    expect(world.responses(401)).toHaveLength(1)
  })

  test('D019 D047 a request that is tried again for another reason than a challenge has a new nonce count', async () => {
    const { world, alice, bob } = pair({ alice: { sessionExpires: 90 }, bob: { minSE: 100 } })
    const { clock, random } = world
    const verifier = new DigestVerifier({ realm: 'r', lookup: () => ({ password: 'secret' }), clock, random })
    bob.serve((ctx, request) => {
      if (request.method !== 'INVITE') return
      const verdict = verifier.verify(request, 'www')
      if ('ok' in verdict && verdict.ok) return bob.respond(ctx, request, request.to.tag === undefined ? 200 : 491)
      return 'ok' in verdict && bob.endpoint.newResponse(ctx, verdict.response)
    })
    const ctx = alice.endpoint.invite({ ...alice.to(bob), auth: ['alice', 'secret'] })
    await world.pass(100)
    alice.endpoint.invite(ctx)
    await world.pass(5000)
    const counts = world.requests('INVITE').map((one) => one.read(Authorization)[0]?.nc)
    expect(counts).toEqual([undefined, undefined, 1, 2, 3])
  })

  test.each([
    [
      'throws',
      (): never => {
        throw new Error('locked')
      },
    ],
    ['rejects', (): Promise<never> => Promise.reject(new Error('locked'))],
  ])('D058 for which the look-up of credentials %s is one that we have none for', async (_title, auth) => {
    const { world, alice, bob } = pair()
    guard(world, bob, 'www', ['INVITE'])
    const { news, callback } = listener()
    const ctx = alice.endpoint.invite({ ...alice.to(bob), auth }, callback)
    await world.pass(100)
    expect(news.map(({ error, status }) => [error?.code, status])).toEqual([['ERR_SIP_AUTH', 401]])
    expect(alice.errors).toEqual([expect.objectContaining({ message: 'locked' })])
    expect(ctx.state).toBe('closed')
  })

  test.each([
    ['at once', (): undefined => undefined],
    ['later', (): Promise<undefined> => Promise.resolve(undefined)],
  ])(
    'D032 D058 beside one that is garbage is refused in words when nobody is known for it, %s',
    async (_title, auth) => {
      const { world, alice, bob } = pair()
      const headers = { 'WWW-Authenticate': ['Digest realm="r", nonce="n"', 'Digest "garbage'] }
      bob.serve((ctx, request) => bob.endpoint.newResponse(ctx, request.createResponse(401, { headers })))
      const { news, callback } = listener()
      const ctx = alice.endpoint.newRequest('OPTIONS', { ...alice.to(bob), auth }, callback)
      await world.pass(100)
      expect(news.map(({ error, status }) => [error?.code, status])).toEqual([['ERR_SIP_AUTH', 401]])
      expect(alice.errors).toEqual([])
      expect(ctx.state).toBe('closed')
    },
  )

  test('D005 D058 is the end when the answer comes later and no sequence number is left for it', async () => {
    const { world, alice, bob } = pair()
    guard(world, bob, 'www', ['OPTIONS'])
    const { news, callback } = listener()
    alice.endpoint.newRequest('OPTIONS', { ...alice.to(bob), auth: inTime, cseq: 2 ** 31 - 2 }, callback)
    await world.pass(100)
    expect(news.map(({ status }) => status)).toEqual([401])
    expect(alice.errors).toEqual([expect.objectContaining({ code: 'ERR_SIP_STATE' })])
  })
})
