import type { SipMessage } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { rawRequest } from '../testing/messages.ts'
import { listener } from '../testing/pair.ts'
import { aftermath, NOTHING, rawCall, sendText, underFire } from '../testing/under-fire.ts'

const long = 'x'.repeat(20_000)

/** An INVITE as text, with lines of it replaced. */
function inviteText(replace: Record<string, string | undefined>): string {
  const lines: Record<string, string | undefined> = {
    Via: 'SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKodd',
    'Max-Forwards': '70',
    From: '<sip:alice@10.0.0.1>;tag=odd',
    To: '<sip:bob@10.0.0.2>',
    'Call-ID': 'odd',
    CSeq: '1 INVITE',
    Contact: '<sip:alice@10.0.0.1>',
    'Content-Length': '0',
    ...replace,
  }
  const rows = Object.entries(lines).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
  return ['INVITE sip:bob@10.0.0.2 SIP/2.0', ...rows, '', ''].join('\r\n')
}

describe('a request that is wrong', () => {
  test.each<[string, Record<string, string | undefined>, number[]]>([
    ['no tag in From, as RFC 2543 allowed', { From: '<sip:alice@10.0.0.1>' }, [180, 200]],
    ['an empty tag in From', { From: '<sip:alice@10.0.0.1>;tag=' }, [400]],
    ['two tags in From', { From: '<sip:alice@10.0.0.1>;tag=a;tag=b' }, [400]],
    ['a tag of 20 kB in From', { From: `<sip:alice@10.0.0.1>;tag=${long}` }, []],
    ['a tag in To that nobody gave', { To: '<sip:bob@10.0.0.2>;tag=stranger' }, [481]],
    ['an empty tag in To', { To: '<sip:bob@10.0.0.2>;tag=' }, [481]],
    ['no From', { From: undefined }, [400]],
    ['no To', { To: undefined }, [400]],
    ['no Call-ID', { 'Call-ID': undefined }, [400]],
    ['no CSeq', { CSeq: undefined }, [400]],
    ['a CSeq of another method', { CSeq: '1 BYE' }, [400]],
    ['a CSeq that is no number', { CSeq: 'one INVITE' }, [400]],
    ['a CSeq below nothing', { CSeq: '-1 INVITE' }, [400]],
    ['a CSeq of 2**32 - 1, which nobody may send but all must take', { CSeq: '4294967295 INVITE' }, [180, 200]],
    ['a CSeq of 2**32', { CSeq: '4294967296 INVITE' }, [400]],
    ['a CSeq of a hundred digits', { CSeq: `${'9'.repeat(100)} INVITE` }, [400]],
    ['no Contact', { Contact: undefined }, [400]],
    ['a Contact *', { Contact: '*' }, [400]],
    ['two Contacts', { Contact: '<sip:a@10.0.0.1>, <sip:b@10.0.0.1>' }, [400]],
    ['a Contact that is garbage', { Contact: '<<<>>>;;;' }, [400]],
    ['an empty Contact', { Contact: '' }, [400]],
    ['a Contact at port 0', { Contact: '<sip:alice@10.0.0.1:0>' }, [400]],
    ['a Contact at port 70000', { Contact: '<sip:alice@10.0.0.1:70000>' }, [400]],
    ['a Contact that is a mail address', { Contact: '<mailto:alice@10.0.0.1>' }, [400]],
    ['a Max-Forwards that is garbage', { 'Max-Forwards': 'many' }, [400]],
    ['a Max-Forwards of 0, which stops proxies only', { 'Max-Forwards': '0' }, [180, 200]],
    ['a Route that leads back here, which is for proxies', { Route: '<sip:10.0.0.2;lr>, <sip:10.0.0.2>' }, [180, 200]],
    ['a Route that is garbage', { Route: '<sip:::>' }, [400]],
    [
      'a Record-Route of itself a hundred times',
      { 'Record-Route': '<sip:10.0.0.2;lr>, '.repeat(99) + '<sip:10.0.0.2;lr>' },
      [180, 200],
    ],
    ['a Record-Route that is garbage', { 'Record-Route': '<sip:::>,,;' }, [400]],
    ['a Require that is garbage', { Require: ';;;' }, [400]],
    ['more body announced than there is', { 'Content-Length': '400' }, [400]],
    ['a Content-Length below nothing', { 'Content-Length': '-1' }, [400]],
  ])('with %s is answered %j', async (_what, replace, statuses) => {
    const fire = await underFire()
    sendText(fire.raw, inviteText(replace))
    await fire.world.pass(150)
    expect(fire.raw.responses().map((one) => one.status)).toEqual(statuses)
    expect(await aftermath(fire)).toEqual(NOTHING)
  })
})

