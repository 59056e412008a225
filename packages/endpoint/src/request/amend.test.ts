import type { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { RequestArgs } from './request-args.ts'
import { listener, type News, pair, type World } from '../testing/pair.ts'

type Refusal = (request: SipRequest) => readonly [status: number, headers?: Record<string, string>]

/** Alice sends one request to Bob, who answers as `answer` says. */
async function asked(
  answer: Refusal,
  init: { method?: string; to?: string; args?: RequestArgs; body?: string; route?: string } = {},
): Promise<{ world: World; news: News[]; sent: SipRequest[] }> {
  const { world, alice, bob } = pair()
  bob.serve((ctx, request) => {
    const [status, headers = {}] = answer(request)
    bob.endpoint.newResponse(ctx, request.createResponse(status, { headers }))
  })
  const { news, callback } = listener()
  const { method = 'MESSAGE', to = bob.uri, args, body, route } = init
  const from = 'sip:alice@example.com'
  alice.endpoint.newRequest(method, { from, to, ...(route !== undefined && { route }) }, callback, body, args)
  await world.pass(1000)
  return { world, news, sent: world.requests(method) }
}

const withoutTel: Refusal = (request) => [request.uri.toString().startsWith('tel:') ? 416 : 200]
const byProxy: RequestArgs['redirect'] = (_contact, response) => response.status === 305
const optional = { 'Content-Type': 'text/plain', 'Content-Disposition': 'render;handling=optional' }

describe('a request that was refused', () => {
  test.each([
    ['D018', 413],
    ['D018b', 415],
  ])('%s D019 after %i goes out again without its body when that is optional', async (_id, status) => {
    const refuse: Refusal = (request) => [request.body.length > 0 ? status : 200]
    const { sent, news } = await asked(refuse, { body: 'x'.repeat(100), args: optional })
    expect(sent.map((one) => one.body.length)).toEqual([100, 0])
    expect(sent[1]?.contentType).toBeUndefined()
    expect(news.map((one) => one.status)).toEqual([200])
    const [one, other] = sent
    expect(other?.callId).toBe(one?.callId)
    expect(other?.from.toString()).toBe(one?.from.toString())
    expect(other?.to.toString()).toBe(one?.to.toString())
    expect(other?.cseq.seq).toBe(2)
    expect(other?.via?.branch).not.toBe(one?.via?.branch)
  })

  test.each([413, 415])(
    'D018 D018b D020 a %i stands when the body is asked for, or was left away already',
    async (status) => {
      const needed = await asked(() => [status], { body: 'hi', args: { 'Content-Type': 'text/plain' } })
      expect(needed.sent).toHaveLength(1)
      const stubborn = await asked(() => [status], { body: 'hi', args: optional })
      expect(stubborn.sent).toHaveLength(2)
      expect(stubborn.news.map((one) => one.status)).toEqual([status])
    },
  )

  test('D018c after 416 a telephone number is tried as a SIP URI of our domain, a SIP URI is not tried again', async () => {
    const number = await asked(withoutTel, { to: 'tel:+1-201-555-0123', route: 'sip:bob@10.0.0.2;lr' })
    expect(number.sent.map((one) => one.uri.toString())).toEqual([
      'tel:+1-201-555-0123',
      'sip:+1-201-555-0123@example.com;user=phone',
    ])
    expect(number.news.map((one) => one.status)).toEqual([200])
    const plain = await asked(() => [416])
    expect(plain.sent).toHaveLength(1)
  })

  test('D018d with 420 is not sent without what its caller required', async () => {
    const { sent, news } = await asked(() => [420, { Unsupported: 'foo' }], { args: { Require: 'foo' } })
    expect(sent).toHaveLength(1)
    expect(news.map((one) => one.status)).toEqual([420])
  })

  test.each([421, 494])('D018e with %i is reported', async (status) => {
    const { sent, news } = await asked(() => [status, { Require: '100rel' }])
    expect(sent).toHaveLength(1)
    expect(news.map((one) => one.status)).toEqual([status])
  })

  test.each([480, 486, 600, 603])('D021 tells the Retry-After of a %i and does not try again', async (status) => {
    const { world, news, sent } = await asked(() => [status, { 'Retry-After': '30' }], { method: 'INVITE' })
    await world.pass(60_000)
    expect(sent).toHaveLength(1)
    expect(news[0]?.error).toMatchObject({ status })
    expect(world.responses(status)[0]?.headers.get('Retry-After')).toBe('30')
  })

  test('D011 requires nothing by itself', async () => {
    const { sent } = await asked(() => [200])
    expect(sent[0]?.headers.has('Require')).toBe(false)
    expect(sent[0]?.headers.has('Proxy-Require')).toBe(false)
  })

  test('S125 S127 D026 with 305 goes by the proxy that is named only when a policy looks at it and agrees', async () => {
    let asking = 0
    const answer: Refusal = () => (asking++ === 0 ? [305, { Contact: '<sip:10.0.0.2:5060;lr>' }] : [200])
    const { sent, news } = await asked(answer, { to: 'sip:bob@10.0.0.2', args: { redirect: byProxy } })
    expect(sent).toHaveLength(2)
    expect(new Set(sent.map((one) => one.uri.toString()))).toEqual(new Set(['sip:bob@10.0.0.2']))
    expect(news.map((one) => one.status)).toEqual([200])
  })
})

describe('an UPDATE that meets an offer of the peer', () => {
  test.each([
    ['is tried again after 2.1 to 4 s by the owner of the Call-ID', 1, [491, 200]],
    ['fails when it is refused with 491 again', 2, [491, 491]],
  ])('D167b %s', async (_title, refusals, statuses) => {
    const { world, alice, bob } = pair()
    let left = refusals
    bob.serve((ctx, request) => {
      const status = request.method === 'UPDATE' && left-- > 0 ? 491 : 200
      bob.endpoint.newResponse(ctx, request.createResponse(status))
    })
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    const { news, callback } = listener()
    alice.endpoint.newRequest('UPDATE', ctx, callback)
    await world.pass(2000)
    expect(world.requests('UPDATE')).toHaveLength(1)
    await world.pass(2200)
    const [one, other] = world.requests('UPDATE')
    expect(other?.cseq.seq).toBe((one?.cseq.seq ?? 0) + 1)
    await world.pass(10_000)
    expect(world.requests('UPDATE')).toHaveLength(2)
    expect(news.map((each) => each.status)).toEqual(statuses.slice(-1))
    expect(ctx.state).toBe('confirmed')
  })

  test('D215 a 423 to the end of a subscription is its end, and does not begin another', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => {
      if (request.expires !== 0) return bob.endpoint.acceptSubscription(ctx, request).notify()
      bob.endpoint.newResponse(ctx, request.createResponse(423, { headers: { 'Min-Expires': 60 } }))
    })
    const fetch = alice.endpoint.subscribe(alice.to(bob), { event: 'presence', expires: 0 })
    await world.pass(100)
    expect(world.requests('SUBSCRIBE').map((one) => one.expires)).toEqual([0])
    expect(fetch.phase).toBe('terminated')
  })
})
