import type { SipRequest } from '@netsip/message'
import type { Protocol } from '@netsip/transport'
import { describe, expect, test } from 'vitest'
import type { DeliverOptions } from './delivery.ts'
import type { DispatcherOptions } from './dispatcher.ts'
import { Rig, incoming, request, type RequestInit } from './testing/rig.ts'
import { TestLeg } from './testing/test-leg.ts'

describe.each<Protocol>(['tcp', 'tls', 'ws', 'wss'])('over %s', (protocol) => {
  test('T084 a request is sent once, and its transaction ends with its answer', () => {
    const rig = new Rig(protocol)
    for (const method of ['OPTIONS', 'INVITE']) {
      // Wherever the peer is: what is sent goes to it.
      rig.dispatcher.deliver(
        request(method),
        rig.watching({ target: { protocol, addr: '192.0.2.9', port: 5060, family: 'IPv4' } }),
      )
      rig.clock.advance(31_000)
      rig.leg.answer(404)
    }
    expect(rig.leg.take().map((line) => line.split(' ')[0])).toEqual(['OPTIONS', 'INVITE', 'ACK'])
    expect([rig.takeEvents(), rig.clock.pending]).toEqual([[404, 'end', 404, 'end'], 0])
  })

  test('T084 a final response is sent once; what refused an INVITE waits for the ACK, and then for nothing', () => {
    const rig = new Rig(protocol)
    rig.leg.receive(incoming('OPTIONS', { protocol }))
    rig.reply(200)
    expect(rig.clock.pending).toBe(0)
    const invite = { protocol, branch: 'z9hG4bKinvite' }
    rig.leg.receive(incoming('INVITE', invite))
    rig.reply(486)
    rig.clock.advance(31_000)
    rig.leg.receive(incoming('ACK', { ...invite, toTag: 'us' }))
    expect(rig.leg.take()).toEqual(['SIP/2.0 200 OK', 'SIP/2.0 486 Busy Here'])
    expect(rig.clock.pending).toBe(0)
  })
})

describe('a sips URI', () => {
  test('T071 goes by TLS, with a Via that says so', () => {
    const rig = new Rig('udp')
    const tls = new TestLeg(() => rig.clock.monotonic(), 'tls')
    rig.dispatcher.addLeg(tls)
    rig.dispatcher.deliver(request('OPTIONS', { uri: 'sips:bob@192.0.2.9' }), rig.watching())
    rig.dispatcher.deliver(request('OPTIONS', { headers: { Route: '<sips:192.0.2.9;lr>' } }), rig.watching())
    expect(rig.leg.sent).toEqual([])
    expect(tls.sent.map(({ target }) => `${target.protocol} ${target.port}`)).toEqual(['tls 5061', 'tls 5061'])
    expect(tls.lastRequest().via?.protocol).toBe('TLS')
  })

  test.each<[string, RequestInit, DispatcherOptions, DeliverOptions]>([
    ['an outbound proxy', {}, { outboundProxy: 'sip:192.0.2.50' }, {}],
    ['an outbound proxy on UDP', {}, { outboundProxy: 'sip:192.0.2.50;transport=udp' }, {}],
    ['the proxy of its domain', {}, { domainToProxy: { '192.0.2.9': '192.0.2.50' } }, {}],
    ['a Route', { headers: { Route: '<sip:192.0.2.50;lr>' } }, {}, {}],
    ['a Route over TCP', { headers: { Route: '<sip:192.0.2.50;transport=tcp;lr>' } }, {}, {}],
    ['a hop that is given', {}, {}, { hop: '192.0.2.50' }],
  ])('T071 T071b goes by TLS as well when %s names the next hop with sip', (_, init, options, how) => {
    const rig = new Rig('udp', options)
    const sent = (): SipRequest => request('OPTIONS', { uri: 'sips:bob@192.0.2.9', ...init })
    rig.dispatcher.deliver(sent(), rig.watching(how))
    rig.clock.advance(0)
    expect([rig.takeEvents(), rig.leg.sent]).toEqual([['ERR_SIP_UNRESOLVED', 'end'], []])
    const tls = new TestLeg(() => rig.clock.monotonic(), 'tls')
    rig.dispatcher.addLeg(tls)
    rig.dispatcher.deliver(sent(), rig.watching(how))
    expect(tls.sent.map(({ target }) => `${target.protocol} ${target.addr}`)).toEqual(['tls 192.0.2.50'])
  })

  test('T071 is resolved to TLS beyond an outbound proxy', async () => {
    const rig = new Rig('tls', { outboundProxy: 'sip:192.0.2.50;transport=tcp' })
    expect(await rig.dispatcher.resolveUri('sips:bob@example.com')).toMatchObject([{ protocol: 'tls' }])
  })

  test('T071b does not take the plain way its dialog came when that is the only one', () => {
    const rig = new Rig('tcp')
    const path = { leg: rig.leg, from: rig.leg.peer('192.0.2.9', 40_000) }
    const sent = request('OPTIONS', { uri: 'sips:bob@192.0.2.9;ob' })
    rig.dispatcher.deliver(sent, rig.watching({ path }))
    rig.clock.advance(0)
    expect([rig.takeEvents(), rig.leg.sent]).toEqual([['ERR_SIP_UNRESOLVED', 'end'], []])
  })

  test.each<Protocol>(['udp', 'tcp', 'ws'])(
    'T071b is not sent by %s, however large it is and whoever refuses it',
    (protocol) => {
      const rig = new Rig(protocol)
      const sent = request('MESSAGE', { uri: 'sips:bob@192.0.2.9', body: 'x'.repeat(2000) })
      rig.dispatcher.deliver(sent, rig.watching())
      rig.clock.advance(0)
      expect([rig.takeEvents(), rig.leg.sent]).toEqual([['ERR_SIP_UNRESOLVED', 'end'], []])
      const tls = new TestLeg(() => rig.clock.monotonic(), 'tls')
      rig.dispatcher.addLeg(tls)
      rig.dispatcher.deliver(request('MESSAGE', { uri: 'sips:bob@192.0.2.9', body: 'x'.repeat(2000) }), rig.watching())
      tls.failLast()
      expect([rig.takeEvents(), rig.leg.sent]).toEqual([['ERR_SIP_REFUSED', 'end'], []])
    },
  )
})

test('T028 a request that belongs to a server transaction stays there, and any other reaches the core', () => {
  const rig = new Rig()
  const options = incoming('OPTIONS')
  rig.leg.receive(options)
  rig.leg.receive(options.clone())
  rig.leg.receive(incoming('OPTIONS', { branch: 'z9hG4bKanother' }))
  expect(rig.takeReceived()).toEqual(['OPTIONS', 'OPTIONS'])
})