describe('a request of a stranger', () => {
  test.each(['INVITE', 'BYE', 'UPDATE', 'INFO', 'PRACK', 'REFER', 'NOTIFY', 'MESSAGE', 'OPTIONS', 'SUBSCRIBE'])(
    '%s with the tags of a call that it does not know is 481, and the call stays',
    async (method) => {
      const fire = await underFire()
      const { bob, raw, world, call } = fire
      const [dialog] = call.dialogs
      const known = { callId: call.callId, fromTag: dialog?.localTag ?? '', toTag: dialog?.remoteTag ?? '', seq: 99 }
      const headers =
        method === 'REFER' ? { 'Refer-To': '<sip:x@y>' } : { Event: 'presence', 'Subscription-State': 'active' }
      const wrong = [
        { ...known, callId: 'other' },
        { ...known, fromTag: 'wrong' },
        { ...known, toTag: 'wrong' },
        { ...known, fromTag: known.toTag, toTag: known.fromTag },
        { ...known, fromTag: known.fromTag.toUpperCase() === known.fromTag ? 'x' : known.fromTag.toUpperCase() },
      ]
      for (const names of wrong) raw.send(rawRequest(raw, method, bob.uri, { ...names, headers }), 'bob')
      await world.pass(50)
      expect(raw.responses().map((one) => one.status)).toEqual(wrong.map(() => 481))
      expect(await aftermath(fire)).toEqual(NOTHING)
    },
  )

  test('a CANCEL of a call that was answered, or that is not its own, changes nothing', async () => {
    const fire = await underFire()
    const { bob, raw, world } = fire
    const invite = rawRequest(raw, 'INVITE', bob.uri, { callId: 'answered' })
    raw.send(invite, 'bob')
    await world.pass(50)
    const toTag = raw.responses().at(-1)?.to.tag ?? ''
    raw.send(rawRequest(raw, 'ACK', bob.uri, { callId: 'answered', toTag }), 'bob')
    raw.send(invite.createCancel(), 'bob')
    const foreign = invite.createCancel()
    foreign.callId = fire.call.callId
    foreign.via = foreign.via!.with({ params: foreign.via!.params.with('branch', 'z9hG4bKnobody') })
    raw.send(foreign, 'bob')
    await world.pass(50)
    const answers = raw.responses().filter((one) => one.cseq.method === 'CANCEL')
    expect(answers.map((one) => one.status)).toEqual([200, 481])
    expect(bob.last('INVITE').ctx.state).toBe('confirmed')
    expect(await aftermath(fire)).toEqual(NOTHING)
  })

  test('an ACK for nothing, and one for a call that it is not in, are dropped', async () => {
    const fire = await underFire()
    const { bob, raw, world } = fire
    const seen = bob.seen.length
    raw.send(rawRequest(raw, 'ACK', bob.uri), 'bob')
    raw.send(rawRequest(raw, 'ACK', bob.uri, { callId: fire.call.callId, toTag: 'x' }), 'bob')
    await world.pass(50)
    expect(raw.got).toEqual([])
    expect(bob.seen.length).toBe(seen)
    expect(await aftermath(fire)).toEqual(NOTHING)
  })

  test('a body that is no session description goes to the application as it came', async () => {
    const fire = await underFire()
    const { bob, raw, world } = fire
    const bodies = ['v=0', 'm=audio', '\0\x01\x02', 'v=0\r\n'.repeat(5000), '{"sdp":true}']
    bodies.forEach((body, n) => {
      const headers = { 'Content-Type': 'application/sdp' }
      raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: `sdp${n}`, body, headers }), 'bob')
    })
    await world.pass(50)
    const seen = bob.seen.filter(({ request }) => request.callId.startsWith('sdp'))
    expect(seen.map(({ request }) => request.text)).toEqual(bodies)
    expect(raw.responses().filter((one) => one.status === 200)).toHaveLength(bodies.length)
    expect(await aftermath(fire)).toEqual(NOTHING)
  })
})

