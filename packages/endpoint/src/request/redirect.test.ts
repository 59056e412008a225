import type { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { RedirectPolicy, RequestArgs } from './request-args.ts'
import { listener, type News, pair, Party, World } from '../testing/pair.ts'

/** Bob answers as the test says for each user part; Alice calls sip:first@bob. */
async function call(
  table: Record<string, readonly [status: number, contact?: string | string[]]>,
  options: { redirect?: RedirectPolicy; to?: string; args?: RequestArgs } = {},
): Promise<{ tried: string[]; news: News[]; world: World; invites: SipRequest[] }> {
  const { world, alice, bob } = pair()
  const tried: string[] = []
  bob.serve((ctx, request) => {
    if (request.method !== 'INVITE') return
    const user = /:(\w+)@/.exec(request.uri.toString())?.[1] ?? ''
    tried.push(user)
    const [status, contact] = table[user] ?? [404]
    bob.endpoint.newResponse(ctx, request.createResponse(status, { headers: { Contact: contact } }))
  })
  const { news, callback } = listener()
  const args = { ...options.args, ...(options.redirect !== undefined && { redirect: options.redirect }) }
  alice.endpoint.invite({ from: alice.uri, to: options.to ?? 'sip:first@10.0.0.2' }, callback, undefined, args)
  await world.pass(500)
  return { tried, news, world, invites: world.requests('INVITE') }
}

const at = (user: string, q?: string): string => `<sip:${user}@10.0.0.2>${q === undefined ? '' : `;q=${q}`}`

describe('a redirection', () => {
  test('S125 D022 D024 a 302 is followed, best q first, without q is 1, on a failure the next', async () => {
    const { tried, news, invites } = await call({
      first: [302, [at('low', '0.1'), at('mid', '0.5'), at('top')]],
      top: [486],
      mid: [200],
    })
    expect(tried).toEqual(['first', 'top', 'mid'])
    expect(news.map((one) => one.status)).toEqual([200])
    expect(invites.map((one) => one.cseq.seq)).toEqual([1, 2, 3])
    expect(new Set(invites.map((one) => one.callId)).size).toBe(1)
    expect(new Set(invites.map((one) => one.to.toString())).size).toBe(1)
    expect(new Set(invites.map((one) => one.via?.branch)).size).toBe(3)
  })

  test('D025 D025b D025c when no contact answers, the last error is told; a 6xx stops the search', async () => {
    const exhausted = await call({ first: [302, [at('a'), at('b')]], a: [486], b: [480] })
    expect(exhausted.news.map((one) => one.status)).toEqual([480])
    const declined = await call({ first: [302, [at('a'), at('b')]], a: [603], b: [200] })
    expect(declined.tried).toEqual(['first', 'a'])
    expect(declined.news.map((one) => one.status)).toEqual([603])
  })

  test('S126 D022 a loop ends: every address is tried once', async () => {
    const { tried, news } = await call({ first: [302, at('a')], a: [302, at('first')] })
    expect(tried).toEqual(['first', 'a'])
    expect(news.map((one) => one.status)).toEqual([302])
  })

  test('D027 an endless chain ends', async () => {
    const table = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`u${n}`, [302, at(`u${n + 1}`)] as const]))
    const { tried, news } = await call({ first: [302, at('u0')], ...table })
    expect(tried).toEqual(['first', 'u0', 'u1', 'u2', 'u3', 'u4'])
    expect(news.map((one) => one.status)).toEqual([302])
  })

  test('D027 of many contacts ten addresses are tried in all', async () => {
    const users = Array.from({ length: 20 }, (_, n) => `u${n}`)
    const table = Object.fromEntries(users.map((user) => [user, [486] as const]))
    const { tried, news } = await call({ first: [302, users.map((user) => at(user))], ...table })
    expect(tried).toEqual(['first', ...users.slice(0, 9)])
    expect(news.map((one) => one.status)).toEqual([486])
  })

  test('S125 300 and 301 are for the application, unless it says otherwise', async () => {
    for (const status of [300, 301]) {
      const told = await call({ first: [status, at('a')], a: [200] })
      expect(told.tried).toEqual(['first'])
      expect(told.news.map((one) => one.status)).toEqual([status])
      const followed = await call({ first: [status, at('a')], a: [200] }, { redirect: 'follow' })
      expect(followed.tried).toEqual(['first', 'a'])
    }
  })

  test('S127 D026 305 and 380 are never followed by themselves', async () => {
    for (const status of [305, 380]) {
      const { tried } = await call({ first: [status, at('a')], a: [200] }, { redirect: 'follow' })
      expect(tried).toEqual(['first'])
    }
  })

  test('the application may forbid it, or choose among the contacts', async () => {
    const none = await call({ first: [302, at('a')], a: [200] }, { redirect: 'none' })
    expect(none.news.map((one) => one.status)).toEqual([302])
    const chosen = await call(
      { first: [302, [at('a'), at('b')]], a: [200], b: [200] },
      { redirect: (contact, response) => response.status === 302 && contact.uri.toString().includes('b@') },
    )
    expect(chosen.tried).toEqual(['first', 'b'])
  })

  test('D023 D023b D002c D026b method and headers of a contact stay out of the URI, other schemes are not followed', async () => {
    const { tried, invites } = await call({
      first: [302, ['<tel:+1555>', '<sip:a@10.0.0.2;method=BYE?Subject=y>']],
      a: [200],
    })
    expect(tried).toEqual(['first', 'a'])
    expect(invites[1]?.uri.toString()).toBe('sip:a@10.0.0.2')
    expect(invites[1]?.method).toBe('INVITE')
  })

  test('D023c headers of a contact go into the request to it, in place of its own, and not to the next contact', async () => {
    const { invites } = await call(
      {
        first: [302, ['<sip:a@10.0.0.2?Subject=Sales%20call&X-Queue=1&x-queue=2>', at('b')]],
        a: [486],
        b: [200],
      },
      { args: { Subject: 'hello' } },
    )
    const fields = invites.map((one) => [one.headers.get('Subject'), one.headers.get('X-Queue')])
    expect(fields).toEqual([
      ['hello', undefined],
      ['Sales call', '1'],
      ['hello', undefined],
    ])
  })

  test('D023c what would decide who calls, by which way, or what we can do is not honoured', async () => {
    const dangerous = {
      From: 'sip:president@example.com',
      To: 'sip:other@example.com',
      'Call-ID': 'mine',
      CSeq: '7 INVITE',
      Via: 'SIP/2.0/UDP 192.0.2.1',
      Route: '<sip:192.0.2.1;lr>',
      'Record-Route': '<sip:192.0.2.1;lr>',
      Contact: '<sip:192.0.2.1>',
      Allow: 'INVITE',
      Supported: 'foo',
      Require: 'foo',
      'User-Agent': 'other',
      Accept: 'text/plain',
      'Content-Type': 'text/plain',
      'P-Asserted-Identity': '<sip:president@example.com>',
      Privacy: 'none',
      'Session-Expires': '90',
      'Refer-To': '<sip:president@example.com>',
      Authorization: 'Digest x',
      'Max-Forwards': '1',
      body: 'v=0',
    }
    const query = Object.entries(dangerous).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    const { invites } = await call({ first: [302, `<sip:a@10.0.0.2?${query.join('&')}&Subject=fine>`], a: [200] })
    const [first, second] = invites
    expect(second?.headers.get('Subject')).toBe('fine')
    for (const name of Object.keys(dangerous)) {
      if (name === 'CSeq' || name === 'Via') continue
      expect([name, second?.headers.get(name)]).toEqual([name, first?.headers.get(name)])
    }
    expect(second?.vias).toHaveLength(1)
    expect(second?.cseq.seq).toBe(2)
    expect(second?.body).toHaveLength(0)
  })

  test('D023c a contact whose headers make no message is not followed', async () => {
    const { tried } = await call({ first: [302, ['<sip:a@10.0.0.2?X=1%0d%0aEvil:%202>', at('b')]], a: [200], b: [200] })
    expect(tried).toEqual(['first', 'b'])
  })

  test('D026 a sips request is not sent on in the clear', async () => {
    const world = new World()
    const alice = new Party(world, 'alice')
    const bob = new Party(world, 'bob')
    bob.serve((ctx, request) =>
      bob.endpoint.newResponse(ctx, request.createResponse(302, { headers: { Contact: at('a') } })),
    )
    const target = { protocol: 'udp', addr: '10.0.0.2', port: 5060, family: 'IPv4' } as const
    const { news, callback } = listener()
    alice.endpoint.newRequest('MESSAGE', { from: alice.uri, to: 'sips:first@10.0.0.2' }, callback, 'x', { target })
    await world.pass(100)
    expect(bob.seen).toHaveLength(1)
    expect(news.map((one) => one.status)).toEqual([302])
  })

  test('D025 a contact that asks for a password we have not is one that does not answer', async () => {
    const { world, alice, bob } = pair()
    const carol = new Party(world, 'carol').answers()
    const bill = new Party(world, 'bill')
    bill.serve((ctx, request) => {
      const headers = { 'WWW-Authenticate': 'Digest realm="r", nonce="n"' }
      bill.endpoint.newResponse(ctx, request.createResponse(401, { headers }))
    })
    bob.serve((ctx, request) => {
      const headers = { Contact: [`<${bill.uri}>;q=1`, `<${carol.uri}>;q=0.5`] }
      bob.endpoint.newResponse(ctx, request.createResponse(302, { headers }))
    })
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(200)
    expect(ctx.state).toBe('confirmed')
    expect(carol.seen.map(({ request }) => request.method)).toEqual(['INVITE', 'ACK'])
  })
})
