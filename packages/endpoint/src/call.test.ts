import { describe, expect, test } from 'vitest'
import type { ContextCallbackArgs } from './context/context.ts'
import { listener, pair } from './testing/pair.ts'

const OFFER = 'v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nt=0 0\r\n'
const ANSWER = 'v=0\r\no=- 2 2 IN IP4 10.0.0.2\r\ns=-\r\nt=0 0\r\n'

async function hangUpAnswered(...[, ctx, , status]: ContextCallbackArgs): Promise<void> {
  if (status === 200) await ctx.hangUp()
}

describe('a call', () => {
  test('S140 S020 S122 goes INVITE, 180, 200, ACK, BYE, 200, and nothing is left', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const { news, callback } = listener()
    const ctx = alice.endpoint.invite(alice.to(bob), callback)
    await world.pass(100)
    expect(ctx.state).toBe('confirmed')
    expect(news.map((one) => one.label)).toEqual(['180 INVITE', '200 INVITE'])
    expect(news[1]?.ack?.method).toBe('ACK')
    alice.endpoint.newRequest('BYE', ctx)
    await world.pass(100)
    expect(world.flow()).toEqual([
      'alice > bob INVITE',
      'bob > alice 180 INVITE',
      'bob > alice 200 INVITE',
      'alice > bob ACK',
      'alice > bob BYE',
      'bob > alice 200 BYE',
    ])
    expect(bob.seen.map(({ request }) => request.method)).toEqual(['INVITE', 'ACK', 'BYE'])
    expect(ctx.state).toBe('closed')
    await world.pass(64_000)
    expect(world.clock.pending).toBe(0)
    for (const { endpoint } of [alice, bob]) {
      expect(endpoint.stats()).toEqual({ contexts: 0, dialogs: 0, pendingAcks: 0, errors: 0 })
    }
  })

  test('S140 S024 the callee hangs up, and a second BYE meets 481', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    alice.serve()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    const { ctx: called } = bob.last('INVITE')
    const dialog = called.dialogs[0]
    bob.endpoint.newRequest('BYE', called)
    await world.pass(100)
    expect(ctx.state).toBe('closed')
    expect(called.state).toBe('closed')
    expect(alice.seen.map(({ request }) => request.method)).toEqual(['BYE'])
    const again = dialog?.createRequest('BYE')
    if (again === undefined) throw new Error('no dialog')
    bob.endpoint.newRequest(again, { from: bob.uri, to: alice.uri })
    await world.pass(100)
    expect(world.responses(481, 'BYE')).toHaveLength(1)
  })

  test('D102 D102b D102c D102d D111 S037 S109 the requests of a call carry its tags, numbers and one Contact', async () => {
    const { world, alice, bob } = pair()
    bob.answers(ANSWER)
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, OFFER)
    await world.pass(100)
    alice.endpoint.newRequest('INFO', ctx)
    await world.pass(100)
    alice.endpoint.newRequest('BYE', ctx)
    await world.pass(100)
    const [invite] = world.requests('INVITE')
    const [ok] = world.responses(200, 'INVITE')
    const [ack] = world.requests('ACK')
    const [info] = world.requests('INFO')
    const [bye] = world.requests('BYE')
    expect(invite?.contacts.length).toBe(1)
    expect(invite?.contact?.uri.toString()).toBe('sip:alice@10.0.0.1:5060')
    expect(invite?.contentType).toBe('application/sdp')
    expect(ok?.contact?.uri.toString()).toBe('sip:bob@10.0.0.2:5060')
    expect(ok?.text).toBe(ANSWER)
    expect([invite, ack, info, bye].map((one) => one?.cseq.seq)).toEqual([1, 1, 2, 3])
    for (const request of [ack, info, bye]) {
      expect(request?.callId).toBe(invite?.callId)
      expect(request?.from.tag).toBe(invite?.from.tag)
      expect(request?.to.tag).toBe(ok?.to.tag)
      expect(request?.uri.toString()).toBe('sip:bob@10.0.0.2:5060')
    }
    expect(info?.headers.has('Contact')).toBe(false)
    expect(bye?.headers.has('Contact')).toBe(false)
    expect(ack?.via?.branch).not.toBe(invite?.via?.branch)
  })

  test('D001 S153 Max-Forwards stands in every request, ACK and CANCEL included', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    alice.endpoint.newRequest('BYE', ctx)
    bob.serve((called, request) => request.method === 'INVITE' && bob.respond(called, request, 180))
    const second = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    alice.endpoint.cancelInvite(second)
    await world.pass(100)
    for (const method of ['INVITE', 'ACK', 'BYE', 'CANCEL']) {
      expect(world.requests(method).length).toBeGreaterThan(0)
      for (const request of world.requests(method)) expect(request.maxForwards).toBe(70)
    }
  })

  test('S003 an endpoint calls itself', async () => {
    const { world, alice } = pair()
    alice.answers()
    const ctx = alice.endpoint.invite({ from: alice.uri, to: alice.uri })
    await world.pass(100)
    expect(ctx.state).toBe('confirmed')
    expect(alice.endpoint.stats().dialogs).toBe(2)
    alice.endpoint.newRequest('BYE', ctx)
    await world.pass(100)
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, errors: 0 })
  })

  test('S003 one endpoint places a call while it receives another', async () => {
    const { world, alice, bob } = pair()
    alice.answers()
    bob.answers()
    const out = alice.endpoint.invite(alice.to(bob))
    const back = bob.endpoint.invite(bob.to(alice))
    await world.pass(100)
    expect([out.state, back.state]).toEqual(['confirmed', 'confirmed'])
    expect(alice.endpoint.stats().dialogs).toBe(2)
  })

  test('a call over TCP sends each message once', async () => {
    const { world, alice, bob } = pair({ protocol: 'tcp' })
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    alice.endpoint.newRequest('BYE', ctx)
    await world.pass(40_000)
    expect(world.flow()).toHaveLength(6)
    expect(world.requests('INVITE')[0]?.contact?.uri.toString()).toBe('sip:alice@10.0.0.1:5060;transport=tcp')
    expect(ctx.state).toBe('closed')
  })

  test('D139 D139b BYE glare: both hang up at once, both get 200', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    alice.endpoint.newRequest('BYE', ctx)
    bob.endpoint.newRequest('BYE', bob.last('INVITE').ctx)
    await world.pass(100)
    expect(world.responses(200, 'BYE')).toHaveLength(2)
    await world.pass(64_000)
    for (const { endpoint } of [alice, bob])
      expect(endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, errors: 0 })
  })

  test('S005 D014 a silent peer gets the INVITE 7 times and another request 11 times, then the callback hears of it', async () => {
    const { world, alice, bob } = pair()
    world.network.partition('10.0.0.1', '10.0.0.2')
    const { news, callback } = listener()
    alice.endpoint.invite(alice.to(bob), callback)
    alice.endpoint.newRequest('OPTIONS', alice.to(bob), callback)
    await world.pass(33_000)
    expect(world.requests('INVITE')).toHaveLength(7)
    expect(world.requests('OPTIONS')).toHaveLength(11)
    expect(news.map(({ error, status }) => [error?.code, status])).toEqual([
      ['ERR_SIP_TIMEOUT', undefined],
      ['ERR_SIP_TIMEOUT', undefined],
    ])
    expect(alice.endpoint.stats().contexts).toBe(0)
  })

  test('S076 an unresolvable host is reported after newRequest has returned', async () => {
    const { world, alice } = pair()
    const { news, callback } = listener()
    const ctx = alice.endpoint.invite({ from: alice.uri, to: 'sip:x@nowhere.invalid' }, callback)
    expect(news).toEqual([])
    const failed = ctx.outcome.catch((error: unknown) => error)
    await world.pass(10)
    expect(news.map(({ error }) => error?.code)).toEqual(['ERR_SIP_UNRESOLVED'])
    expect(await failed).toMatchObject({ code: 'ERR_SIP_UNRESOLVED' })
    expect(ctx.state).toBe('closed')
  })

  test('D139 a BYE that cannot be written leaves the call as it is, to be hung up otherwise', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    expect(() => alice.endpoint.newRequest('BYE', ctx, undefined, undefined, { 'X-A': 'a\r\nb: c' })).toThrow(/CR, LF/)
    const over = ctx.hangUp()
    await world.pass(100)
    await over
    expect(world.requests('BYE')).toHaveLength(1)
  })

  test('D121 D139 who hangs up while the 2xx is being told sends its ACK before the BYE', async () => {
    const { world, alice, bob } = pair()
    bob.answers(ANSWER)
    alice.endpoint.invite(alice.to(bob), hangUpAnswered, OFFER)
    await world.pass(100)
    expect(world.flow().slice(2)).toEqual([
      'bob > alice 200 INVITE',
      'alice > bob ACK',
      'alice > bob BYE',
      'bob > alice 200 BYE',
    ])
    await world.pass(64_000)
    expect([alice.errors, bob.errors, world.clock.pending]).toEqual([[], [], 0])
  })
})
