import type { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import type { Transfer } from './refer.ts'
import type { Subscription } from './subscription.ts'
import { rawRequest } from '../testing/messages.ts'
import { HOSTS, pair, Party, RawPeer, World } from '../testing/pair.ts'

const carolUri = `sip:carol@${HOSTS.carol}`

/** Alice in a call with Bob, who does what he is asked by REFER; Carol answers with `status`. */
async function transferring(status = 200): Promise<{ world: World; alice: Party; bob: Party; ctx: Context }> {
  const { world, alice, bob } = pair()
  const carol = new Party(world, 'carol').serve((ctx, request) => {
    if (request.method === 'INVITE') carol.respond(ctx, request, status)
  })
  bob.serve((ctx, request) => {
    if (request.method === 'INVITE') return bob.respond(ctx, request, 200)
    if (request.method !== 'REFER') return
    const transfer = bob.endpoint.acceptRefer(ctx, request)
    bob.endpoint.invite({ from: bob.uri, to: transfer.target }, (_endpoint, _ctx, _error, code) => {
      if (code !== undefined) transfer.report(code)
    })
  })
  const ctx = alice.endpoint.invite(alice.to(bob))
  await world.pass(100)
  world.sent.length = 0
  return { world, alice, bob, ctx }
}

function follow(subscription: Subscription): string[] {
  const story: string[] = []
  subscription.on('notify', (request) => story.push(request.text.trim()))
  subscription.on('terminated', (reason) => story.push(`terminated ${reason}`))
  return story
}

describe('a blind transfer', () => {
  test('D191 D191b D191c D192 D193 D193b REFER, 202, NOTIFY 100, the call, NOTIFY 200, all in the dialog', async () => {
    const { world, alice, ctx } = await transferring()
    const subscription = alice.endpoint.refer(ctx, carolUri)
    const story = follow(subscription)
    await world.pass(200)
    expect(story).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 200 OK', 'terminated noresource'])
    const [refer] = world.requests('REFER')
    expect(refer?.headers.get('Refer-To')).toBe(`<${carolUri}>`)
    expect(refer?.contact).toBeDefined()
    expect(refer?.to.tag).toBe(ctx.dialogs[0]?.remoteTag)
    const [trying, ok] = world.requests('NOTIFY')
    expect(trying?.contentType).toBe('message/sipfrag;version=2.0')
    expect(trying?.headers.get('Event')).toBe('refer')
    expect(trying?.headers.get('Subscription-State')).toMatch(/^active;expires=180$/)
    expect(ok?.headers.get('Subscription-State')).toBe('terminated;reason=noresource')
    expect(ctx.state).toBe('confirmed')
  })

  test('D197 the refusal of the target is told as well', async () => {
    const { world, alice, ctx } = await transferring(603)
    const story = follow(alice.endpoint.refer(ctx, carolUri))
    await world.pass(200)
    expect(story).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 603 Decline', 'terminated noresource'])
  })

  test('D117 D198 the BYE of the call does not end the reports', async () => {
    const { world, alice, bob, ctx } = await transferring()
    const transfers: Transfer[] = []
    bob.serve((called, request) => {
      if (request.method !== 'REFER') return
      transfers.push(bob.endpoint.acceptRefer(called, request))
    })
    const story = follow(alice.endpoint.refer(ctx, carolUri))
    await world.pass(100)
    alice.endpoint.newRequest('BYE', ctx)
    await world.pass(100)
    expect(ctx.dialogs).toEqual([])
    transfers[0]?.report(200)
    await world.pass(100)
    expect(story).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 200 OK', 'terminated noresource'])
    await world.pass(64_000)
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, errors: 0 })
  })

  test('D193b who hangs up in the middle of it says so in a report like any other, and asks for no other REFER', async () => {
    const { world, alice, bob, ctx } = await transferring()
    let called: Context | undefined
    bob.serve((on, request) => {
      if (request.method !== 'REFER') return
      called = on
      bob.endpoint.acceptRefer(on, request)
    })
    const story = follow(alice.endpoint.refer(ctx, carolUri))
    await world.pass(100)
    void called?.hangUp()
    await world.pass(2000)
    expect(story).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 100 Trying', 'terminated noresource'])
    expect(world.requests('NOTIFY').at(-1)?.contentType).toBe('message/sipfrag;version=2.0')
  })

  test('D195 a second REFER of a dialog is told apart by its number', async () => {
    const { world, alice, ctx } = await transferring()
    follow(alice.endpoint.refer(ctx, carolUri))
    await world.pass(200)
    const story = follow(alice.endpoint.refer(ctx, carolUri))
    await world.pass(200)
    const events = world.requests('NOTIFY').map((one) => one.headers.get('Event'))
    expect(events).toEqual(['refer', 'refer', 'refer;id=3', 'refer;id=3'])
    expect(story.at(-1)).toBe('terminated noresource')
  })

  test('D195 the reports of two transfers that go on at once are kept apart', async () => {
    const { world, alice, bob, ctx } = await transferring()
    const transfers: Transfer[] = []
    bob.serve((called, request) => {
      if (request.method === 'REFER') transfers.push(bob.endpoint.acceptRefer(called, request))
    })
    const stories = [carolUri, carolUri].map((uri) => follow(alice.endpoint.refer(ctx, uri)))
    await world.pass(200)
    transfers[1]?.report(486)
    transfers[0]?.report(200)
    await world.pass(200)
    expect(stories.map((story) => story.at(-2))).toEqual([
      expect.stringContaining('200 OK'),
      expect.stringContaining('486 Busy Here'),
    ])
  })

  test('D195b the first REFER may be told by its number too', async () => {
    const { world, alice, bob, ctx } = await transferring()
    const told: SipRequest[] = []
    bob.serve((called, request) => {
      if (request.method !== 'REFER') return
      told.push(request)
      bob.respond(called, request, 202)
      bob.endpoint.newRequest('NOTIFY', called, undefined, 'SIP/2.0 200 OK', {
        Event: `refer;id=${request.cseq.seq}`,
        'Subscription-State': 'terminated;reason=noresource',
        'Content-Type': 'message/sipfrag',
      })
    })
    const story = follow(alice.endpoint.refer(ctx, carolUri))
    await world.pass(200)
    expect(told).toHaveLength(1)
    expect(story).toEqual(['SIP/2.0 200 OK', 'terminated noresource'])
  })

  test('D192 norefersub: without a subscription when both agree', async () => {
    const { world, alice, ctx } = await transferring()
    alice.endpoint.newRequest('REFER', ctx, undefined, undefined, { 'Refer-To': carolUri, 'Refer-Sub': 'false' })
    await world.pass(200)
    expect(world.responses(202)[0]?.headers.get('Refer-Sub')).toBe('false')
    expect(world.requests('NOTIFY')).toEqual([])
    expect(world.requests('INVITE', 'bob')).toHaveLength(1)
  })

  test('D192 norefersub: a refer that asks for no reports ends with its answer, and waits on if the peer reports all the same', async () => {
    const { world, alice, bob, ctx } = await transferring()
    const quiet = alice.endpoint.refer(ctx, carolUri, undefined, { norefersub: true })
    const story = follow(quiet)
    await world.pass(200)
    expect(world.requests('REFER')[0]?.supported).toContain('norefersub')
    expect(story).toEqual(['terminated norefersub'])
    await world.pass(40_000)
    expect(story).toHaveLength(1)
    bob.serve((called, request) => {
      if (request.method !== 'REFER') return
      request.headers.delete('Refer-Sub')
      bob.endpoint.acceptRefer(called, request).report(200)
    })
    const told = follow(alice.endpoint.refer(ctx, carolUri, undefined, { norefersub: true }))
    await world.pass(200)
    expect(told).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 200 OK', 'terminated noresource'])
  })

  test('D219 reports come no faster than one a second, the latest only, and the last one at once', async () => {
    const { world, alice, bob, ctx } = await transferring()
    const transfers: Transfer[] = []
    bob.serve((called, request) => {
      if (request.method === 'REFER') transfers.push(bob.endpoint.acceptRefer(called, request))
    })
    const story = follow(alice.endpoint.refer(ctx, carolUri))
    await world.pass(100)
    for (const status of [180, 181, 183]) transfers[0]?.report(status)
    await world.pass(800)
    expect(story).toEqual(['SIP/2.0 100 Trying'])
    await world.pass(200)
    expect(story).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 183 Session Progress'])
    transfers[0]?.report(180)
    transfers[0]?.report(486)
    await world.pass(100)
    expect(story.slice(2)).toEqual(['SIP/2.0 486 Busy Here', 'terminated noresource'])
    await world.pass(5000)
    expect(world.requests('NOTIFY')).toHaveLength(3)
  })

  test('D194 a report that overtakes the answer to the REFER is taken, in a call and outside of one', async () => {
    for (const inCall of [true, false]) {
      const world = new World()
      const alice = new Party(world, 'alice').serve()
      const raw = new RawPeer(world, 'bob', (message, peer) => {
        if (message.type !== 'request' || message.method === 'ACK') return
        const headers = { Contact: '<sip:bob@10.0.0.2>' }
        if (message.method === 'INVITE') return peer.send(message.createResponse(200, { toTag: 'b', headers }), 'alice')
        const event = { Event: 'refer', 'Subscription-State': 'terminated;reason=noresource', ...headers }
        const init = { callId: message.callId, fromTag: 'b', toTag: message.from.tag ?? '', headers: event }
        peer.send(rawRequest(peer, 'NOTIFY', alice.uri, { ...init, body: 'SIP/2.0 200 OK' }), 'alice')
        world.clock.setTimer(100, () => peer.send(message.createResponse(202, { toTag: 'b', headers }), 'alice'))
      })
      const to = { from: alice.uri, to: raw.uri }
      const ctx = inCall ? alice.endpoint.invite(to) : to
      await world.pass(50)
      const story = follow(alice.endpoint.refer(ctx, carolUri))
      await world.pass(50)
      expect(story).toEqual(['SIP/2.0 200 OK', 'terminated noresource'])
      expect(raw.responses().map((one) => one.status)).toEqual([200])
      await world.pass(100)
      expect(story).toHaveLength(2)
      expect(alice.endpoint.stats()).toMatchObject({ dialogs: inCall ? 1 : 0, errors: 0 })
    }
  })

  test('reports that do not say for how long end after 180 s', async () => {
    const { world, alice, bob, ctx } = await transferring()
    bob.serve((called, request) => {
      if (request.method !== 'REFER') return
      bob.respond(called, request, 202)
      const headers = { Event: 'refer', 'Subscription-State': 'active', 'Content-Type': 'message/sipfrag' }
      bob.endpoint.newRequest('NOTIFY', called, undefined, 'SIP/2.0 100 Trying', headers)
    })
    const story = follow(alice.endpoint.refer(ctx, carolUri))
    await world.pass(179_000)
    expect(story).toEqual(['SIP/2.0 100 Trying'])
    await world.pass(2000)
    expect(story).toEqual(['SIP/2.0 100 Trying', 'terminated timeout'])
  })

  test.each(['NOTIFY', '202'])('reports that a %s promises for a century end after an hour', async (promised) => {
    const { world, alice, bob, ctx } = await transferring()
    const century = { Expires: '3155760000' }
    bob.serve((called, request) => {
      if (request.method !== 'REFER') return
      const accepted = request.createResponse(202, promised === '202' ? { headers: century } : {})
      bob.endpoint.newResponse(called, accepted, bob.leg)
      const state = promised === '202' ? 'active' : `active;expires=${century.Expires}`
      const headers = { Event: 'refer', 'Subscription-State': state, 'Content-Type': 'message/sipfrag' }
      bob.endpoint.newRequest('NOTIFY', called, undefined, 'SIP/2.0 100 Trying', headers)
    })
    const story = follow(alice.endpoint.refer(ctx, carolUri))
    await world.pass(3_599_000)
    expect(story).toEqual(['SIP/2.0 100 Trying'])
    await world.pass(2000)
    expect(story).toEqual(['SIP/2.0 100 Trying', 'terminated timeout'])
  })

  test('D199 D199b each header that the target brings along goes into one, however it is written, and the REFER says who refers', async () => {
    const { world, alice, bob, ctx } = await transferring()
    const transfers: Transfer[] = []
    bob.serve((called, request) => {
      if (request.method === 'REFER') transfers.push(bob.endpoint.acceptRefer(called, request))
    })
    const brought =
      'referred-by=sip:mallory%40evil.example&SUBJECT=lunch&replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc&Route=x'
    const by = { 'Referred-By': `<${alice.uri}>` }
    alice.endpoint.refer(ctx, `<${carolUri}?${brought}>`, undefined, by)
    await world.pass(100)
    alice.endpoint.refer(ctx, `<${carolUri}?${brought}>`)
    await world.pass(100)
    const carried = { Replaces: 'a;to-tag=b;from-tag=c', Subject: 'lunch' }
    expect(transfers.map(({ headers }) => headers)).toEqual([
      { ...carried, ...by },
      { ...carried, 'Referred-By': 'sip:mallory@evil.example' },
    ])
  })

  test('D191 a REFER without or with two Refer-To is refused with 400', async () => {
    const { world, alice, bob, ctx } = await transferring()
    alice.endpoint.newRequest('REFER', ctx)
    await world.pass(100)
    alice.endpoint.newRequest('REFER', ctx, undefined, undefined, { 'Refer-To': ['<sip:a@b>', '<sip:c@d>'] })
    await world.pass(100)
    expect(world.responses(400, 'REFER')).toHaveLength(2)
    expect(bob.seen.filter(({ request }) => request.method === 'REFER')).toEqual([])
  })

  test.each(['https://example.com/carol', 'mailto:carol@example.com'])(
    'D199c a REFER to %s is declined, nobody is asked, and the call goes on',
    async (target) => {
      const { world, alice, bob, ctx } = await transferring()
      const story = follow(alice.endpoint.refer(ctx, `<${target}>`))
      await world.pass(100)
      expect(world.responses(603, 'REFER')).toHaveLength(1)
      expect(bob.seen.map(({ request }) => request.method)).not.toContain('REFER')
      expect(story).toEqual(['terminated refused'])
      expect(ctx.state).toBe('confirmed')
    },
  )

  test('D199c a telephone number is something to call', async () => {
    const { world, alice, bob, ctx } = await transferring()
    const transfers: Transfer[] = []
    bob.serve((called, request) => void transfers.push(bob.endpoint.acceptRefer(called, request)))
    alice.endpoint.refer(ctx, '<tel:+15551234>')
    await world.pass(100)
    expect(transfers.map(({ target }) => target.uri.toString())).toEqual(['tel:+15551234'])
  })

  test('D191c D196 D199 D200 D200b D200c out of a dialog REFER makes one; nobody dials unless the application does', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => bob.respond(ctx, request, 603))
    const story = follow(alice.endpoint.refer(alice.to(bob), carolUri))
    await world.pass(100)
    expect(story).toEqual(['terminated refused'])
    expect(world.requests('INVITE')).toEqual([])
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
  })
})
