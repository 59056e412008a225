import { NameAddr, SipUri, Via } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { rawRequest } from '../testing/messages.ts'
import { Party, RawPeer, World } from '../testing/pair.ts'

function asked(options: ConstructorParameters<typeof Party>[2] = {}): { world: World; bob: Party; raw: RawPeer } {
  const world = new World()
  const bob = new Party(world, 'bob', options).serve((ctx, request) => bob.respond(ctx, request, 200))
  return { world, bob, raw: new RawPeer(world, 'alice') }
}

describe('a request is refused', () => {
  test('D078 with 405 when SIP knows the method and we do not allow it, with 501 when SIP does not', async () => {
    const { world, bob, raw } = asked({ allow: ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS'] })
    raw.send(rawRequest(raw, 'SUBSCRIBE', bob.uri, { callId: 'a' }), 'bob')
    raw.send(rawRequest(raw, 'FOO', bob.uri, { callId: 'b' }), 'bob')
    await world.pass(20)
    expect(raw.responses().map((one) => [one.status, one.allow.length])).toEqual([
      [405, 5],
      [501, 5],
    ])
    expect(bob.seen).toEqual([])
  })

  test('D078 an ACK is never answered, be it allowed or not', async () => {
    const { world, bob, raw } = asked({ allow: ['INVITE'] })
    raw.send(rawRequest(raw, 'ACK', bob.uri, { toTag: 'x' }), 'bob')
    await world.pass(20)
    expect(raw.responses()).toEqual([])
  })

  test('D079 with 416 for a URI scheme nobody knows, not for sips and tel', async () => {
    const { world, bob, raw } = asked()
    for (const [callId, uri] of Object.entries({ a: 'urn:service:sos', b: 'tel:+15551234', c: 'sips:bob@10.0.0.2' })) {
      const request = rawRequest(raw, 'MESSAGE', bob.uri, { callId })
      request.uri = uri
      raw.send(request, 'bob')
    }
    await world.pass(20)
    expect(raw.responses().map((one) => [one.callId, one.status])).toEqual([
      ['a', 416],
      ['b', 200],
      ['c', 200],
    ])
  })

  test('D081 with 420 and only the options we do not know', async () => {
    const { world, bob, raw } = asked({ supported: ['known'] })
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { headers: { Require: 'known, foo, bar' } }), 'bob')
    await world.pass(20)
    const [refused] = raw.responses()
    expect(refused?.status).toBe(420)
    expect(refused?.unsupported).toEqual(['foo', 'bar'])
  })

  test('D081b D081c not for what CANCEL requires, nor for Proxy-Require', async () => {
    const { world, bob, raw } = asked()
    raw.send(rawRequest(raw, 'MESSAGE', bob.uri, { callId: 'a', headers: { 'Proxy-Require': 'foo' } }), 'bob')
    raw.send(rawRequest(raw, 'CANCEL', bob.uri, { callId: 'b', headers: { Require: 'foo' } }), 'bob')
    await world.pass(20)
    expect(raw.responses().map((one) => one.status)).toEqual([200, 481])
  })

  test.each(['Session-Expires', 'Require', 'Refer-To'])('with 400 when its %s cannot be read', async (name) => {
    const { world, bob, raw } = asked()
    const method = name === 'Refer-To' ? 'REFER' : 'INVITE'
    raw.send(rawRequest(raw, method, bob.uri, { headers: { Supported: 'timer', [name]: '<@@;;"' } }), 'bob')
    await world.pass(20)
    expect(raw.responses().map((one) => one.status)).toEqual([400])
    expect(bob.errors).toEqual([])
  })

  test('D082 D082b with 415 for a body or encoding we do not understand, unless it is optional', async () => {
    const { world, bob, raw } = asked({ accept: ['application/sdp'] })
    const bodies: Record<string, Record<string, string>> = {
      type: { 'Content-Type': 'text/plain' },
      optional: { 'Content-Type': 'text/plain', 'Content-Disposition': 'session;handling=optional' },
      sdp: { 'Content-Type': 'application/sdp;charset=utf-8' },
      encoding: { 'Content-Type': 'application/sdp', 'Content-Encoding': 'gzip' },
    }
    for (const [callId, headers] of Object.entries(bodies)) {
      raw.send(rawRequest(raw, 'MESSAGE', bob.uri, { callId, headers, body: 'x' }), 'bob')
    }
    await world.pass(20)
    const answers = Object.fromEntries(raw.responses().map((one) => [one.callId, one]))
    expect(Object.entries(answers).map(([callId, one]) => [callId, one.status])).toEqual([
      ['type', 415],
      ['optional', 200],
      ['sdp', 200],
      ['encoding', 415],
    ])
    expect(answers['type']?.headers.get('Accept')).toBe('application/sdp')
    expect(answers['encoding']?.headers.get('Accept-Encoding')).toBe('identity')
  })

  test('D076 D077 in the order of RFC 3261 8.2: the method before the extension before the body', async () => {
    const { world, bob, raw } = asked({ allow: ['INVITE', 'ACK'], accept: ['application/sdp'] })
    const headers = { Require: 'foo', 'Content-Type': 'text/plain' }
    raw.send(rawRequest(raw, 'MESSAGE', bob.uri, { callId: 'a', headers, body: 'x' }), 'bob')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: 'b', headers, body: 'x' }), 'bob')
    await world.pass(20)
    expect(raw.responses().map((one) => one.status)).toEqual([405, 420])
  })

  test('D077 and whom it is for comes before what it requires', async () => {
    const { world, bob, raw } = asked({ isOurs: (uri) => uri instanceof SipUri && uri.user === 'bob' })
    const headers = { Require: 'foo' }
    raw.send(rawRequest(raw, 'MESSAGE', 'sip:carol@10.0.0.2', { callId: 'a', headers }), 'bob')
    raw.send(rawRequest(raw, 'MESSAGE', bob.uri, { callId: 'b', headers }), 'bob')
    await world.pass(20)
    expect(raw.responses().map((one) => one.status)).toEqual([404, 420])
  })

  test('D080 X067 X068 with 482 when it comes a second time by another way; the first copy is answered', async () => {
    const { world, bob, raw } = asked()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 180))
    for (const method of ['INVITE', 'MESSAGE']) {
      for (const branch of ['z9hG4bKone', 'z9hG4bKtwo']) {
        raw.send(rawRequest(raw, method, bob.uri, { branch: `${branch}${method}`, callId: method }), 'bob')
      }
    }
    await world.pass(20)
    expect(raw.responses().map((one) => `${one.status} ${one.cseq.method}`)).toEqual([
      '180 INVITE',
      '482 INVITE',
      '482 MESSAGE',
    ])
    expect(bob.seen).toHaveLength(2)
  })

  test('D080 though another element has chosen the same branch', async () => {
    const { world, bob, raw } = asked()
    for (const sentBy of ['one.example.com', 'two.example.com:5060', 'two.example.com']) {
      const request = rawRequest(raw, 'MESSAGE', bob.uri)
      request.popVia()
      request.pushVia(Via.parse(`SIP/2.0/UDP ${sentBy};branch=z9hG4bKsame;rport`))
      raw.send(request, 'bob')
      await world.pass(20)
    }
    expect(raw.responses().map((one) => one.status)).toEqual([200, 482, 482])
  })

  test('D080 as long as the first copy may be known, and then no more', async () => {
    const { world, bob, raw } = asked()
    const copy = async (branch: string): Promise<number | undefined> => {
      raw.send(rawRequest(raw, 'MESSAGE', bob.uri, { branch }), 'bob')
      await world.pass(20)
      return raw.responses().at(-1)?.status
    }
    expect(await copy('z9hG4bKone')).toBe(200)
    await world.pass(31_900)
    expect(await copy('z9hG4bKtwo')).toBe(482)
    await world.pass(64_000)
    expect(world.clock.pending).toBe(0)
    expect(await copy('z9hG4bKthree')).toBe(200)
  })

  test('D080 whatever came before it', async () => {
    const { world, bob, raw } = asked()
    const copy = async (callId: string, branch: string): Promise<number | undefined> => {
      const request = rawRequest(raw, 'MESSAGE', bob.uri, { branch })
      request.callId = callId
      raw.send(request, 'bob')
      await world.pass(20)
      return raw.responses().at(-1)?.status
    }
    expect(await copy('first', 'z9hG4bKone')).toBe(200)
    await world.pass(31_000)
    expect(await copy('second', 'z9hG4bKtwo')).toBe(200)
    await world.pass(31_000)
    expect(await copy('second', 'z9hG4bKthree')).toBe(482)
  })

  test('D081b nor for what an ACK requires', async () => {
    const { world, bob, raw } = asked()
    raw.send(rawRequest(raw, 'INVITE', bob.uri), 'bob')
    await world.pass(20)
    const toTag = raw.responses()[0]?.to.tag ?? ''
    raw.send(rawRequest(raw, 'ACK', bob.uri, { toTag, headers: { Require: 'foo' } }), 'bob')
    await world.pass(20)
    expect(bob.seen.map(({ request }) => request.method)).toEqual(['INVITE', 'ACK'])
    expect(bob.endpoint.stats().pendingAcks).toBe(0)
  })

  test('X070 a retry with the next number is no merged request', async () => {
    const { world, bob, raw } = asked()
    raw.send(rawRequest(raw, 'MESSAGE', bob.uri, { seq: 1 }), 'bob')
    raw.send(rawRequest(raw, 'MESSAGE', bob.uri, { seq: 2 }), 'bob')
    await world.pass(20)
    expect(raw.responses().map((one) => one.status)).toEqual([200, 200])
  })

  test('D087 and changes nothing: an objection in a dialog leaves its numbers as they were', async () => {
    const world = new World()
    const bob = new Party(world, 'bob').answers()
    const raw = new RawPeer(world, 'alice')
    raw.send(rawRequest(raw, 'INVITE', bob.uri, { seq: 5 }), 'bob')
    await world.pass(20)
    const { ctx } = bob.last('INVITE')
    const toTag = ctx.local.tag ?? ''
    raw.send(rawRequest(raw, 'INFO', bob.uri, { seq: 9, toTag, headers: { Require: 'foo' } }), 'bob')
    await world.pass(20)
    expect(raw.responses().at(-1)?.status).toBe(420)
    expect(ctx.dialogs[0]?.remoteSeq).toBe(5)
  })
})

