import { NameAddr } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { Chain } from '../chain.ts'
import { MemoryLocationStore } from '../location/memory-location-store.ts'
import { type Exchange, TestBed } from '../testing/test-bed.ts'
import { Proxy } from './proxy.ts'
import { clean, pair } from '../testing/test-pair.ts'

describe('what is refused', () => {
  test('R062b R053 an unknown user is 404; R062c one without a binding 480', async () => {
    const bed = new TestBed()
    bed.start({ accounts: { alice: 'a', bob: 'b' } })
    const stranger = bed.agent('x', '10.0.0.9')
    const from = 'sip:x@elsewhere.example'
    const nobody = stranger.request('INVITE', 'sip:nobody@example.com', { from })
    const away = stranger.request('INVITE', 'sip:bob@example.com', { from })
    await bed.run(50)
    expect([nobody.final.status, away.final.status]).toEqual([404, 480])
    expect(nobody.final.to.tag).toBeDefined()
    expect(await bed.settle()).toEqual(clean)
  })

  test('R061 another domain is 403, unless the policy relays', async () => {
    const bed = new TestBed()
    bed.start({ relay: (request) => request.headers.get('X-Friend') === 'yes' })
    const alice = bed.agent('alice', '10.0.0.2')
    const far = bed.agent('far', '10.0.0.7')
    const uri = 'sip:far@10.0.0.7:5060'
    const refused = alice.request('INVITE', uri)
    const allowed = alice.request('INVITE', uri, { headers: { 'X-Friend': 'yes' } })
    await bed.run(50)
    expect([refused.final.status, allowed.final.status]).toEqual([403, 200])
    expect(far.requests).toHaveLength(1)
  })

  test('R060 a foreign maddr is followed when relaying is allowed, and the Request-URI stays as it is', async () => {
    const bed = new TestBed()
    bed.start({ relay: ({ method }) => method === 'MESSAGE' })
    const alice = bed.agent('alice', '10.0.0.2')
    const far = bed.agent('far', '10.0.0.7')
    const uri = 'sip:bob@example.com;maddr=10.0.0.7;x=y'
    const results = [alice.request('MESSAGE', uri), alice.request('INVITE', uri)]
    await bed.run(50)
    expect(results.map(({ final }) => final.status)).toEqual([200, 403])
    expect(far.requests.map((request) => request.uri.toString())).toEqual([uri])
  })

  test('R061 a made-up Route or To tag opens no relay', async () => {
    const bed = new TestBed()
    bed.start()
    const alice = bed.agent('alice', '10.0.0.2')
    const victim = bed.agent('victim', '10.0.0.7')
    const uri = 'sip:victim@10.0.0.7:5060'
    const attempt = (route: string): Exchange => {
      const made = alice.make('INVITE', uri, { to: `<${uri}>;tag=madeup` })
      made.routes = [NameAddr.parse(route)]
      return alice.send(made)
    }
    const plain = attempt('<sip:10.0.0.1:5060;lr>')
    const forged = attempt('<sip:10.0.0.1:5060;lr;dlg=00000000000000000000>')
    const through = attempt('<sip:10.0.0.7:5060;lr>')
    await bed.run(50)
    expect([plain.final.status, forged.final.status, through.final.status]).toEqual([403, 403, 403])
    expect(victim.requests).toEqual([])
  })

  test('R061 the Route of a dialog lets no new one through', async () => {
    const { bed, alice, bob } = await pair()
    const victim = bed.agent('victim', '10.0.0.7')
    const call = alice.request('INVITE', bob.aor)
    await bed.run(50)
    const again = alice.make('INVITE', 'sip:victim@10.0.0.7:5060', { callId: call.request.callId })
    again.routes = call.final.recordRoutes
    const refused = alice.send(again)
    await bed.run(50)
    expect(refused.final.status).toBe(403)
    expect(victim.requests).toEqual([])
  })

  test('R047 R044 Max-Forwards 0 is 483, R047c nonsense 400', async () => {
    const { bed, alice, bob } = await pair()
    const none = alice.make('INVITE', bob.aor)
    none.maxForwards = 0
    const call = alice.send(none)
    await bed.run(50)
    expect(call.final.status).toBe(483)
    alice.sendRaw(`INVITE sip:bob@example.com SIP/2.0
Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKodd
Max-Forwards: 300
From: <sip:alice@example.com>;tag=a
To: <sip:bob@example.com>
Call-ID: odd
CSeq: 1 INVITE
Content-Length: 0

`)
    await bed.run(50)
    expect(bed.dispatcher.stats().responses.out['4xx']).toBe(2)
    expect(bob.requests).toEqual([])
  })

  test('R050 Proxy-Require is 420 and names what is not supported', async () => {
    const { bed, alice, bob } = await pair()
    const call = alice.request('INVITE', bob.aor, { headers: { 'Proxy-Require': 'one, two' } })
    await bed.run(50)
    expect([call.final.status, call.final.headers.get('Unsupported')]).toEqual([420, 'one, two'])
  })

  test('R046 a scheme that no one routes is 416', async () => {
    const { bed, alice } = await pair()
    const call = alice.request('INVITE', 'tel:+15550123')
    await bed.run(50)
    expect(call.final.status).toBe(416)
  })

  test('R048 R048b a request that comes back the same is 482; R129 a spiral passes', async () => {
    const bed = new TestBed()
    bed.start({ domains: ['10.0.0.1'] })
    const alice = bed.agent('alice', '10.0.0.2')
    const forward = (user: string, to: string): Promise<unknown> =>
      alice.register({ to: `sip:${user}@10.0.0.1`, contact: `<sip:${to}@10.0.0.1;ob>`, uri: 'sip:10.0.0.1' })
    await forward('a', 'b')
    await forward('b', 'carol')
    const carol = bed.agent('carol', '10.0.0.3')
    await carol.register({ to: 'sip:carol@10.0.0.1', uri: 'sip:10.0.0.1' })
    const spiral = alice.request('INVITE', 'sip:a@10.0.0.1')
    await bed.run(50)
    expect([spiral.final.status, carol.requests[0]?.vias.length]).toEqual([200, 4])

    await forward('b', 'a')
    await alice.register({ to: 'sip:b@10.0.0.1', contact: '<sip:carol@10.0.0.1;ob>;expires=0', uri: 'sip:10.0.0.1' })
    const loop = alice.request('INVITE', 'sip:a@10.0.0.1;ob')
    await bed.run(200)
    expect(loop.final.status).toBe(482)
    expect(carol.requests).toHaveLength(1)
    expect(await bed.settle()).toEqual(clean)
  })

  test('R052 an ACK that cannot be forwarded is dropped without a word', async () => {
    const { bed, alice } = await pair()
    const ack = alice.make('ACK', 'sip:victim@10.0.0.7:5060')
    alice.send(ack)
    await bed.run(50)
    expect(bed.dispatcher.stats().responses.out['4xx'] ?? 0).toBe(0)
  })

  test('OPTIONS to the proxy itself is answered 200', async () => {
    const { bed, alice } = await pair()
    const options = [alice.request('OPTIONS', 'sip:example.com'), alice.request('OPTIONS', 'sip:10.0.0.1:5060')]
    await bed.run(50)
    expect(options.map(({ final }) => final.status)).toEqual([200, 200])
  })

  test('R138c over its bound the proxy says 503 with Retry-After', async () => {
    const bed = new TestBed()
    const store = new MemoryLocationStore({ clock: bed.clock })
    const { dispatcher } = bed
    const proxy = new Proxy({
      dispatcher,
      store,
      domains: ['example.com'],
      maxContexts: 2,
      lines: { bob: 'sip:bob@10.0.0.3' },
    })
    dispatcher.setReceiver(new Chain(dispatcher, [proxy]))
    const alice = bed.agent('alice', '10.0.0.2')
    const bob = bed.agent('bob', '10.0.0.3')
    bob.onRequest = (request) => bob.answer(request, 180)
    const calls = [1, 2, 3].map(() => alice.request('INVITE', bob.aor))
    await bed.run(50)
    expect(calls.map(({ statuses }) => statuses)).toEqual([[180], [180], [503]])
    expect(calls[2]?.final.headers.get('Retry-After')).toBe('10')
    proxy.close()
    expect([proxy.contexts, bob.requests.length]).toEqual([0, 2])
  })

  test('R084 a response that does not lead back to the caller goes nowhere, and the caller is told 502', async () => {
    const { bed, alice, bob } = await pair()
    bob.onRequest = (request) => {
      const response = request.createResponse(200, { toTag: 'x' })
      const [own] = response.vias
      response.headers.delete('Via')
      response.headers.append('Via', String(own))
      response.headers.append('Via', 'SIP/2.0/UDP 10.0.0.66:5060;branch=z9hG4bKvictim')
      bob.dispatcher.deliver(response)
    }
    const victim = bed.agent('victim', '10.0.0.66')
    const call = alice.request('MESSAGE', bob.aor)
    await bed.run(50)
    expect(call.statuses).toEqual([502])
    expect(victim.dispatcher.stats().responses.in).toEqual({})
  })
})
