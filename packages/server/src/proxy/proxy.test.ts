import type { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { answering, clean, established, pair, ringing } from '../testing/test-pair.ts'

describe('a call through the proxy', () => {
  test('R124 R067 R100b Record-Route leads all requests of the dialog through the proxy, both ways', async () => {
    const both = await pair()
    const { bed, alice, bob } = both
    const call = await established(both)
    expect(call.statuses).toEqual([180, 200])
    expect(bob.methods).toEqual(['INVITE', 'ACK'])
    const [invite, ack] = bob.requests
    expect(invite?.uri.toString()).toBe('sip:bob@10.0.0.3:5060')
    expect(invite?.recordRoutes.map((route) => route.uri.toString())).toEqual([
      expect.stringMatching(/^sip:10\.0\.0\.1:5060;lr;dlg=[0-9a-f]{20}$/),
    ])
    expect(invite?.maxForwards).toBe(69)
    expect(invite?.vias).toHaveLength(2)
    expect([ack?.routes.length, ack?.vias.length, ack?.uri.toString()]).toEqual([0, 2, 'sip:bob@10.0.0.3:5060'])

    const bye = bob.send(bob.inDialogAsCallee('BYE', invite as SipRequest), null)
    await bed.run(50)
    expect(bye.statuses).toEqual([200])
    expect(alice.requests.at(-1)?.uri.toString()).toBe('sip:alice@10.0.0.2:5060')
    expect(alice.requests.at(-1)?.routes).toEqual([])
    expect(alice.requests.at(-1)?.vias).toHaveLength(2)
    expect(await bed.settle()).toEqual(clean)
  })

  test('R058 the caller ends the call by its Route', async () => {
    const both = await pair()
    const call = await established(both)
    const bye = both.alice.send(both.alice.inDialog('BYE', call, 2), null)
    await both.bed.run(50)
    expect(bye.statuses).toEqual([200])
    expect(both.bob.methods).toEqual(['INVITE', 'ACK', 'BYE'])
    expect(await both.bed.settle()).toEqual(clean)
  })

  test('R065 R081 R096 headers that nobody knows and the body pass as they are', async () => {
    const { bed, alice, bob } = await pair()
    const made = alice.make('MESSAGE', bob.aor, {
      headers: {
        'X-Odd': ['one, two', '"three'],
        Subject: 'héllo',
        'Content-Type': 'text/plain',
        Require: 'unknown-to-proxies',
      },
      body: 'text\0ütf',
    })
    alice.send(made)
    await bed.run(50)
    const [message] = bob.requests
    expect(message?.headers.get('Subject')).toBe('héllo')
    expect([...(message?.headers ?? [])].filter(([name]) => name === 'X-Odd').map(([, value]) => value)).toEqual([
      'one, two',
      '"three',
    ])
    expect(message?.text).toBe('text\0ütf')
    expect(message?.headers.get('Require')).toBe('unknown-to-proxies')
  })

  test('R045 a Record-Route that cannot be read passes below the one of the proxy', async () => {
    const { bed, alice, bob } = await pair()
    alice.request('INVITE', bob.aor, { headers: { 'Record-Route': ['<sip:before.example;lr>', 'not <a route'] } })
    await bed.run(50)
    expect(bob.requests[0]?.headers.getAll('Record-Route')).toEqual([
      expect.stringContaining('10.0.0.1:5060;lr'),
      '<sip:before.example;lr>',
      'not <a route',
    ])
  })

  test('R045 R069 a method that nobody knows is forwarded, with a Record-Route', async () => {
    const { bed, alice, bob } = await pair()
    const exchange = alice.request('DANCE', bob.aor)
    await bed.run(50)
    expect(exchange.statuses).toEqual([200])
    expect(bob.methods).toEqual(['DANCE'])
    expect(bob.requests[0]?.recordRoutes).toHaveLength(1)
  })

  test('R080 an INVITE gets 100 within 200 ms, and R085 no 100 of the callee comes through', async () => {
    const { bed, alice, bob } = await pair()
    bob.onRequest = () => undefined
    const call = alice.request('INVITE', bob.aor)
    await bed.run(250)
    expect(call.statuses).toEqual([100])
  })

  test('R094 R100 R096c the To tag of the callee stays as it is, and each side gets its own ACK', async () => {
    const { bed, alice, bob } = await pair()
    answering(bob, 180, 486)
    const call = alice.request('INVITE', bob.aor)
    await bed.run(50)
    expect(call.responses.map(({ to }) => to.tag)).toEqual(['bob-tag', 'bob-tag'])
    expect(bob.methods).toEqual(['INVITE', 'ACK'].slice(0, bob.methods.length))
    expect(await bed.settle()).toEqual(clean)
  })
})

describe('what is none of its business', () => {
  test('R054 two copies of a request by two ways are both forwarded', async () => {
    const { bed, alice, bob } = await pair()
    const copies = [1, 2].map(() => alice.request('MESSAGE', bob.aor, { callId: 'merged' }))
    await bed.run(50)
    expect(copies.map(({ statuses }) => statuses)).toEqual([[200], [200]])
    expect(new Set(bob.requests.map(({ callId }) => callId))).toEqual(new Set(['merged']))
    expect(bob.requests).toHaveLength(2)
  })

  test('R103 a caller that is gone does not end the branches', async () => {
    const { bed, alice, bob } = await pair('tcp', 'udp')
    bob.onRequest = (request) => bob.answer(request, 180)
    alice.request('INVITE', bob.aor)
    await bed.run(50)
    await bed.close(alice.leg)
    expect(bed.server?.proxy.contexts).toBe(1)
    bob.answer(bob.requests[0] as SipRequest, 486)
    await bed.run(100)
    expect(bed.server?.proxy.contexts).toBe(0)
    expect(await bed.settle()).toEqual(clean)
  })
})

describe('branches that fail', () => {
  test('R091d nobody answers: 408', async () => {
    const { bed, alice, bob } = await pair()
    bed.network.partition('10.0.0.1', '10.0.0.3')
    const call = alice.request('INVITE', bob.aor)
    await bed.run(33_000)
    expect(call.final.status).toBe(408)
    expect(await bed.settle()).toEqual(clean)
  })

  test('R101 R078 ringing without end is cancelled by timer C', async () => {
    const { bed, alice, bob } = await pair()
    ringing(bob)
    const call = alice.request('INVITE', bob.aor)
    await bed.run(184_000)
    expect(bob.methods).toEqual(['INVITE'])
    await bed.run(2000)
    expect(bob.methods).toEqual(['INVITE', 'CANCEL'])
    expect(call.final.status).toBe(487)
    expect(await bed.settle()).toEqual(clean)
  })

  test('R102 a transport that fails counts as 503, and R091c a 503 alone becomes 500', async () => {
    const { bed, alice, bob } = await pair('udp', 'tcp')
    await bed.close(bob.leg)
    const call = alice.request('INVITE', bob.aor)
    await bed.run(33_000)
    expect([call.final.status, call.final.reason]).toEqual([500, 'Next Hop Unreachable'])
    const carol = bed.agent('carol', '10.0.0.5')
    await carol.register()
    answering(carol, 503)
    const overloaded = alice.request('INVITE', carol.aor)
    await bed.run(50)
    expect(overloaded.final.status).toBe(500)
    expect(await bed.settle()).toEqual(clean)
  })
})