describe('a peer that does not stop', () => {
  test('after its BYE everything is 481, another BYE as well, and a CANCEL of the BYE changes nothing', async () => {
    const fire = await underFire()
    const { bob, raw, world } = fire
    const toTag = await rawCall(fire, 'over')
    const bye = rawRequest(raw, 'BYE', bob.uri, { callId: 'over', toTag, seq: 11 })
    raw.send(bye, 'bob')
    await world.pass(20)
    raw.send(bye.createCancel(), 'bob')
    for (const [n, method] of ['BYE', 'INVITE', 'UPDATE', 'INFO', 'ACK'].entries()) {
      raw.send(rawRequest(raw, method, bob.uri, { callId: 'over', toTag, seq: 12 + n }), 'bob')
    }
    await world.pass(20)
    const answers = raw.responses().map((one) => `${one.status} ${one.cseq.method}`)
    expect(answers).toEqual(['200 BYE', '200 CANCEL', '481 BYE', '481 INVITE', '481 UPDATE', '481 INFO'])
    expect(await aftermath(fire)).toEqual(NOTHING)
  })

  test('a thousand re-INVITEs at once: one is answered, the others are told to wait, the call stays', async () => {
    const fire = await underFire()
    const { bob, raw, world } = fire
    const toTag = await rawCall(fire, 'eager')
    bob.serve()
    for (let n = 0; n < 1000; n++) {
      raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'eager', toTag, seq: 11 + n }), 'bob')
    }
    await world.pass(50)
    expect(raw.responses().map((one) => one.status)).toEqual(Array.from({ length: 999 }, () => 500))
    expect(raw.responses().every((one) => one.headers.has('Retry-After'))).toBe(true)
    expect(bob.seen.filter(({ request }) => request.callId === 'eager' && request.cseq.seq > 10)).toHaveLength(1)
    bob.answers('v=0\r\n')
    expect(await aftermath(fire)).toEqual(NOTHING)
  })
})

describe('a peer that leads in circles', () => {
  test('a Record-Route and a Contact that lead back to Bob: his requests end, and so does the call', async () => {
    const fire = await underFire()
    const { bob, raw, world } = fire
    const circle = { 'Record-Route': '<sip:10.0.0.2;lr>', Contact: '<sip:bob@10.0.0.2>' }
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'circle', headers: circle }), 'bob')
    await world.pass(50)
    const toTag = raw.responses().at(-1)?.to.tag ?? ''
    raw.send(rawRequest(raw, 'ACK', bob.uri, { callId: 'circle', toTag }), 'bob')
    await world.pass(50)
    const { ctx } = bob.last('INVITE')
    bob.endpoint.newRequest('INFO', ctx)
    await world.pass(1000)
    expect(ctx.state).toBe('closed')
    expect(world.sent.length).toBeLessThan(40)
    expect(await aftermath(fire)).toEqual(NOTHING)
  })

  test.each([
    'sip:a@nowhere.example',
    'sip:a@10.9.9.9',
    'sip:a@[2001:db8::1]',
    'sip:a@10.0.0.1;transport=sctp',
    'sip:a@10.0.0.1;transport=tcp',
    'sips:a@10.0.0.1',
    'sip:a@10.0.0.1;maddr=nowhere.example',
    'sip:a@10.0.0.1;ttl=0;maddr=224.0.0.1',
    'sip:a@10.0.0.1?Replaces=x',
  ])('a Contact that leads nowhere, %s: what Bob sends fails or ends by itself, and so does the call', async (uri) => {
    const fire = await underFire()
    const { bob, raw, world } = fire
    const headers = { Contact: `<${uri}>` }
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'nowhere', headers }), 'bob')
    await world.pass(50)
    const toTag = raw.responses().at(-1)?.to.tag ?? ''
    expect(raw.responses().map((one) => one.status)).toEqual([180, 200])
    raw.send(rawRequest(raw, 'ACK', bob.uri, { callId: 'nowhere', toTag }), 'bob')
    await world.pass(50)
    const { ctx } = bob.last('INVITE')
    bob.endpoint.newRequest('INFO', ctx)
    await world.pass(40_000)
    void ctx.hangUp()
    await world.pass(40_000)
    expect(ctx.state).toBe('closed')
    expect(await aftermath(fire)).toEqual(NOTHING)
  })

  test('a call of Bob to himself is a call like any other', async () => {
    const fire = await underFire()
    const { bob, world } = fire
    const ctx = bob.endpoint.invite({ from: bob.uri, to: bob.uri }, undefined, 'v=0\r\n')
    await world.pass(200)
    expect(ctx.state).toBe('confirmed')
    await Promise.all([ctx.hangUp(), world.pass(200)])
    expect(ctx.state).toBe('closed')
    expect(await aftermath(fire)).toEqual(NOTHING)
  })

  test('a 302 that leads to the caller itself ends at its own phone, or where it began', async () => {
    const fire = await underFire()
    const { bob, raw, world } = fire
    raw.leg.on('message', (message: SipMessage) => {
      if (message.type !== 'request' || message.method !== 'INVITE') return
      raw.send(message.createResponse(302, { headers: { Contact: [`<${bob.uri}>`, `<${raw.uri}>`] } }), 'bob')
    })
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 486))
    const { news, callback } = listener()
    bob.endpoint.invite({ from: bob.uri, to: raw.uri }, callback)
    await world.pass(1000)
    expect(news.map((one) => one.status)).toEqual([486])
    bob.answers('v=0\r\n')
    expect(await aftermath(fire)).toEqual(NOTHING)
  })
})