describe('whom a request is for', () => {
  test('D079b D079c a Request-URI that is not ours gets 404, whomever To names; in a dialog nobody asks', async () => {
    const { world, bob, raw } = asked({ isOurs: (uri) => uri instanceof SipUri && uri.user === 'bob' })
    raw.send(rawRequest(raw, 'MESSAGE', 'sip:carol@10.0.0.2', { callId: 'a' }), 'bob')
    const forwarded = rawRequest(raw, 'MESSAGE', bob.uri, { callId: 'b' })
    forwarded.to = new NameAddr({ uri: 'sip:helpdesk@example.com' })
    raw.send(forwarded, 'bob')
    raw.send(rawRequest(raw, 'BYE', 'sip:carol@10.0.0.2', { callId: 'c', toTag: 'x' }), 'bob')
    await world.pass(20)
    expect(raw.responses().map((one) => [one.callId, one.status])).toEqual([
      ['a', 404],
      ['b', 200],
      ['c', 481],
    ])
  })

  test('D083 an INVITE whose sender takes no session description gets 406', async () => {
    const { world, bob, raw } = asked()
    const accepts = ['text/plain', '', 'text/plain, application/SDP;level=1', 'application/*', '*/*;q=0.1']
    accepts.forEach((Accept, index) =>
      raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId: `c${index}`, headers: { Accept } }), 'bob'),
    )
    raw.send(rawRequest(raw, 'OPTIONS', bob.uri, { callId: 'o', headers: { Accept: 'text/plain' } }), 'bob')
    await world.pass(20)
    const final = raw.responses().filter((one) => one.status >= 200)
    expect(final.map((one) => one.status)).toEqual([406, 406, 200, 200, 200, 200])
  })
})
